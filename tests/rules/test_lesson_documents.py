"""Which documents are taken, and as what they are handed out."""

import pytest

from courses.rules.documents import DOCUMENTS, document_kind, document_problem, document_type


@pytest.mark.parametrize(
    ("name", "head", "is_taken"),
    [
        pytest.param("讲义.pdf", b"%PDF-1.7\n", True, id="PDF"),
        pytest.param("讲义.PDF", b"\xef\xbb\xbf%PDF-1.4", True, id="PDF behind a mark"),
        pytest.param("讲义.docx", b"PK\x03\x04rest", True, id="Word"),
        pytest.param("讲义.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True, id="old Word"),
        pytest.param("讲义.pdf", b"<html>", False, id="a page that says it is PDF"),
        pytest.param("讲义.docx", b"xPK\x03\x04", False, id="a zip behind something"),
        pytest.param("讲义.html", b"<html>", False, id="a page"),
        pytest.param("图.svg", b"<svg>", False, id="SVG"),
        pytest.param("讲义.pdf.js", b"%PDF-", False, id="a script"),
        pytest.param("讲义", b"%PDF-", False, id="no ending"),
        pytest.param("空.pdf", b"", False, id="empty"),
    ],
)
def test_a_file_is_what_its_ending_says(name, head, is_taken):
    assert (document_problem(name, head) == "") is is_taken


def test_nothing_is_handed_out_as_what_a_browser_would_run():
    types = {document_type(f"a.{ending}") for ending in [*DOCUMENTS, "html", "svg", "js", ""]}

    assert not {
        kind for kind in types if "html" in kind or "svg" in kind or "script" in kind or kind.startswith("text/")
    }
    assert document_type("a.html") == "application/octet-stream"
    assert document_kind("讲义.pdf") == "PDF"
