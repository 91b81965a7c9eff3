"""What is between people and the doors: a named proxy, a certificate in time, no metrics in public."""

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from ipaddress import ip_address
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from cryptography import x509

from tipline.doctor.finding import Finding, fault, in_words, warning, well

_SECONDS = 10
_SOON, _NOW = timedelta(days=21), timedelta(days=5)


def proxies_are_named(settings: Mapping[str, str]) -> Iterable[Finding]:
    """Look whether the proxy is believed that is there, where the operator gave the door an https address.

    Where it speaks TLS by itself, to phones in the room, nobody had to say its address.
    """
    if not settings.get("TIPLINE_INTAKE_URL", "").startswith("https://"):
        yield well("proxy", "No proxy is in front of the public door, by its address.")
    elif settings.get("TIPLINE_TRUSTED_PROXIES"):
        yield well("proxy", "The proxy in front of the public door is named.")
    else:
        yield fault(
            "proxy", "A proxy is in front of the public door and is not named: the whole city is one client.",
            "Set TIPLINE_TRUSTED_PROXIES to its address and start `tipline up` anew.",
        )  # fmt: skip


def certificate(name: str, address: str, now: datetime) -> Iterable[Finding]:
    """Look until when the certificate of an https address is good."""
    parts = urlsplit(address)
    if parts.scheme != "https":
        return
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whose it is, browsers judge
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 443), _SECONDS) as line,
            context.wrap_socket(line, server_hostname=parts.hostname) as secured,
        ):
            shown = secured.getpeercert(binary_form=True) or b""
    except OSError as error:
        yield warning(
            "certificate", f"{name.capitalize()} is not reached from here ({type(error).__name__}).",
            f"Open {address} from elsewhere; if it answers there, all is well.",
        )  # fmt: skip
        return
    left = x509.load_der_x509_certificate(shown).not_valid_after_utc - now
    if left < timedelta(0):
        yield fault(
            "certificate", f"The certificate of {name} has expired.", "Renew it now: phones refuse it."
        )
    elif left < _SOON:
        says = f"The certificate of {name} is good for {in_words(left)} more."
        judged = fault if left < _NOW else warning
        yield judged("certificate", says, "Find out why it was not renewed.")
    else:
        yield well("certificate", f"The certificate of {name} is good for {in_words(left)} more.")


def metrics_are_private(settings: Mapping[str, str], intake_url: str) -> Iterable[Finding]:
    """Look whether the public reaches any metrics."""
    host = settings.get("TIPLINE_METRICS_HOST") or "127.0.0.1"
    public = "0.0.0.0" if host == "localhost" else host  # noqa: S104 (judged, not listened on)
    if host != "localhost" and not _is_private(public):
        yield fault(
            "metrics", f"Metrics are answered on {host}, which others than your monitoring reach.",
            "Set TIPLINE_METRICS_HOST to a private address and start `tipline up` anew.",
        )  # fmt: skip
    elif _answers_metrics(intake_url):
        yield fault(
            "metrics", "The public address answers /metrics.",
            "Take that path out of your proxy's configuration.",
        )  # fmt: skip
    else:
        yield well("metrics", "The public reaches no metrics.")


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private and not address.is_unspecified


def _answers_metrics(address: str) -> bool:
    try:
        with urlopen(f"{address}/metrics", timeout=_SECONDS) as answer:  # noqa: S310 (an address of ours)
            return b"tipline_" in answer.read(1 << 16)
    except (HTTPError, OSError, HTTPException):
        return False


def clock_agrees(whose: str, theirs: datetime, asked: datetime, told: datetime) -> Iterable[Finding]:
    """Compare a clock with this machine's: times in the ledger and locks must mean the same everywhere.

    Theirs is of some moment between ours when we `asked` and when we were `told`.
    """
    apart = max(asked - theirs, theirs - told, timedelta(0))
    if apart > timedelta(seconds=5):
        yield fault(
            "clock", f"The clock of {whose} is {in_words(apart)} from this machine's.",
            "Let both follow NTP: `timedatectl` says whether this one does.",
        )  # fmt: skip
    else:
        yield well("clock", f"The clock of {whose} agrees.")


Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)
