"""A file of pictures under the eye of Pillow: a photo, or an animation that is a film by another name."""

import re
import struct

import av
import av.error
import pillow_heif
from PIL import Image, UnidentifiedImageError

from workers.inspect.facts import SEE_THROUGH, Facts, Picture
from workers.inspect.moving import Moving
from workers.inspect.opened import Opened, UnwantedError
from workers.inspect.recording import MOST_SECONDS, MOST_VIDEO_PIXELS, played

MOST_PHOTO_PIXELS = 220_000_000
BROKEN = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError,
    TypeError,  # a TIFF of several pictures, one of which tells no size
)  # fmt: skip
"""What Pillow raises over a file that cannot be read."""

_CODECS = {"gif": "gif", "apng": "apng", "webp_anim": "webp"}
_FILM_WITHIN = re.compile(rb"....ftyp(?:mp4|iso|qt |avc|3gp|M4V)|mpvd", re.DOTALL)
"""A Motion Photo's film after the picture, or in Samsung's box within it."""
_PHOTO_BYTES = 256 << 20

_ORIENTATION = 0x0112
_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""EXIF 2.32, 4.6.4 A: the quarter turns that stand a stored picture up, clockwise, mirrored or not."""

pillow_heif.register_heif_opener()


def photo(opened: Opened) -> Facts:
    """The facts of a picture that stands still. Raises `UnwantedError`."""
    width, height, frames = _measured(opened)
    if width * height > MOST_PHOTO_PIXELS:
        raise UnwantedError("too_many_pixels")
    form, turn = opened.form.name.lower(), _turn(opened)
    picture = Picture(0, form, "", "photo", width, height, turn, False, False, False)
    left_out = (*_film_within(opened), *((f"picture:{frames - 1}",) if frames > 1 else ()))
    return Facts("photo", opened.mime, opened.form.name, None, picture, None, left_out)


def animation(opened: Opened, film: Moving) -> Facts | None:
    """The facts of an animation, None if only one of its pictures can be shown. Raises `UnwantedError`."""
    width, height, _ = _measured(opened)
    if width * height > MOST_VIDEO_PIXELS:
        raise UnwantedError("too_many_pixels")
    seconds = film.seconds if film.seconds is not None else _seconds(opened, film.form)
    if seconds is None:
        return None
    if seconds > MOST_SECONDS:
        raise UnwantedError("too_long")
    picture = Picture(0, _CODECS[film.form], "", SEE_THROUGH, width, height, 0, False, False, False)
    return Facts("video", opened.mime, film.form, seconds, picture, None)


def _measured(opened: Opened) -> tuple[int, int, int]:
    """Width, height and the number of pictures."""
    Image.MAX_IMAGE_PIXELS = None  # the caps are ours, and hard
    try:
        with Image.open(opened.from_start(), formats=[opened.form.name]) as image:
            several = image.format in ("HEIF", "AVIF", "TIFF")
            return image.width, image.height, getattr(image, "n_frames", 1) if several else 1
    except BROKEN:
        raise UnwantedError("damaged") from None


def _turn(opened: Opened) -> int:
    """Degrees by which the picture is turned to be shown; 0 where its EXIF does not say so readably."""
    with Image.open(opened.from_start(), formats=[opened.form.name]) as image:
        # Of a PNG whose EXIF comes after the pixels, Pillow would read every pixel to find it.
        if image.format == "PNG" and "exif" not in image.info:
            return 0
        try:
            return _TURNS.get(image.getexif().get(_ORIENTATION, 1), 0)
        except (*BROKEN, struct.error):
            return 0


def _seconds(opened: Opened, form: str) -> float | None:
    """How long an animation plays; None where a reader of films finds fewer than two pictures."""
    try:
        with av.open(opened.from_start(), format=form, metadata_errors="ignore") as container:
            length = played(container, {container.streams.video[0].index})
    except (av.error.FFmpegError, ValueError, OSError, IndexError):
        return None
    return length.seconds if length.packets > 1 else None


def _film_within(opened: Opened) -> tuple[str, ...]:
    if opened.form.name not in ("JPEG", "HEIF"):
        return ()
    content = opened.from_start().read(_PHOTO_BYTES)
    return ("video:motion photo",) if _FILM_WITHIN.search(content, 16) else ()
