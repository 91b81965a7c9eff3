"""What shuts SeaweedFS's side doors: its master, volume, filer and gRPC ports, open to anyone by default.

An unauthenticated request to the master hands out write tokens and deletes whole collections; gRPC knows no
token at all. So every port but S3's asks for a client certificate of an authority that only this store has,
and the filer and volume doors ask for a signed token besides.
"""

import ipaddress
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tipline.up.ports import LOOPBACK

_LIFE = timedelta(days=3650)  # made anew at every start


def write_locks(folder: Path, seen_as: Path | None = None) -> None:
    """Write authority, certificate, key and `security.toml` into `folder`, replacing older ones.

    `seen_as` is the folder's path where the store runs, if that is another (in a container).
    The authority's own key is forgotten at once: nobody, we included, can make another certificate.
    """
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        _certificate("tipline store authority", "tipline store authority", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    names = [x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    certificate = (
        _certificate("tipline store", "tipline store authority", key)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(folder / "authority.crt", authority.public_bytes(pem))
    _write(folder / "store.crt", certificate.public_bytes(pem))
    _write(folder / "store.key", private)
    _write(folder / "security.toml", _security_toml(seen_as or folder).encode())


def _certificate(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFE)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _security_toml(folder: Path) -> str:
    """SeaweedFS's security file: tokens for every HTTP door, mutual TLS for every HTTP and gRPC door."""
    pair = f'cert = "{folder}/store.crt"\nkey = "{folder}/store.key"\n'
    authority = f'ca = "{folder}/authority.crt"\n'
    tokens = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
    sections = [f'[{token}]\nkey = "{secrets.token_urlsafe(32)}"\n' for token in tokens]
    sections += [f"[grpc]\n{authority}"]
    sections += [f"[grpc.{door}]\n{pair}" for door in ("master", "volume", "filer", "s3", "client")]
    sections += [f"[https.{door}]\n{pair}{authority}" for door in ("master", "volume", "filer")]
    sections += [f"[https.client]\nenabled = true\n{pair}{authority}"]
    return "\n".join(sections)


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
