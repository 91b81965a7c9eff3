"""STOP and what means the same, however it is written; and that a tip which holds such a word stays one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.texting.keywords import Meaning, meaning_of
from intake.texting.language import language_of

STOPS = (
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "opt out",
    "opt-out",
    "optout",
    "please stop",
    "stop texting me",
    "stop sending me messages",
    "Stop these texts now",
    "do not text me",
    "don't text me anymore",
    "don\N{RIGHT SINGLE QUOTATION MARK}t contact me",
    "remove me from your list",
    "opt me out",
    "I want to unsubscribe please",
    "no more texts",
    "I want you to stop texting me",
    "I would like to stop receiving messages",
    "take me off this list",
    "I revoke my consent",
    "cancel my subscription",
    "please delete my number",
    "unsubscribe me, thanks",
    "alto",
    "parar",
    "pare",
    "no mas mensajes por favor",
    "darme de baja",
    "quiero darme de baja",
    "cancelar",
    "baja",
    "basta",
    "dejen de escribirme",
    "no me manden más mensajes",
    "no me envíen textos",
    "borren mi número",
    "salir",
    "stop por favor",
    "stop contacting me",
    "stop calling me please",
    "I don't want any more texts",
    "I do not want to receive these messages",
    "no texts please",
    "don't ever text me again",
    "never text me again",
    "lose my number",
    "I no longer want to receive texts",
    "stop notifications",
    "STOP2END",
    "deje de escribirme",
    "quítenme de la lista",
    "elimínenme por favor",
    "no deseo recibir mensajes",
    "no me contacten",
    "borrar mi número",
    "no me vuelvan a escribir",
    "revoco mi consentimiento",
    "ya no quiero mensajes",
    "no envíen más mensajes",
)
STARTS = ("start", "unstop", "please start", "iniciar", "reanudar", "comenzar")
HELPS = ("help", "info", "ayuda", "información", "help please", "ayuda por favor")
TIPS = (
    "They did not stop at the red light",
    "bus stop on 5th street",
    "stop sign at Main was hit",
    "He said stop and ran",
    "the end of the street",
    "cancel culture is not a crime",
    "un hombre alto con gorra",
    "una mujer baja",
    "Help, he has a gun",
    "help me",
    "no",
    "yes",
    "end of Oak Ave",
    "please send someone",
    "text me",
    "he quit his job and left town",
    "starting a fire",
    "the start of the video",
    "",
    "   ",
    "👍",
    "I want out of this gang",
    "I want to end it all",
    "I want it to stop",
    "make it stop",
    "I quit",
    "no more",
    "no más",
    "no quiero",
    "stop it",
    "I no longer want it",
    "I don't want any more trouble",
    "no texts on his phone",
    "he told her to delete me",
    "leave me alone",
    "they keep calling me",
    "fin",
    "para",
    "no molestar",
    "quiero cancelar",
    "no me contacten a mi hermano",
    "eliminen al ladrón",
    "deje mi carro en la calle",
    "dejen la puerta",
)
# What phones add: case, blanks, marks, a signature's dash, an emoji.
_AROUND = st.text(
    alphabet=" \t\n.,!?;:\"'()*-~…¡¿\N{SPEAKING HEAD IN SILHOUETTE}\N{OCTAGONAL SIGN}", max_size=6
)


def as_typed(draw: st.DrawFn, text: str) -> str:
    letters = [draw(st.sampled_from((letter.upper(), letter.lower(), letter))) for letter in text]
    spaced = "".join(
        draw(st.sampled_from((" ", "  ", "\n"))) if letter == " " else letter for letter in letters
    )
    return draw(_AROUND) + spaced + draw(_AROUND)


@given(st.data())
def test_each_keyword_is_obeyed_however_it_is_typed(data: st.DataObject) -> None:
    for meaning, texts in ((Meaning.STOP, STOPS), (Meaning.START, STARTS), (Meaning.HELP, HELPS)):
        text = data.draw(st.sampled_from(texts))
        typed = as_typed(data.draw, text)  # type: ignore[arg-type]
        assert meaning_of(typed) is meaning, typed


@pytest.mark.parametrize("text", STOPS)
def test_stop_is_obeyed(text: str) -> None:
    assert meaning_of(text) is Meaning.STOP


@pytest.mark.parametrize("text", TIPS)
def test_a_tip_is_taken_in(text: str) -> None:
    assert meaning_of(text) is None


@given(st.sampled_from(STOPS), st.sampled_from(("robbery", "ladrón", "car 4471", "he ran north")))
def test_a_keyword_with_anything_to_say_beside_it_is_a_tip(keyword: str, more: str) -> None:
    assert meaning_of(f"{keyword} {more}") is None
    assert meaning_of(f"{more} {keyword}") is None


@given(st.text(max_size=2000))
def test_whatever_is_sent_has_an_answer(text: str) -> None:
    assert meaning_of(text) in (None, *Meaning)
    assert language_of(text) in ("en", "es")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I saw the man", "en"),
        ("Vi a un hombre con una pistola en la calle", "es"),
        ("ALTO", "es"),
        ("stop", "en"),
        ("¡Ayuda!", "es"),
        ("", "en"),
        ("4471 KXJ", "en"),
    ],
)
def test_the_language_of_an_answer(text: str, language: str) -> None:
    assert language_of(text) == language
