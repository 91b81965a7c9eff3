"""Runs inside the sandbox: a photo from standard input becomes one small grey frame, upright.

`main([FORMAT, OUT])` writes `GRID` times `GRID` bytes.
"""

import sys
from pathlib import Path

import pillow_heif
from PIL import Image, UnidentifiedImageError

from workers.inspect.picture import MOST_PHOTO_PIXELS
from workers.normalize.still import DAMAGED, bare
from workers.prints.recipe import GRID

_ENOUGH = 512

pillow_heif.register_heif_opener()


def main(argv: list[str]) -> int:
    """Write the frame; `DAMAGED` where the photo cannot be read to its end."""
    form, out = argv[0], Path(argv[1])
    Image.MAX_IMAGE_PIXELS = MOST_PHOTO_PIXELS
    try:
        with Image.open(sys.stdin.buffer, formats=[form]) as image:
            pixels = bare(image, _ENOUGH)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError):
        return DAMAGED
    out.write_bytes(pixels.convert("L").resize((GRID, GRID), Image.Resampling.BOX).tobytes())
    return 0
