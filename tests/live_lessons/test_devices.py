"""The check of devices and line: who is let in, how little it moves, and that nothing of it is kept."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from lms.live.rules.probes import MOST_PIECES, PIECE_BYTES

PAGE, DOWN, UP = "/my/devices/", "/my/devices/down/", "/my/devices/up/"


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


def client_of(cast, name):
    client = Client()
    client.force_login(getattr(cast, name))
    return client


def send(client, content):
    return client.post(UP, content, content_type="application/octet-stream")


@pytest.mark.parametrize(("name", "taught"), [("wang", False), ("li", True)])
def test_learners_and_teachers_are_told_what_they_need(cast, name, taught):
    answer = client_of(cast, name).get(PAGE)

    page = answer.content.decode()
    assert ("上课不需要麦克风" in page, 'data-teaches="1"' in page) == (not taught, taught)
    assert answer.headers["Permissions-Policy"] == "camera=(self), microphone=(self)"


def test_a_piece_comes_that_no_line_can_shrink_and_one_goes(cast):
    client = client_of(cast, "wang")
    first, second = client.get(DOWN), client.get(DOWN)

    assert (len(first.content), first.content == second.content) == (PIECE_BYTES, False)
    assert "no-store" in first.headers["Cache-Control"]
    assert send(client, b"x" * PIECE_BYTES).status_code == 204
    assert send(client, b"x" * (PIECE_BYTES + 1)).status_code == 413


def test_visitors_measure_nothing(db):
    visitor = Client()

    assert [visitor.get(path).status_code for path in (PAGE, DOWN)] == [302, 302]
    assert send(visitor, b"x").status_code in {302, 403}


def test_who_measures_too_often_is_told_when_to_go_on(cast):
    client = client_of(cast, "wang")
    for _ in range(MOST_PIECES):
        assert send(client, b"x").status_code == 204

    assert [client.get(DOWN).status_code, send(client, b"x").status_code] == [429, 429]
    assert "请10分钟后再测" in client.get(DOWN).content.decode()
    assert client_of(cast, "li").get(DOWN).status_code == 200


def test_the_lobby_and_the_teachers_page_lead_there(school):
    school.at(18, 40)

    assert f'href="{PAGE}"' in client_of(school.cast, "wang").get(f"/my/live/{school.session.uid}/").content.decode()
    assert (
        f'href="{PAGE}"'
        in client_of(school.cast, "li").get(f"/institution/live/{school.session.uid}/").content.decode()
    )
