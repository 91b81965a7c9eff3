"""Phones, over HTTP: what `tipline sms` plays one with. No part of Twilio's API."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tipline.carrier.carrier import Carrier
from tipline.carrier.message import Message, moment

PATH = "/phones/<number>/messages"


def phones(carrier: Carrier) -> Blueprint:
    """Return the routes; who may call them is the API's to say."""
    routes = Blueprint("phones", __name__)

    @routes.post(PATH)
    def send(number: str) -> ResponseReturnValue:
        """Send a text (`Body`) with files from this phone."""
        files = [(file.mimetype, file.stream.read()) for file in request.files.getlist("media")]
        message = carrier.text(number, request.form.get("Body", ""), files)
        return {"sid": message.sid}, 201

    @routes.get(PATH)
    def shown(number: str) -> ResponseReturnValue:
        """What this phone shows, oldest first."""
        return {"messages": [_shown(message) for message in carrier.shown_on(number)]}

    return routes


def _shown(message: Message) -> dict[str, Any]:
    return {"sid": message.sid, "body": message.body, "at": moment(message.created)}
