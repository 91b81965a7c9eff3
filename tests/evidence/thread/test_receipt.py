import hashlib
import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.derive import derive
from evidence.errors import Invalid
from evidence.thread.receipt import WORD_COUNT, Receipt, word_list

nine_words = st.lists(st.sampled_from(word_list()), min_size=WORD_COUNT, max_size=WORD_COUNT)


def test_the_space_of_receipts_is_at_least_112_bits() -> None:
    assert WORD_COUNT * math.log2(len(word_list())) >= 112


def test_a_million_guesses_find_nothing() -> None:
    """Guesses drawn as receipts are, against two hundred receipts that are out there."""
    known = {Receipt.from_seed(bytes([number]) * 32).lookup_sha256 for number in range(200)}
    drawn = random.Random(1).choices(word_list(), k=1_000_000 + WORD_COUNT)
    guesses = (" ".join(drawn[start : start + WORD_COUNT]).encode() for start in range(1_000_000))
    lookups = (derive(guess, b"lookup", salt=b"tipline receipt v1") for guess in guesses)
    assert not any(hashlib.sha256(lookup).digest() in known for lookup in lookups)


@example(words=["t-shirt", *["abacus"] * 7, "drop-down"], between="-", shouted=False)
@given(nine_words, st.sampled_from([" ", "  ", "\n", ", ", "-", " \u2013 ", ". "]), st.booleans())
def test_words_are_read_as_a_person_types_them(words: list[str], between: str, shouted: bool) -> None:
    typed = between.join(words)
    receipt = Receipt.from_words(f"  {typed.upper() if shouted else typed} ")
    assert receipt == Receipt.from_words(" ".join(words))


@given(st.text(max_size=80))
def test_anything_else_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        Receipt.from_words(text)
    assert refused.value.code == "receipt_words"
    assert refused.value.sentence == "A receipt is nine words from its list; check their spelling."


def test_the_same_seed_draws_the_same_words_and_another_seed_others() -> None:
    drawn = Receipt.from_seed(b"s" * 32)
    assert drawn == Receipt.from_seed(b"s" * 32) == Receipt.from_words(drawn.words)
    assert len({Receipt.from_seed(bytes([number]) * 32).words for number in range(100)}) == 100


def test_a_receipt_shows_its_words_to_nobody_by_accident() -> None:
    receipt = Receipt.new()
    assert receipt.words not in repr(receipt)
    assert repr(receipt.private_key) not in repr(receipt)


def test_the_derivation_never_changes() -> None:
    """Receipts in people's drawers must open for ever: this vector is a promise, not a measurement."""
    receipt = Receipt.from_words("abacus " * 8 + "zoom")
    assert receipt.lookup_sha256.hex() == "866e02cf919fc28b57db769f58df15023086dd860162d17a0830ab80e67196e7"
    assert receipt.public_key.hex() == "ee764ebcf23711b531201b5c4978cb3d097c6837745494085a1fc8b1d5f44834"
    assert receipt.hand_public.hex() == "b2a8c5c13f1ef578be88a087621aebe7ecc46ec44b052d61fb3d626090c2b5e1"


def test_two_receipts_share_nothing() -> None:
    first, second = Receipt.new(), Receipt.new()
    assert first.words != second.words
    assert first.lookup_sha256 != second.lookup_sha256
    assert first.public_key != second.public_key
