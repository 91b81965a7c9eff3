"""`python -m tipline.run.carrier`: a stand-in for the carrier, where the operator has no account with one."""

import os
import signal
from collections.abc import Mapping
from urllib.parse import urlsplit

from evidence.confine import Confinement, hide_from_neighbours, python_runtime
from evidence.settings import Env
from tipline.carrier import Account, Carrier, serving
from tipline.up.ports import LOOPBACK


def main(env: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT, shut in: it reaches the SMS door alone, and writes nothing."""
    read = Env(env)
    webhook, port = read.text("TIPLINE_SMS_URL"), read.port("TIPLINE_CARRIER_PORT", 0, least=1)
    token = read.text("TIPLINE_TWILIO_AUTH_TOKEN")
    Confinement(
        read=python_runtime(),
        write=[],
        execute=[],
        connect_ports=[urlsplit(webhook).port or 80],
        bind_ports=[port],
    ).apply()
    hide_from_neighbours()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with serving(Carrier(Account.demonstration(token, webhook)), LOOPBACK, port):
        signal.sigwait(ends)


if __name__ == "__main__":
    main(os.environ)
