"""A stand-in for the carrier: Twilio's REST API for messages and their media, on a laptop and in tests.

It checks requests as strictly as the published description of version 2010-04-01, signs its webhooks with
Twilio's own `RequestValidator`, and keeps everything in memory. Nothing leaves the machine.
"""

from tipline.carrier.account import Account
from tipline.carrier.carrier import Carrier
from tipline.carrier.serving import serving

__all__ = ["Account", "Carrier", "serving"]
