"""A certificate authority of one installation's own, for addresses that no public one certifies.

A phone that has it installed trusts it with nothing but such addresses: it is constrained to them (RFC 5280,
4.2.1.10), so that its key, should it leak, opens nobody's bank.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# What the internet does not route: RFC 1918, 6598, 3927, 5737 (laboratories), 4193, 4291; and this machine.
NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ipaddress.ip_network(name)
    for name in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
# Nobody can own them: RFC 2606, 6762, and ICANN on `internal`.
_DOMAINS = ("localhost", "local", "test", "example", "internal")

_AUTHORITY_LIFE = timedelta(days=3650)
# Made anew at every start. iPhones take none that lasts longer than 825 days.
_LIFE = timedelta(days=397)
_PEM = serialization.Encoding.PEM


def is_local(address: str) -> bool:
    """Whether it is an address that this authority may certify."""
    try:
        number: IPv4Address | IPv6Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(number in network for network in NETWORKS)


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Authority:
    """The authority: what phones install, and the key that signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """Read it, making it where there is none: `authority.crt` and `authority.key` (0600)."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate, key = folder / "authority.crt", folder / "authority.key"
        # The key is written last: with it, both are there.
        if not key.exists():
            made = _make()
            certificate.write_bytes(made.certificate)
            draft = key.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_bytes(made.key)
            draft.rename(key)
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)  # noqa: S101 (we made it)
        return cls(x509.load_pem_x509_certificate(certificate.read_bytes()), private)

    @property
    def pem(self) -> bytes:
        """What phones install."""
        return self.certificate.public_bytes(_PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as phones show it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def certify(self, names: Sequence[str]) -> Pair:
        """Make a key and certify it for addresses and names.

        None of them is its common name: OpenSSL would hold an address there against the names allowed.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _certificate(_name("Tipline here"), self.certificate.subject, key, _LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        signed = builder.sign(self.key, hashes.SHA256())
        return Pair(signed.public_bytes(_PEM), _private(key))


def _make() -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # Told apart in a phone's list, where two installations were tried.
    name = _name(f"Tipline test authority {x509.random_serial_number():x}"[:31])
    allowed = [*(x509.IPAddress(network) for network in NETWORKS), *(x509.DNSName(name) for name in _DOMAINS)]
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        _certificate(name, name, key, _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(allowed, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()).public_bytes(_PEM), _private(key))


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + life)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
