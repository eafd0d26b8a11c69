"""The pages of filing and supervision: a unit's own, and the office's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.filing.models import Filing, FilingApplication, FilingPolicy
from lms.filing.services import submit_application
from lms.kernel import clock
from lms.organisations.models import Organisation
from tests.filing.stage import OPINION, REASON, basics, credit_code, filed, filled, measured, occupation

LIST = "/office/institutions/"


class Seat:
    """One of the cast at the shared browser: signs in before each request."""

    def __init__(self, enter, who):
        self.enter, self.who = enter, who

    def get(self, *args, **kwargs):
        return self.enter(self.who).get(*args, **kwargs)

    def post(self, *args, **kwargs):
        return self.enter(self.who).post(*args, **kwargs)


def scan(content=b"%PDF-1.4", name="证.pdf"):
    return SimpleUploadedFile(name, content)


def test_from_an_empty_page_to_a_number(cast, site_root, enter):
    client = Seat(enter, "zhao")
    own = f"/filing/{cast.institution_a.uid}/"
    assert client.get("/filing/")["Location"] == own
    assert "未备案" in client.get(own).text

    started = client.post(f"{own}apply/")
    page = started["Location"]
    bad = client.post(page, basics(1, credit_code="123", licence_from="x"))
    assert bad.status_code == 422
    assert "请填写日期" in bad.text
    assert 'value="123"' in bad.text  # what was typed stays
    assert "现在是3位" in client.post(page, basics(1, credit_code="123")).text
    assert client.post(page, basics(1)).status_code == 302
    early = client.post(f"{page}submit/")
    assert (early.status_code, "还不能提交" in early.text, "培训目录是空的" in early.text) == (422, True, True)

    rows = {
        "catalogue": {"occupation": occupation().pk, "level": 1},
        "sites": {"name": "一号实训室", "address": "示例路1号", "area_m2": 200, "seats": 40},
        "teachers": {"name": "李示范", "is_full_time": "1", "subject": "焊工", "certificate": "焊工 三级"},
        "papers": {"kind": "licence", "file": scan()},
    }
    for part, values in rows.items():
        assert client.post(f"{page}add/{part}/", values).status_code == 302, part
    assert "应参加师资培训" in client.get(page).text
    assert "材料已齐" in client.get(page).text
    assert client.post(f"{page}submit/").status_code == 302
    assert "待初审" in client.get(page).text

    held = FilingApplication.objects.get()
    review = f"/office/institutions/filings/{held.uid}/"
    sun, chen = Seat(enter, "sun"), Seat(enter, "chen")
    assert sun.get("/office/").context["waiting_counts"]["office_institutions"] == 1
    assert review in sun.get(LIST).text
    nothing = sun.post(review, {"decision": "return", "opinion": ""})
    assert (nothing.status_code, "请写明退回意见" in nothing.text) == (422, True)
    assert sun.post(review, {"decision": "return", "opinion": "", "licence_number": "与原件不一致"}).status_code == 302
    assert "补正意见：与原件不一致" in client.get(page).text
    client.post(page, basics(1, licence_number="示例-002"))
    client.post(f"{page}submit/")
    assert sun.post(review, {"decision": "pass", "opinion": OPINION}).status_code == 302
    again = sun.post(review, {"decision": "pass", "opinion": OPINION})
    assert (again.status_code, Filing.objects.count()) == (403, 0)
    done = chen.post(review, {"decision": "pass", "opinion": OPINION}, follow=True)
    number = Filing.objects.get().number
    assert number in done.text
    assert number in client.get(own).text


@pytest.mark.parametrize(
    ("part", "values", "sentence"),
    [
        ("catalogue", {"occupation": "999999", "level": 1}, "这个职业已不在现行目录里"),
        ("catalogue", {"occupation": "x", "level": 99}, "没有这个等级"),
        ("sites", {"name": "", "address": "", "area_m2": "-1", "seats": "多"}, "请填写面积"),
        ("teachers", {"name": "甲", "is_full_time": "9"}, "请选择专职或兼职"),
        ("teachers", {"trained_on": "2999-01-01"}, "不能晚于今天"),
        ("papers", {"kind": "other"}, "请选择要上传的文件"),
        ("papers", {"kind": "x", "file": SimpleUploadedFile("a.pdf", b"%PDF")}, "请选择附件类别"),
        ("papers", {"kind": "other", "file": SimpleUploadedFile("a.pdf", b"MZ")}, "只收PDF"),
    ],
)
def test_a_bad_row_is_named_at_its_field_and_not_kept(cast, site_root, enter, part, values, sentence):
    client = enter("zhao")
    page = client.post(f"/filing/{cast.institution_a.uid}/apply/")["Location"]

    answer = client.post(f"{page}add/{part}/", values)

    held = FilingApplication.objects.get()
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not any(rows.exists() for rows in (held.catalogue, held.sites, held.teachers, held.papers))
    assert client.post(f"{page}add/nothing/", values).status_code == 404


def test_a_large_file_is_refused_before_it_is_read(cast, site_root, enter):
    client = enter("zhao")
    page = client.post(f"/filing/{cast.institution_a.uid}/apply/")["Location"]

    answer = client.post(f"{page}add/papers/", {"kind": "other", "file": scan(b"%PDF" + b"0" * 11 * 1024 * 1024)})

    assert (answer.status_code, "超过10MB" in answer.text) == (413, True)


def test_a_measure_on_the_office_desk(cast, site_root, enter):
    filed(cast, cast.institution_a)
    file = f"{LIST}{cast.institution_a.uid}/"
    sun, chen, zhao = (Seat(enter, who) for who in ("sun", "chen", "zhao"))
    short = sun.post(f"{file}propose/", {"measure": "rectify", "due_on": "", "reason": REASON})
    assert (short.status_code, "请填写整改期限" in short.text, REASON in short.text) == (422, True, True)
    due = clock.today() + timedelta(days=10)
    assert sun.post(f"{file}propose/", {"measure": "rectify", "due_on": due, "reason": REASON}).status_code == 302
    step = cast.institution_a.filing_steps.get(kind="proposed")
    page = f"{LIST}steps/{step.uid}/"
    assert "等区办复核人复核" in sun.get(page).text
    assert sun.post(page, {"decision": "agree", "opinion": OPINION}).status_code == 403
    empty = chen.post(page, {"decision": "agree", "opinion": ""})
    assert (empty.status_code, "请写明复核意见" in empty.text) == (422, True)
    assert chen.post(page, {"decision": "agree", "opinion": OPINION}).status_code == 302
    assert chen.post(page, {"decision": "agree", "opinion": OPINION}).status_code == 409

    own = f"/filing/{cast.institution_a.uid}/"
    assert "整改还有10天到期" in zhao.get(own).text
    bad = zhao.post(f"{own}report/", {"report": ""})
    assert (bad.status_code, "请写明整改情况" in bad.text) == (422, True)
    sent = zhao.post(f"{own}report/", {"report": "已更换签到设备并培训教师", "file": scan()}, follow=True)
    assert "等待" in sent.text or "验收后会通知" in sent.text
    report = cast.institution_a.filing_steps.get(kind="reported")
    assert chen.get(f"/filing/reports/{report.uid}/").status_code == 200
    assert chen.post(f"{LIST}steps/{report.uid}/", {"decision": "agree", "opinion": OPINION}).status_code == 302
    assert "没有需要完善的内容" in zhao.get(own).text


def test_the_list_is_narrowed(cast, site_root, enter):
    filed(cast, cast.institution_a, licence_to=clock.today() + timedelta(days=30))
    filed(cast, cast.institution_b, "qian", 2)
    measured(cast, cast.institution_b, "suspend")
    client = enter("wu")

    def listed(**given):
        return [row.unit.short_name for row in client.get(LIST, given).context["rows"]]

    assert set(listed()) == {"甲校", "乙校", "机械厂"}
    assert listed(state="suspended") == ["乙校"]
    assert listed(state="none") == ["机械厂"]
    assert listed(kind="enterprise") == ["机械厂"]
    assert listed(licence="soon") == ["甲校"]
    assert listed(licence="ended") == []
    assert listed(q=credit_code(2)) == ["乙校"]
    assert listed(q="没有这家") == []
    wrong = client.get(LIST, {"state": "x"})
    assert (wrong.status_code, "没有这个选项" in wrong.text) == (422, True)


def test_the_list_asks_as_often_for_many_as_for_few(cast, site_root, enter):
    client = enter("chen")
    counts = []
    for count in (5, 45):
        for serial in range(count):
            unit = Organisation.objects.create(kind="institution", name=f"示例{count}-{serial}", short_name="示例")
            held = FilingApplication.objects.create(organisation=unit, licence_to=clock.today(), state="accepted")
            Filing.objects.create(organisation=unit, basis="示例", filed_on=clock.today(), current=held)
            FilingApplication.objects.create(organisation=unit, state="submitted", submitted_by=cast.sun)
        client.get(LIST)
        with CaptureQueriesContext(connection) as caught:
            page = client.get(LIST)
        counts.append(len(caught))

    assert counts[0] == counts[1]
    assert (len(page.context["rows"]), page.context["page"].paginator.num_pages) == (20, 3)


def test_the_office_enters_a_unit(cast, site_root, enter):
    client = enter("sun")
    given = {"kind": "institution", "name": "示例学校丙", "short_name": "丙校", "credit_code": "91370211MA3TEAA140"}

    bad = client.post(f"{LIST}new/", given)
    assert (bad.status_code, "校验不符" in bad.text, "示例学校丙" in bad.text) == (422, True, True)
    made = client.post(f"{LIST}new/", given | {"credit_code": credit_code(7)}, follow=True)

    assert "备案申请：示例学校丙" in made.text


def test_another_units_papers_are_not_found(cast, site_root, enter):
    held = filled(cast, cast.institution_a, cast.actor("zhao"))
    submit_application(application=held, actor=cast.actor("zhao"))
    client = enter("qian")

    for path in (
        f"/filing/{cast.institution_a.uid}/",
        f"/filing/applications/{held.uid}/",
        f"/filing/papers/{held.papers.get().uid}/",
    ):
        assert client.get(path).status_code == 404
    assert client.get(f"/office/institutions/filings/{held.uid}/").status_code == 403


def test_the_office_publishes_the_numbers(cast, site_root, enter):
    client = enter("sun")
    shown = client.get(f"{LIST}policy/")
    form = client.get(f"{LIST}policy/new/")
    assert "没有备案的机构暂可开班" in shown.text
    given = {name: value for name, value in form.context["form"].initial.items() if value not in (None, False)}

    bad = client.post(f"{LIST}policy/new/", given | {"least_sites": 99, "number_template": "x"})
    assert (bad.status_code, "培训场地应在0至20处之间" in bad.text) == (422, True)
    about = {"effective_from": clock.today(), "source": "示例", "filing_required": "on"}
    assert client.post(f"{LIST}policy/new/", given | about).status_code == 302

    assert FilingPolicy.objects.get().filing_terms().filing_required
    assert "没有备案的机构不能开班" in client.get(f"{LIST}policy/").text


def test_an_enterprise_has_the_same_page(cast, site_root, enter):
    client = enter("feng")

    page = client.get("/filing/", follow=True)

    assert "示例机械厂" in page.text
    assert "在办班级" not in page.text
    assert client.post(f"/filing/{cast.enterprise.uid}/apply/", follow=True).status_code == 200
    assert "办学许可证编号" not in client.get(f"/filing/applications/{FilingApplication.objects.get().uid}/").text


def test_an_agreement_goes_from_text_to_both_signatures(cast, site_root, enter):
    filed(cast, cast.institution_a)
    sun, chen, zhao = (Seat(enter, who) for who in ("sun", "chen", "zhao"))
    text = f"{LIST}agreements/text/"
    assert "还没有发布过" in enter("wu").get(text).text
    given = {"effective_from": clock.today(), "source": "示例", "body": "双方约定如下，仅供测试使用。" * 3}
    bad = sun.post(text, given)
    assert (bad.status_code, "请填写承诺事项" in bad.text) == (422, True)
    assert sun.post(text, given | {"undertakings": "如实申报\n不收费"}).status_code == 302
    assert enter("wu").post(text, given).status_code == 403

    page = f"/filing/{cast.institution_a.uid}/agreements/{clock.today().year}/"
    half = zhao.post(page, {"version": 1, "promised": ["如实申报"]})
    assert (half.status_code, "还有1条承诺没有勾选" in half.text) == (422, True)
    assert zhao.post(page, {"version": 1, "promised": ["如实申报", "不收费"]}).status_code == 302
    assert "等区办签署" in zhao.get(page).text
    office = f"{LIST}agreements/{cast.institution_a.agreements.get().uid}/"
    assert office in sun.get(LIST).text
    assert "等区办复核人签署" in sun.get(office).text
    assert chen.post(office).status_code == 302
    assert chen.post(office).status_code == 409
    assert "已生效" in zhao.get(f"/filing/{cast.institution_a.uid}/").text
