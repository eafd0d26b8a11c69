"""What changed in a course reads as sentences and as text with what went and what came."""

import pytest

from courses.rules.differences import Edition, Face, difference_of, plain_lines, text_pieces


def face(uid, **changes):
    values = {
        "section": "一",
        "title": f"课{uid}",
        "kind": "视频",
        "length_ms": 60_000,
        "films": ("1",),
        "lines": (),
        "questions": {},
    }
    return Face(uid=uid, **(values | changes))


def edition(*faces, **head):
    return Edition({"课程名称": "焊工", **head}, list(faces))


OLD = edition(face("a"), face("b"), face("c"), face("d"))


def told(new):
    return [(one.kind, one.uid, one.sentences) for one in difference_of(OLD, new).lessons]


@pytest.mark.parametrize(
    ("new", "wanted"),
    [
        pytest.param(OLD, [], id="nothing"),
        pytest.param(
            edition(face("a"), face("b"), face("c"), face("d"), face("e")), [("added", "e", ())], id="a new lesson"
        ),
        pytest.param(edition(face("a"), face("c"), face("d")), [("removed", "b", ())], id="one less"),
        pytest.param(
            edition(face("d"), face("a"), face("b"), face("c")),
            [("moved", "d", ("顺序有调整。",))],
            id="only what moved",
        ),
        pytest.param(
            edition(face("a"), face("b"), face("c"), face("d", section="二")),
            [("moved", "d", ("从“一”到“二”。",))],
            id="into another section",
        ),
        pytest.param(
            edition(face("a", title="新", films=("2",), length_ms=125_000), face("b"), face("c"), face("d")),
            [("changed", "a", ("标题由“课a”改为“新”。", "视频已更换。", "时长由1分00秒改为2分05秒。"))],
            id="title, film and length",
        ),
        pytest.param(
            edition(face("a", kind="测验", questions={"1": {}}), face("b"), face("c"), face("d")),
            [("changed", "a", ("类型由“视频”改为“测验”。", "测验：新增1题。"))],
            id="kind and questions",
        ),
        pytest.param(
            edition(face("a", popups={"1": {}}, check_questions={"2": {}, "3": {}}), face("b"), face("c"), face("d")),
            [("changed", "a", ("弹题：新增1题。", "抽查题：新增2题。"))],
            id="what a film and checks ask",
        ),
    ],
)
def test_lessons(new, wanted):
    assert told(new) == wanted


def test_questions_are_counted_by_what_became_of_them():
    old = edition(face("a", questions={"1": {"stem": "x"}, "2": {"stem": "y"}, "3": {}}))
    new = edition(face("a", questions={"1": {"stem": "x"}, "2": {"stem": "z"}, "4": {}, "5": {}}))

    assert difference_of(old, new).lessons[0].sentences == ("测验：新增2题，移除1题，修改1题。",)


@pytest.mark.parametrize(
    ("films", "sentences"),
    [
        pytest.param(("1", "3"), ("视频已更换。",), id="one for another"),
        pytest.param(("1", "2", "3", "4"), ("视频：新增2个。",), id="two more"),
        pytest.param(("3",), ("视频：新增1个，移除2个。",), id="one for two"),
        pytest.param(("2", "1"), ("视频的顺序有调整。",), id="in another order"),
        pytest.param(("1", "2"), None, id="the same"),
    ],
)
def test_films_of_a_text(films, sentences):
    found = difference_of(edition(face("a", films=("1", "2"))), edition(face("a", films=films))).lessons

    assert (found[0].sentences if found else None) == sentences


def test_the_course_itself_and_the_summary():
    new = edition(face("a"), face("b", title="x"), face("c"), face("e"), 课程名称="焊工（新）")

    found = difference_of(OLD, new)

    assert found.head == ("课程名称由“焊工”改为“焊工（新）”。",)
    assert found.summary == "新增1个课时，移除1个课时，修改1个课时，课程信息有修改。"
    assert difference_of(OLD, OLD).summary == "内容没有变化。"


def pieces(old, new):
    marks = {"same": "", "added": "+", "removed": "-"}
    return "".join(f"{marks[one.kind]}[{one.text}]" for one in text_pieces([old], [new]))


def test_a_text_is_compared_by_words():
    assert (
        pieces("先断电，再检修 TIG 焊机", "先断电，后检修 MIG 焊机") == "[先断电，]-[再]+[后][检修 ]-[TIG]+[MIG][ 焊机]"
    )


def test_what_stayed_is_shown_only_near_its_changes():
    old = "甲" + "字" * 500 + "乙" + "字" * 500

    found = text_pieces([old], [old.replace("甲", "丙").replace("乙", "丁")])

    assert [len(piece.text) for piece in found] == [1, 1, 62, 1, 1, 32]


def test_the_words_of_a_stored_text():
    body = [
        {"type": "heading", "value": "安全", "id": "1"},
        {"type": "paragraph", "value": "<p>先<b>断电</b>&amp;验电</p><ul><li>一</li><li>二</li></ul>", "id": "2"},
        {"type": "image", "value": 7, "id": "3"},
        {"type": "practice_task", "value": {"title": "引弧", "steps": ["一步", "两步"], "minutes": 5}, "id": "4"},
    ]

    assert plain_lines(body) == ["安全", "先断电&验电", "一", "二", "[image 7]", "引弧", "一步", "两步"]
