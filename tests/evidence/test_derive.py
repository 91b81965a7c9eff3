"""Our two lines of HKDF beside a library's, and the standard's own example."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from evidence.derive import derive


@given(secret=st.binary(max_size=200), purpose=st.binary(max_size=200), salt=st.binary(max_size=200))
def test_it_is_what_a_library_derives(secret: bytes, purpose: bytes, salt: bytes) -> None:
    theirs = HKDF(SHA256(), length=32, salt=salt or None, info=purpose).derive(secret)
    assert derive(secret, purpose, salt=salt) == theirs


def test_the_standard_s_first_example_begins_so() -> None:
    """RFC 5869, A.1: of its 42 bytes of output, the first 32 are the first step's."""
    salt, info = bytes(range(0x0D)), bytes(range(0xF0, 0xFA))
    assert derive(b"\x0b" * 22, info, salt=salt).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    )
