"""Documents that a live lesson shares: chosen from the institution's collection, downloaded by the room's members."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.services.tree import open_studio
from lms.access.rules import SYSTEM
from lms.live.models import Replay, RoomFile, RoomMember
from lms.live.services import end_live
from tests.courses.test_documents import make_document
from tests.live_lessons.rooms import REASON, Caller, classmate


@pytest.fixture
def sheet(room):
    open_studio(institution=room.cast.institution_a, actor=SYSTEM)
    return make_document(room.cast.institution_a)


@pytest.fixture
def theirs(room):
    open_studio(institution=room.cast.institution_b, actor=SYSTEM)
    return make_document(room.cast.institution_b, title="乙校的表")


@pytest.fixture
def mate(room):
    caller = Caller(classmate(room, 1)[0], room.session)
    caller.enter()
    return caller


def share(caller, document, **more):
    return caller.post("/files", {"document": document.pk} | more)


def got(caller, document):
    return caller.client.get(document.url).status_code


def test_members_download_what_is_shared_and_nobody_else(room, li, wang, sheet):
    outside = Caller(classmate(room, 2)[0], room.session)
    assert [one["title"] for one in li.get("/documents?q=检查").json()["items"]] == ["焊机检查表"]
    assert got(wang, sheet) == 404
    version = wang.state()["version"]

    made = share(li, sheet).json()
    assert (made["kind"], made["in_replay"], made["url"]) == ("PDF", True, sheet.url)
    assert share(li, sheet).json() == made
    state = wang.state(version)
    assert ([one["id"] for one in state["files"]], state["version"]) == ([made["id"]], version + 1)
    assert (got(wang, sheet), got(outside, sheet), got(Caller(room.cast.lu, room.session), sheet)) == (200, 404, 404)

    assert li.post(f"/files/{made['id']}", method="delete").status_code == 204
    assert (wang.state()["files"], got(wang, sheet)) == ([], 404)
    assert li.post(f"/files/{made['id']}", method="delete").json()["code"] == "file_not_found"


def test_who_was_sent_out_or_left_the_class_gets_it_no_more(room, li, wang, mate, sheet):
    share(li, sheet)
    member = RoomMember.objects.get(user=mate.user)
    li.post(f"/members/{member.uid}/removal", {"reason": REASON})
    room.wang.state = "withdrawn"
    room.wang.save(update_fields=["state"])

    assert (got(mate, sheet), got(wang, sheet)) == (404, 404)


def test_only_documents_of_the_institution_are_shared_by_who_leads(room, li, wang, sheet, theirs):
    refused = share(li, theirs)
    assert (refused.status_code, refused.json()["code"]) == (422, "document_not_ours")
    assert "课程制作" in refused.json()["fields"]["document"]
    assert li.get("/documents?q=乙校").json()["items"] == []
    assert {share(wang, sheet).json()["code"], wang.get("/documents").json()["code"]} == {"not_leading"}
    lu = Caller(room.cast.lu, room.session)
    assert {lu.get("/documents").status_code, share(lu, sheet).status_code} == {404}
    made = share(li, sheet).json()["id"]
    refused = [
        wang.post(f"/files/{made}", method="delete"), wang.post(f"/files/{made}", {"in_replay": False}, "patch"),
        lu.post(f"/files/{made}", method="delete"),
    ]  # fmt: skip
    assert ({one.status_code for one in refused}, RoomFile.objects.get().removed_at) == ({403, 404}, None)


def test_files_are_laid_ready_before_the_door_opens(school, cast):
    open_studio(institution=cast.institution_a, actor=SYSTEM)
    sheet = make_document(cast.institution_a)

    assert share(Caller(cast.li, school.session), sheet).status_code == 200
    assert got(Caller(cast.wang, school.session), sheet) == 404


def test_a_replay_offers_what_was_chosen_for_it(room, li, wang, sheet):
    late = Caller(classmate(room, 3)[0], room.session)
    made = share(li, sheet, in_replay=False).json()
    room.at(19, 30)
    end_live(session=room.session, actor=room.cast.actor("li"))
    li, wang, late = (Caller(one.user, room.session) for one in (li, wang, late))  # a sign-in ends after a while
    video = Replay.objects.create(session=room.session)
    assert (got(wang, sheet), got(late, sheet)) == (200, 404)

    shown_at = room.session.starts_at
    film = make_film(room)
    Replay.objects.filter(pk=video.pk).update(
        state="made", video=film, first_published_at=shown_at, published_at=shown_at
    )  # fmt: skip
    assert got(late, sheet) == 404
    assert li.post(f"/files/{made['id']}", {"in_replay": True}, "patch").json()["in_replay"] is True
    assert got(late, sheet) == 200
    page = li.client.get(f"/institution/live/{room.session.uid}/replay/").content.decode()
    assert "焊机检查表" in page
    assert "焊机检查表" in late.client.get(f"/my/live/{room.session.uid}/replay/").content.decode()

    gone = li.client.post(f"/institution/live/{room.session.uid}/replay/files/", {"file": made["id"]})
    assert (gone.status_code, got(late, sheet)) == (302, 404)
    again = li.client.post(f"/institution/live/{room.session.uid}/replay/files/", {"file": "x"})
    assert again.status_code == 404


def make_film(room):
    from courses.models import Video

    return Video.objects.create(
        institution=room.cast.institution_a, title="回放", source_name="a.mkv", state=Video.State.READY,
        duration_ms=60_000,
    )  # fmt: skip


def test_the_state_costs_the_same_for_5_and_50_documents_and_files(room, li, sheet):
    costs, listing = [], []
    share(li, sheet)
    li.state()
    li.get("/documents")
    for more in (5, 45):
        for number in range(more):
            document = make_document(room.cast.institution_a, title=f"表{more}-{number}")
            if more == 5 or number < 10:
                share(li, document)
        for found, work in ((costs, li.state), (listing, lambda: li.get("/documents"))):
            with CaptureQueriesContext(connection) as caught:
                work()
            found.append(len(caught))

    assert (costs[0], listing[0]) == (costs[1], listing[1])
    for number in range(5):
        share(li, make_document(room.cast.institution_a, title=f"又一份{number}"))
    assert share(li, make_document(room.cast.institution_a, title="太多")).json()["code"] == "too_many_files"
