"""Slides of a live lesson: what is taken, which page is shown, where the teacher points. Pure."""

from __future__ import annotations

from typing import NamedTuple

LONG_SIDE = 1600  # pixels of a page's longer side: sharp on a phone and a laptop, some 200 kB
LONGEST_TEXT = 2000
SCALE = 1000  # a pointer's place is told in thousandths of the page
PDF_MARK, HEAD = b"%PDF-", 1024  # readers look for the mark in the first kilobyte


class Spot(NamedTuple):
    """Where the teacher points (激光笔), in thousandths of the page from its upper left corner."""

    x: int
    y: int


def upload_problem(size: int, head: bytes, *, megabytes: int) -> str:
    """Return why a file is not taken as slides, or nothing (课件检查)."""
    if not 0 < size <= megabytes * 1024**2:
        return f"课件应是不超过{megabytes}MB的PDF文件。请在办公软件里用“另存为PDF（最小文件）”压缩，或拆成几份。"
    if PDF_MARK not in head[:HEAD]:
        return "这不是PDF文件，可能改过扩展名或已损坏。请在办公软件里打开原文件，另存为PDF后再上传。"
    return ""


def pages_problem(pages: int, *, most: int) -> str:
    """Return why a file of so many pages is not shown, or nothing."""
    if pages < 1:
        return "没有在PDF里找到页面，请重新导出后再上传。"
    return f"这份课件有{pages}页，最多{most}页。请拆成几份分别上传。" if pages > most else ""


def turn_problem(page: int, pages: int) -> str:
    """Return why a page cannot be shown, or nothing."""
    return "" if 1 <= page <= pages else f"这份课件只有第1至{pages}页。"


def spot_of(x: int, y: int) -> Spot:
    """Return a place on the page, brought to its edge when it lies beyond."""
    return Spot(max(0, min(SCALE, x)), max(0, min(SCALE, y)))


def heading_of(text: str) -> str:
    """Return a page's first line of words, without page numbers and rules; nothing for a picture (页面标题)."""
    return next((line for line in text.splitlines() if sum(sign.isalpha() for sign in line) > 1), "")


def tidy_text(text: str) -> str:
    """Return a page's words as a reader hears them: lines without empty ones, not too many."""
    return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))[:LONGEST_TEXT]
