"""Zip files that others packed (压缩文件): what may be unpacked at all, and what it means when one cannot be."""

from __future__ import annotations

import struct
import zipfile
import zlib

# zipfile lets these two unpack piece by piece. It asks bzip2 and LZMA for all that a piece holds, whatever the directory
# says and the reader wants: 330 bytes become 458 MB.
INFLATABLE = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# RuntimeError: a password, or something newer than zipfile knows.
ZIP_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
