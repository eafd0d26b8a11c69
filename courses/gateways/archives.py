"""The only door to uploaded zip files: read one file at a time, never unpacked to a path that the archive names."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO

from courses.rules.archives import PackedFile, archive_fault, clean_path, decoded_name
from lms.kernel.errors import InvalidError
from lms.kernel.zips import INFLATABLE, ZIP_FAULTS

CHUNK = 1 << 20
UTF8, SECRET = 0x800, 0x1
LINK = 0o120000
LOCAL_HEADER = 30
BROKEN = "压缩包打不开，可能没有传完或已损坏。请重新压缩为 zip 格式后再上传。"


class ArchiveError(InvalidError):
    """An archive that is broken or dangerous (压缩包不合格)."""

    code = "archive_refused"


class Archive:
    """An opened zip whose directory was checked: zip slip, links, passwords, bombs, names in GBK."""

    def __init__(self, handle: IO[bytes]) -> None:
        try:
            self.zip = zipfile.ZipFile(handle)
        except ZIP_FAULTS as error:
            raise ArchiveError(BROKEN, fields={"file": BROKEN}) from error
        infos = [info for info in self.zip.infolist() if not info.is_dir()]
        self.files = [packed_file(info) for info in infos]
        fault = archive_fault(self.files) or overlap_fault(infos)
        self.infos = {file.path: info for file, info in zip(self.files, infos, strict=True)}
        if not fault and len(self.infos) < len(infos):
            fault = "压缩包里有重名的文件，请重新打包。"
        if fault:
            raise ArchiveError(fault, fields={"file": fault})

    def has(self, path: str) -> bool:
        """Return whether there is such a file."""
        return path in self.infos

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's content; no more than its directory said, and whole or not at all."""
        try:
            with self.zip.open(self.infos[path]) as packed:
                while piece := packed.read(CHUNK):
                    yield piece
        except ZIP_FAULTS as error:
            raise ArchiveError(f"压缩包里的“{path}”已损坏，请重新压缩后再上传。") from error

    def read(self, path: str, *, most: int) -> bytes:
        """Return a small file whole. Raises ArchiveError when it is larger than `most` bytes."""
        if self.infos[path].file_size > most:
            raise ArchiveError(f"压缩包里的“{path}”太大，请拆分后再上传。")
        return b"".join(self.pieces(path))


def packed_file(info: zipfile.ZipInfo) -> PackedFile:
    """Return an entry as the rules judge it."""
    name = decoded_name(info.orig_filename.split("\x00")[0], is_utf8=bool(info.flag_bits & UTF8))
    return PackedFile(
        path=clean_path(name),
        size=info.file_size,
        packed=info.compress_size,
        is_secret=bool(info.flag_bits & SECRET),
        is_link=(info.external_attr >> 16) & 0o170000 == LINK,
        is_inflatable=info.compress_type in INFLATABLE,
    )


def overlap_fault(infos: list[zipfile.ZipInfo]) -> str:
    """Return a sentence when entries share their bytes: many large files from one small one."""
    spans = sorted((info.header_offset, info.header_offset + LOCAL_HEADER + info.compress_size) for info in infos)
    if any(begin < end for (_, end), (begin, _) in zip(spans, spans[1:], strict=False)):
        return "压缩包的结构异常，可能是恶意文件，没有导入。"
    return ""
