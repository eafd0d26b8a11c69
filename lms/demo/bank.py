"""The demo's question bank: one question of every kind, made up for this project (示例题库)."""

from __future__ import annotations

from courses.models import Question
from courses.rules.questions import Blank, Content, KeyPoint, Option, blank_content
from courses.services.bank import Draft, create_question
from lms.access.rules import Actor
from lms.organisations.models import Organisation


def choices(*texts: str) -> list[Option]:
    """Return options; those whose text begins with * are right."""
    return [Option(text=text.removeprefix("*"), correct=text.startswith("*")) for text in texts]


SINGLE = blank_content(
    "single",
    stem="（示例）合上焊机电源之前，先检查什么？",
    options=choices("*电缆、接地和防护是否完好", "焊条够不够用", "工位灯光的颜色"),
    explanation="先检查设备和防护，再通电。",
)
MULTIPLE = blank_content(
    "multiple", stem="（示例）哪些是焊工的防护用品？", options=choices("*面罩", "*皮手套", "*阻燃工作服", "凉鞋")
)
JUDGEMENT = blank_content(
    "judgement", stem="（示例）手套潮湿时可以继续焊接。", options=choices("对", "*错"), explanation="潮湿会导电。"
)
FILL = blank_content(
    "fill",
    stem="（示例）直径 3.2 毫米焊条的平焊电流约为____安。",
    blanks=[Blank(accepts=["110"], tolerance="20")],
    explanation="示例数值，以焊接工艺规程为准。",
)
EVERY_KIND: tuple[Content, ...] = (
    SINGLE,
    MULTIPLE,
    JUDGEMENT,
    FILL,
    blank_content(
        "short",
        stem="（示例）发现焊机外壳带电，应当怎么做？",
        key_points=[KeyPoint(words=["断电", "切断电源"], weight=60), KeyPoint(words=["报告", "上报"], weight=40)],
        points=5,
    ),
    blank_content("case", stem="（示例）雨后复工，焊机放在积水旁。", parts=[JUDGEMENT, FILL]),
)


def build_bank(institution: Organisation, teacher: Actor) -> tuple[Question, Question]:
    """Lay the questions that are not there yet; return the one that stops the first film, and the one that checks ask of it."""
    known = {str(one): one for one in Question.objects.filter(institution=institution).select_related("current")}
    stems = {title.split("…")[0] for title in known}
    for content in EVERY_KIND:
        if content["stem"] not in stems:
            draft = Draft(content, knowledge=("示例：安全操作",), level=1)
            made = create_question(institution=institution, draft=draft, actor=teacher)
            known[str(made)] = made
    return known[SINGLE["stem"]], known[MULTIPLE["stem"]]
