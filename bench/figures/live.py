"""Live: delays on the way and from glass to glass, and what is lost, beside WebRTC."""

from collections.abc import Iterator

from bench.audience import audience
from bench.figures.pair import Pair
from bench.installation import installed
from bench.live import CUTS_SECONDS, SECONDS, cut, glass_to_glass
from bench.report import Row
from bench.webrtc import call


def live(pair: Pair) -> Iterator[Row]:
    """A clock filmed in one browser and read in others: glass to glass, and what it costs the servers."""
    with installed(pair.work) as installation:
        for senders, viewers in ((1, 1), (20, 40)):
            heard = audience(installation, senders, viewers)
            who = (
                f"{senders} sender{'s' if senders > 1 else ''}, {viewers} viewer{'s' if viewers > 1 else ''}"
            )
            told = f"{heard.told}; {100 * heard.door:.0f} %, {100 * heard.console:.0f} %"
            yield Row(f"a piece to its viewers; CPU of door and console: {who}", told, "", None, "", "")
        for loss in (0.0, 0.05):
            heard_by_peer = call(installation.intake, loss, SECONDS)
            lost = f"{100 * loss:.0f} % of packets lost"
            yield Row(
                f"the peer, aiortc: to the decoder, pictures, width, CPU of a core; {lost}",
                "",
                heard_by_peer.told,
                None,
                "",
                "",
            )
        for slice_ms, viewers in ((100, 1), (250, 1), (100, 4), (250, 4)):
            seen = glass_to_glass(installation, slice_ms, viewers)
            watched = f"slices of {slice_ms} ms, {viewers} viewer{'s' if viewers > 1 else ''}"
            yield Row(
                f"glass to glass, p50 and p95, pictures: {watched}", seen.told, "", None, "p95 800 ms", "500"
            )
            yield Row(
                f"first picture; CPU of door and console: {watched}",
                f"{max(seen.first_ms)} ms; {100 * seen.door:.0f} %, {100 * seen.console:.0f} %",
                "",
                None,
                "150 ms",
                "",
            )
            yield Row(f"bytes lost: {watched}", str(seen.lost_bytes), "", None, "0", "")
        for seconds in CUTS_SECONDS:
            away, figure = cut(installation, seconds), f"{seconds:.0f} s without a signal"
            again = f"{away.live_again_ms:.0f} ms"
            yield Row(f"{figure}: live again after its return", again, "", None, "2000 ms", "")
            yield Row(f"{figure}: bytes lost", str(away.lost_bytes), "", None, "0", "")
