"""Which route asks for which act: one table, read by the guard and by tests.

An endpoint that is neither here nor in `PUBLIC` is refused: a forgotten line shuts a door, never opens one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from evidence.reviewers.roles import Act

PUBLIC = frozenset(
    {
        "static",
        "health.alive",
        "health.ready",
        "signin.ask",
        "signin.consume",
        "signin.passkey_options",
        "signin.passkey",
    }
)

REQUIRED: Mapping[str, Act] = MappingProxyType(
    {
        "signin.leave": Act.USE_OWN_ACCOUNT,
        "passkeys.show": Act.USE_OWN_ACCOUNT,
        "passkeys.options": Act.USE_OWN_ACCOUNT,
        "passkeys.register": Act.USE_OWN_ACCOUNT,
        "passkeys.remove": Act.USE_OWN_ACCOUNT,
        "queue.show": Act.SEE_TIPS,
        "tips.show": Act.SEE_TIPS,
        "tips.close": Act.DECIDE_TIPS,
        "tips.reopen": Act.DECIDE_TIPS,
        "tips.attach": Act.ATTACH_TIPS,
        "tips.detach": Act.ATTACH_TIPS,
        "conversation.write": Act.WRITE_TO_CITIZENS,
        "conversation.settled": Act.WRITE_TO_CITIZENS,
        "echoes.dismiss": Act.DECIDE_TIPS,
        "echoes.restore": Act.DECIDE_TIPS,
        "media.opened": Act.SEE_MEDIA,
        "media.pieces": Act.SEE_MEDIA,
        "live.wall": Act.SEE_TIPS,
        "live.states": Act.SEE_TIPS,
        "live.show": Act.SEE_TIPS,
        "live.state": Act.SEE_TIPS,
        "live.watch": Act.SEE_MEDIA,
        "live.prompt": Act.WRITE_TO_CITIZENS,
        "live.snapshot": Act.DECIDE_TIPS,
        "live.close": Act.STOP_LIVE,
        "live.live_link": Act.WRITE_TO_CITIZENS,
        "pipeline.show": Act.SEE_PIPELINE,
        "cases.show_all": Act.SEE_CASES,
        "cases.find": Act.ATTACH_TIPS,
        "cases.show": Act.SEE_CASES,
        "cases.open_new": Act.OPEN_CASES,
        "cases.add": Act.WRITE_NOTES,
        "unsealings.show_all": Act.DECIDE_UNSEALING,
        "unsealings.ask": Act.ASK_TO_UNSEAL,
        "unsealings.answer": Act.DECIDE_UNSEALING,
        "unsealings.look": Act.ASK_TO_UNSEAL,
    }
)

# Served by the process itself rather than by Flask, since they stream.
NATIVE: Mapping[str, Act] = MappingProxyType(
    {
        "/events": Act.SEE_TIPS,
        "/media/<id>/content": Act.SEE_MEDIA,
        "/live/<id>/parts/<number>": Act.SEE_MEDIA,
    }
)


def required_act(endpoint: str) -> Act | None:
    """Return the act that a Flask endpoint or native route asks for, None where it is public.

    Raises `KeyError` for a route nobody decided about.
    """
    if endpoint in PUBLIC:
        return None
    return REQUIRED[endpoint] if endpoint in REQUIRED else NATIVE[endpoint]
