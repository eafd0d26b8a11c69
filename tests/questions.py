"""Questions of every kind, made up, and strategies that make more of them."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import strategies as st

from courses.models import Question
from courses.rules.questions import (
    LETTERS,
    Blank,
    Content,
    KeyPoint,
    Option,
    blank_content,
    content_problems,
    tidy,
)
from courses.services.bank import Draft, Media, create_question
from lms.access.rules import Actor
from lms.organisations.models import Organisation


def options_of(*texts: str) -> list[Option]:
    """Return options; those whose text begins with * are right."""
    return [Option(text=text.removeprefix("*"), correct=text.startswith("*")) for text in texts]


def single(**known: Any) -> Content:
    return blank_content(
        "single", **{"stem": "焊接前首先应当做什么？", "options": options_of("*检查设备和防护", "直接引弧")} | known
    )


def multiple(**known: Any) -> Content:
    options = options_of("*面罩", "*手套", "拖鞋")
    return blank_content("multiple", **{"stem": "哪些是焊工的防护用品？", "options": options} | known)


def judgement(**known: Any) -> Content:
    return blank_content("judgement", **{"stem": "雨天可以露天焊接。", "options": options_of("对", "*错")} | known)


def fill(**known: Any) -> Content:
    blanks = [
        Blank(accepts=["36", "三十六"], tolerance=""),
        Blank(accepts=["100"], tolerance="5%"),
    ]
    stem = "潮湿环境的安全电压不超过____伏，焊接电流约____安。"
    return blank_content("fill", **{"stem": stem, "blanks": blanks, "points": 2} | known)


def short(**known: Any) -> Content:
    points = [
        KeyPoint(words=["断电", "切断电源"], weight=60),
        KeyPoint(words=["报告", "上报"], weight=40),
    ]
    return blank_content("short", **{"stem": "发现焊机漏电怎么办？", "key_points": points, "points": 5} | known)


def case(**known: Any) -> Content:
    parts = [single(), fill()]
    return blank_content("case", **{"stem": "某车间雨后复工。", "parts": parts, "points": 3} | known)


EVERY_KIND = (single, multiple, judgement, fill, short, case)


def make_question(
    institution: Organisation, actor: Actor, content: Content | None = None, *, image_id=None, audio=None, **filed: Any
) -> Question:
    """Return a question of an institution's bank, added through the service."""
    draft = Draft(content or single(), media=Media(image_id, audio), **filed)
    return create_question(institution=institution, draft=draft, actor=actor)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=30)
POINTS = st.integers(1, 100)


@st.composite
def contents(
    draw: Any, kinds: tuple[str, ...] = ("single", "multiple", "judgement", "fill", "short", "case")
) -> Content:
    """Return a tidied content that the rules find fit."""
    kind = draw(st.sampled_from(kinds))
    known: dict[str, Any] = {"stem": f"题{draw(TEXTS)}", "explanation": draw(st.just("") | TEXTS)}
    known["points"] = draw(POINTS)
    if kind in {"single", "multiple", "judgement"}:
        count = 2 if kind == "judgement" else draw(st.integers(2, 8))
        right = draw(st.sets(st.integers(0, count - 1), min_size=2 if kind == "multiple" else 1, max_size=count))
        right = right if kind == "multiple" else {min(right)}
        known["options"] = [
            Option(text=f"{LETTERS[place]}{draw(TEXTS)}", correct=place in right) for place in range(count)
        ]
    if kind == "fill":
        count = draw(st.integers(1, 8))
        known["stem"] += "_____和".join([""] * (count + 1))
        known["blanks"] = [draw(blanks()) for _ in range(count)]
    if kind == "short":
        known["key_points"] = draw(
            st.lists(
                st.builds(lambda words, weight: KeyPoint(words=words, weight=weight), WORDS, POINTS),
                min_size=1,
                max_size=8,
            )
        )
    if kind == "case":
        known["parts"] = draw(st.lists(contents(("single", "judgement", "fill", "short")), min_size=1, max_size=3))
    made = tidy(blank_content(kind, **known))
    return made if not content_problems(made) else tidy(single())


WORDS = st.lists(TEXTS, min_size=1, max_size=4)


@st.composite
def blanks(draw: Any) -> Blank:
    """Return a blank: words, or numbers with a tolerance."""
    if draw(st.booleans()):
        return Blank(accepts=draw(WORDS), tolerance="")
    numbers = draw(st.lists(st.integers(-10_000, 10_000).map(str), min_size=1, max_size=3))
    return Blank(accepts=numbers, tolerance=draw(st.sampled_from(["0.5", "2%", "10"])))


def popup(at_ms, stem, kind="single", rights=("对的",), wrongs=("错甲", "错乙", "错丙")):
    """Return a question of a film as a released lesson holds it."""
    options = [
        {"id": chr(97 + n), "text": text, "correct": text in rights} for n, text in enumerate((*rights, *wrongs))
    ]
    pin = {"question": str(uuid.uuid4()), "version": str(uuid.uuid4())}
    question = {
        "id": f"p{at_ms}",
        "kind": kind,
        "stem": stem,
        "options": options,
        "explanation": "解析在此",
        "points": 1,
    }
    return {"id": f"p{at_ms}", "at_ms": at_ms, "question": question | pin}
