"""poppler for slides: a PDF that somebody sent becomes pictures and words, a page at a time, in guarded processes."""

from __future__ import annotations

import logging
from itertools import islice
from pathlib import Path

from lms.kernel.errors import DomainError
from lms.kernel.processes import Budget, OverBudgetError, run_guarded
from lms.live.rules.slides import LONG_SIDE

log = logging.getLogger(__name__)
PAGE = Budget(memory=2, cpu=30, wall=60, file=1)
MOST_LINES = 2000
BROKEN = "这份PDF打不开，可能已损坏或设了密码。请在办公软件里打开，去掉密码后另存为PDF再上传。"
HEAVY = "第{page}页太复杂，没有转换成功。请在办公软件里把这一页改成图片，重新导出PDF后再上传。"


class SlidesRefusedError(DomainError):
    """A file cannot be shown as slides (课件不能使用)."""

    code = "slides_refused"
    status = 422


def run(command: list[str], sentence: str) -> list[str]:
    """Run one of poppler's programs and return what it printed. Raises SlidesRefusedError with the sentence."""
    lines: list[str] = []
    try:
        ended = run_guarded(command, PAGE, lambda printed: lines.extend(islice(printed, MOST_LINES)))
    except OverBudgetError as refusal:
        raise SlidesRefusedError(sentence) from refusal
    if ended:
        log.warning("%s ended with %s", command[0], ended)
        raise SlidesRefusedError(sentence)
    return lines


def page_count(source: Path) -> int:
    """Return how many pages a PDF has. Raises SlidesRefusedError for what cannot be read (页数)."""
    lines = run(["pdfinfo", str(source)], BROKEN)
    return next((int(line[6:]) for line in lines if line.startswith("Pages:") and line[6:].strip().isdigit()), 0)


def draw_page(source: Path, page: int, into: Path) -> Path:
    """Draw a page as a JPEG into a folder and return it: its longer side is bounded, whatever the PDF says (页面图片)."""
    made = into / f"{page}.jpg"
    choice = ["-f", str(page), "-l", str(page), "-singlefile", "-scale-to", str(LONG_SIDE)]
    run(
        ["pdftoppm", "-jpeg", "-jpegopt", "quality=85", *choice, str(source), str(made.with_suffix(""))],
        HEAVY.format(page=page),
    )
    if not made.is_file():
        raise SlidesRefusedError(HEAVY.format(page=page))
    return made


def words_of(source: Path, page: int) -> str:
    """Return the words of a page in reading order (页面文字)."""
    where = ["-f", str(page), "-l", str(page), "-enc", "UTF-8", "-nopgbrk"]
    return "".join(run(["pdftotext", *where, str(source), "-"], HEAVY.format(page=page)))
