"""A manifest that somebody crafted is read or refused, with the place; it is never a fault of the platform."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import LessonPage
from courses.rules.manifests import VALUES, parsed
from courses.services.reimported_questions import drafts_of
from courses.services.reimports import STREAMS, clean_fields, resolved
from lms.kernel.errors import InvalidError
from tests.factories import make_occupation
from tests.questions import case

ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.sampled_from(["\x00", "\ud800", "9" * 400, [[]], [7], {"type": "item", "value": 7, "id": "x"}, "v1", "../x"]),
)  # fmt: skip


@pytest.fixture
def manifest(db):
    occupation = make_occupation()
    question = {
        "kind": "single",
        "stem": "先做什么？",
        "options": [{"text": "断电", "correct": True}],
        "explanation": "",
    }
    task = {"title": "引弧", "materials": [], "safety": "", "steps": [{"type": "item", "value": "划", "id": "s"}]}
    lesson = {
        "title": "课时", "kind": "article", "video": "v1", "package": "k1", "nominal_minutes": 3, "is_sample": False,
        "body": [
            {"type": "heading", "value": "字", "id": "a"}, {"type": "paragraph", "value": "<p>字</p>"},
            {"type": "image", "value": "i1"}, {"type": "document", "value": {"file": "d1", "title": ""}},
            {"type": "video", "value": {"film": "v1", "title": "片"}}, {"type": "practice_task", "value": task},
        ],
        "quiz": [{"type": "question", "value": question, "id": "q"}, {"type": "bank", "value": "q1"}],
        "popups": [{"type": "popup", "value": {"at": "0:05", "question": "q1"}}],
        "check_questions": [{"type": "check", "value": {"at": "", "question": "q1"}}],
    }  # fmt: skip
    course = {
        "title": "课程", "occupation": {"code": occupation.code, "edition": occupation.edition}, "trade": None, "level": 1,
        "nature": "safety", "mode": "online", "class_hours": "2.0", "summary": "", "outcomes": "", "cover": "i1",
    }  # fmt: skip
    track = {"language": "zh-Hans", "label": "中文", "file": "subtitles/v1.vtt"}
    asked = {
        "content": case(image_alt="焊机"), "media": {"image": "i1", "audio": "s1"},
        "parts": [{"image": None, "audio": "s1"}, {"image": None, "audio": None}],
        "difficulty": 3, "level": 3, "occupation": course["occupation"], "knowledge": ["防护"], "retired": False,
    }  # fmt: skip
    return {
        "format": "lms-course", "version": 2,
        "parts": [{"type": "course", "fields": course}, {"type": "section", "fields": {"title": "章"}},
                  {"type": "lesson", "fields": lesson}],
        "videos": {"v1": {"title": "片", "source_name": "a.mp4", "file": "videos/v1", "subtitles": [track]}},
        "images": {"i1": {"title": "图", "description": "", "file": "images/i1.png"}},
        "documents": {"d1": {"title": "表", "file": "documents/d1.pdf"}},
        "sounds": {"s1": {"name": "问.wav", "file": "sounds/s1", "converted": True}},
        "packages": {"k1": {"title": "课件", "source_name": "a.zip", "file": "packages/k1.zip"}},
        "questions": {"q1": asked},
    }  # fmt: skip


def read(manifest):
    """Do with a manifest all that is done before anything is written."""
    found = parsed(json.dumps(manifest))
    drafts_of(found)
    return [resolved(clean_fields(part, found), lambda table, key: len(found[table][key])) for part in found["parts"]]


def refusal_of(manifest):
    """Return the sentence by which a manifest is refused, or nothing; any other fault is raised."""
    try:
        read(manifest)
    except (InvalidError, ValueError) as refusal:
        return str(refusal)
    return None


def places_in(value, path=()):
    """Return the paths of all values inside a value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in entries for place in places_in(one, (*path, key)))]


def changed(manifest, path, value):
    made = copy.deepcopy(manifest)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return made


