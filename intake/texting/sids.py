"""Twilio's identifiers: two letters and 128 bits."""

import re

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
MEDIA_SID = re.compile(r"ME[0-9a-f]{32}")
