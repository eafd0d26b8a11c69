"""The queue, a case with its evidence, and what a learner and an institution see of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.anomalies.models import AnomalyCase, AnomalyFlag, AnomalyPolicy, CaseStep, Measure
from lms.anomalies.queries.cases import learner_party
from lms.anomalies.services import appeal, detect, propose_ruling, take_up
from lms.kernel import clock
from tests.anomalies.stage import REASON, fresh, lay_stage
from tests.cast import make_person

QUEUE = "/office/anomalies/"


@pytest.fixture
def stage(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    return lay_stage(cast, site_root, at(2026, 5, 6, 9, 0))


def visitor(stage, name):
    client = Client()
    client.force_login(getattr(stage.cast, name))
    return client


def text(answer):
    return answer.content.decode()


def lay_cases(stage, count):
    """Lay cases with two flags each, as lists show them."""
    for place in range(count):
        person = make_person(f"学员{place}", 200 + AnomalyCase.objects.count())
        case = AnomalyCase.objects.create(
            number=f"YC-2026-{AnomalyCase.objects.count() + 1:04}", subject="person", subject_key=f"person:{person.pk}",
            person=person, institution=stage.cast.institution_a, department=stage.cast.department, flag_count=2,
        )  # fmt: skip
        for kind in ("even_answers", "night_study"):
            AnomalyFlag.objects.create(
                case=case, key=f"{kind}:{case.pk}", kind=kind, person=person, week=clock.today(), seen="看到的。",
                compared="比较的。", innocent="正常原因。", policy=stage.policy,
            )  # fmt: skip


def cost(client, path):
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as caught:
        client.get(path)
    return len(caught)


def test_the_queue_costs_the_same_for_much_as_for_little(stage):
    client, costs = visitor(stage, "chen"), []
    for more in (5, 45):
        lay_cases(stage, more)
        costs.append(cost(client, QUEUE))

    assert costs[0] == costs[1]


def test_an_empty_queue_says_what_will_come(stage):
    client = visitor(stage, "chen")

    assert "没有待办理的异常线索" in text(client.get(QUEUE))
    assert "没有符合条件的案件" in text(client.get(QUEUE + "?kind=fast_quiz"))
    AnomalyPolicy.objects.all().delete()
    assert "还没有生效的线索口径" in text(client.get(QUEUE))


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("?state=open", True),
        ("?state=closed", False),
        ("?kind=even_answers", True),
        ("?kind=fast_quiz", False),
        ("?strength=strong", True),
        ("?strength=weak", False),
        ("?q=王芳", True),
        ("?q=yc-2026-0001", True),
        ("?q=李四", False),
    ],
)
def test_filters_stand_in_the_address(stage, query, is_found):
    stage.case()

    assert ("YC-2026-0001" in text(visitor(stage, "chen").get(QUEUE + query))) is is_found


def test_a_department_sees_only_its_own(stage):
    stage.case()
    AnomalyCase.objects.update(department=None)

    client = visitor(stage, "zhou")

    assert "YC-2026-0001" not in text(client.get(QUEUE))
    assert client.get(f"{QUEUE}{AnomalyCase.objects.get().uid}/").status_code == 404


def test_a_case_shows_flags_evidence_and_drawings(stage):
    case = stage.case()

    page = text(visitor(stage, "wu").get(f"{QUEUE}{case.uid}/"))

    assert "8次在岗确认都在被问后约3.0秒应答" in page
    assert "也可能是：" in page
    assert page.count('role="img"') == 2
    assert "在岗确认用时：8个，平均3.00秒，最短3.00秒，最长3.00秒，标准差0.000秒" in page
    assert "203.0.113.*" in page
    assert "王芳" not in page
    assert "提交结论" not in page
    assert "开始核查</button>" not in page


def test_a_case_goes_its_way_through_the_pages(stage):
    case = stage.case()
    path, sun, chen = f"{QUEUE}{case.uid}/", visitor(stage, "sun"), visitor(stage, "chen")
    wang = stage.cast.wang.person.pk

    sun.post(f"{path}take/")
    sun.post(f"{path}ask/", {"ask-party": f"person-{wang}", "ask-question": "请说明当天的学习是否本人完成"})
    learner = visitor(stage, "wang")
    assert "有 1 项学习记录需要您说明" in text(learner.get("/my/"))
    step = CaseStep.objects.get(kind="asked")
    learner.post(f"/my/cases/{step.uid}/", {"text": "那天是我本人在家用电脑学习的。"})
    sun.post(
        f"{path}rule/",
        {"rule-outcome": "fraud", "rule-reason": REASON, "rule-bar": wang, "rule-bar_until": "2026-12-31"},
    )
    assert fresh(case).state == "ruled"
    assert "等待另一位同事复核" in text(sun.get(path))
    chen.post(f"{path}confirm/", {"decision": "agree", "confirm-opinion": ""})
    told = text(learner.get("/my/cases/"))
    assert "核查结论：欺诈" in told
    assert "2026年12月31日前（含当天）不能报名新的班级" in told
    learner.post(f"/my/cases/{CaseStep.objects.get(kind='ruled').uid}/", {"text": "我用的是辅助开关，用时当然一样。"})
    asked = CaseStep.objects.get(kind="appealed")
    visitor(stage, "zhou").post(
        f"{path}appeals/{asked.uid}/", {"decision": "grant", "appeal-opinion": "核对残疾人证属实，撤销措施"}
    )

    assert "申诉成立，针对您的措施已经撤销" in text(learner.get("/my/cases/"))
    assert [step.kind for step in CaseStep.objects.order_by("pk")] == [
        "taken", "asked", "stated", "ruled", "confirmed", "appealed", "granted",
    ]  # fmt: skip


def test_a_refused_form_says_so_at_the_field_and_keeps_what_was_typed(stage):
    case = stage.reviewing()

    answer = visitor(stage, "sun").post(
        f"{QUEUE}{case.uid}/rule/",
        {"rule-outcome": "fraud", "rule-reason": "代学", "rule-bar": stage.cast.wang.person.pk, "rule-bar_until": ""},
    )

    page = text(answer)
    assert answer.status_code == 422
    assert page.count("请写明理由（至少10个字）") == 2
    assert "请填写截止日期" in page
    assert ">\n代学</textarea>" in page
    assert not Measure.objects.exists()


def test_who_proposed_may_not_confirm_even_by_hand(stage):
    case = stage.reviewing()
    propose_ruling(case=case, outcome="fraud", reason=REASON, plans=stage.plans("bar"), actor=stage.cast.actor("sun"))

    answer = visitor(stage, "sun").post(f"{QUEUE}{case.uid}/confirm/", {"decision": "agree"}, follow=True)

    assert "提出结论的人不能自己复核" in text(answer)
    assert fresh(case).state == "ruled"


@pytest.mark.parametrize("name", ["wang", "zhao", "qian", "li", "feng"])
def test_the_queue_is_the_offices(stage, name):
    case = stage.case()
    client = visitor(stage, name)

    assert client.get(QUEUE).status_code == 403
    assert client.get(f"{QUEUE}{case.uid}/").status_code == 403
    assert client.post(f"{QUEUE}{case.uid}/take/").status_code == 403
    assert fresh(case).state == "open"


def test_a_learner_learns_nothing_of_a_case_before_being_asked(stage):
    stage.reviewing()

    page = text(visitor(stage, "wang").get("/my/cases/"))

    assert "没有需要您说明或申诉的事项" in page
    assert "YC-2026" not in page


def test_a_learner_reads_what_was_seen_and_what_else_it_may_be(stage):
    stage.asked(stage.reviewing())

    page = text(visitor(stage, "wang").get("/my/cases/"))

    assert "请在2026年5月11日前说明。" in page
    assert "8次在岗确认都在被问后约3.0秒应答" in page
    assert "使用辅助工具" in page
    assert "YC-2026" not in text(visitor(stage, "lu").get("/my/cases/"))


def test_a_refused_appeal_keeps_what_was_typed(stage):
    stage.ruled("bar")

    answer = visitor(stage, "wang").post(f"/my/cases/{stage.ruling().uid}/", {"text": "不服"})

    assert answer.status_code == 422
    assert "请写明当时的情况（至少10个字）" in text(answer)
    assert ">不服</textarea>" in text(answer)


def test_an_institution_sees_only_what_it_is_asked(stage):
    case = stage.reviewing()
    sun, zhao = visitor(stage, "sun"), visitor(stage, "zhao")
    assert "没有需要您说明或申诉的事项" in text(zhao.get("/institution/cases/"))

    sun.post(f"{QUEUE}{case.uid}/ask/", {"ask-party": "institution", "ask-question": "请说明机房当天的使用安排"})

    page = text(zhao.get("/institution/cases/"))
    assert "请说明机房当天的使用安排" in page
    assert "在岗确认都在被问后" not in page
    assert "王芳" not in page
    assert "机房" not in text(visitor(stage, "qian").get("/institution/cases/"))
    step = CaseStep.objects.get(kind="asked")
    zhao.post(f"/institution/cases/{step.uid}/", {"text": "当天机房有老师在场组织学习。"})
    assert CaseStep.objects.get(kind="stated").institution == stage.cast.institution_a


def test_the_numbers_are_shown_and_published_anew(stage):
    client = visitor(stage, "sun")
    form = client.get(f"{QUEUE}policy/new/").context["form"]
    sent = {name: form.initial.get(name) or "" for name in form.fields} | {
        "effective_from": "2026-05-06", "source": "示例", "device_persons": "", "answers_least": "12",
        "night_from_minute": "22:30", "night_to_minute": "05:00",
    }  # fmt: skip

    refused = client.post(f"{QUEUE}policy/new/", sent | {"source": "", "night_days": "9"})
    client.post(f"{QUEUE}policy/new/", sent)

    assert refused.status_code == 422
    newest = AnomalyPolicy.objects.get(version=2).anomaly_terms()
    assert (newest.device_persons, newest.answers_least, newest.night_from_minute) == (None, 12, 22 * 60 + 30)
    page = text(visitor(stage, "wu").get(f"{QUEUE}policy/"))
    assert "线索口径第2版" in page
    assert "没有启用。" in page
    assert visitor(stage, "zhou").get(f"{QUEUE}policy/new/").status_code == 403


def test_detection_is_asked_for_from_the_queue(stage):
    answer = visitor(stage, "zhou").post(f"{QUEUE}detect/", follow=True)

    assert "已开始检测本周和上周的记录" in text(answer)


def test_a_case_of_a_device_names_whom_it_concerns(stage):
    people = [stage.cast.wang.person, make_person("陈二", 601), make_person("李三", 602)]
    stage.share_device(*people)
    detect()
    case = AnomalyCase.objects.get()
    take_up(case=case, actor=stage.cast.actor("sun"))

    page = text(visitor(stage, "sun").get(f"{QUEUE}{case.uid}/"))

    assert "涉及学员" in page
    for name in ("王*", "陈*", "李*"):
        assert name in page


def test_what_waits_for_the_office_is_counted(stage):
    stage.ruled("bar")
    assert "office_anomalies" in str(visitor(stage, "chen").get(QUEUE).context["waiting_counts"])
    assert visitor(stage, "chen").get(QUEUE).context["waiting_counts"]["office_anomalies"] == 0

    appeal(
        ruling=stage.ruling(),
        text="我用的是辅助开关，用时当然一样。",
        party=learner_party(stage.wang),
        actor=stage.wang,
    )

    assert visitor(stage, "chen").get(QUEUE).context["waiting_counts"]["office_anomalies"] == 1
