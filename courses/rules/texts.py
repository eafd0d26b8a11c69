"""From text files to the blocks of an article: only what the editor itself could have made. Pure."""

from __future__ import annotations

import math
import re
from html import escape, unescape
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import urlsplit

LONGEST_HEADING = 80
CHARACTERS_A_MINUTE = 300
MOST_NESTED = 32
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
NO_TAG = re.compile(r"<(?![^<>]{0,4000}>)")  # HTMLParser looks for the end of such a one again and again
KEPT = {"p": "p", "ul": "ul", "ol": "ol", "li": "li", "b": "b", "strong": "b", "i": "i", "em": "i", "a": "a"}
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BREAKS = frozenset({"div", "section", "article", "table", "tr", "blockquote", "pre", "dt", "dd", "figure", "header"})
SILENT = frozenset({"script", "style", "head", "template", "svg", "math", "iframe", "object", "noscript", "textarea"})
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
CHINESE_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")

Block = dict[str, str]  # {"type": …, "value": …}, as a StreamField takes it


class BlockMaker(HTMLParser):
    """Makes headings and paragraphs of HTML and leaves everything else out; what is written is escaped anew."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.html: list[str] = []
        self.open: list[str] = []
        self.heading: list[str] | None = None
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what is kept."""
        if tag in SILENT:
            self.silent.append(tag)
        elif self.silent:
            return
        elif tag in HEADINGS:
            self.flush()
            self.heading = []
        elif tag in BREAKS:
            self.end_paragraph()
        elif tag == "br":
            self.html.append("<br/>")
        elif (kept := KEPT.get(tag)) and self.heading is None:
            self.begin(kept, dict(attrs))

    def begin(self, tag: str, attrs: dict[str, str | None]) -> None:
        """Open a tag; a link only to where links may lead."""
        if tag in {"p", "ul", "ol"}:
            self.end_paragraph()
        elif tag == "li" and not {"ul", "ol"} & set(self.open):
            return
        href = (attrs.get("href") or "").strip()
        if len(self.open) >= MOST_NESTED or (tag == "a" and scheme_of(href) not in SCHEMES):
            return
        if tag not in {"p", "ul", "ol", "li"}:
            self.need_paragraph()
        self.open.append(tag)
        self.html.append(f'<a href="{escape(href)}">' if tag == "a" else f"<{tag}>")

    def parse_marked_section(self, i: int, report: bool | int = 1) -> int:
        """Leave out <![…]> as browsers do; HTMLParser asserts that it knows the name."""
        return self.parse_bogus_comment(i, bool(report))

    def handle_endtag(self, tag: str) -> None:
        """Close what is kept."""
        if self.silent:
            if tag == self.silent[-1]:
                self.silent.pop()
        elif tag in HEADINGS and self.heading is not None:
            self.end_heading()
        elif tag in BREAKS:
            self.end_paragraph()
        elif (kept := KEPT.get(tag)) in self.open:
            self.close_to(kept or "")

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if self.silent:
            return
        if self.heading is not None:
            self.heading.append(data)
        elif data.strip():
            self.need_paragraph()
            self.html.append(escape(re.sub(r"\s+", " ", data), quote=False))

    def need_paragraph(self) -> None:
        """Open a paragraph where text stands in none."""
        if not {"p", "li"} & set(self.open):
            self.open.append("p")
            self.html.append("<p>")

    def close_to(self, tag: str) -> None:
        """Close everything up to a tag."""
        while self.open:
            last = self.open.pop()
            self.html.append(f"</{last}>")
            if last == tag:
                return

    def end_paragraph(self) -> None:
        """End a paragraph; a list goes on."""
        if "p" in self.open:
            self.close_to("p")

    def end_heading(self) -> None:
        """Keep a heading; one that is too long is a paragraph."""
        text = " ".join("".join(self.heading or []).split())
        self.heading = None
        if len(text) > LONGEST_HEADING:
            self.blocks.append({"type": "paragraph", "value": f"<p><b>{escape(text, quote=False)}</b></p>"})
        elif text:
            self.blocks.append({"type": "heading", "value": text})

    def flush(self) -> None:
        """Keep what was written so far as a block."""
        while self.open:
            self.html.append(f"</{self.open.pop()}>")
        html = re.sub(r"<(p|b|i|li|ul|ol)>\s*</\1>", "", "".join(self.html))
        self.html = []
        if re.sub(r"<[^>]+>", "", html).strip():
            self.blocks.append({"type": "paragraph", "value": html})

    def finished(self) -> list[Block]:
        """Return all blocks."""
        self.close()
        if self.heading is not None:
            self.end_heading()
        self.flush()
        return self.blocks


