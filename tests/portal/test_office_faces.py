"""The office's desk of faces: what people look at, with reasons; another way; the policy; the duty to file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.faces import services
from lms.faces.models import ExemptionRuling, FaceCheck, FaceExemption, FaceOpinion, FacePolicy
from lms.faces.rules import EXAMPLE_TERMS, describe_terms, filing_words
from lms.faces.services import kept_words
from lms.kernel import clock
from tests.cast import make_person
from tests.faces.stage import GATEWAY, acted, enrolled, lay
from tests.faces.terms import TERMS

DESK = "/office/faces/"
WORDS = "与当面核对的样子一致"


@pytest.fixture
def unclear(cast, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    settings.FACES = GATEWAY
    at(2026, 5, 6, 9, 0)
    lay(cast)
    enrolled(cast)
    return acted(cast, b"0.4")


@pytest.fixture
def visit(cast):
    def visitor(name):
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return visitor


def text(answer):
    return answer.content.decode()


def test_the_queue_names_who_and_why_and_shows_no_picture(unclear, visit):
    shown = text(visit("sun").get(DESK))

    assert "王芳" in shown
    assert "机器不能确定" in shown
    assert "0.40（要求 0.45）" in shown
    assert "data:image" not in shown


def test_two_colleagues_decide_and_the_first_cannot_again(unclear, visit):
    address = f"{DESK}{unclear.uid}/opinion/"
    sent = {"opinion-is_same": "yes", "opinion-words": WORDS}

    assert visit("sun").post(address, sent).status_code == 302
    assert visit("sun").post(address, sent).status_code == 409
    assert "还需要另一位同事" in text(visit("sun").get(f"{DESK}{unclear.uid}/"))
    assert "王芳" in text(visit("chen").get(DESK))
    assert visit("chen").post(address, sent).status_code == 302

    assert "没有需要人工核对" in text(visit("sun").get(DESK))
    assert "是本人" in text(visit("sun").get(DESK + "?state=decided"))
    assert "人工核验：是本人" in text(visit("wang").get("/my/face/"))


@pytest.mark.parametrize(
    ("sent", "words"),
    [({}, "请选择是不是本人"), ({"opinion-is_same": "yes", "opinion-words": "是"}, "怎样核对")],
)
def test_an_opinion_says_what_and_why(unclear, visit, sent, words):
    answer = visit("sun").post(f"{DESK}{unclear.uid}/opinion/", sent)

    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not FaceOpinion.objects.exists()


def test_pictures_come_with_a_noted_reason_and_are_not_kept_by_the_browser(unclear, visit):
    address = f"{DESK}{unclear.uid}/pictures/"

    assert "data:image" not in text(visit("sun").get(f"{DESK}{unclear.uid}/"))
    refused = visit("sun").post(address, {"reason": ""})
    assert (refused.status_code, "data:image" in text(refused)) == (422, False)
    shown = visit("sun").post(address, {"reason": "核对是否本人"})

    assert text(shown).count("data:image/jpeg;base64,") == 2
    assert shown.headers["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(action="faces.pictures_revealed").count() == 1


def test_pictures_whose_life_is_over_are_said_to_be_gone(unclear, visit, at):
    at(2026, 5, 10, 9, 0)

    assert "已删除" in text(visit("sun").get(DESK))
    shown = text(visit("sun").post(f"{DESK}{unclear.uid}/pictures/", {"reason": "核对是否本人"}))
    assert "这次核验的照片：已到期删除" in shown


def test_an_auditor_reads_and_decides_nothing(unclear, visit):
    client = visit("wu")

    assert client.get(DESK).status_code == 200
    assert "由区办工作人员核对" in text(client.get(f"{DESK}{unclear.uid}/"))
    assert client.post(f"{DESK}{unclear.uid}/opinion/", {"opinion-is_same": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["wang", "zhao", "li", "zhou", "feng"])
def test_nobody_else_comes_in(unclear, visit, name):
    for path in (DESK, f"{DESK}{unclear.uid}/", DESK + "exemptions/"):
        assert visit(name).get(path).status_code == 403
    assert visit(name).post(f"{DESK}{unclear.uid}/pictures/", {"reason": "核对是否本人"}).status_code == 403


def lay_checks(cast, unclear, count):
    for _ in range(count):
        person = make_person("学员", 700 + FaceCheck.objects.count())
        check = FaceCheck.objects.create(
            person=person, policy=unclear.policy, purpose="start", capture="camera", outcome="unclear",
            threshold_permille=450, model_id="示例", picture_hash="示例", picture=unclear.picture,
        )  # fmt: skip
        FaceOpinion.objects.create(check_row=check, is_same=True, user=cast.sun, **kept_words(person, WORDS))
        asked = FaceExemption.objects.create(person=person, reason="no_camera", **kept_words(person, "示例"))
        if FaceExemption.objects.count() % 2:
            ExemptionRuling.objects.create(exemption=asked, granted=False, user=cast.sun, **kept_words(person, "示例"))


@pytest.mark.parametrize("path", [DESK, DESK + "?why=file", DESK + "?state=decided", DESK + "exemptions/"])
def test_lists_cost_the_same_for_much_as_for_little(cast, unclear, visit, path):
    client, costs = visit("chen"), []
    for more in (5, 45):
        lay_checks(cast, unclear, more)
        client.get(path)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        costs.append(len(caught))

    assert costs[0] == costs[1]


def test_another_way_is_granted_with_a_reason_and_shown_to_its_person(cast, unclear, visit):
    asked = services.ask_exemption(
        person=cast.wang.person, reason="no_consent", words="不想用（示例）", actor=cast.actor("wang")
    )
    address = f"{DESK}exemptions/{asked.uid}/"
    client = visit("sun")

    assert "不想用（示例）" in text(client.get(DESK + "exemptions/"))
    assert client.post(address, {"granted": "1", "words": ""}).status_code == 422
    assert client.post(address, {"granted": "1", "words": "不同意是正当理由"}).status_code == 302
    assert client.post(address, {"granted": "0", "words": "再来一次"}, follow=True).status_code == 200

    assert ExemptionRuling.objects.get().granted
    assert "区办已同意" in text(visit("wang").get("/my/face/"))


def test_the_desk_counts_what_waits(cast, unclear, visit):
    services.ask_exemption(person=cast.wang.person, reason="no_camera", words="示例", actor=cast.actor("wang"))

    assert visit("sun").get(DESK).context["waiting_counts"]["office_faces"] == 2


@pytest.mark.parametrize(
    ("count", "state", "words"),
    [
        (79_999, "", "不需要备案"),
        (80_000, "near", "准备备案材料"),
        (99_999, "near", "准备"),
        (100_000, "due", "30个工作日"),
    ],
)
def test_the_duty_to_file_is_named_in_time(count, state, words):
    told = filing_words(count, TERMS)

    assert told[0] == state
    assert words in told[1]


def test_the_count_and_what_to_do_stand_on_the_desk(cast, unclear, visit):
    services.publish_policy(
        terms=replace(TERMS, filing_count=1), effective_from=clock.today(), source="示例", actor=cast.actor("sun")
    )

    shown = text(visit("sun").get(DESK))

    assert "应当备案" in shown
    assert '<b class="num">1</b> 人的人脸信息' in shown


def test_without_a_policy_the_desk_says_what_that_means(cast, visit, settings):
    settings.STAFF_MFA_REQUIRED = False

    assert "还没有生效的人脸核验口径" in text(visit("sun").get(DESK))


def sent_policy(**changes):
    return EXAMPLE_TERMS.as_json() | {"effective_from": "2026-06-01", "source": "示例口径"} | changes


def test_a_policy_is_drawn_up_from_the_newest_and_published(cast, visit, settings):
    settings.STAFF_MFA_REQUIRED = False
    client = visit("sun")
    assert 'value="0.45"' in text(client.get(DESK + "policy/new/"))

    assert client.post(DESK + "policy/new/", sent_policy(pass_score="0.5")).status_code == 302

    assert FacePolicy.objects.get().face_terms() == replace(EXAMPLE_TERMS, pass_score=0.5)
    assert 'value="0.5"' in text(client.get(DESK + "policy/new/"))
    assert "第1版" in text(visit("zhou").get(DESK + "policy/"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pass_score": "0.3"}, "通过线应高于人工核验线"),
        ({"pass_score": "很高"}, "0到1之间"),
        ({"image_hours": "0"}, "大于零"),
        ({"moves": "9"}, "照片张数应多于动作个数"),
        ({"source": ""}, "请填写口径的依据"),
    ],
)
def test_figures_that_cannot_be_are_named_at_their_field(cast, visit, settings, changes, words):
    settings.STAFF_MFA_REQUIRED = False

    answer = visit("sun").post(DESK + "policy/new/", sent_policy(**changes))

    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not FacePolicy.objects.exists()


def test_nobody_but_the_office_publishes(cast, visit, settings):
    settings.STAFF_MFA_REQUIRED = False

    for name in ("wu", "zhou", "zhao", "wang"):
        assert visit(name).post(DESK + "policy/new/", sent_policy()).status_code == 403
    assert not FacePolicy.objects.exists()


def test_a_policy_is_described_whole():
    told = "".join(sentence for _, sentence in describe_terms(EXAMPLE_TERMS))

    for words in ("不低于0.45", "低于0.36", "随机3个动作", "15MB", "72小时", "180天", "100000人"):
        assert words in told
