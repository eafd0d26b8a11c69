"""Files that arrive in parts: every refusal of the protocol, owners, room, expiry, and the video at the end."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.urls import reverse

from courses.models import Upload, UploadQuota, Video
from courses.queries.uploads import KEPT, room_of
from courses.rules.uploads import GIGABYTE, SUFFIXES, begins_like_video, is_video_name, size_text, title_of
from courses.services.quotas import NoRoomError, set_quota
from courses.services.uploads import MOST_OPEN, ChecksumError, Chunk, expire_uploads, receive_chunk
from courses.services.videos import upload_video
from courses.stores import parts
from lms.audit.models import AuditEntry
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError
from tests.courses.media import make_video

TUS = {"Tus-Resumable": "1.0.0"}
HEAD = b"\x00\x00\x00\x18ftypmp42"
FILM = HEAD + bytes(range(256)) * 4


@pytest.fixture
def li(client, cast):
    client.force_login(cast.li)
    return client


def metadata(**values):
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def begin(client, length=1036, *, name="焊前检查.mp4", **said):
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(filename=name, **said)}
    return client.post(reverse("uploads"), headers=headers)


def send(client, address, offset, data, **headers):
    return client.patch(
        address,
        data=data,
        content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": str(offset), **headers},
    )


def checksum(data, algorithm="sha256"):
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"}


def stored(upload):
    return parts.place(upload.path).read_bytes()


@pytest.fixture
def address(li):
    return begin(li)["Location"]


# --- the way through -------------------------------------------------------------------------------------------------


def test_a_file_in_parts_becomes_a_video(li, cast, tmp_path, django_capture_on_commit_callbacks):
    film = make_video(tmp_path / "film.mp4", seconds=1).read_bytes()
    begun = begin(li, len(film), title="焊前检查（一）", fingerprint="film.mp4|1|2")
    address, cut = begun["Location"], len(film) * 6 // 10

    first = send(li, address, 0, film[:cut], **checksum(film[:cut]))
    told = li.head(address, headers=TUS)
    with django_capture_on_commit_callbacks(execute=True):
        last = send(li, address, cut, film[cut:], **checksum(film[cut:], "sha1"))

    assert (begun.status_code, first.status_code, first["Upload-Offset"]) == (201, 204, str(cut))
    assert (told.status_code, told["Upload-Offset"], told["Upload-Length"]) == (200, str(cut), str(len(film)))
    assert told["Cache-Control"] == "no-store"
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(film)))
    video = Video.objects.get()
    assert last["Upload-Video"] == reverse("studio:video", args=[video.uid])
    assert (video.title, video.source_name, video.size_bytes) == ("焊前检查（一）", "焊前检查.mp4", len(film))
    assert (video.institution, video.uploaded_by, video.state) == (cast.institution_a, cast.li, Video.State.READY)
    with storages["private"].open(video.source_path) as kept:
        assert kept.read() == film


def test_the_endpoint_says_what_it_understands(li):
    told = li.options(reverse("uploads"))

    assert (told.status_code, told["Tus-Version"]) == (204, "1.0.0")
    assert told["Tus-Extension"] == "creation,checksum,expiration,termination"
    assert told["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert told["Tus-Max-Size"] == str(2 * GIGABYTE)


def test_without_a_title_the_name_is_the_title(address):
    assert Upload.objects.get().title == "焊前检查"


def test_a_part_may_come_by_post_where_proxies_know_no_patch(li, address):
    headers = {**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}

    answer = li.post(address, FILM[:20], content_type="application/offset+octet-stream", headers=headers)

    assert (answer.status_code, answer["Upload-Offset"]) == (204, "20")


def test_the_title_changes_while_the_file_comes_and_afterwards(li, address):
    li.post(address + "title/", {"title": "新标题"})
    send(li, address, 0, FILM)
    li.post(address + "title/", {"title": "又一个"})
    empty = li.post(address + "title/", {"title": " "})
    unkept = li.post(address + "title/", {"title": "片\0"})

    assert (Upload.objects.get().title, Video.objects.get().title) == ("又一个", "又一个")
    assert (empty.status_code, empty.json()["detail"]) == (422, "请填写视频标题。")
    assert (unkept.status_code, unkept.json()["code"]) == (422, "control_character")


def test_a_finish_that_was_lost_is_made_up_for_when_asked(li, address):
    """The server died between the last byte and the row: the browser asks how far it is and finds a video."""
    with parts.writing(Upload.objects.get().path) as part:
        part.append(FILM)

    told = li.head(address, headers=TUS)

    assert told["Upload-Offset"] == str(len(FILM))
    assert told["Upload-Video"] == reverse("studio:video", args=[Video.objects.get().uid])


def test_the_last_part_twice_makes_one_video(li, address):
    send(li, address, 0, FILM)

    again = send(
        li, address, len(FILM), b"", **{"Content-Type": "application/offset+octet-stream", "Content-Length": "0"}
    )

    assert again.status_code == 204
    assert Video.objects.count() == 1


# --- refusals --------------------------------------------------------------------------------------------------------


def refused(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"Tus-Resumable": "0.2.2"}, (412, "protocol_version"), id="another version"),
        pytest.param({"Upload-Length": None}, (400, "length_missing"), id="a length to come later"),
        pytest.param({"Upload-Length": "12x"}, (400, "malformed"), id="a length that is no number"),
        pytest.param({"Upload-Length": "0"}, (422, "empty_file"), id="an empty file"),
        pytest.param({"Upload-Length": str(2 * GIGABYTE + 1)}, (413, "too_large"), id="more than 2 GB"),
        pytest.param({"Upload-Metadata": "filename §"}, (400, "metadata"), id="metadata that cannot be read"),
        pytest.param({"Upload-Metadata": metadata(filename="a.exe")}, (415, "not_a_video"), id="a program"),
        pytest.param(
            {"Upload-Metadata": metadata(filename="a\0.mp4")},
            (422, "control_character"),
            id="a name that cannot be kept",
        ),
        pytest.param(
            {"Upload-Metadata": metadata(filename="a.mp4", title="片\0")},
            (422, "control_character"),
            id="a title that cannot be kept",
        ),
        pytest.param({"Upload-Metadata": metadata(filename="mp4")}, (415, "not_a_video"), id="no ending"),
    ],
)
def test_nothing_begins_that_could_not_end(li, headers, expected):
    every = {**TUS, "Upload-Length": "9", "Upload-Metadata": metadata(filename="a.mp4"), **headers}

    answer = li.post(reverse("uploads"), headers={name: value for name, value in every.items() if value is not None})

    assert refused(answer) == expected
    assert not Upload.objects.exists()
    assert answer["Tus-Resumable"] == "1.0.0"


@pytest.mark.parametrize(
    ("data", "headers", "expected"),
    [
        pytest.param(FILM[10:20], {"Upload-Offset": "9"}, (409, "offset_mismatch"), id="a gap or an overlap"),
        pytest.param(FILM[10:20], {"Upload-Offset": "-1"}, (400, "malformed"), id="an offset that is no number"),
        pytest.param(FILM, {}, (413, "too_large"), id="more than was announced"),
        pytest.param(FILM[10:20], {"Tus-Resumable": "2"}, (412, "protocol_version"), id="another version"),
        pytest.param(FILM[10:20], checksum(b"else"), (460, "checksum_mismatch"), id="changed on the way"),
        pytest.param(FILM[10:20], {"Upload-Checksum": "md5 AAAA"}, (400, "checksum"), id="an unknown algorithm"),
        pytest.param(FILM[10:20], {"Upload-Checksum": "sha1 §"}, (400, "checksum"), id="an unreadable checksum"),
        pytest.param(FILM[10:20], {"Upload-Checksum": "sha1"}, (400, "checksum"), id="no checksum after its name"),
    ],
)
def test_a_refused_part_leaves_nothing(li, address, data, headers, expected):
    send(li, address, 0, FILM[:10])

    answer = send(li, address, 10, data, **headers)

    assert refused(answer) == expected
    assert stored(Upload.objects.get()) == FILM[:10]


def test_a_wrong_offset_is_told_the_right_one(li, address):
    send(li, address, 0, FILM[:10])

    assert send(li, address, 0, FILM[:10])["Upload-Offset"] == "10"


def test_a_part_is_no_larger_than_a_chunk(li, address, settings):
    settings.UPLOAD_CHUNK_BYTES = 99

    assert refused(send(li, address, 0, FILM[:100])) == (413, "too_large")
    assert send(li, address, 0, FILM[:99]).status_code == 204


def test_a_part_says_that_it_is_one(li, address):
    answer = li.patch(address, FILM, content_type="video/mp4", headers={**TUS, "Upload-Offset": "0"})

    assert refused(answer) == (415, "content_type")


def test_two_writers_of_one_file_are_one_too_many(li, address):
    with parts.place(Upload.objects.get().path).open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        meanwhile = send(li, address, 0, FILM[:10])

    assert refused(meanwhile) == (423, "upload_locked")
    assert send(li, address, 0, FILM[:10]).status_code == 204


@pytest.mark.parametrize(("digest", "left"), [(b"", 10), (b"x" * 32, 0)], ids=["without", "with a checksum"])
def test_of_a_part_that_breaks_off_only_what_cannot_be_checked_is_kept(li, cast, address, digest, left):
    upload, sent = Upload.objects.get(), iter([FILM[:10]])

    def read(size):
        try:
            return next(sent)
        except StopIteration:
            raise OSError("the line broke") from None

    chunk = Chunk(offset=0, size=30, read=read, algorithm="sha256" if digest else "", digest=digest)
    with nullcontext() if not digest else pytest.raises(ChecksumError):
        receive_chunk(upload=upload, chunk=chunk, actor=cast.actor("li"))

    assert stored(upload) == FILM[:left]


@pytest.mark.parametrize("method", ["get", "put", "post"])
def test_other_methods_are_not_known(li, address, method):
    answer = getattr(li, method)(address, headers=TUS)

    assert (answer.status_code, answer["Allow"]) == (405, "HEAD, PATCH, DELETE")


def test_a_file_that_lies_is_refused_at_its_first_part(li, cast, django_capture_on_commit_callbacks):
    text = b"ffconcat version 1.0\nfile other/source\n" * 50
    address = begin(li, 10 * len(text))["Location"]

    with django_capture_on_commit_callbacks(execute=True):
        answer = send(li, address, 0, text)

    upload = Upload.objects.get()
    assert refused(answer) == (415, "not_a_video")
    assert (upload.state, upload.reason) == (Upload.State.REFUSED, answer.json()["detail"])
    assert not parts.place(upload.path).exists()
    assert room_of(cast.institution_a).used == 0
    assert li.head(address, headers=TUS).status_code == 415


def test_a_file_that_lies_well_is_refused_by_the_probe(li, django_capture_on_commit_callbacks):
    address = begin(li)["Location"]

    with django_capture_on_commit_callbacks(execute=True):
        send(li, address, 0, FILM)

    video = Video.objects.get()
    assert video.state == Video.State.REFUSED
    assert video.error == "这不是可以识别的视频文件，或文件已损坏。请上传 MP4、MOV、MKV 等常见视频。"


# --- owners ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["zhao", "qian"], ids=["a colleague", "institution B"])
def test_somebody_elses_upload_does_not_exist(li, address, client, cast, who):
    client.force_login(getattr(cast, who))

    answers = [
        client.head(address, headers=TUS),
        send(client, address, 0, FILM[:10]),
        client.delete(address, headers=TUS),
        client.post(address + "title/", {"title": "别人的"}),
    ]

    upload = Upload.objects.get()
    assert [answer.status_code for answer in answers] == [404] * 4
    assert (upload.title, upload.state, stored(upload)) == ("焊前检查", Upload.State.OPEN, b"")


def test_nobody_uploads_for_another_institution(li, cast):
    assert refused(begin(li, institution=str(cast.institution_b.pk))) == (404, "institution_not_found")
    assert not Upload.objects.exists()


@pytest.mark.parametrize("who", [None, "wang", "chen"], ids=["a visitor", "a learner", "the office"])
def test_others_are_refused_in_words_a_program_reads(client, cast, who):
    if who:
        client.force_login(getattr(cast, who))

    answer = begin(client)

    assert refused(answer) == (403, "forbidden" if who else "signed_out")
    assert not Upload.objects.exists()


# --- room ------------------------------------------------------------------------------------------------------------


def grant(cast, gigabytes):
    set_quota(institution=cast.institution_a, gigabytes=gigabytes, reason="示例", actor=cast.actor("chen"))


def test_what_is_kept_and_what_is_coming_use_the_room(li, cast):
    grant(cast, 2)
    Video.objects.create(institution=cast.institution_a, title="片", source_name="a.mp4", size_bytes=GIGABYTE)
    begin(li, GIGABYTE - 10)

    fits, beyond = begin(li, 10), begin(li, 1)

    assert (fits.status_code, refused(beyond)) == (201, (413, "quota_exceeded"))
    assert beyond.json()["detail"] == (
        "机构的视频空间已用 2.0 GB，共 2.0 GB，放不下这个文件（1 KB）。"
        "请先删除不再使用的视频或取消未完成的上传；如仍不够，请联系区办增加空间。"
    )


def files_kept():
    return sorted(str(path) for path in parts.place("").rglob("*") if path.is_file())


def test_an_upload_without_room_leaves_no_file(li, cast):
    grant(cast, 0)
    before = files_kept()

    assert refused(begin(li)) == (413, "quota_exceeded")
    assert files_kept() == before


@pytest.fixture
def full_disk(monkeypatch):
    """Have the disk take nothing more."""

    def refuse(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(parts.os, "write", refuse)
    monkeypatch.setattr(parts.Path, "mkdir", refuse)


def test_nothing_begins_on_a_full_disk(li, cast, full_disk):
    answer = begin(li)

    assert refused(answer) == (503, "storage_down")
    assert (Upload.objects.count(), room_of(cast.institution_a).used) == (0, 0)


def test_a_part_that_the_disk_does_not_take_can_be_sent_again(li, address, full_disk, monkeypatch):
    meanwhile = send(li, address, 0, FILM[:10])
    monkeypatch.undo()

    assert refused(meanwhile) == (503, "storage_down")
    assert meanwhile.json()["detail"].startswith("服务器暂时存不下文件，已收到的部分不会丢。")
    assert send(li, address, 0, FILM[:10]).status_code == 204


def test_the_plain_form_asks_for_room_too_and_leaves_no_file(cast):
    grant(cast, 0)
    before = files_kept()

    with pytest.raises(NoRoomError):
        upload_video(
            institution=cast.institution_a,
            title="片",
            file=ContentFile(FILM),
            name="a.mp4",
            size=len(FILM),
            actor=cast.actor("li"),
        )

    assert not Video.objects.exists()
    assert files_kept() == before


def test_room_is_given_by_the_office_with_a_reason(cast, settings):
    settings.UPLOAD_QUOTA_GB = 5
    before = room_of(cast.institution_a).limit
    grant(cast, 7)
    grant(cast, 9)

    with pytest.raises(ForbiddenError):
        set_quota(institution=cast.institution_a, gigabytes=999, reason="想要", actor=cast.actor("zhao"))

    assert (before, room_of(cast.institution_a).limit) == (5 * GIGABYTE, 9 * GIGABYTE)
    assert room_of(cast.institution_b).limit == 5 * GIGABYTE
    assert AuditEntry.objects.filter(action="courses.quota_set").count() == 2


def test_the_command_shows_and_changes_the_room(cast, capsys):
    name = cast.institution_a.name
    call_command("upload_quota", name, "3", "--reason", "课程多")
    with pytest.raises(CommandError):
        call_command("upload_quota", name, "4")
    with pytest.raises(CommandError):
        call_command("upload_quota", "没有的学校")

    assert capsys.readouterr().out == f"{name}：已用 0 KB，共 3.0 GB\n"
    assert UploadQuota.objects.get().reason == "课程多"


def test_one_account_keeps_only_so_many_unfinished(li, cast):
    Upload.objects.bulk_create(
        Upload(institution=cast.institution_a, owner=cast.li, title="片", name="a.mp4", length=1)
        for _ in range(MOST_OPEN)
    )

    assert refused(begin(li)) == (409, "too_many_open")


# --- the end of it ---------------------------------------------------------------------------------------------------


def test_a_cancelled_upload_is_gone_with_its_file(li, address, django_capture_on_commit_callbacks):
    send(li, address, 0, FILM[:10])
    with django_capture_on_commit_callbacks(execute=True):
        answer = li.delete(address, headers=TUS)

    upload = Upload.objects.get()
    assert (answer.status_code, upload.state) == (204, Upload.State.REMOVED)
    assert not parts.place(upload.path).exists()
    assert refused(send(li, address, 10, FILM[10:])) == (410, "upload_gone")
    assert li.head(address, headers=TUS).status_code == 410


def test_what_became_a_video_is_not_cancelled(li, address):
    send(li, address, 0, FILM)

    assert refused(li.delete(address, headers=TUS)) == (409, "upload_complete")
    assert stored(Upload.objects.get()) == FILM


def test_a_file_that_vanished_is_gone(li, address):
    parts.remove_part(Upload.objects.get().path)

    assert refused(send(li, address, 0, FILM)) == (410, "upload_gone")
    assert li.head(address, headers=TUS).status_code == 410


@pytest.mark.parametrize(
    ("late", "kept"), [(timedelta(seconds=-1), True), (timedelta(0), False)], ids=["in time", "late"]
)
def test_what_nobody_continues_is_given_up(li, cast, at, late, kept, django_capture_on_commit_callbacks):
    begun = at(2026, 3, 1, 9, 0)
    address = begin(li)["Location"]
    send(li, address, 0, FILM[:10])
    begun.move_to(begun.moment + KEPT + late)
    li.logout()
    li.force_login(cast.li)
    status = li.head(address, headers=TUS).status_code  # decided on reading, before any sweep

    with django_capture_on_commit_callbacks(execute=True):
        count = expire_uploads(clock.now())

    upload = Upload.objects.get()
    assert (status, count, upload.state) == ((200, 0, "open") if kept else (410, 1, "expired"))
    assert parts.place(upload.path).exists() == kept


# --- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        pytest.param(HEAD, True, id="mp4"),
        pytest.param(b"\x00\x00\x00\x08wide\x00\x00", True, id="old quicktime"),
        pytest.param(b"\x1aE\xdf\xa3\x01", True, id="matroska"),
        pytest.param(b"RIFF\x00\x00\x00\x00AVI LIST", True, id="avi"),
        pytest.param(b"G" + bytes(187) + b"G", True, id="transport stream"),
        pytest.param(bytes(4) + b"G" + bytes(191) + b"G", True, id="transport stream of a camera"),
        pytest.param(b"RIFF\x00\x00\x00\x00WEBPVP8 ", False, id="a picture"),
        pytest.param(b"GIF89a", False, id="begins with G alone"),
        pytest.param(b"#EXTM3U\n", False, id="a playlist"),
        pytest.param(b"PK\x03\x04", False, id="an archive"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_a_files_beginning_tells_its_kind(head, verdict):
    assert begins_like_video(head) is verdict


def test_names_and_sizes_in_words():
    assert [is_video_name(name) for name in ("A.MP4", "a.b.mkv", "mp4", "a.txt", "a.mp4.exe")] == [True, True] + [
        False
    ] * 3
    assert [title_of(name) for name in ("焊前.检查.mp4", "C:\\a\\b.mov", ".mp4")] == ["焊前.检查", "b", ".mp4"]
    assert [size_text(size) for size in (0, 1, 1025, 1024**2, 3 * GIGABYTE // 2)] == [
        "0 KB", "1 KB", "2 KB", "1.0 MB", "1.5 GB",
    ]  # fmt: skip
    assert "mp4" in SUFFIXES
