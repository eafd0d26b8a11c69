"""An institution's question bank: filed, versioned, retired, and nobody else's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Question, QuestionVersion
from courses.queries.bank import BankFilters, history_of, questions_visible_to
from courses.services.bank import Draft, change_question, create_question, retire_question
from lms.audit.models import AuditEntry
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from tests.courses.test_studio import picture_of
from tests.factories import make_occupation
from tests.questions import EVERY_KIND, fill, make_question, multiple, short, single


def says(question):
    return [(one.number, one.content["stem"]) for one in question.versions.order_by("number")]


def form_of(client, address):
    """Return what the browser would send back of the page's form."""
    context = client.get(address).context
    editor, filing, current = context["editor"], context["filing"], context["current"]
    data = {"parts-count": str(len(editor.parts)), "based_on": str(current.number) if current else ""}
    for one in (editor, *editor.parts):
        for form in (one.form, *(row for rows in one.rows.values() for row in (rows.management_form, *rows))):
            data |= {form.add_prefix(name): form[name].value() for name in form.fields}
    for form in (filing, *(part.media for part in editor.parts)):
        data |= {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in data.items() if value not in (None, False)}


@pytest.mark.parametrize("typed", ["²", "①", "-1", "x", "9" * 30])
def test_a_counter_that_is_no_number_breaks_no_form(staff, typed):
    address = reverse("studio:question_new")
    data = form_of(staff, address)

    more = staff.post(address, data | {"parts-count": typed, "add": "parts"})
    refused = staff.post(address, data | {"parts-count": typed, "based_on": typed})

    assert (more.status_code, len(more.context["editor"].parts), refused.status_code) == (200, 1, 422)


@pytest.mark.parametrize("make", EVERY_KIND, ids=lambda make: make.__name__)
def test_a_question_of_every_kind_is_kept_as_its_first_version(cast, li, make):
    question = make_question(cast.institution_a, li, make(), knowledge=(" 劳保 用品 ", "劳保 用品", ""), level=1)

    assert question.current.content == make()
    assert (question.current.number, question.current.kind) == (1, make()["kind"])
    assert [point.name for point in question.knowledge.all()] == ["劳保 用品"]
    assert AuditEntry.objects.filter(action="courses.question_added", target_uid=question.uid).count() == 1


def test_a_change_is_a_new_version_and_the_old_one_stays(cast, li):
    question = make_question(cast.institution_a, li)

    changed = change_question(question=question, draft=Draft(single(stem="焊接前先做什么？")), actor=li, based_on=1)

    assert changed is True
    assert says(question) == [(1, "焊接前首先应当做什么？"), (2, "焊接前先做什么？")]
    assert question.current.number == 2
    assert [step.version.number for step in history_of(question)] == [2, 1]


def test_filing_it_elsewhere_makes_no_version(cast, li):
    question = make_question(cast.institution_a, li)

    assert change_question(question=question, draft=Draft(single(), difficulty=5), actor=li) is True
    assert change_question(question=question, draft=Draft(single(), difficulty=5), actor=li) is False
    assert (question.difficulty, question.versions.count()) == (5, 1)


def test_a_change_of_what_has_changed_meanwhile_is_refused(cast, li):
    question = make_question(cast.institution_a, li)
    change_question(question=question, draft=Draft(single(stem="第二版")), actor=li)

    with pytest.raises(ConflictError) as refused:
        change_question(question=question, draft=Draft(single(stem="第三版")), actor=li, based_on=1)

    assert refused.value.code == "question_changed"
    assert question.versions.count() == 2


def test_what_is_wrong_keeps_everything_out(cast, li):
    with pytest.raises(InvalidError) as refused:
        create_question(institution=cast.institution_a, draft=Draft(single(stem=""), difficulty=6), actor=li)

    assert set(refused.value.fields) == {"stem", "difficulty"}
    assert Question.objects.count() == 0


@pytest.mark.parametrize("who", ["qian", "wang", "chen"])
def test_others_change_nothing(cast, li, who):
    question = make_question(cast.institution_a, li)

    for deed in (
        lambda actor: create_question(institution=cast.institution_a, draft=Draft(single()), actor=actor),
        lambda actor: change_question(question=question, draft=Draft(single(stem="改")), actor=actor),
        lambda actor: retire_question(question=question, actor=actor),
    ):
        with pytest.raises(ForbiddenError):
            deed(cast.actor(who))

    assert (Question.objects.count(), QuestionVersion.objects.count()) == (1, 1)
    assert Question.objects.get().is_retired is False


