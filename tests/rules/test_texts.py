"""Text files become what the editor itself could have made, and nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.texts import blocks_of_html, blocks_of_markdown, blocks_of_text, reading_minutes

P = "paragraph"


def plain(blocks):
    return [(block["type"], block["value"]) for block in blocks]


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        pytest.param("<h1>安全</h1><p>先<b>断电</b>。</p>", [("heading", "安全"), (P, "<p>先<b>断电</b>。</p>")], id="kept"),
        pytest.param("<p>a<script>alert(1)</script><style>x</style>b</p>", [(P, "<p>ab</p>")], id="scripts"),
        pytest.param('<p onclick="x()" style="y">a</p>', [(P, "<p>a</p>")], id="attributes"),
        pytest.param('<p><a href="javascript:alert(1)">a</a></p>', [(P, "<p>a</p>")], id="a script as link"),
        pytest.param('<a href="tel:1&amp;2">a</a>', [(P, '<p><a href="tel:1&amp;2">a</a></p>')], id="a link"),
        pytest.param("<img src=x onerror=alert(1)>字", [(P, "<p>字</p>")], id="pictures"),
        pytest.param("<div>一</div><div>二</div>", [(P, "<p>一</p><p>二</p>")], id="boxes"),
        pytest.param("<ul><li>一</li><li>二</ul>", [(P, "<ul><li>一</li><li>二</li></ul>")], id="a list"),
        pytest.param("<p>1 &lt; 2 &amp;&amp; x<br>y", [(P, "<p>1 &lt; 2 &amp;&amp; x<br/>y</p>")], id="escaped anew"),
        pytest.param('<a href="http://[x">字</a>', [(P, "<p>字</p>")], id="an address that is none"),
        pytest.param("<![foo[bar]]>字", [(P, "<p>字</p>")], id="a section that nobody knows"),
        pytest.param("<!-- <b> -->1 <2<p>字</p>", [(P, "<p>1 &lt;2</p><p>字</p>")], id="what begins no tag"),
        pytest.param("<script>only", [], id="nothing left"),
    ],
)  # fmt: skip
def test_html(html, wanted):
    assert plain(blocks_of_html(html)) == wanted


def test_markdown():
    text = (
        "# 焊前检查\n\n先看**接地线**，\n再看 *气瓶*。\n\n- 手套\n- 面罩\n\n1. 开\n2. 关\n\n[说明](https://x.cn/a)<b>"
    )

    assert plain(blocks_of_markdown(text)) == [
        ("heading", "焊前检查"),
        (
            P,
            "<p>先看<b>接地线</b>，再看 <i>气瓶</i>。</p><ul><li>手套</li><li>面罩</li></ul><ol><li>开</li><li>关</li></ol>"
            '<p><a href="https://x.cn/a">说明</a>&lt;b&gt;</p>',
        ),
    ]


PIECES = ["<", ">", "</", "<!", "<![", "]]>", "<!--", "<a href='http://[x'>", "<p>", "<ul>", "<li>", "<svg>", "&#x110000;",
          "[", "](", "**", "# ", "\n", "字", '"', "\x00"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_a_file_holds_it_can_be_read(text):
    for make in (blocks_of_html, blocks_of_markdown):
        assert all(block["value"] for block in make(text))


@pytest.mark.parametrize("piece", ["<a ", "<a href='", "<!--", "</", "<?", "<![", "![", "[a](", "# a  ", "<b>x"])
def test_a_hundred_kilobytes_of_half_a_tag_are_read_at_once(piece):
    """HTMLParser alone needs minutes for some of them."""
    begun = time.process_time()

    blocks_of_html(piece * (100_000 // len(piece)))
    blocks_of_markdown(piece * (100_000 // len(piece)))

    assert time.process_time() - begun < 5


def test_plain_text():
    assert plain(blocks_of_text("一\r\n二\n\n<三>\n")) == [(P, "<p>一<br/>二</p><p>&lt;三&gt;</p>")]
    assert blocks_of_text(" \n ") == []


@pytest.mark.parametrize(("count", "minutes"), [(1, 1), (300, 1), (301, 2)])
def test_reading_takes_a_minute_for_three_hundred_characters(count, minutes):
    assert reading_minutes(blocks_of_text("字" * count)) == minutes
