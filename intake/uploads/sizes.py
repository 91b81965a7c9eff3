"""How large a file may be, and how a size is said."""

from evidence.errors import TooLarge


def require_room(length: int, max_bytes: int) -> None:
    """Raise `TooLarge`, with the limit in words, where `length` is over it."""
    if length > max_bytes:
        raise TooLarge(f"The file is too large: {in_words(max_bytes)} is the most.", code="file_too_large")


def in_words(size: int) -> str:
    """Write a size as people read it: 20 GB, 1.5 MB, 10 bytes."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
