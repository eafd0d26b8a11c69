"""An archive unpacks to no more memory than a piece of it, whatever its directory says (压缩炸弹)."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from courses.gateways.archives import CHUNK, Archive, ArchiveError
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import read_xlsx
from tests.media_set import MEBIBYTE, lying_zip

HELD, CLAIMED = 64, 1000
MEMBER = "[Content_Types].xml"  # what openpyxl reads first


@pytest.fixture
def lying(tmp_path):
    def make(method, name=MEMBER):
        lying_zip(tmp_path / "lying.zip", method=method, mebibytes=HELD, claimed=CLAIMED, name=name)
        return (tmp_path / "lying.zip").read_bytes()

    return make


def peak_of(act):
    """Return the most memory that an act held at once."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read_whole(content):
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert len(packed.read(MEMBER)) == CLAIMED


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_what_unpacks_at_once_is_refused_unread(lying, method):
    content = lying(method)

    def refused():
        with pytest.raises(ArchiveError, match="请用系统自带的压缩功能重新打包"):
            Archive(io.BytesIO(content))
        with pytest.raises(InvalidError, match="请用 Excel 另存为 xlsx"):
            read_xlsx(content)

    assert peak_of(lambda: read_whole(content)) > HELD * MEBIBYTE
    assert peak_of(refused) < MEBIBYTE


def test_a_deflated_member_is_read_in_pieces_up_to_what_it_claims(lying):
    content = lying(zipfile.ZIP_DEFLATED)
    pieces = []

    def read():
        pieces.extend(Archive(io.BytesIO(content)).pieces(MEMBER))

    assert peak_of(lambda: read_whole(content)) > HELD * MEBIBYTE
    assert peak_of(read) < 4 * CHUNK
    assert [len(piece) for piece in pieces] == [CLAIMED]


def test_a_workbook_that_lies_about_its_size_costs_no_more_than_it_claims(lying):
    content = lying(zipfile.ZIP_DEFLATED)

    def refused():
        with pytest.raises(InvalidError, match="可能已损坏或不是 Excel 文件"):
            read_xlsx(content)

    assert peak_of(refused) < MEBIBYTE
