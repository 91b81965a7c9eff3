"""Where uploads are opened, `/files/`, and where each one is, `/files/<secret>`; in every protocol."""

from evidence.spool import UploadSecret
from intake.wire.http import MethodNotAllowed, Request

PREFIX = "/files"
METHODS = "POST, HEAD, PATCH, DELETE, OPTIONS"


def not_done_here(secret: UploadSecret | None) -> MethodNotAllowed:
    """Return the refusal of a method that the address of uploads, or of one, does not know."""
    sentence = (
        "Uploads are opened here with POST." if secret is None else "An upload knows HEAD, PATCH and DELETE."
    )
    return MethodNotAllowed(sentence, METHODS)


def is_ours(path: str) -> bool:
    """Say whether a path, without what the server is mounted under, is of uploads."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def base_of(request: Request) -> str:
    """Return the path that uploads are under, as the client sees it; no slash at its end."""
    return f"{request.scope.get('root_path', '')}{PREFIX}"


def secret_in(request: Request) -> UploadSecret | None:
    """Return the secret of the upload that a request is for; None where it asks for a new one.

    Raises `NotFound` for what cannot be a secret.
    """
    name = request.path.removeprefix(base_of(request)).lstrip("/")
    return UploadSecret.from_text(name) if name else None
