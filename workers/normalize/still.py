"""Runs inside the sandbox: a photo from standard input becomes an upright sRGB JPEG without anything but
pixels.

`main([FORMAT, OUT, LONGEST, QUALITY])`; the pixels are copied into a new image, so that nothing which hung on
the old one (EXIF, GPS, comments, profiles, thumbnails, depth maps) can come along.
"""

import io
import sys
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from workers.inspect.picture import BROKEN, MOST_PHOTO_PIXELS

DAMAGED = 3
"""Exit status of a photo that cannot be read to its end: no crash, and no use in trying again."""


def main(argv: list[str]) -> int:
    """Write the JPEG; `LONGEST` is the longer side at most, in pixels."""
    form, out, longest, quality = argv[0], Path(argv[1]), int(argv[2]), int(argv[3])
    Image.MAX_IMAGE_PIXELS = MOST_PHOTO_PIXELS
    try:
        with Image.open(sys.stdin.buffer, formats=[form]) as image:
            pixels = bare(image, longest)
    except BROKEN:
        return DAMAGED
    pixels.save(out, format="JPEG", quality=quality, optimize=True, subsampling="4:2:0")
    return 0


def bare(image: Image.Image, longest: int) -> Image.Image:
    """The picture as a person sees it, at most `longest` pixels a side, and nothing else."""
    image.draft("RGB", (longest, longest))  # JPEG: decoded at a fraction where that is enough
    upright = ImageOps.exif_transpose(image)
    shown = _flat(_in_srgb(_in_eight_bits(upright)))
    shown.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", shown.size, shown.tobytes())


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of sixteen bits as grey of eight: Pillow's own way cuts off all that is brighter than black."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours as the photo's own profile means them; one that cannot be read is ignored, as browsers do."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "L", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


def _flat(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white, as on a page."""
    if image.mode == "RGB":
        return image
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        page = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(page, layer).convert("RGB")
    return image.convert("RGB")
