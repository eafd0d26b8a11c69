"""Catalogue, course page and player cost as many queries for much as for little."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import MINUTE, make_class, make_course_version, make_enrolment


def cost(client: Client, path: str) -> int:
    """Return the queries of a page, once everything that is read only once has been read."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as caught:
        client.get(path)
    return len(caught)


@pytest.mark.parametrize("path", ["/", "/courses/", "/courses/?q=hangong&level=1&sort=learners"])
def test_lists_of_courses(cast, site_root, path):
    costs = []
    for more in (5, 45):
        for _ in range(more):
            make_course_version(site_root, cast.institution_a)
        costs.append(cost(Client(), path))

    assert costs[0] == costs[1]


def versions(cast, site_root):
    return [
        make_course_version(site_root, cast.institution_a, lessons=(("video", MINUTE),) * count) for count in (5, 50)
    ]


def test_a_course(cast, site_root):
    few, many = (cost(Client(), f"/courses/{one.course.uid}/") for one in versions(cast, site_root))

    assert few == many


def test_the_player(cast, site_root, client):
    client.force_login(cast.wang)
    costs = []
    for version in versions(cast, site_root):
        held = make_class(version, cast.department)
        make_enrolment(held, cast.wang.person)
        costs.append(cost(client, f"/learn/{held.uid}/{version.lessons.all()[0].lesson_uid}/"))

    assert costs[0] == costs[1]
