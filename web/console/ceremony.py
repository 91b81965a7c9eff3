"""The passkey ceremonies (W3C WebAuthn level 3), through py_webauthn; user verification is always required.

A challenge's token travels in a cookie of its own, so that only the browser that was asked can answer.
"""

from typing import Any

from flask import Request
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration
from werkzeug.wrappers import Response

from evidence.errors import Forbidden, Invalid
from evidence.reviewers.passkey import CHALLENGE_LIVES, Passkey
from evidence.reviewers.reviewer import Reviewer
from web.console.settings import ConsoleSettings

_MILLISECONDS = int(CHALLENGE_LIVES.total_seconds() * 1000)


def registration_options(
    settings: ConsoleSettings, reviewer: Reviewer, known: list[Passkey]
) -> tuple[bytes, str]:
    """Return a challenge, and the options as JSON, for making a passkey that can be found without a name."""
    options = generate_registration_options(
        rp_id=settings.relying_party,
        rp_name=f"Tipline, {settings.agency_name}",
        user_id=reviewer.id.bytes,
        user_name=reviewer.name,
        user_display_name=reviewer.name,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
    )
    return options.challenge, options_to_json(options)


def check_registration(
    settings: ConsoleSettings, credential: dict[str, Any], challenge: bytes
) -> VerifiedRegistration:
    """Return what the authenticator proved. Raises `Forbidden` where it proved nothing."""
    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=settings.relying_party,
            expected_origin=settings.origin,
            require_user_verification=True,
        )
    except WebAuthnException:
        raise Forbidden("The passkey could not be made. Try again.", code="passkey_refused") from None


def sign_in_options(settings: ConsoleSettings) -> tuple[bytes, str]:
    """Return a challenge, and the options as JSON, for whichever of our passkeys the device holds."""
    options = generate_authentication_options(
        rp_id=settings.relying_party,
        timeout=_MILLISECONDS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options.challenge, options_to_json(options)


def check_sign_in(
    settings: ConsoleSettings, credential: dict[str, Any], challenge: bytes, known: Passkey
) -> int:
    """Return the authenticator's new counter. Raises `Forbidden` where the answer does not hold."""
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=settings.relying_party,
            expected_origin=settings.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        raise Forbidden(
            "The passkey's answer could not be verified. Try again.", code="passkey_refused"
        ) from None
    return verified.new_sign_count


def credential_in(request: Request) -> dict[str, Any]:
    """Return the credential that a script posted as JSON. Raises `Invalid`."""
    credential = request.get_json(silent=True)
    if not isinstance(credential, dict):
        raise Invalid("A passkey's answer is expected as JSON.", code="bad_credential")
    return credential


def credential_id(credential: dict[str, Any]) -> bytes:
    """Return a credential's raw id. Raises `Invalid`."""
    try:
        return base64url_to_bytes(credential["rawId"])
    except (KeyError, TypeError, ValueError):
        raise Invalid("The passkey's answer lacks its id.", code="bad_credential") from None


def posed(options: str, token: str, *, secure: bool) -> Response:
    """Answer a script with options, and give its browser the token of the challenge."""
    response = Response(options, mimetype="application/json")
    response.set_cookie(
        _cookie(secure=secure), token, max_age=CHALLENGE_LIVES, httponly=True, secure=secure,
        samesite="Strict", path="/",
    )  # fmt: skip
    return response


def challenge_token_in(request: Request, *, secure: bool) -> str:
    """Return the challenge's token that the browser brought back, empty where it brought none."""
    return request.cookies.get(_cookie(secure=secure), "")


def forget_challenge(response: Response, *, secure: bool) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(_cookie(secure=secure), httponly=True, secure=secure, samesite="Strict", path="/")


def _cookie(*, secure: bool) -> str:
    return "__Host-tipline-challenge" if secure else "tipline-challenge"
