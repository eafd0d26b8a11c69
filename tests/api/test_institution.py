"""An institution's staff bring a roster and submit a class over the API, and nobody else does."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.classes.models import RosterRow, TrainingClass
from tests.api.contract import check
from tests.cast import document_number
from tests.classes.stage import filed, row, sheet

LIST = "/api/v1/institution/classes"


@pytest.fixture
def draft(cast, site_root, at, settings):
    settings.STAFF_MFA_REQUIRED = False
    at(2026, 5, 1, 9, 0)
    return filed(cast, site_root)


def caller(user):
    client = Client()
    client.force_login(user)
    return client


def asked(client, method, path, **body):
    answer = getattr(client, method)(path, body)
    return answer.status_code, check(method, path, answer)


def upload(client, draft, *rows, **more):
    file = SimpleUploadedFile("名册.xlsx", sheet(*rows))
    return asked(client, "post", f"{LIST}/{draft.uid}/roster", file=file, **more)


def test_a_class_goes_from_roster_to_the_office(cast, draft):
    zhao = caller(cast.zhao)
    assert asked(zhao, "get", LIST)[1]["items"][0]["state"] == "draft"
    status, refused = asked(zhao, "post", f"{LIST}/{draft.uid}/submit")
    assert (status, refused["code"]) == (422, "class_incomplete")
    assert asked(zhao, "get", f"{LIST}/{draft.uid}")[1]["missing"] == ["名册里还没有学员。"]

    assert upload(zhao, draft, row(31), row(32)) == (201, {"added": 2, "removed": 0})
    assert upload(zhao, draft, row(33), row(34), row(35), replaces="true") == (201, {"added": 3, "removed": 2})
    listed = asked(zhao, "get", f"{LIST}/{draft.uid}/roster")[1]
    first = listed["items"][0]
    assert (listed["total"], first["name"]) == (3, row(33)[1])
    assert document_number(33) not in str(listed)
    assert asked(zhao, "delete", f"{LIST}/{draft.uid}/roster/{first['uid']}")[0] == 204

    status, sent = asked(zhao, "post", f"{LIST}/{draft.uid}/submit")
    assert (status, sent["state"], sent["roster_count"], sent["is_editable"]) == (200, "submitted", 2, False)
    assert [one["kind"] for one in sent["decisions"]] == ["submitted"]
    assert asked(zhao, "get", f"{LIST}?state=draft")[1]["total"] == 0


def test_one_bad_row_keeps_the_roster_as_it_was_and_is_named(cast, draft):
    zhao = caller(cast.zhao)
    upload(zhao, draft, row(31))

    status, refused = upload(zhao, draft, row(32), row(33, number="123"), replaces="true")

    assert (status, refused["code"], len(refused["fields"])) == (422, "roster_rows", 1)
    ((place, sentence),) = refused["fields"].items()
    assert place.startswith("file.3.")
    assert "证件号码" in place + sentence
    assert [one.name for one in RosterRow.objects.all()] == [row(31)[1]]
    assert upload(zhao, draft)[1]["code"] == "roster_empty"
    assert asked(zhao, "post", f"{LIST}/{draft.uid}/roster")[1]["fields"]["file"]


@pytest.mark.parametrize("who", ["wang", "lu", "li", "qian", "sun", "chen", "zhou", "wu", "feng"])
def test_nobody_else_changes_anything(cast, draft, who):
    upload(caller(cast.zhao), draft, row(31))
    kept = RosterRow.objects.get()
    client = caller(getattr(cast, who))

    for method, path in (("post", "/submit"), ("delete", f"/roster/{kept.uid}")):
        assert asked(client, method, f"{LIST}/{draft.uid}{path}")[0] in {403, 404}
    assert upload(client, draft, row(32))[0] in {403, 404}
    assert asked(client, "get", f"{LIST}/{draft.uid}/roster")[0] in {403, 404}
    assert (RosterRow.objects.get(), TrainingClass.objects.get().state) == (kept, "draft")


def test_a_roster_costs_the_same_for_much_as_for_little(cast, draft):
    zhao, costs = caller(cast.zhao), []
    for count in (5, 50):
        upload(zhao, draft, *(row(one) for one in range(100, 100 + count)), replaces="true")
        asked(zhao, "get", f"{LIST}/{draft.uid}/roster")
        with CaptureQueriesContext(connection) as caught:
            assert len(asked(zhao, "get", f"{LIST}/{draft.uid}/roster")[1]["items"]) == count
        costs.append(len(caught))

    assert costs[0] == costs[1]
