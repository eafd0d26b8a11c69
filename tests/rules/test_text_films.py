"""A rendered text is cut where its films stand, and nowhere else."""

import pytest

from courses.rules.films import FilmMark, film_ids, pieces_of

A, B = "0192a000-0000-7000-8000-00000000000a", "0192a000-0000-7000-8000-00000000000b"


def mark(uid, title="引弧"):
    return f'<div class="film" data-film="{uid}">{title}</div>'


@pytest.mark.parametrize(
    ("html", "pieces"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("<p>先断电。</p>", ["<p>先断电。</p>"], id="no film"),
        pytest.param(mark(A), [FilmMark(A, "引弧")], id="a film alone"),
        pytest.param(
            f"<p>看</p>{mark(A)}<p>再看</p>{mark(B, '收弧')}",
            ["<p>看</p>", FilmMark(A, "引弧"), "<p>再看</p>", FilmMark(B, "收弧")],
            id="films between words",
        ),
        pytest.param(mark(A, "A&amp;B &lt;一&gt;"), [FilmMark(A, "A&B <一>")], id="a name that was escaped"),
        pytest.param(f"<p>{mark('12')}</p>", [f"<p>{mark('12')}</p>"], id="no uid is no film"),
    ],
)
def test_a_text_is_cut_at_its_films(html, pieces):
    assert pieces_of(html) == pieces


def test_what_was_cut_is_whole_again():
    html = f"<div>\n{mark(A)}</div><div>{mark(B)}\n</div>"

    again = "".join(piece if isinstance(piece, str) else mark(piece.uid, piece.title) for piece in pieces_of(html))

    assert again == html


def test_films_are_counted_once_in_order():
    def block(film):
        return {"type": "video", "value": {"film": film, "title": "片"}}

    body = [block(12), {"type": "paragraph", "value": "<p>x</p>"}, block(3), block(None), block(12)]

    assert film_ids(body) == [12, 3]