def test_the_manifest_itself_is_read(manifest):
    assert [part["type"] for part in read(manifest)] == ["course", "section", "lesson"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_anywhere_is_read_or_refused(manifest, data):
    path = data.draw(st.sampled_from(places_in(manifest)[1:]))
    crafted = changed(manifest, path, data.draw(ANY))

    refusal = refusal_of(crafted)

    assert refusal is None or refusal.startswith(("课程包", "职业目录", "这不是"))


QUESTION = ("questions", "q1")
ITEM = {"type": "item", "id": "x", "value": {"text": "断电", "correct": True}}
LESSON, COURSE = ("parts", 2, "fields"), ("parts", 0, "fields")


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        pytest.param(("parts", 1, "type"), [], "parts[2].type", id="a list as type"),
        pytest.param(("parts", 1, "fields", "title"), 7, "parts[2].fields.title", id="a number as title"),
        pytest.param(("videos", "v1", "subtitles"), [7], "videos.v1.subtitles[1]", id="a number as subtitles"),
        pytest.param(("videos", "v1", "subtitles", 0, "file"), "../x", "videos.v1.subtitles[1].file", id="a path"),
        pytest.param(("videos", "v1", "subtitles", 0, "language"), "xx", "subtitles[1].language", id="a language"),
        pytest.param((*LESSON, "quiz", 0, "value", "kind"), "x", "第1段.kind", id="a kind of question"),
        pytest.param((*LESSON, "quiz", 0, "value", "options"), [[]], "第1段.options[1]", id="an option"),
        pytest.param((*LESSON, "body", 5, "value", "steps"), [7], "第6段.steps[1]", id="a step"),
        pytest.param(
            (*LESSON, "quiz", 1, "value"), "q9", "第2段内容的格式不对（“q9”", id="a question that is not there"
        ),
        pytest.param((*LESSON, "popups", 0, "value", "at"), "5", "第1段.at", id="a moment that is none"),
        pytest.param(
            (*LESSON, "check_questions", 0, "value", "question"),
            "q9",
            "“q9”",
            id="a check's question that is not there",
        ),
        pytest.param((*LESSON, "package"), "i1", "前后不符", id="a picture for a package"),
        pytest.param((*QUESTION, "content", "kind"), "essay", "questions.q1.content.kind", id="a kind of the bank"),
        pytest.param((*QUESTION, "content", "parts", 0, "options"), [ITEM], "parts[1].options[1]", id="an item"),
        pytest.param((*QUESTION, "content", "parts", 1, "blanks"), [], "第2小题：题干里有2个空", id="lost blanks"),
        pytest.param((*QUESTION, "media", "audio"), "s9", "雨后复工。”不能导入：图片或录音", id="a lost sound"),
        pytest.param((*QUESTION, "media", "image"), None, "图片说明应同时有", id="words for no picture"),
        pytest.param((*QUESTION, "parts"), [], "小题和小题的图片", id="parts that are too few"),
        pytest.param((*QUESTION, "difficulty"), 6, "难度", id="a difficulty that is none"),
        pytest.param((*QUESTION, "occupation", "code"), "9", "职业目录里没有", id="an occupation that is none"),
        pytest.param(("sounds", "s1", "file"), "packages/k1.zip", "packages/k1.zip", id="a file that is two things"),
        pytest.param((*LESSON, "nominal_minutes"), "三", "课时”的参考时长", id="minutes in words"),
        pytest.param((*COURSE, "level"), 99, "课程”的等级", id="a level that is none"),
        pytest.param((*COURSE, "class_hours"), [], "课程”的学时", id="a list as hours"),
        pytest.param((*COURSE, "summary"), "字" * 121, "课程”的一句话介绍", id="words that are too many"),
        pytest.param((*COURSE, "outcomes"), "a\x00", "文字", id="a character that no database keeps"),
    ],
)
def test_the_refusal_names_the_place(manifest, path, value, place):
    with pytest.raises((InvalidError, ValueError)) as refusal:
        read(changed(manifest, path, value))

    assert place in str(refusal.value)


def test_brackets_without_end_are_refused():
    with pytest.raises(ValueError, match="读不懂"):
        parsed("[" * 100_000)


def test_every_block_of_a_lesson_can_be_carried():
    kinds = {kind for name in STREAMS for kind in blocks_of(name)}

    assert kinds == set(VALUES)


def blocks_of(name):
    return LessonPage._meta.get_field(name).stream_block.child_blocks


def test_a_package_of_the_first_version_is_read(manifest):
    for name in ("sounds", "packages", "questions"):
        del manifest[name]
    lesson = manifest["parts"][2]["fields"]
    lesson |= {"quiz": lesson["quiz"][:1], "popups": [], "check_questions": [], "package": None}

    assert len(read(manifest | {"version": 1})) == 3
