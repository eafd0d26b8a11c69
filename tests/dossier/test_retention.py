"""Who a person was is known for as long as the policy says, and the evidence outlives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.models import HoursEntry
from lms.audit.models import AuditEntry
from lms.audit.services import sequence, sign_head, verify
from lms.classes.models import RosterRow
from lms.dossier.rules import kept_until, years_later
from lms.dossier.services import erase_due
from lms.faces.services import kept_words
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.ticks import TICKS
from lms.live.models import Replay, RoomMember, RoomMessage, RoomQuestion
from lms.people.models import IdentityCase, Person, User
from lms.people.services import reveal_document
from tests.cast import PASSWORD, make_person
from tests.dossier.stage import NO_CHECKS, approved, joined, study
from tests.factories import make_enrolment, make_live

pytestmark = pytest.mark.django_db
KEPT = replace(NO_CHECKS, retention_years=3, lessons_in_order=False)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
CLASSES = st.lists(st.tuples(DAYS, st.integers(1, 50)), min_size=1, max_size=5)


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def learner(cast, site_root, traveller):
    """Return somebody of a roster who studied for a minute in a class that ended long ago."""
    training_class = approved(cast, site_root, terms=KEPT)
    person = make_person("学员丙", 310)
    enrolment, actor = joined(training_class, person)
    enrolment.roster_row = RosterRow.objects.create(
        training_class=training_class, row_number=1, name=person.name, document_number=person.document_number,
        document_index=person.document_index, phone_sealed="+8613900139077",
    )  # fmt: skip
    enrolment.save()
    study(traveller, enrolment, actor, seconds=60)
    user = User.objects.get(person=person)
    user.phone_sealed, user.phone_index, user.phone_verified = "+8613900139077", "index", True
    user.set_password(PASSWORD)
    user.save()
    IdentityCase.objects.create(claimant=cast.lu, person=person, claimed_name="学员丙")
    return enrolment


def pass_keeping(enrolment, traveller, **more):
    last = years_later(enrolment.training_class.ends_on, 3)
    noon = clock.local(clock.now()).replace(year=last.year, month=last.month, day=last.day, hour=12)
    return traveller.move_to(noon + timedelta(**more))


def test_after_its_last_day_nobody_knows_who_it_was(learner, traveller, client):
    sequence(traveller.advance(minutes=30))
    sign_head(clock.now())
    told = pass_keeping(learner, traveller, days=1)

    count = erase_due(told)

    person, row, user = (
        Person.objects.get(pk=learner.person_id),
        RosterRow.objects.get(),
        User.objects.get(person=learner.person),
    )
    assert (count, erase_due(told)) == (1, 0)
    assert (person.name, person.document_number, person.birth_date) == ("（已清除）", None, None)
    assert (row.name, row.document_number, row.phone_sealed) == ("（已清除）", "", None)
    assert (user.phone_sealed, user.phone_verified, user.is_active, user.has_usable_password()) == (
        None,
        False,
        False,
        False,
    )
    assert IdentityCase.objects.get().claimed_name == "（已清除）"
    assert AuditEntry.objects.get(action="people.erased").user_id is None
    assert not client.login(username=user.username, password=PASSWORD)


def test_the_evidence_stays_and_is_verified(learner, traveller):
    hours = list(HoursEntry.objects.values())
    sequence(traveller.advance(minutes=30))
    sign_head(clock.now())

    erase_due(pass_keeping(learner, traveller, days=1))

    assert list(HoursEntry.objects.values()) == hours != []
    assert [one.sentence for one in verify().findings] == []


def test_what_was_written_of_the_face_goes_with_the_person(learner, traveller):
    note = kept_words(learner.person, "颈椎手术后不能转头（示例）")["note"]

    erase_due(pass_keeping(learner, traveller, days=1))

    note.refresh_from_db()
    assert (note.sealed, note.erased_at) == (None, clock.now())


def test_what_was_said_in_rooms_of_live_lessons_names_nobody_any_more(learner, traveller, cast):
    begin = clock.now()
    live = make_live(learner.training_class, cast.li, starts_at=begin, ends_at=begin + timedelta(hours=1))
    user = User.objects.get(person=learner.person)
    why = {"removed_at": begin, "removed_reason": "学员丙多次刷屏"}
    own = RoomMember.objects.create(session=live, user=user, enrolment=learner, place="learner", called="学员丙", **why)
    li = RoomMember.objects.create(session=live, user=cast.li, place="teacher", called="李老师")
    deleted = {"deleted_at": begin, "delete_reason": "留了电话", "deleted_by": cast.li}
    RoomMessage.objects.create(session=live, member=own, text="我电话是…", request_key="a", version=1, **deleted)
    RoomMessage.objects.create(session=live, member=li, text="先看安全规程", request_key="b", version=2)
    RoomQuestion.objects.create(
        session=live, member=own, text="我是学员丙，想问", asked_at=begin, request_key="c", version=3
    )

    chapters = [
        [0, "开始"],
        [60_000, "答疑：我是学员丙，想问"],
        [120_000, "学员丙的问题：我是学员丙，想问"],
        [180_000, "安全规程"],
    ]
    Replay.objects.create(session=live, chapters=chapters)

    erase_due(pass_keeping(learner, traveller, days=1))

    gone = "（已清除）"
    assert [title for _, title in Replay.objects.get().chapters] == ["开始", "答疑", "答疑", "安全规程"]
    called = RoomMember.objects.order_by("pk").values_list("called", "removed_reason")
    assert list(called) == [(gone, gone), ("李老师", "")]
    said = RoomMessage.objects.order_by("pk").values_list("text", "delete_reason")
    assert list(said) == [(gone, gone), ("先看安全规程", "")]
    assert RoomQuestion.objects.get().text == gone


def test_whoever_asks_for_the_number_hears_why_there_is_none(learner, traveller, cast):
    erase_due(pass_keeping(learner, traveller, days=1))

    with pytest.raises(NotFoundError, match="已按保存期限删除"):
        reveal_document(
            person=Person.objects.get(pk=learner.person_id), reason="审计抽查需要核对", actor=cast.actor("sun")
        )


def on_the_last_day(learner, traveller, **more):
    return pass_keeping(learner, traveller)


def signed_in_since(learner, traveller, **more):
    User.objects.filter(person=learner.person).update(last_login=clock.now() + timedelta(days=400))
    return pass_keeping(learner, traveller, days=1)


def in_another_class(learner, traveller, *, cast, site_root):
    make_enrolment(approved(cast, site_root, terms=replace(KEPT, retention_years=None)), learner.person)
    return pass_keeping(learner, traveller, days=1)


@pytest.mark.parametrize("why", [on_the_last_day, signed_in_since, in_another_class])
def test_nobody_is_erased_too_early(learner, traveller, cast, site_root, why):
    told = why(learner, traveller, cast=cast, site_root=site_root)

    assert erase_due(told) == 0
    assert Person.objects.get(pk=learner.person_id).name == "学员丙"


def test_it_is_done_every_night():
    assert TICKS["lms.dossier.services.erase_due"].every == timedelta(days=1)


def test_reading_who_is_due_asks_as_often_for_fifty_as_for_five(cast, site_root, traveller, django_assert_num_queries):
    from lms.dossier.queries import past_keeping

    training_class = approved(cast, site_root, terms=KEPT)
    for size in (5, 45):
        for serial in range(size):
            make_enrolment(training_class, make_person("学员", 320 + 2 * (size + serial)))
        with django_assert_num_queries(5):
            assert len(list(past_keeping(date(2040, 1, 1)))) in {5, 50}


@given(CLASSES)
def test_no_class_is_forgotten_before_its_time(classes):
    assert kept_until(classes, None) == max(years_later(last, years) for last, years in classes)


@given(CLASSES, DAYS)
def test_a_sign_in_never_shortens_the_keeping(classes, signed_in):
    assert kept_until(classes, signed_in) >= kept_until(classes, None)


@given(CLASSES, DAYS)
def test_one_class_without_an_end_keeps_everything(classes, last):
    assert kept_until([*classes, (last, None)], None) is None


def test_of_the_29th_of_february_the_1st_of_march_is_later():
    assert years_later(date(2028, 2, 29), 3) == date(2031, 3, 1)
    assert years_later(date(2028, 2, 29), 4) == date(2032, 2, 29)
