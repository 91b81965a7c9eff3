"""Pictures that move: each becomes a film, for nobody wants to judge a GIF by its first frame."""

from pathlib import Path

from PIL import Image, ImageDraw

from tests.media.making import CANARY, SCENE, Becomes, Family, Files, scene

FILES = Family()
_FILM = Becomes("transcode", beeps=False)
_SLOWER = ("-f", "lavfi", "-i", scene(rate=10)[3])
_FRAME_MS = 100

FILES.films(
    {
        "animated.gif": (_FILM, (*_SLOWER, "-metadata", f"comment={CANARY} comment")),
        "animated.png": (_FILM, (*_SLOWER, "-plays", "0", "-f", "apng")),
        "sequence.avif": (
            Becomes("transcode", beeps=False, left_out=("video:av1",)),
            (*SCENE, "-c:v", "libsvtav1", "-preset", "12", "-f", "avif"),
        ),
    }
)


@FILES.file("animated.webp", Becomes("transcode", beeps=False, flash=None))
def animated_webp(_: Files, path: Path) -> None:
    first, *others = (_frame(number) for number in range(15))
    first.save(
        path, save_all=True, append_images=others, duration=_FRAME_MS, exif=_exif(), xmp=CANARY.encode()
    )


@FILES.file("transparent.gif", Becomes("transcode", beeps=False, flash=None))
def transparent_gif(_: Files, path: Path) -> None:
    """Frames that show through to the page behind them."""
    first, *others = (_frame(number, "RGBA") for number in range(15))
    first.save(
        path, save_all=True, append_images=others, duration=_FRAME_MS, disposal=2, comment=CANARY.encode()
    )


@FILES.file("one-frame.gif", Becomes("still", seconds=0.0))
def one_frame(_: Files, path: Path) -> None:
    _frame(0).convert("P").save(path, comment=f"{CANARY} comment".encode())


def _frame(number: int, mode: str = "RGB") -> Image.Image:
    picture = Image.new(mode, (320, 240), "blue" if mode == "RGB" else (0, 0, 0, 0))
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((0, 0, 79, 59), fill="red")
    drawing.rectangle((100 + number * 10, 120, 140 + number * 10, 160), fill="yellow")
    return picture


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = f"{CANARY} maker"
    return exif
