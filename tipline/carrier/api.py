"""The REST API over HTTP: /2010-04-01, with basic authentication, forms in and JSON out."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from tipline.carrier import parameters
from tipline.carrier.account import MEDIA_SID, MESSAGE_SID
from tipline.carrier.carrier import Carrier
from tipline.carrier.listing import page_of, selected
from tipline.carrier.message import API_VERSION, as_json, medium_as_json
from tipline.carrier.phones import phones
from tipline.carrier.refusals import RefusedError, not_found, unauthorized


def create_api(carrier: Carrier) -> Flask:
    """Return the app."""
    app = Flask("tipline.carrier", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    own = carrier.account
    messages = f"/{API_VERSION}/Accounts/{own.sid}/Messages"
    one, media = f"{messages}/<sid>.json", f"{messages}/<sid>/Media"

    @app.before_request
    def admit() -> None:
        carrier.require_up()
        if request.path.startswith("/content/"):
            return
        login = request.authorization
        if login is None or (login.username, login.password) != (own.sid, own.token):
            raise unauthorized()
        given = request.view_args or {}
        sids = (("sid", MESSAGE_SID), ("medium", MEDIA_SID))
        if not all(shape.fullmatch(given[name]) for name, shape in sids if name in given):
            raise not_found(request.path)

    @app.post(f"{messages}.json")
    def create() -> ResponseReturnValue:
        _require_form()
        return as_json(carrier.create(_given(request.form)), own.sid), 201

    @app.get(f"{messages}.json")
    def list_messages() -> ResponseReturnValue:
        said = parameters.checked(_given(request.args), parameters.LIST)
        found = selected(carrier.newest_first(), said)
        return page_of(found, said, request.path, "messages", lambda message: as_json(message, own.sid), "PA")

    @app.get(one)
    def fetch(sid: str) -> ResponseReturnValue:
        parameters.checked(_given(request.args), parameters.NONE)
        return as_json(carrier.get(sid), own.sid)

    @app.post(one)
    def update(sid: str) -> ResponseReturnValue:
        _require_form()
        said = parameters.checked(_given(request.form), parameters.UPDATE)
        return as_json(carrier.update(sid, said), own.sid)

    @app.delete(one)
    def delete(sid: str) -> ResponseReturnValue:
        carrier.delete(sid)
        return "", 204

    @app.get(f"{media}.json")
    def list_media(sid: str) -> ResponseReturnValue:
        said = parameters.checked(_given(request.args), parameters.LIST_MEDIA)
        message = carrier.get(sid)
        return page_of(
            message.media, said, request.path, "media_list",
            lambda medium: medium_as_json(medium, message, own.sid), "PB",
        )  # fmt: skip

    @app.get(f"{media}/<medium>.json")
    def fetch_medium(sid: str, medium: str) -> ResponseReturnValue:
        return medium_as_json(carrier.medium(sid, medium), carrier.get(sid), own.sid)

    @app.delete(f"{media}/<medium>.json")
    def delete_medium(sid: str, medium: str) -> ResponseReturnValue:
        carrier.delete_medium(sid, medium)
        return "", 204

    @app.get(f"{media}/<medium>")
    def content(sid: str, medium: str) -> ResponseReturnValue:
        """The bytes lie elsewhere, at an address that whoever has it needs no name for."""
        return redirect(f"/content/{carrier.medium(sid, medium).secret}", 307)

    @app.get("/content/<secret>")
    def bytes_of(secret: str) -> ResponseReturnValue:
        if request.authorization is not None:
            # A store of objects refuses a request that is authenticated twice.
            raise RefusedError(400, 20001, "Only one way to authenticate is allowed.")
        medium = carrier.content(secret)
        return Response(medium.content, content_type=medium.content_type)

    app.register_blueprint(phones(carrier))

    @app.errorhandler(RefusedError)
    def refuse(refused: RefusedError) -> ResponseReturnValue:
        answer = Response(status=refused.status, content_type="application/json")
        answer.data = app.json.dumps(refused.body())
        return answer

    @app.errorhandler(HTTPException)
    def not_here(_: HTTPException) -> ResponseReturnValue:
        return refuse(not_found(request.path))

    return app


def _given(pairs: Any) -> Mapping[str, Sequence[str]]:
    values: dict[str, list[str]] = pairs.to_dict(flat=False)
    return values


def _require_form() -> None:
    if request.mimetype != "application/x-www-form-urlencoded" or request.args:
        raise RefusedError(400, 20001, "Send a form.")
