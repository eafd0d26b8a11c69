"""Places by date: a certificate of 2018 names the town as it was then."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from lms.access.rules import SYSTEM
from lms.audit.models import AuditEntry
from lms.organisations.models import Division, Organisation
from lms.organisations.queries import divisions_on, institutions
from lms.organisations.services import add_organisation, load_divisions
from lms.planning.services import load_reference

DISTRICT = "370211"


@pytest.fixture
def places(db):
    load_reference()


def names_on(*day):
    return {place.name for place in divisions_on(date(*day), parent=DISTRICT)}


@pytest.mark.parametrize(
    ("day", "name", "other"),
    [
        pytest.param((2018, 6, 1), "王台镇", "王台街道", id="a town in 2018"),
        pytest.param((2023, 6, 1), "王台街道", "王台镇", id="a street district in 2023"),
        pytest.param((2019, 10, 31), "王台镇", "王台街道", id="the last day of the old"),
        pytest.param((2019, 11, 1), "王台街道", "王台镇", id="the first day of the new"),
        pytest.param((2018, 6, 1), "张家楼镇", "张家楼街道", id="the neighbour in 2018"),
        pytest.param((2020, 6, 30), "藏南镇", "藏马镇", id="before the new name"),
        pytest.param((2020, 7, 1), "藏马镇", "藏南镇", id="under the new name"),
    ],
)
def test_a_place_has_the_name_of_its_day(places, day, name, other):
    names = names_on(*day)

    assert name in names
    assert other not in names


def test_a_new_name_keeps_the_code(places):
    codes = {place.name: place.code for place in Division.objects.filter(name__in=["藏南镇", "藏马镇"])}

    assert codes["藏南镇"] == codes["藏马镇"]


@pytest.mark.parametrize("year", [2015, 2018, 2020, 2023, 2026])
def test_a_code_means_one_place_on_any_day(places, year):
    codes = [place.code for place in divisions_on(date(year, 7, 1))]

    assert len(codes) == len(set(codes)) > 20
    assert codes == sorted(codes)


def test_every_place_hangs_under_a_known_one_and_names_its_source(places):
    known = set(Division.objects.values_list("code", flat=True)) | {""}

    assert set(Division.objects.values_list("parent_code", flat=True)) <= known
    assert not Division.objects.filter(source="").exists()


def test_a_closed_place_is_corrected_in_place(db):
    row = {"code": "1", "name": "甲镇", "parent_code": "", "valid_from": "2013-01-01", "source": "示例"}

    assert [load_divisions([row]), load_divisions([row | {"valid_to": "2019-10-31"}])] == [1, 0]
    assert Division.objects.get().valid_to == date(2019, 10, 31)


def test_a_unit_is_registered_once(db):
    values = {"kind": "institution", "name": "示例学校", "short_name": "示例", "actor": SYSTEM}

    first, second = add_organisation(**values), add_organisation(**values)

    assert first == second
    assert list(institutions()) == [first]
    assert AuditEntry.objects.filter(action="organisations.added", target_uid=first.uid).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(kind="institution", name="示例学校", short_name="又一个")
