"""Who may do what: one table, and nothing else decides.

A supervisor may do all an investigator may; an investigator all a reviewer may. An auditor stands apart:
they check how tips were handled, so they read every history, but no message and no picture: an audit
needs to know that a clip was watched, by whom and when, and not what it shows.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person on the staff side is."""

    REVIEWER = "reviewer"
    INVESTIGATOR = "investigator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Act(StrEnum):
    """One thing that a person may, or may not, do."""

    USE_OWN_ACCOUNT = "use_own_account"
    SEE_TIPS = "see_tips"
    READ_MESSAGES = "read_messages"
    WRITE_TO_CITIZENS = "write_to_citizens"
    SEE_MEDIA = "see_media"
    DECIDE_TIPS = "decide_tips"
    SEE_CASES = "see_cases"
    ATTACH_TIPS = "attach_tips"
    OPEN_CASES = "open_cases"
    WRITE_NOTES = "write_notes"
    SEE_PIPELINE = "see_pipeline"
    STOP_LIVE = "stop_live"
    ASK_TO_UNSEAL = "ask_to_unseal"
    DECIDE_UNSEALING = "decide_unsealing"


_AUDITOR = frozenset({Act.USE_OWN_ACCOUNT, Act.SEE_TIPS, Act.SEE_CASES})
# A reviewer may open a case: the first tip of an investigation arrives before any investigator does.
_REVIEWER = _AUDITOR | {
    Act.READ_MESSAGES, Act.WRITE_TO_CITIZENS, Act.SEE_MEDIA, Act.DECIDE_TIPS, Act.ATTACH_TIPS, Act.OPEN_CASES,
    Act.ASK_TO_UNSEAL, Act.STOP_LIVE,
}  # fmt: skip
_INVESTIGATOR = _REVIEWER | {Act.WRITE_NOTES}
_SUPERVISOR = _INVESTIGATOR | {Act.SEE_PIPELINE, Act.DECIDE_UNSEALING}

MAY: Mapping[Role, frozenset[Act]] = MappingProxyType(
    {
        Role.REVIEWER: _REVIEWER,
        Role.INVESTIGATOR: _INVESTIGATOR,
        Role.SUPERVISOR: _SUPERVISOR,
        Role.AUDITOR: _AUDITOR,
    }
)


def may(role: Role, act: Act) -> bool:
    """Say whether a person in `role` may do `act`."""
    return act in MAY[role]
