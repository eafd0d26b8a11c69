"""Slides of a room: a PDF becomes pages, which are turned and pointed at for everybody in step."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from lms.audit.models import AuditEntry
from lms.kernel import jobs
from lms.kernel.models import Job
from lms.live.models import PageTurn, Room, SlideDeck
from lms.live.services import end_live
from tests.live_lessons.papers import pdf
from tests.live_lessons.rooms import Caller


def upload(caller, content, name="第一章 焊条.pdf"):
    return caller.client.post(caller.path("/decks"), {"file": SimpleUploadedFile(name, content, "application/pdf")})


def drawn(caller, content):
    """Have slides uploaded and drawn; return what the teacher sees of them."""
    made = upload(caller, content)
    assert made.status_code == 201, made.content.decode()
    jobs.run(Job.objects.get(task="lms.live.tasks.draw_slides", state="queued").uid)
    return next(one for one in caller.get("/decks").json() if one["id"] == made.json()["id"])


def show(caller, deck, page):
    return caller.post("/slide", {"deck": deck, "page": page}, "put")


def test_pages_are_drawn_and_turned_for_everybody(room, li, wang):
    deck = drawn(li, pdf())
    assert (deck["state"], deck["name"], deck["page_count"]) == ("ready", "第一章 焊条", 3)
    assert wang.state()["slide"] is None
    before = wang.state()["version"]

    room.traveller.advance(seconds=60)
    assert show(li, deck["id"], 1).status_code == 200
    room.traveller.advance(seconds=30)
    for _ in range(2):
        shown = show(li, deck["id"], 2).json()
    assert shown["version"] == before + 2
    assert {key: wang.state()["slide"][key] for key in ("page", "page_count", "spot")} == {
        "page": 2, "page_count": 3, "spot": None,
    }  # fmt: skip

    picture = wang.client.get(f"/live/{room.session.uid}/slides/{deck['id']}/2.jpg")
    image = Image.open(io.BytesIO(b"".join(picture)))
    assert (picture["Content-Type"], max(image.size)) == ("image/jpeg", 1600)

    show(li, None, 0)
    turns = wang.get("/slides").json()
    assert [one["page"] for one in turns] == [1, 2, None]
    assert PageTurn.objects.get(page=2).at - PageTurn.objects.get(page=1).at == timedelta(seconds=30)


def test_who_points_is_seen_without_a_new_version(li, wang):
    deck = drawn(li, pdf(1))
    version = show(li, deck["id"], 1).json()["version"]
    etag = wang.get("?since=0").headers["ETag"]

    pointed = li.post("/slide/spot", {"spot": [250, 2000]}, "put").json()

    assert (pointed["version"], pointed["slide"]["spot"]) == (version, [250, 1000])
    again = wang.get("?since=0", **{"If-None-Match": etag})
    assert (again.status_code, again.json()["slide"]["spot"]) == (200, [250, 1000])
    assert li.post("/slide/spot", {"spot": None}, "put").json()["slide"]["spot"] is None


def test_only_leaders_show_slides(room, li, wang):
    deck = drawn(li, pdf(1))
    for answer in (upload(wang, pdf(1)), show(wang, deck["id"], 1), wang.post("/slide/spot", {"spot": [1, 1]}, "put")):
        assert answer.json()["code"] == "not_leading"
    assert wang.get("/decks").json()["code"] == "not_leading"
    assert wang.client.delete(wang.path(f"/decks/{deck['id']}")).json()["code"] == "not_leading"
    assert (SlideDeck.objects.count(), PageTurn.objects.count(), Room.objects.get().page) == (1, 0, None)

    li.client.force_login(room.cast.lu)
    assert li.client.get(f"/live/{room.session.uid}/slides/{deck['id']}/1.jpg").status_code == 404


def test_what_is_no_pdf_is_refused_where_it_is_chosen(li):
    refused = upload(li, b"PK\x03\x04", "讲义.pdf")

    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["file"])
    assert not SlideDeck.objects.exists()


@pytest.mark.parametrize("content", [b"%PDF-1.7\n broken", pdf(1)[:200]], ids=["without pages", "cut short"])
def test_a_broken_pdf_says_what_to_do(li, content):
    deck = drawn(li, content)

    assert (deck["state"], "另存为PDF" in deck["error"]) == ("refused", True)
    assert show(li, deck["id"], 1).json()["code"] == "deck_not_ready"


def test_a_page_beyond_the_deck_is_refused(li):
    deck = drawn(li, pdf(2))

    assert show(li, deck["id"], 3).json()["fields"] == {"page": "这份课件只有第1至2页。"}
    assert show(li, deck["id"], 0).status_code == 422


def test_removed_slides_are_shown_no_more_and_keep_their_turns(li, wang):
    deck = drawn(li, pdf(1))
    show(li, deck["id"], 1)

    assert li.client.delete(li.path(f"/decks/{deck['id']}")).status_code == 204

    assert (wang.state()["slide"], li.get("/decks").json()) == (None, [])
    assert [one["page"] for one in wang.get("/slides").json()] == [1, None]
    assert show(li, deck["id"], 1).json()["code"] == "deck_not_found"


def test_slides_are_laid_ready_the_day_before(school):
    early = Caller(school.cast.li, school.session)

    deck = drawn(early, pdf(2))

    assert (deck["state"], deck["page_count"]) == ("ready", 2)
    picture = f"/live/{school.session.uid}/slides/{deck['id']}/1.jpg"
    assert early.client.get(picture).status_code == 200
    assert show(early, deck["id"], 1).json()["code"] == "room_not_open"
    waiting = Caller(school.cast.wang, school.session)
    assert waiting.get("/decks").json()["code"] == upload(waiting, pdf(1)).json()["code"] == "not_leading"
    assert waiting.client.get(picture).status_code == 403
    assert early.client.delete(early.path(f"/decks/{deck['id']}")).status_code == 204


def test_slides_keep_the_order_they_are_given(li, wang):
    first, second, third = (upload(li, pdf(1), f"第{number}份.pdf").json()["id"] for number in "一二三")

    ordered = li.post("/decks/order", {"decks": [third, first]}, "put").json()

    assert [one["id"] for one in ordered] == [one["id"] for one in li.get("/decks").json()] == [third, first, second]
    assert upload(li, pdf(1)).json()["id"] == li.get("/decks").json()[-1]["id"]
    assert wang.post("/decks/order", {"decks": [first]}, "put").json()["code"] == "not_leading"
    assert li.post("/decks/order", {"decks": [str(uuid4())]}, "put").json()["code"] == "deck_not_found"


def test_ordering_many_costs_no_more_queries_than_few(room, li):
    costs, order = [], []
    li.post("/decks/order", {"decks": []}, "put")  # what is read once a process is read
    for count in (5, 45):
        made = [SlideDeck.objects.create(session=room.session, name="课件", source_path="x") for _ in range(count)]
        order = [*(str(one.uid) for one in made), *order]
        with CaptureQueriesContext(connection) as caught:
            assert li.post("/decks/order", {"decks": order}, "put").status_code == 200
        costs.append(len(caught))

    assert costs[0] == costs[1]


def test_a_lesson_that_is_over_takes_no_more_slides(room, li):
    deck = upload(li, pdf(1)).json()["id"]
    end_live(session=room.now(), actor=room.cast.actor("li"))

    for answer in (upload(li, pdf(1)), li.client.delete(li.path(f"/decks/{deck}"))):
        assert (answer.status_code, answer.json()["code"]) == (409, "live_ended")
    assert [one["id"] for one in li.get("/decks").json()] == [deck]


def test_what_is_large_is_told_to_everybody_and_restricts_nobody(li, wang):
    assert wang.state()["room"]["emphasis"] == "slides"
    version = wang.state()["version"]

    assert li.post("", {"emphasis": "picture"}, "patch").json()["emphasis"] == "picture"

    assert (wang.state()["room"]["emphasis"], wang.state()["version"]) == ("picture", version + 1)
    assert not AuditEntry.objects.filter(action="live.room_set").exists()
    assert li.post("", {"emphasis": "both"}, "patch").status_code == 422
    assert wang.post("", {"emphasis": "slides"}, "patch").json()["code"] == "not_leading"
