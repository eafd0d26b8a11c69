"""Documents of lessons: which files are taken, and as what they are handed out. Pure."""

from __future__ import annotations

ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
OFFICE = "application/vnd.openxmlformats-officedocument."
# Ending: (how the file begins, its content type, what people call it). Nothing that a browser would run is among them.
DOCUMENTS = {
    "pdf": (PDF, "application/pdf", "PDF"),
    "docx": (ZIP, f"{OFFICE}wordprocessingml.document", "Word"),
    "xlsx": (ZIP, f"{OFFICE}spreadsheetml.sheet", "Excel"),
    "pptx": (ZIP, f"{OFFICE}presentationml.presentation", "PPT"),
    "doc": (OLE, "application/msword", "Word"),
    "xls": (OLE, "application/vnd.ms-excel", "Excel"),
    "ppt": (OLE, "application/vnd.ms-powerpoint", "PPT"),
    "zip": (ZIP, "application/zip", "压缩包"),
}
LONGEST_HEAD = 1024  # readers of PDF look for its mark in the first kilobyte
OTHER = "application/octet-stream"


def ending_of(name: str) -> str:
    """Return a file name's ending in small letters."""
    return name.rpartition(".")[2].lower()


def document_problem(name: str, head: bytes) -> str:
    """Return why a file is not taken, or nothing: its ending, and that it begins as such a file does (文档检查)."""
    known = DOCUMENTS.get(ending_of(name))
    if known is None:
        return f"不能上传这种文件。请选择 {'、'.join(DOCUMENTS)} 文件；网页和图片请直接写进正文。"
    is_such = known[0] in head[:LONGEST_HEAD] if known[0] == PDF else head.startswith(known[0])
    return "" if is_such else f"文件内容不是 {known[2]} 格式，可能改过扩展名或已损坏。请重新导出后上传。"


def document_type(name: str) -> str:
    """Return the content type under which a file is handed out: never one that a browser would run."""
    known = DOCUMENTS.get(ending_of(name))
    return known[1] if known else OTHER


def document_kind(name: str) -> str:
    """Return what people call such a file."""
    known = DOCUMENTS.get(ending_of(name))
    return known[2] if known else "文件"
