"""A learner's own cases over the API: the words of the pages, the deeds of the pages, and nobody else's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.anomalies.models import AnomalyCase, CaseStep
from lms.anomalies.queries.cases import learner_party
from lms.anomalies.queries.concerns import concerns
from lms.anomalies.services import confirm_ruling, decide_appeal, propose_ruling
from lms.people.services import keep_words
from tests.anomalies.stage import REASON, fresh, lay_stage
from tests.api.contract import check

OWN = "/api/v1/me/cases"
WORDS = {"text": "那天是我本人在家用电脑学习的，家里人可以作证。"}
OTHERS = ("lu", "li", "zhao", "qian", "sun", "chen", "zhou", "wu", "feng")


@pytest.fixture
def stage(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return lay_stage(cast, site_root, at(2026, 5, 6, 9, 0))


def visitor(stage, name):
    client = Client()
    client.force_login(getattr(stage.cast, name))
    return client


def got(client, path):
    return check("get", path, client.get(path))


def sent(client, path, body):
    answer = client.post(path, body, content_type="application/json")
    return answer.status_code, check("post", path, answer)


def test_nothing_is_told_before_one_is_asked(stage):
    stage.reviewing()

    assert got(visitor(stage, "wang"), OWN) == []


def test_the_api_says_what_the_page_says(stage):
    step, wang = stage.asked(stage.reviewing()), visitor(stage, "wang")
    page = wang.get("/my/cases/").content.decode()

    [told] = got(wang, OWN)

    assert (told["uid"], told["case"], told["kind"], told["may"]) == (
        str(step.uid), str(step.case.uid), "asked", "statement",
    )  # fmt: skip
    assert (told["until"], told["flags"][0]["label"]) == ("2026-05-11", "在岗确认用时几乎不变")
    for words in (told["words"], told["note"], told["flags"][0]["seen"], told["flags"][0]["innocent"]):
        assert words in page
    assert got(wang, f"{OWN}/{step.uid}") == told


def test_a_statement_is_given_once(stage):
    step, wang = stage.asked(stage.reviewing()), visitor(stage, "wang")

    status, told = sent(wang, f"{OWN}/{step.uid}/statement", WORDS)

    assert (status, told["may"], told["replies"][0]["words"]) == (201, "", WORDS["text"])
    status, refused = sent(wang, f"{OWN}/{step.uid}/statement", WORDS)
    assert (status, refused["code"], CaseStep.objects.filter(kind="stated").count()) == (409, "statement_given", 1)


def test_an_outcome_is_appealed_once_and_its_end_is_told(stage):
    stage.ruled("bar")
    step, wang = stage.ruling(), visitor(stage, "wang")
    [told] = got(wang, OWN)
    assert (told["outcome"], told["may"], told["until"]) == ("fraud", "appeal", "2026-05-21")
    assert told["measures"] == ["2026年12月31日前（含当天）不能报名新的班级；正在学习的班级不受影响。"]

    status, told = sent(wang, f"{OWN}/{step.uid}/appeal", WORDS)

    assert (status, told["may"], told["replies"][0]["answer"]) == (201, "", "等待处理")
    assert sent(wang, f"{OWN}/{step.uid}/appeal", WORDS)[1]["code"] == "appealed_already"
    asked = CaseStep.objects.get(kind="appealed")
    decide_appeal(asked=asked, grants=True, opinion="核对辅助设备记录属实", actor=stage.cast.actor("zhou"))
    [reply] = got(wang, f"{OWN}/{step.uid}")["replies"]
    assert (reply["answer"].startswith("申诉成立"), reply["answer_words"]) == (True, "核对辅助设备记录属实")


@pytest.mark.parametrize(
    ("deed", "body", "field"),
    [
        ("statement", {"text": "不是我"}, "text"),
        ("statement", {"text": "长" * 1001}, "text"),
        ("statement", {}, "text"),
    ],
    ids=["too short", "too long", "nothing"],
)
def test_words_that_will_not_do_are_said_at_their_field(stage, deed, body, field):
    step = stage.asked(stage.reviewing())

    status, refused = sent(visitor(stage, "wang"), f"{OWN}/{step.uid}/{deed}", body)

    assert (status, set(refused["fields"]), CaseStep.objects.filter(kind="stated").count()) == (422, {field}, 0)


@pytest.mark.parametrize(("is_ruled", "deed"), [(False, "appeal"), (True, "statement")])
def test_a_question_is_not_appealed_and_an_outcome_not_answered(stage, is_ruled, deed):
    step = stage.asked(stage.reviewing())
    if is_ruled:
        stage.stated(step)
        propose_and_confirm(stage, step.case)
        step = stage.ruling()

    assert sent(visitor(stage, "wang"), f"{OWN}/{step.uid}/{deed}", WORDS)[0] == 404


def propose_and_confirm(stage, case):
    plans = stage.plans("bar")
    propose_ruling(case=fresh(case), outcome="fraud", reason=REASON, plans=plans, actor=stage.cast.actor("sun"))
    confirm_ruling(case=fresh(case), agrees=True, opinion="同意", actor=stage.cast.actor("chen"))


def test_nobody_else_reads_or_says_anything(stage):
    step = stage.asked(stage.reviewing())

    for name in OTHERS:
        client = visitor(stage, name)
        assert got(client, OWN) == [], name
        assert client.get(f"{OWN}/{step.uid}").status_code == 404, name
        for deed in ("statement", "appeal"):
            assert sent(client, f"{OWN}/{step.uid}/{deed}", WORDS)[0] == 404, name
    assert set(CaseStep.objects.values_list("kind", flat=True)) == {"taken", "asked"}


def test_the_list_costs_the_same_for_much_as_for_little(stage):
    wang, costs = visitor(stage, "wang"), []
    for count in (5, 50):
        lay_questions(stage, count)
        got(wang, OWN)
        with CaptureQueriesContext(connection) as caught:
            assert len(got(wang, OWN)) == count
        costs.append(len(caught))

    assert costs[0] == costs[1]
    assert len(concerns(learner_party(stage.wang))) == 50


def lay_questions(stage, count):
    person = stage.cast.wang.person
    for number in range(AnomalyCase.objects.count(), count):
        case = AnomalyCase.objects.create(
            number=f"YC-2026-{number:04}", subject="person", subject_key=f"person:{number}", person=person, state="asked",
        )  # fmt: skip
        CaseStep.objects.create(
            case=case,
            kind="asked",
            due_on=stage.policy.effective_from,
            person=person,
            **keep_words("请说明", about=person),
        )