def test_a_picture_is_the_institutions_own_and_says_what_it_shows(cast, li):
    theirs, own = picture_of(cast.institution_b, "乙"), picture_of(cast.institution_a, "甲")

    with pytest.raises(InvalidError) as refused:
        make_question(cast.institution_a, li, single(image_alt="焊机"), image_id=theirs.pk)
    with pytest.raises(InvalidError) as silent:
        make_question(cast.institution_a, li, image_id=own.pk)

    assert (set(refused.value.fields), set(silent.value.fields)) == ({"image"}, {"image_alt"})
    assert make_question(cast.institution_a, li, single(image_alt="焊机"), image_id=own.pk).current.image == own


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (BankFilters(), {"甲", "乙", "丙"}),
        (BankFilters(q="焊条 烘干"), {"乙"}),
        (BankFilters(q="多选题"), {"丙"}),
        (BankFilters(q="劳保"), {"甲"}),
        (BankFilters(kind="multiple"), {"丙"}),
        (BankFilters(occupation="6-18-02-04"), {"甲"}),
        (BankFilters(level="2"), {"乙"}),
        (BankFilters(difficulty="5"), {"丙"}),
        (BankFilters(knowledge="劳保用品"), {"甲"}),
        (BankFilters(is_retired=True), {"丁"}),
        (BankFilters(q="没有"), set()),
    ],
    ids=lambda value: str(value) if isinstance(value, set) else "",
)
def test_the_list_finds_what_is_looked_for(cast, li, filters, found):
    a = cast.institution_a
    make_question(a, li, single(stem="甲"), occupation=make_occupation(), knowledge=("劳保用品",))
    make_question(a, li, single(stem="乙", explanation="焊条使用前应烘干。"), level=2)
    make_question(a, li, multiple(stem="丙"), difficulty=5)
    retire_question(question=make_question(a, li, single(stem="丁")), actor=li)
    make_question(cast.institution_b, cast.actor("qian"), single(stem="他"))

    assert {str(one) for one in questions_visible_to(li, filters)} == found


def test_the_list_asks_as_often_for_fifty_questions_as_for_five(staff, cast, li):
    counts = []
    staff.get(reverse("studio:questions"))
    for wanted in (5, 50):
        for number in range(Question.objects.count(), wanted):
            make_question(cast.institution_a, li, single(stem=f"第{number}题"), knowledge=("安全", f"点{number}"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = staff.get(reverse("studio:questions"))
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert "共 50 道题" in answer.text
    assert "第 1 页，共 3 页" in answer.text


@pytest.mark.parametrize("make", EVERY_KIND, ids=lambda make: make.__name__)
def test_the_form_gives_back_what_it_shows(staff, cast, li, make):
    question = make_question(cast.institution_a, li, make(), knowledge=("甲", "乙"), level=3)
    address = reverse("studio:question", args=[question.uid])

    answer = staff.post(address, form_of(staff, address))

    assert answer.status_code == 302
    assert question.versions.count() == 1


def test_a_question_is_written_in_the_form(staff, cast):
    address = reverse("studio:question_new")
    typed = form_of(staff, address) | {
        "q-kind": "fill",
        "q-stem": "电流约____安。",
        "q-points": "2",
        "q-blanks-0-accepts": "100 | 一百",
        "knowledge": "电流、焊接参数",
    }

    answer = staff.post(address, typed)

    question = Question.objects.get()
    assert answer.headers["Location"] == reverse("studio:question", args=[question.uid])
    assert question.current.content == fill(
        stem="电流约____安。", blanks=[{"accepts": ["100", "一百"], "tolerance": ""}]
    )
    assert sorted(point.name for point in question.knowledge.all()) == ["焊接参数", "电流"]


def test_a_refused_form_keeps_what_was_typed_and_says_where(staff):
    address = reverse("studio:question_new")
    typed = form_of(staff, address) | {"q-stem": "问？", "q-options-0-text": "只有一个", "q-options-0-correct": "on"}

    answer = staff.post(address, typed)

    assert answer.status_code == 422
    assert "请填写2至8个选项。" in answer.text
    assert 'value="只有一个"' in answer.text
    assert Question.objects.count() == 0


def test_without_a_script_the_server_adds_rows(staff):
    address = reverse("studio:question_new")

    more = staff.post(address, form_of(staff, address) | {"q-stem": "问？", "add": "q-options"})
    parts = staff.post(address, form_of(staff, address) | {"q-kind": "case", "add": "parts"})

    assert more.status_code == 200
    assert 'name="q-options-4-text"' in more.text
    assert "问？" in more.text
    assert len(parts.context["editor"].parts) == 3
    assert Question.objects.count() == 0


def test_a_retired_question_is_kept_and_comes_back(staff, cast, li):
    question = make_question(cast.institution_a, li)
    address = reverse("studio:question_retire", args=[question.uid])

    staff.post(address, {"step": "retire"})
    question.refresh_from_db()
    gone = question.is_retired
    staff.post(address, {"step": "restore"})
    question.refresh_from_db()

    assert (gone, question.is_retired) == (True, False)


def test_the_history_shows_what_changed(staff, cast, li):
    question = make_question(cast.institution_a, li, short())
    change_question(question=question, draft=Draft(short(stem="焊机漏电时怎么办？")), actor=li)

    text = staff.get(reverse("studio:question_history", args=[question.uid])).text

    assert "<del>题干：发现焊机漏电怎么办？</del>" in text
    assert "<ins>题干：焊机漏电时怎么办？</ins>" in text
