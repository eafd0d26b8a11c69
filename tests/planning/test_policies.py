"""Policies by date, programmes, and reference tables that may be loaded any number of times."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from lms.audit.models import AuditEntry
from lms.catalogue.models import Occupation, Trade
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.organisations.models import Division
from lms.people.models import ConsentText, PersonCategory
from lms.planning import services
from lms.planning.models import FundingCategory, Programme, StudyPolicy
from lms.planning.queries import policy_by_uid, policy_for, programmes_on
from lms.planning.rules import StudyTerms
from lms.planning.services import add_policy_version, add_programme, load_reference

TABLES = (Occupation, Trade, Division, FundingCategory, PersonCategory, ConsentText)


@pytest.fixture
def publish(cast):
    def do(first, last=None, *, who="sun", name="示例口径", source="示例〔2026〕1号", **terms):
        return add_policy_version(
            name=name,
            terms=StudyTerms(**terms),
            effective_from=first,
            effective_to=last,
            source=source,
            actor=cast.actor(who),
        )

    return do


def everything():
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


def test_reference_tables_are_loaded_once(db):
    first = load_reference()
    before = everything()

    assert all(made > 0 for made in first.values())
    assert load_reference() == dict.fromkeys(first, 0)
    assert everything() == before


def test_the_command_says_what_is_new(db):
    out = StringIO()

    call_command("load_reference", stdout=out)
    call_command("load_reference", stdout=out)

    lines = out.getvalue().splitlines()
    assert f"divisions: {Division.objects.count()} new" in lines[:5]
    assert "divisions: 0 new" in lines[5:]


@pytest.mark.parametrize(
    ("day", "version"),
    [
        pytest.param((2026, 1, 1), 1, id="the first day of the first"),
        pytest.param((2026, 4, 30), 1, id="the day before the second"),
        pytest.param((2026, 5, 1), 2, id="the first day of the second"),
        pytest.param((2027, 1, 1), 2, id="later"),
    ],
)
def test_a_policy_is_picked_by_date(publish, day, version):
    publish(date(2026, 1, 1))
    publish(date(2026, 5, 1))

    assert policy_for("示例口径", on=date(*day)).version == version


@pytest.mark.parametrize("day", [(2025, 12, 31), (2026, 7, 1)], ids=["before", "after"])
def test_a_day_without_a_policy_is_refused(publish, day):
    publish(date(2026, 1, 1), date(2026, 6, 30))

    with pytest.raises(ConflictError) as refusal:
        policy_for("示例口径", on=date(*day))

    assert refusal.value.code == "no_policy"


def test_a_correction_of_the_same_day_wins(publish):
    publish(date(2026, 1, 1), hour_minutes=45)
    corrected = publish(date(2026, 1, 1), hour_minutes=50)

    assert policy_for("示例口径", on=date(2026, 1, 1)) == corrected


def test_an_interlude_ends_and_the_older_holds_again(publish):
    publish(date(2026, 1, 1))
    publish(date(2026, 3, 1), date(2026, 3, 31))

    versions = [policy_for("示例口径", on=date(2026, month, 15)).version for month in (2, 3, 4)]

    assert versions == [1, 2, 1]


def test_versions_count_by_name_and_are_on_record(publish, cast):
    versions = [publish(date(2026, 1, 1)), publish(date(2026, 2, 1)), publish(date(2026, 1, 1), name=" 另一口径 ")]

    assert [(one.name, one.version) for one in versions] == [("示例口径", 1), ("示例口径", 2), ("另一口径", 1)]
    assert AuditEntry.objects.filter(action="planning.policy_added", user=cast.sun).count() == 3


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"source": " "}, ["source"]),
        ({"name": ""}, ["name"]),
        ({"last": date(2025, 12, 31)}, ["effective_to"]),
        ({"hour_minutes": 5, "source": ""}, ["source", "hour_minutes"]),
    ],
)
def test_a_wrong_version_is_refused_at_its_fields(publish, change, fields):
    with pytest.raises(InvalidError) as refusal:
        publish(date(2026, 1, 1), **change)

    assert list(refusal.value.fields) == fields
    assert not StudyPolicy.objects.exists()


@pytest.mark.parametrize("who", ["zhao", "li", "zhou", "wu", "wang", "lu"])
def test_only_the_office_publishes(publish, who):
    with pytest.raises(ForbiddenError):
        publish(date(2026, 1, 1), who=who)

    assert not StudyPolicy.objects.exists()


def test_a_number_that_a_colleague_took_is_refused_and_leaves_no_trace(publish, monkeypatch):
    publish(date(2026, 1, 1))
    entries = AuditEntry.objects.count()
    monkeypatch.setattr(services, "next_version", lambda name: 1)  # what both read at the same time

    with pytest.raises(ConflictError) as refusal:
        publish(date(2026, 2, 1))

    assert refusal.value.code == "policy_version_taken"
    assert (StudyPolicy.objects.count(), AuditEntry.objects.count()) == (1, entries)


def test_an_unknown_version_is_not_found(db):
    import uuid

    with pytest.raises(NotFoundError):
        policy_by_uid(uuid.uuid4())


def test_a_programme_is_added_once_and_runs_by_date(cast):
    category = FundingCategory.objects.create(code="F07", name="示例", valid_from=date(2020, 1, 20), source="示例")
    values = {"name": "示例项目", "department": cast.department, "category": category, "policy_name": "示例口径"}

    made = [add_programme(code="P1", starts_on=date(2026, 5, 1), actor=cast.actor("sun"), **values) for _ in range(2)]

    assert made[0] == made[1]
    assert not programmes_on(date(2026, 4, 30)).exists()
    assert list(programmes_on(date(2026, 5, 1))) == made[:1]
    Programme.objects.update(ends_on=date(2026, 6, 30))
    assert programmes_on(date(2026, 6, 30)).exists()
    assert not programmes_on(date(2026, 7, 1)).exists()
