"""Supplemental enhancement information in the first coded pictures (ITU-T H.264 and H.265, annex D).

Encoders and cameras write anything they like into it; players skip it.
"""

from collections.abc import Iterator

from workers.traces.found import Trace
from workers.traces.words import kind_of

PACKETS = 24
_START = b"\0\0\1"
_REGISTERED, _UNREGISTERED, _TIME_CODE = 4, 5, 136
_MOST_UNITS = 64
_UUID_BYTES = 16
_SHOWN_BYTES = 32


def traces_in(packet: bytes, codec: str, extradata: bytes) -> Iterator[Trace]:
    """What SEI units of one packet say; `extradata` tells whether units are counted or marked."""
    counted = bool(extradata) and extradata[0] == 1
    length_bytes = 1 + (extradata[4 if codec == "h264" else 21] & 3) if counted and len(extradata) > 21 else 4
    units = _counted(packet, length_bytes) if counted else _marked(packet)
    for number, unit in enumerate(units):
        if number >= _MOST_UNITS:
            return
        if (body := _information(unit, codec)) is not None:
            yield from _messages(body)


def _counted(packet: bytes, length_bytes: int) -> Iterator[bytes]:
    at = 0
    while at + length_bytes < len(packet):
        length = int.from_bytes(packet[at : at + length_bytes])
        at += length_bytes
        yield packet[at : at + length]
        at += length


def _marked(packet: bytes) -> Iterator[bytes]:
    at = packet.find(_START)
    while at >= 0:
        following = packet.find(_START, at + 3)
        yield packet[at + 3 : following if following >= 0 else len(packet)]
        at = following


def _information(unit: bytes, codec: str) -> bytes | None:
    """The messages of an SEI unit without emulation prevention; None for any other unit."""
    if codec == "h264" and unit and unit[0] & 0x1F == 6:
        body = unit[1:]
    elif codec == "hevc" and len(unit) > 2 and unit[0] >> 1 & 0x3F in (39, 40):
        body = unit[2:]
    else:
        return None
    return body.replace(b"\0\0\3", b"\0\0")


def _messages(body: bytes) -> Iterator[Trace]:
    at = 0
    while at + 2 < len(body):
        kind, at = _summed(body, at)
        size, at = _summed(body, at)
        payload = body[at : at + size]
        at += size
        if kind == _UNREGISTERED and len(payload) > _UUID_BYTES:
            yield _told(payload[_UUID_BYTES:], "user data")
        elif kind == _REGISTERED and payload[:3] not in (b"\xb5\0\x3c", b"\xb5\0\x31"):  # HDR10+, captions
            yield _told(payload[3:], "registered user data")
        elif kind == _TIME_CODE:
            yield Trace.of("time", "SEI time code", payload.hex())


def _summed(body: bytes, at: int) -> tuple[int, int]:
    """Numbers are written as a row of 255s and a rest."""
    total = 0
    while at < len(body) and body[at] == 0xFF:
        total, at = total + 255, at + 1
    return (total + body[at], at + 1) if at < len(body) else (total, at)


def _told(payload: bytes, place: str) -> Trace:
    text = payload.rstrip(b"\0\x80").decode("utf-8", "replace")
    readable = sum(character.isprintable() for character in text) > 0.8 * len(text) if text else False
    value = text if readable else payload[:_SHOWN_BYTES].hex()
    return Trace.of((kind_of("", value) if readable else None) or "device", f"SEI {place}", value)
