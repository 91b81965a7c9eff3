"""What the carrier refuses, with Twilio's own codes (twilio.com/docs/api/errors)."""

from typing import Any


class RefusedError(Exception):
    """A request that is answered with an error: HTTP `status`, Twilio's `code`, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """The error as the API writes it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def unauthorized() -> RefusedError:
    """Wrong name or token, or none."""
    return RefusedError(401, 20003, "Authenticate")


def not_found(path: str) -> RefusedError:
    """Nothing is there, or it was deleted."""
    return RefusedError(404, 20404, f"The requested resource {path} was not found")


def invalid(name: str) -> RefusedError:
    """A parameter that is unknown, or whose value does not fit."""
    return RefusedError(400, 20001, f"Invalid parameter: {name}")


def away() -> RefusedError:
    """The carrier's own trouble."""
    return RefusedError(503, 20503, "Service unavailable")
