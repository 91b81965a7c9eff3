"""What the draft says no with; its problem types are the draft's own, our codes stand beside them."""

from evidence.errors import Conflict, EvidenceError, Forbidden, Invalid

_TYPES = "https://iana.org/assignments/http-problem-types#"


class WrongInteropVersion(Invalid):
    """The client speaks another version of the draft, or does not say which."""

    default_code = "interop_version"


class WrongMediaType(EvidenceError):
    """The body is not what is appended to an upload."""

    status = 415
    default_code = "content_type"


class MismatchingOffset(Conflict):
    """The client is not where the upload is; `expected` is where it is, in bytes."""

    default_code = "offset_mismatch"

    def __init__(self, *, expected: int, provided: int) -> None:
        super().__init__("The upload is at another offset; go on from the one that Upload-Offset names.")
        self.expected = expected
        self.members = {
            "type": f"{_TYPES}mismatching-upload-offset",
            "title": "Mismatching Upload Offset",
            "expected-offset": expected,
            "provided-offset": provided,
        }


class CompletedUpload(Invalid):
    """Every byte is here already."""

    default_code = "upload_completed"
    members = {"type": f"{_TYPES}completed-upload", "title": "Upload Is Completed"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__("This upload is complete; nothing can be added to it.")


class InconsistentLength(Invalid):
    """The lengths that were said, or the bytes that came, do not agree."""

    default_code = "upload_length"
    members = {  # noqa: RUF012
        "type": f"{_TYPES}inconsistent-upload-length",
        "title": "Inconsistent Upload Length Values",
    }

    def __init__(self) -> None:
        super().__init__("This does not agree with the length that the upload was said to have.")


class JoinedUpload(Forbidden):
    """An upload that tus joins with others, which the draft knows nothing of."""

    default_code = "joined_upload"

    def __init__(self) -> None:
        super().__init__("This upload is joined with others; go on with it in tus.")
