"""Which tools work here, for the record: with their versions and a command line, an expert repeats a look or
a copy.
"""

import re
import subprocess
from functools import cache
from importlib.metadata import files, version

import imageio_ffmpeg

_LIBRARY = re.compile(r"^(libav\w+|libmagic)-\w+\.so\.([\d.]+)$")


def _ffmpeg() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_version())
    except (subprocess.SubprocessError, OSError):
        return "does not say"  # whoever runs it next will hear why


@cache
def versions() -> dict[str, str]:
    """Names and versions of all that opens media; the libraries of PyAV's wheel are not those of ffmpeg."""
    wheels = ("av", "pillow", "pillow-heif", "pylibmagic", "c2pa-python")
    libraries = (_LIBRARY.match(file.name) for file in files("av") or ())
    return {
        "ffmpeg": _ffmpeg(),
        **{name: version(name) for name in wheels},
        **{found[1]: found[2] for found in libraries if found},
    }
