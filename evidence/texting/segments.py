"""How many segments a carrier bills a text as (3GPP TS 23.038 and 23.040).

In GSM's alphabet a text of 160 units is one segment, a longer one is cut into pieces of 153; with any letter
beside that alphabet, the same goes for 70 and 67 units of UTF-16.
"""

import re

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")


def fits_gsm(text: str) -> bool:
    """Whether every letter is in GSM's alphabet."""
    return _GSM.fullmatch(text) is not None


def segments(text: str) -> int:
    """Return the number of segments, at least 1."""
    if fits_gsm(text):
        units, alone, together = len(text) + sum(letter in _EXTENDED for letter in text), 160, 153
    else:
        units, alone, together = len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67
    return 1 if units <= alone else -(-units // together)
