"""Whose carrier it is: the operator's account with Twilio; where there is none, this machine's stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.errors import SettingsError
from tipline.carrier.account import DEMO_NUMBER, E164, demonstration_sid
from tipline.up.ports import LOOPBACK
from tipline.up.reach import Reach

_NAMES = ("TIPLINE_TWILIO_ACCOUNT_SID", "TIPLINE_TWILIO_AUTH_TOKEN", "TIPLINE_TWILIO_NUMBER")


@dataclass(frozen=True)
class CarrierAccount:
    """The account's name, token and number; `api` is where it is asked, None for Twilio itself.

    `stand_in` where it is none, but this machine's stand-in's.
    """

    sid: str
    token: str = field(repr=False)
    number: str
    api: str | None
    stand_in: bool = False

    def variables(self) -> dict[str, str]:
        """As the SMS door is told."""
        told = dict(zip(_NAMES, (self.sid, self.token, self.number), strict=True))
        api = {} if self.api is None else {"TIPLINE_TWILIO_URL": self.api}
        return told | api | ({"TIPLINE_TWILIO_STAND_IN": "1"} if self.stand_in else {})


def has_account(operator: Mapping[str, str]) -> bool:
    """Whether the operator has an account; raises `SettingsError` where one is told of by halves."""
    told = [name for name in _NAMES if operator.get(name)]
    if told and len(told) < len(_NAMES):
        missing = next(name for name in _NAMES if name not in told)
        raise SettingsError(f"{missing} is not set: an account with Twilio has a SID, a token and a number.")
    if told and not E164.fullmatch(operator[_NAMES[2]]):
        raise SettingsError(f"{_NAMES[2]} must be a number such as {DEMO_NUMBER}.")
    return bool(told)


def carrier_account(reach: Reach) -> CarrierAccount:
    """Return the account that texts go through."""
    operator = reach.operator
    if has_account(operator):
        sid, token, number = (operator[name] for name in _NAMES)
        return CarrierAccount(sid, token, number, operator.get("TIPLINE_TWILIO_URL"))
    token = reach.secrets.carrier_token
    api = f"http://{LOOPBACK}:{reach.addresses.carrier_port}"
    return CarrierAccount(demonstration_sid(token), token, DEMO_NUMBER, api, stand_in=True)
