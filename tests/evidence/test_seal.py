import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from evidence.errors import Invalid
from evidence.seal import in_use, key_id, open_sealed, public_key_of, seal_to

ALICE, BOB = bytes(PrivateKey.generate()), bytes(PrivateKey.generate())


@given(st.binary(max_size=2000))
def test_only_the_private_key_opens_what_was_sealed(plaintext: bytes) -> None:
    envelope = seal_to(public_key_of(ALICE), plaintext)
    assert open_sealed(ALICE, envelope) == plaintext
    with pytest.raises(Invalid) as refused:
        open_sealed(BOB, envelope)
    assert refused.value.code == "another_key"


@given(st.data())
def test_a_changed_envelope_never_opens(data: st.DataObject) -> None:
    envelope = bytearray(seal_to(public_key_of(ALICE), b"what I saw"))
    position = data.draw(st.integers(0, len(envelope) - 1))
    envelope[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Invalid):
        open_sealed(ALICE, bytes(envelope))


@given(st.binary(max_size=60))
def test_noise_is_refused_with_a_sentence(noise: bytes) -> None:
    with pytest.raises(Invalid, match=r"envelope"):
        open_sealed(ALICE, noise)


def test_what_was_sealed_to_an_earlier_key_opens_with_it_and_new_ones_are_made_for_the_newest() -> None:
    keys = (BOB, ALICE)
    assert open_sealed(keys, seal_to(public_key_of(ALICE), b"before")) == b"before"
    assert open_sealed(keys, seal_to(public_key_of(in_use(keys)), b"after")) == b"after"
    with pytest.raises(Invalid, match="another key"):
        open_sealed(keys, seal_to(public_key_of(bytes(PrivateKey.generate())), b"to others"))


def test_the_envelope_names_its_key_and_hides_its_sender() -> None:
    envelope = seal_to(public_key_of(ALICE), b"same")
    assert envelope[3:11] == key_id(public_key_of(ALICE))
    assert envelope != seal_to(public_key_of(ALICE), b"same")
