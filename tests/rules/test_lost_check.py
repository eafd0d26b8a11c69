"""A check that is lost says why, what is withheld, how learning goes on, and who may give the time back until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from attendance.rules.words import BECAUSE, LostCheck, lost_check
from lms.faces import rules
from lms.faces.services import liveness
from lms.planning.rules import StudyTerms

TERMS = StudyTerms(face_tries=2)
PROBLEMS = [*vars(rules).values(), *vars(liveness).values()]
ASKED = "示例培训机构（电话010-00000000）"
FACE = LostCheck("face", False, 150_000, date(2026, 12, 20), ASKED, problem="unclear")
TAKEN = "上次确认之后的2分30秒暂不认定。本次学习已停止，可以重新开始接着学，重学那一段可以补上。"
APPEAL = "认为有误的，可以到“学时明细”申诉，最晚2027年1月4日，由两位工作人员先后审核。"


def said(terms=TERMS, **changes):
    return lost_check(replace(FACE, **changes), terms)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "tap", "is_missed": True}, "在岗确认没有通过：没有在规定时间内应答。"),
        ({"kind": "tap"}, "在岗确认没有通过：应答的内容不对。"),
        ({"kind": "question", "is_missed": True}, "在岗确认没有通过：没有在规定时间内作答。"),
        ({"kind": "question"}, "在岗确认没有通过：题目答错了。"),
        ({"is_missed": True}, "人脸核验没有通过：没有在规定时间内完成核验。"),
        ({"is_missed": True, "is_late": True}, "人脸核验没有通过：核验完成时，这次抽查的应答时间已经过去。"),
        ({}, "人脸核验没有通过：画面与参考照片的相似度不够确定，可试的次数已经用完。"),
        ({"problem": "no_face"}, "人脸核验没有通过：可试的次数已经用完。"),
    ],
)
def test_every_kind_says_all_of_it_and_nothing_of_another_try(changes, why):
    assert said(**changes) == f"{why}{TAKEN}{APPEAL}"


@pytest.mark.parametrize(
    "code", sorted({one.code for one in PROBLEMS if isinstance(one, rules.Problem)} | {"moves_late"})
)
def test_every_reason_of_an_act_has_its_words(code):
    assert BECAUSE[code] in said(problem=code)


def test_where_learning_goes_on_nobody_is_told_to_start_anew():
    assert "暂不认定。可以接着学，重学那一段可以补上。" in said(replace(TERMS, failed_check="continue"))


def test_where_nobody_takes_appeals_it_says_whom_to_ask():
    assert said(replace(TERMS, appeal_days=None)).endswith(f"本班不受理学时申诉，认为有误的，请联系{ASKED}。")


def test_where_nothing_waited_nothing_is_called_withheld_and_nothing_is_to_be_appealed():
    assert said(kind="tap", is_missed=True, withheld_ms=999) == (
        "在岗确认没有通过：没有在规定时间内应答。没有学习时间在等这次确认，已计入的学时不受影响。"
        "本次学习已停止，可以重新开始接着学。"
    )
