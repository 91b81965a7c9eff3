"""What a sender says that a chunk's bytes hash to."""

from dataclasses import dataclass

from evidence.errors import EvidenceError

# tus 1.0 demands sha1 of whoever offers checksums at all; it guards against accidents, not against malice.
ALGORITHMS = ("sha1", "sha256")


class ChecksumMismatch(EvidenceError):
    """The bytes are not the ones that were sent; 460 is the number that tus gives it."""

    status = 460
    default_code = "checksum_mismatch"

    def __init__(self) -> None:
        super().__init__("The bytes changed on their way and were dropped; send this chunk again.")


@dataclass(frozen=True)
class Checksum:
    """A hash by one of `ALGORITHMS`."""

    algorithm: str
    digest: bytes