def scheme_of(address: str) -> str:
    """Return the scheme of an address, or nothing for what is none."""
    try:
        return urlsplit(address).scheme.lower()
    except ValueError:
        return ""


def blocks_of_html(text: str) -> list[Block]:
    """Return HTML as headings and paragraphs; scripts, styles, pictures and frames are left out."""
    maker = BlockMaker()
    maker.feed(NO_TAG.sub("&lt;", COMMENT.sub("", text)))
    return maker.finished()


def blocks_of_text(text: str) -> list[Block]:
    """Return plain text as paragraphs: an empty line ends one."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))]
    html = "".join(f"<p>{'<br/>'.join(escape(line, quote=False) for line in p.split(chr(10)))}</p>" for p in parts if p)
    return [{"type": "paragraph", "value": html}] if html else []


def blocks_of_markdown(text: str) -> list[Block]:
    """Return Markdown as headings and paragraphs: headings, lists, bold, italic and links are understood."""
    lines = [kind_of_line(line) for line in text.replace("\r\n", "\n").split("\n")]
    runs = groupby(lines, key=lambda line: line[0])
    return blocks_of_html("".join(html_of_run(kind, [words for _, words in run]) for kind, run in runs))


def html_of_run(kind: str, words: list[str]) -> str:
    """Return lines of one kind as HTML; between two Chinese characters a line's end is no blank."""
    if kind == "blank":
        return ""
    if kind == "heading":
        return "".join(f"<h2>{inline(one)}</h2>" for one in words)
    if kind in {"ul", "ol"}:
        return f"<{kind}>" + "".join(f"<li>{inline(one)}</li>" for one in words) + f"</{kind}>"
    return f"<p>{inline(CHINESE_GAP.sub('', ' '.join(words)))}</p>"


def kind_of_line(line: str) -> tuple[str, str]:
    """Return what a line of Markdown is, and its words."""
    if found := re.match(r"#{1,6}\s+(.*)", line):
        return "heading", found[1].rstrip().rstrip("#").rstrip()
    if found := re.match(r"\s*[-*+]\s+(.*)", line):
        return "ul", found[1]
    if found := re.match(r"\s*\d+[.)]\s+(.*)", line):
        return "ol", found[1]
    return ("text", line.strip()) if line.strip() else ("blank", "")


def inline(text: str) -> str:
    """Return a line of Markdown as HTML: escaped first, then bold, italic and links."""
    html = escape(text, quote=True)
    html = re.sub(r"!\[([^\[\]]*)\]\([^()]*\)", r"\1", html)
    html = re.sub(r"\[([^\[\]]+)\]\(([^()\s]+)\)", r'<a href="\2">\1</a>', html)
    html = re.sub(r"\*\*(.+?)\*\*|__(.+?)__", lambda m: f"<b>{m[1] or m[2]}</b>", html)
    return re.sub(r"(?<![*\w])\*([^*\s][^*]*)\*(?![*\w])", r"<i>\1</i>", html)


MAKERS = {"md": blocks_of_markdown, "markdown": blocks_of_markdown, "txt": blocks_of_text, "html": blocks_of_html,
          "htm": blocks_of_html}  # fmt: skip


def reading_minutes(blocks: list[Block]) -> int:
    """Return about how long a text takes to read: 300 characters a minute, at least one."""
    count = sum(len(unescape(re.sub(r"<[^>]+>", "", block["value"]))) for block in blocks)
    return max(1, math.ceil(count / CHARACTERS_A_MINUTE))
