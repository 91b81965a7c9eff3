"""What to say to a citizen of a file that staff cannot be shown, or that looks like a copy of a better one.

The pipeline names a code; the words for it are here, as those for staff are with the pipeline.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from evidence.tips.door import ReceivedMedia

_AGAIN = lazy_gettext("It was damaged or cut off. If you still have the recording, please send it again.")
_FORMAT = lazy_gettext(
    "We cannot open its format. If your phone or recorder can save it as MP4, AVI or JPEG, "
    "please send that as well."
)
_AS_STORED = lazy_gettext(
    "It cannot be shown as it was filmed. Please send the recording as the camera stored it, "
    "or saved to play everywhere."
)
_OUR_FAULT = lazy_gettext("Something went wrong on our side. Please send this file again.")
_KEPT = lazy_gettext("We could not prepare it for viewing. Staff know of it, and the original is kept.")

TROUBLES: Mapping[str, LazyString] = {
    "empty_file": lazy_gettext("Not one byte was in it. Please send it again."),
    "not_media": lazy_gettext(
        "It is no video, photo or sound recording that we know. If it should be one, please send "
        "it as your phone saved it."
    ),
    "malware": lazy_gettext(
        "A scanner takes it for harmful, so nobody opens it. If you have the recording from "
        "elsewhere, please send that."
    ),
    **dict.fromkeys(("damaged", "no_index"), _AGAIN),
    **dict.fromkeys(("codec_unsupported", "makers_format"), _FORMAT),
    **dict.fromkeys(("colours_unknown", "speed_changed"), _AS_STORED),
    **dict.fromkeys(("leaves_mismatch", "spool_missing"), _OUR_FAULT),
    **dict.fromkeys(
        (
            *("too_many_streams", "too_many_pixels", "too_long"),
            *("original_altered", "not_clean", "tool_failed"),
        ),
        _KEPT,
    ),
}
SEEMING: Mapping[str, LazyString] = {
    "re-encoded": lazy_gettext(
        "This looks like a copy from a messaging app, which shrinks what it sends. If you have "
        "the original, or know who has, please send that. Otherwise this one helps too."
    ),
    "screen recording": lazy_gettext(
        "This looks like a recording or picture of a screen. If you have the original, or know "
        "who has, please send that. Otherwise this one helps too."
    ),
}


def advice_on(media: ReceivedMedia) -> LazyString | None:
    """What its sender could do about a file; None where nothing is wanted."""
    if media.state == "purged":
        return None
    if media.trouble is not None:
        return TROUBLES.get(media.trouble, _KEPT)
    return SEEMING.get(media.seems or "")
