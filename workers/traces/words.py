"""What a tag is about, by its name and by what it says, and which programs give themselves away.

Lists of what was seen in files of phones, messengers and recorders; a name that is on none of them is taken
for a person's own words, which is the most careful guess.
"""

import re

from evidence.traces.kinds import Clue, Kind

_KINDS: dict[Kind, re.Pattern[str]] = {
    "place": re.compile(
        r"gps|location|©xyz|loci|latitude|longitude|altitude|\bcity|country|province|sub.?location",
        re.IGNORECASE,
    ),
    "time": re.compile(r"date|time(?!code_rate)|creation|©day|\byear|tmcd", re.IGNORECASE),
    "software": re.compile(
        r"encod|software|tool|compressor|version|handler|application|producer|history|program|©swr|©too"
        r"|x26[45]|derivedfrom|documentid|instanceid|isft|vendor|brand|©enc|adobe",
        re.IGNORECASE,
    ),
    "device": re.compile(
        r"make|model|manufactur|lens|camera|serial|device|imei|©mak|©mod|sensor|focal|aperture|exposure"
        r"|\biso|f.?number|flash|maker.?note|content.identifier|white.?balance|brightness|shutter|metering"
        r"|scene|digital.?zoom|gain|contrast|saturation|sharpness|subject|image.?unique|color.?space",
        re.IGNORECASE,
    ),
}
_COORDINATES = re.compile(r"^[+-]\d{1,3}\.\d+[+-]\d{1,3}\.\d+")
_DULL_NAMES = re.compile(
    r"^(major_brand|minor_version|compatible_brands|vendor_id|.*orientation|.*resolution.*|.*ycbcr.*|.*exifoffset"
    r"|.*gpsinfo|.*jpegif.*|.*compression|.*imagewidth|.*imagelength|.*exifimage.*|.*components.*|.*interop.*"
    r"|.*exifversion|.*flashpixversion|.*tile(width|length)|.*_statistics.*|bps.*|number_of_.*|duration.*)$",
    re.IGNORECASE,
)
"""How pixels are stored, which the copy tells as well."""
_DULL_VALUES = frozenset({"", "und", "eng", "0"})

_CLUES: dict[Clue, re.Pattern[str]] = {
    "screen_recorder": re.compile(
        r"replaykit|screen.?rec|screenshot|scrcpy|xrecorder|az.?screen|obs.?studio|du.?recorder",
        re.IGNORECASE,
    ),
    "whatsapp": re.compile(r"whatsapp", re.IGNORECASE),
    "telegram": re.compile(r"telegram", re.IGNORECASE),
    "signal": re.compile(r"\bSignal\b"),
    "facebook": re.compile(r"^FBMD|facebook|instagram", re.IGNORECASE),
    "tiktok": re.compile(r"^vid:v\d|tiktok|bytedance|aigc_info", re.IGNORECASE),
    "ffmpeg": re.compile(r"^Lav[fc]\d|x264 - core|x265 \(build"),
    "video_site": re.compile(r"ISO Media file produced by Google|youtube", re.IGNORECASE),
    "editor": re.compile(
        r"adobe|premiere|lightroom|photoshop|capcut|inshot|imovie|final cut|davinci|kinemaster|gimp|snapseed"
        r"|handbrake",
        re.IGNORECASE,
    ),
}


def kind_of(name: str, value: str, otherwise: Kind = "person") -> Kind | None:
    """What a tag tells of; None where it tells of nothing but how the media is stored."""
    name = name.replace("quicktime", "")
    if _DULL_NAMES.match(name) or value.strip("\0 ") in _DULL_VALUES:
        return None
    if _COORDINATES.match(value):
        return "place"
    if clues_in(value):
        return "software"
    for kind, pattern in _KINDS.items():
        if pattern.search(name):
            return kind
    return otherwise


def clues_in(text: str) -> set[Clue]:
    """Programs that a text gives away."""
    return {clue for clue, pattern in _CLUES.items() if pattern.search(text)}


def is_camera(name: str) -> bool:
    """Whether a tag is one in which a camera names its maker or model."""
    return re.search(r"(^|[._:\s])(make|model)$|©mak|©mod", name, re.IGNORECASE) is not None
