"""The authority for phones in a room: made once, and good for such addresses alone."""

import socket
import stat
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from evidence.errors import SettingsError
from tipline.up.authority import Authority, is_local
from tipline.up.https import Https


def test_it_is_made_once_and_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    first, second = (Authority.kept_in(tmp_path / "authority") for _ in range(2))
    assert first.pem == second.pem
    assert first.fingerprint == second.fingerprint
    assert stat.S_IMODE((tmp_path / "authority").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "authority/authority.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("address", "believed"),
    [("192.168.1.20", True), ("10.0.0.1", True), ("fd00::2", True), ("127.0.0.1", True), ("8.8.8.8", False)],
)
def test_phones_believe_it_of_a_rooms_addresses_alone(address: str, believed: bool, tmp_path: Path) -> None:
    authority = Authority.kept_in(tmp_path / "authority")
    shown = x509.load_pem_x509_certificate(authority.certify([address]).certificate)
    verifier = (
        PolicyBuilder()
        .store(Store([authority.certificate]))
        .build_server_verifier(x509.IPAddress(ip_address(address)))
    )
    assert is_local(address) == believed
    if believed:
        assert verifier.verify(shown, [])
    else:
        with pytest.raises(VerificationError, match="permitted"):
            verifier.verify(shown, [])


def test_a_name_of_somebody_elses_is_not_believed(tmp_path: Path) -> None:
    """By OpenSSL, which takes names otherwise than the verifier above."""
    pair = Authority.kept_in(tmp_path / "authority").certify(["bank.com"])
    (tmp_path / "shown.pem").write_bytes(pair.certificate)
    said = subprocess.run(
        ["openssl", "verify", "-CAfile", tmp_path / "authority/authority.crt", tmp_path / "shown.pem"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 2
    assert "permitted subtree violation" in said.stderr


def test_an_address_that_is_no_rooms_is_refused(tmp_path: Path) -> None:
    with socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))
        with pytest.raises(SettingsError, match=r"put a proxy in front: docs/proxy\.md"):
            Https.on(everywhere, tmp_path / "authority")


def test_the_picture_is_square_and_quiet_at_its_edge(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        rows = Https.on(listening, tmp_path / "authority").picture().splitlines()
    assert len({len(row) for row in rows}) == 1
    assert len(rows) * 2 - len(rows[0]) in (0, 1)
    assert set(rows[0]) == {"█"}
