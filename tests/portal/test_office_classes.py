"""The office sees what waits and decides beside the facts; the department and the auditor only read."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.catalogue.models import Occupation
from lms.classes.models import TrainingClass
from lms.classes.services import approve_class
from lms.planning.models import StudyPolicy
from tests.classes.stage import bring, filed, row, submitted
from tests.factories import make_class, make_course_version, make_programme


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 4, 20, 9, 0)


@pytest.fixture
def waiting(cast, site_root):
    return submitted(cast, site_root, row(31, "张三"))


def test_the_dashboard_lists_what_waits_the_nearest_first(enter, cast, site_root, waiting):
    from datetime import date

    submitted(cast, site_root, row(33), name="明天就开的班", starts_on=date(2026, 4, 21))

    answer = enter("chen").get(reverse("office_home"))

    assert [line.name for line in answer.context["waiting"]] == ["明天就开的班", waiting.name]
    assert [line.is_urgent for line in answer.context["waiting"]] == [True, False]
    assert [line.wait for line in answer.context["waiting"]] == ["1天后开班", "16天后开班"]


def test_everything_needed_stands_beside_the_decision(enter, waiting):
    answer = enter("chen").get(reverse("office_class", args=[waiting.uid]))

    page = answer.content.decode()
    for words in (waiting.name, "张三", "示例口径 第1版", "每日上限", "批准开班", "退回机构", "示例区人社局"):
        assert words in page
    assert waiting.roster.get().document_number not in page
    assert "999999********" in page


def test_approving(enter, waiting):
    answer = enter("chen").post(reverse("office_class_approve", args=[waiting.uid]), {"opinion": "同意开班"})

    assert answer.status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.number) == ("open", "KB-2026-0001")


def test_returning_without_an_opinion_shows_the_form_again(enter, waiting):
    answer = enter("sun").post(reverse("office_class_return", args=[waiting.uid]), {"opinion": "不行"})

    assert answer.status_code == 422
    assert "请写明退回意见" in answer.content.decode()
    assert ">\n不行</textarea>" in answer.content.decode()
    waiting.refresh_from_db()
    assert waiting.state == "submitted"


def test_returning_is_read_by_the_institution(enter, waiting):
    enter("sun").post(reverse("office_class_return", args=[waiting.uid]), {"opinion": "请补充教师资质"})

    page = enter("zhao").get(reverse("institution_class", args=[waiting.uid])).content.decode()
    assert "请补充教师资质" in page
    assert "修改开班信息" in page


def test_the_maker_is_told_why_there_is_no_button(enter, cast, waiting):
    grant_role(user=cast.zhao, role=Role.OFFICE_CHECKER, organisation=None, actor=SYSTEM)
    client = enter("zhao")

    page = client.get(reverse("office_class", args=[waiting.uid])).content.decode()
    answer = client.post(reverse("office_class_approve", args=[waiting.uid]))

    assert "批准开班" not in page
    assert "请由另一位同事办理" in page
    assert answer.status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "submitted"


@pytest.mark.parametrize("who", ["zhou", "wu"])
def test_readers_read(enter, waiting, who):
    page = enter(who).get(reverse("office_class", args=[waiting.uid]))

    assert page.status_code == 200
    assert "<textarea" not in page.content.decode()


@pytest.mark.parametrize("who", ["zhou", "wu", "zhao", "qian", "li", "wang", "lu"])
@pytest.mark.parametrize("name", ["office_class_approve", "office_class_return", "office_class_close"])
def test_others_decide_nothing(enter, waiting, who, name):
    answer = enter(who).post(reverse(name, args=[waiting.uid]), {"opinion": "越权办理的意见"})

    assert answer.status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "submitted"
    assert waiting.decisions.count() == 1


@pytest.mark.parametrize("who", ["zhao", "qian", "li", "wang", "lu"])
@pytest.mark.parametrize("name", ["office_home", "office_classes", "office_policies", "office_catalogue_import"])
def test_the_office_is_closed_to_others(enter, cast, who, name):
    assert enter(who).get(reverse(name)).status_code == 403


def test_a_draft_does_not_exist_for_the_office(enter, cast, site_root):
    draft = filed(cast, site_root)

    assert enter("chen").get(reverse("office_class", args=[draft.uid])).status_code == 404


def test_a_class_without_a_policy_cannot_be_approved(enter, waiting):
    StudyPolicy.objects.all().delete()
    client = enter("chen")

    page = client.get(reverse("office_class", args=[waiting.uid])).content.decode()
    answer = client.post(reverse("office_class_approve", args=[waiting.uid]))

    assert "批准开班" not in page
    assert answer.status_code == 409
    waiting.refresh_from_db()
    assert waiting.state == "submitted"


def test_closing(enter, cast, waiting):
    approve_class(training_class=waiting, opinion="", actor=cast.actor("sun"))

    enter("chen").post(reverse("office_class_close", args=[waiting.uid]), {"opinion": ""})

    waiting.refresh_from_db()
    assert waiting.state == "closed"


def test_the_list_is_narrowed(enter, cast, site_root, waiting):
    theirs = make_class(make_course_version(site_root, cast.institution_b), cast.department, name="乙校的班")
    client = enter("chen")

    def names(**filters):
        return [line.name for line in client.get(reverse("office_classes"), filters).context["rows"]]

    assert names() == [theirs.name, waiting.name]
    assert names(state="open") == [theirs.name]
    assert names(institution=str(cast.institution_a.uid)) == [waiting.name]
    assert names(institution="0") == []
    assert names(q="乙校") == [theirs.name]
    assert names(state="draft") == []


def asked(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("who", "name"), [("chen", "office_home"), ("chen", "office_classes"), ("zhao", "institution_classes")]
)
def test_lists_ask_as_often_for_many_as_for_few(enter, cast, site_root, who, name):
    version, programme = make_course_version(site_root, cast.institution_a), make_programme(cast.department)
    client = enter(who)
    for _ in range(5):
        make_class(version, cast.department, programme=programme)
    client.get(reverse(name))
    few = asked(client, reverse(name))
    for _ in range(13):
        make_class(version, cast.department, programme=programme)

    assert asked(client, reverse(name)) == few


def test_a_roster_asks_as_often_for_many_as_for_few(enter, cast, site_root):
    made = filed(cast, site_root)
    bring(cast, made, *(row(serial) for serial in range(100, 105)))
    client, address = enter("zhao"), reverse("institution_class", args=[made.uid])
    client.get(address)
    few = asked(client, address)
    bring(cast, made, *(row(serial) for serial in range(105, 150)))

    assert asked(client, address) == few


CSV = "职业编码,职业名称,工种\n6-31-01-03,电工,\n"


def test_the_catalogue_is_tried_before_it_is_written(enter, db):
    client, address = enter("sun"), reverse("office_catalogue_import")

    page = client.post(address, {"file": SimpleUploadedFile("目录.csv", CSV.encode())}).content.decode()
    assert "试运行通过" in page
    assert not Occupation.objects.exists()

    client.post(address, {"file": SimpleUploadedFile("目录.csv", CSV.encode()), "step": "import"})
    assert Occupation.objects.get().name == "电工"


def test_a_wrong_catalogue_row_is_named(enter, db):
    file = SimpleUploadedFile("目录.csv", (CSV + "6-31,机修,\n").encode())

    answer = enter("sun").post(reverse("office_catalogue_import"), {"file": file, "step": "import"})

    assert answer.status_code == 422
    assert "第3行" in answer.content.decode()
    assert not Occupation.objects.exists()


def test_policies_are_explained(enter, cast, site_root):
    make_programme(cast.department)
    client = enter("wu")

    assert "示例口径 第1版" in client.get(reverse("office_policies")).content.decode()
    page = client.get(reverse("office_policy", args=[StudyPolicy.objects.get().uid])).content.decode()
    assert "每45分钟有效学习计1学时" in page


def test_draft_is_not_a_state_to_filter_by(enter, cast):
    states = dict(enter("chen").get(reverse("office_classes")).context["states"])

    assert TrainingClass.State.DRAFT not in states
