"""What the guard says no with. Each refusal passes by itself, and says what to do until then."""

from collections.abc import Mapping

from evidence.errors import EvidenceError, TooMany

_MINUTE = 60


class TooFast(TooMany):
    """More than one network address may send in an hour, or than all forms may in a minute."""

    def __init__(self, what: str, *, code: str, seconds: float) -> None:
        self.retry_after = max(1, int(seconds) + 1)
        minutes = -(-self.retry_after // _MINUTE)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"{what} Wait {wait} and send it again. What has arrived is safe.", code=code)


class ProofNeeded(TooMany):
    """So much comes in that this has to bring a proof of work; `members` holds the challenge."""

    default_code = "proof_needed"
    retry_after = 30

    def __init__(self, members: Mapping[str, object]) -> None:
        super().__init__(
            "Very many tips are coming in right now. Send it again with the challenge solved, or in some "
            "minutes."
        )
        self.members = members


class NoRoom(EvidenceError):
    """What is left of the spool's disk is kept for words, and for uploads that have begun."""

    status = 507
    default_code = "spool_reserve"
    retry_after = 300

    def __init__(self) -> None:
        super().__init__(
            "There is no room for more video or photos just now. Send your words; send the files later."
        )
