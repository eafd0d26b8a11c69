"""Every role at every address: what a view states is what happens, and nobody of B learns anything of A (S1)."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from lms.access.rules import Role
from lms.access.views import PUBLIC, SIGNED_IN
from tests import weights
from tests.doors import PLACE, SECRET, World, make_world, own_doors, wagtail_doors

pytestmark = pytest.mark.sqlite

ROLES = {
    None: None,
    "wang": Role.LEARNER,
    "lu": Role.LEARNER,
    "li": Role.INSTRUCTOR,
    "zhao": Role.INSTITUTION,
    "qian": Role.INSTITUTION,
    "sun": Role.OFFICE_MAKER,
    "chen": Role.OFFICE_CHECKER,
    "zhou": Role.DEPARTMENT,
    "wu": Role.AUDITOR,
    "feng": Role.ENTERPRISE,
}
REFUSED = {403, 404, 405}
SEEN_BY_ALL = ("courses/", "catalogues/", "media/", "office/policies/")


@pytest.fixture
def world(cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    return make_world(cast, site_root)


def client_of(world: World, name: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if name:
        client.force_login(getattr(world.cast, name))
    return client


@pytest.mark.parametrize("door", own_doors(), ids=lambda door: door.route)
def test_every_view_of_ours_states_who_may_use_it(door):
    assert door.open_to is not None


@pytest.mark.parametrize("name", ROLES, ids=str)
def test_a_view_does_what_it_states_and_its_page_is_light(world, name):
    client, wrong, heavy = client_of(world, name), [], []

    for door in own_doors():
        path, stated = world.path(door), door.open_to or frozenset()
        answer = client.get(path)
        status = answer.status_code
        if status == 200 and answer.headers["Content-Type"].startswith("text/html"):
            heavy += weights.problems(path, answer.content)
        is_invited = bool(stated & PUBLIC) or (name is not None and bool(stated & SIGNED_IN or ROLES[name] in stated))
        if (
            status >= 500
            or (is_invited and status == 401)
            or not is_invited
            and status not in (REFUSED | {302} if name is None else REFUSED)
        ):
            wrong.append((path, status))

    assert wrong == []
    assert heavy == []


@pytest.mark.parametrize("name", ["qian", "lu"], ids=["institution B", "a stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_reach_nothing_of_what_belongs_to_a(world, name, method):
    client, reached = client_of(world, name), []
    scoped = [
        door for door in own_doors() if door.has_places and not door.route.startswith((*SEEN_BY_ALL, "accounts/"))
    ]

    for door in scoped:
        answer = getattr(client, method)(world.path(door))
        if answer.headers.get("Location", "").startswith("/my/identity/"):
            continue  # without a real name the way leads there, whatever the address
        if answer.status_code not in REFUSED or SECRET in answer.content.decode(errors="replace"):
            reached.append((door.route, answer.status_code))

    assert len(scoped) > 20
    assert reached == []


@pytest.mark.parametrize("name", ROLES, ids=str)
def test_an_unknown_uid_is_refused_and_never_a_fault(world, name):
    client, faults = client_of(world, name), []

    for door in own_doors():
        if "<uuid:" in door.route:
            path = "/" + PLACE.sub(lambda match: str(uuid.uuid4()) if match[1] == "uuid" else "1", door.route)
            statuses = [client.get(path).status_code, client.post(path).status_code]
            if max(statuses) >= 500 or 200 in statuses:
                faults.append((door.route, statuses))

    assert faults == []


@pytest.mark.parametrize("name", ["li", "zhao", "qian"])
def test_staff_reach_only_the_allowed_part_of_the_studio(world, name):
    """In Wagtail's admin everything beyond the fence is 404, and B's staff never read A's secret anywhere."""
    client, wrong, reached = client_of(world, name), [], 0

    for door in wagtail_doors():
        answer = client.get(world.path(door))
        reached += answer.status_code == 200
        if answer.status_code >= 500:
            wrong.append((door.route, answer.status_code))
        if name == "qian" and answer.status_code == 200 and SECRET in answer.content.decode(errors="replace"):
            wrong.append((door.route, "tells the secret"))
        if "user" in door.route.split("/") and answer.status_code == 200:
            wrong.append((door.route, "user administration"))

    assert wrong == []
    assert 0 < reached < 40


@pytest.mark.parametrize("name", [None, "wang", "lu", "sun", "chen", "zhou", "wu", "feng"], ids=str)
def test_nobody_else_gets_into_the_studio(world, name):
    client = client_of(world, name)

    inside = [
        door.route
        for door in wagtail_doors()
        if client.get(world.path(door)).status_code == 200 and not door.route.startswith(("cms/jsi18n", "cms/sprite"))
    ]

    assert inside == []
