"""A look as the worker takes it: in the sandbox, and believed only once it is checked."""

import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from workers.inspect.examine import examine
from workers.sandbox.launch import Sandbox
from workers.sandbox.order import Limits
from workers.traces.found import Found
from workers.traces.stage import LOOK

Look = Callable[[Path], Found]
LIMITS = Limits(wall_seconds=120, cpu_seconds=60, memory_bytes=3 << 30, file_bytes=1 << 20)


@pytest.fixture
def look(sandbox: Sandbox, tmp_path: Path) -> Look:
    folder = tmp_path / "folder"
    folder.mkdir()

    def looked(source: Path) -> Found:
        facts = examine(sandbox, source, folder, bool)
        argv = (facts.kind, facts.form)
        finished = sandbox.run(argv, module=LOOK, source=source, folder=folder, limits=LIMITS)
        assert finished.ok, finished.complaint
        return Found.from_json(json.loads(finished.output))

    return looked


def signed(content: bytes, mime: str, maker: str) -> bytes:
    """A file with a C2PA manifest, under a signature of nobody's."""
    key, issuer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = _certificate("leaf", key, issuer, ca=False) + _certificate("root", issuer, issuer, ca=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    manifest = {
        "claim_generator_info": [{"name": maker, "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created",
            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}],
    }  # fmt: skip
    out = io.BytesIO()
    with c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, private, None)) as signer:
        c2pa.Builder(json.dumps(manifest)).sign(signer, mime, io.BytesIO(content), out)
    return out.getvalue()


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey, *, ca: bool
) -> bytes:
    now, public = datetime.datetime.now(datetime.UTC), key.public_key()
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("root"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
        )
    )
    if not ca:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    return builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "nobody"),
        ]
    )
