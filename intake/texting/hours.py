"""Quiet hours: when staff's texts wait for the morning."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from evidence.errors import SettingsError


@dataclass(frozen=True)
class QuietHours:
    """From one full hour to another, in a zone; `first` = `last` is no quiet hour at all."""

    first: int = 21
    last: int = 8
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @classmethod
    def read(cls, text: str, zone: ZoneInfo) -> Self:
        """Read `21-8` or `off`; raises `SettingsError`."""
        if text == "off":
            return cls(0, 0, zone)
        found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)
        if found is None or max(int(found[1]), int(found[2])) > 23:
            raise SettingsError(f"TIPLINE_SMS_QUIET_HOURS must be hours such as 21-8, or off, not {text!r}.")
        return cls(int(found[1]), int(found[2]), zone)

    def over_at(self, now: datetime) -> datetime:
        """Return when a text may go out: now, or at the end of the quiet hours (aware, in UTC)."""
        here = now.astimezone(self.zone)
        if not self._is_quiet(here.hour):
            return now
        end = here.replace(hour=self.last, minute=0, second=0, microsecond=0)
        return (end if end > here else end + timedelta(days=1)).astimezone(UTC)

    def _is_quiet(self, hour: int) -> bool:
        if self.first <= self.last:
            return self.first <= hour < self.last
        return hour >= self.first or hour < self.last
