"""Photos of every coding and colour: a red corner at the upper left of blue, once they stand upright."""

import struct
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from tests.media.making import CANARY, H264, SCENE, SOUND, TAGS, Becomes, Family, Files, ffmpeg

pillow_heif.register_heif_opener()

FILES = Family()
SIZE = (400, 300)
PHOTO = Becomes("still", seconds=0.0, shown=SIZE, flash=None, beeps=False)
_UPRIGHT = Becomes("still", seconds=0.0, shown=(300, 400), flash=None, beeps=False)


def corner(mode: str = "RGB") -> Image.Image:
    """A picture with a red corner at its upper left."""
    picture = Image.new("RGB", SIZE, "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, 99, 99), fill="red")
    return picture.convert(mode)


def talkative_exif(orientation: int = 1) -> Image.Exif:
    """EXIF with a canary as maker and comment, and a place."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = f"{CANARY} maker"
    exif[0x9286] = f"{CANARY} user comment"
    exif[0x0132] = "2024:05:06 07:08:09"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 48.0, 16.0)
    return exif


@FILES.file("photo.jpg", _UPRIGHT)
def jpeg(_: Files, path: Path) -> None:
    _standing().save(path, exif=talkative_exif(6), comment=f"{CANARY} comment".encode(), quality=95)
    with path.open("ab") as file:
        file.write(f"{CANARY} trailer".encode())


@FILES.file("photo.png", _UPRIGHT)
def png(_: Files, path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", f"{CANARY} author")
    text.add_text("Comment", f"{CANARY} squeezed", zip=True)
    text.add_itxt("XML:com.adobe.xmp", f"<x>{CANARY} xmp</x>")
    _standing().save(path, exif=talkative_exif(6), pnginfo=text, icc_profile=_named_profile())


@FILES.file("photo.heic", _UPRIGHT)
def heic(_: Files, path: Path) -> None:
    """HEIF turns by a property of its own (`irot`), which the plugin writes where EXIF comes as bytes."""
    picture = _standing()
    picture.info["exif"] = talkative_exif(6).tobytes()
    picture.save(path, quality=90)


@FILES.file("photo.webp", PHOTO)
def webp(_: Files, path: Path) -> None:
    corner().save(
        path, exif=talkative_exif(), xmp=f"<x>{CANARY}</x>".encode(), icc_profile=_named_profile(), quality=95
    )


@FILES.file("photo.avif", _UPRIGHT)
def avif(_: Files, path: Path) -> None:
    _standing().save(path, exif=talkative_exif(6), quality=90, speed=10)


@FILES.file("photo.bmp", PHOTO)
def bmp(_: Files, path: Path) -> None:
    corner().save(path)


@FILES.file("photo.tif", PHOTO)
def tiff(_: Files, path: Path) -> None:
    corner().save(path, exif=talkative_exif(), description=f"{CANARY} description")


@FILES.file("several.heic", Becomes("still", seconds=0.0, shown=SIZE, left_out=("picture:2",)))
def several(_: Files, path: Path) -> None:
    """A burst: the primary picture is not the first."""
    file = pillow_heif.from_pillow(Image.new("RGB", (64, 64), "green"))
    file.add_from_pillow(corner())
    file.add_from_pillow(Image.new("RGB", (64, 64), "white"))
    file.save(path, primary_index=1, quality=90)


@FILES.file("deep.heic", PHOTO)
def deep(_: Files, path: Path) -> None:
    """Ten bits a colour."""
    rows = corner().tobytes()
    wide = b"".join(struct.pack("<H", value << 8) for value in rows)
    file = pillow_heif.from_bytes(mode="RGB;16", size=SIZE, data=wide)
    file.save(path, quality=90, bit_depth=10)


@FILES.file("motion.jpg", Becomes("still", seconds=0.0, shown=SIZE, left_out=("video:motion photo",)))
def motion(_: Files, path: Path) -> None:
    """A Motion Photo: a short film after the picture's end, which XMP names."""
    film = path.with_suffix(".mp4")
    ffmpeg(*SCENE, *SOUND, *TAGS, *H264, "-c:a", "aac", str(film))
    clip = film.read_bytes()
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1" '
        f'GCamera:MicroVideoOffset="{len(clip)}" note="{CANARY}"/></rdf:RDF></x:xmpmeta>'
    )
    corner().save(path, exif=talkative_exif(), xmp=xmp.encode(), quality=95)
    with path.open("ab") as file:
        file.write(clip)


@FILES.file("live-photo.mov", Becomes("remux"))
def live_photo_film(_: Files, path: Path) -> None:
    """The film of a Live Photo, tied to its still by an identifier."""
    ffmpeg(
        *SCENE, *SOUND, *TAGS, "-metadata", f"com.apple.quicktime.content.identifier={CANARY}", *H264,
        "-c:a", "aac",
        "-movflags", "use_metadata_tags", str(path),
    )  # fmt: skip


@FILES.file("live-photo.heic", PHOTO)
def live_photo_still(_: Files, path: Path) -> None:
    corner().save(path, exif=talkative_exif().tobytes(), quality=90)


def _standing() -> Image.Image:
    """Upright is 300 by 400; stored lying, so that orientation 6 stands it up again."""
    upright = Image.new("RGB", (300, 400), "blue")
    ImageDraw.Draw(upright).rectangle((0, 0, 99, 99), fill="red")
    return upright.transpose(Image.Transpose.ROTATE_90)


def _named_profile() -> bytes:
    """sRGB under a telling name: a profile's description is text as well."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"s\0R\0G\0B", b"C\0A\0N\0A").replace(b"sRGB built-in", f"{CANARY}xx".encode())
