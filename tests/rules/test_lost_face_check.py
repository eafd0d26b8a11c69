"""A face check that is lost says why, what waits, how learning goes on, and who may give the time back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attendance.rules.faces import BECAUSE, FAILED, LATE, failed_check
from lms.faces import rules
from lms.faces.services import liveness
from lms.planning.rules import StudyTerms

TERMS = StudyTerms(face_tries=2)
PROBLEMS = [*vars(rules).values(), *vars(liveness).values()]
ASKED = "示例培训机构（电话010-00000000）"


def said(code="unclear", terms=TERMS, *, is_late=False):
    return failed_check(code, terms, ASKED, is_late=is_late)


def test_it_says_all_of_it_and_nothing_of_another_try():
    problem = said()

    assert problem.code == FAILED
    assert problem.sentence == (
        "人脸核验没有通过：画面与参考照片的相似度不够确定，可试的次数已经用完。上次确认之后的时间暂不认定。"
        "本次学习已停止，可以重新开始接着学，重学那一段可以补上。认为有误的，可以在15天内到“学时明细”申诉，由两位工作人员先后审核。"
    )


@pytest.mark.parametrize(
    "code", sorted({one.code for one in PROBLEMS if isinstance(one, rules.Problem)} | {"moves_late"})
)
def test_every_reason_of_an_act_has_its_words(code):
    assert BECAUSE[code] in said(code).sentence


def test_pictures_that_could_not_be_used_leave_the_tries_as_the_reason():
    assert "没有通过：可试的次数已经用完。" in said("no_face").sentence


def test_whoever_passed_too_late_hears_that_and_not_that_tries_are_used_up():
    problem = said("", is_late=True)

    assert problem.code == LATE
    assert "应答时间已经过去" in problem.sentence
    assert "次数" not in problem.sentence


def test_where_learning_goes_on_nobody_is_told_to_start_anew():
    assert "暂不认定。可以接着学，" in said(terms=replace(TERMS, failed_check="continue")).sentence


def test_where_nobody_takes_appeals_it_says_whom_to_ask():
    sentence = said(terms=replace(TERMS, appeal_days=None)).sentence

    assert sentence.endswith(f"本班不受理学时申诉，认为有误的，请联系{ASKED}。")
