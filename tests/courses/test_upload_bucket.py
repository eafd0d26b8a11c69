"""Uploads whose parts go straight to an S3-compatible bucket (moto's server): signed, resumed, put together, refused."""

from __future__ import annotations

import urllib.request
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.urls import reverse

from courses.models import Upload, Video
from courses.queries.uploads import KEPT, room_of
from courses.rules.uploads import part_count, part_size
from courses.services.uploads import expire_uploads
from courses.stores import bucket
from lms.kernel import clock
from lms.settings import env
from tests.courses.conftest import CHUNK, MB
from tests.courses.media import lengthened, make_video

pytestmark = pytest.mark.sqlite

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def li(storage, client, cast):
    client.force_login(cast.li)
    return client


def begin(client, length, name="film.mp4", **said):
    return client.post(reverse("bucket_uploads"), {"filename": name, "length": str(length), **said})


def put(url, data):
    headers = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=data, method="PUT", headers=headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.status


def sign(client, address, number, data=None):
    said = {} if data is None else {"sha256": b64encode(sha256(data).digest()).decode()}
    return client.post(f"{address}parts/{number}/", said)


def test_parts_go_to_the_bucket_and_become_a_video(li, cast, tmp_path, django_capture_on_commit_callbacks):
    content = lengthened(make_video(tmp_path / "film.mp4", seconds=1).read_bytes(), 2 * CHUNK + 1000)
    address = begin(li, len(content), title="焊前检查").json()["address"]
    for number in (1, 2):
        part = content[(number - 1) * CHUNK : number * CHUNK]
        put(sign(li, address, number, part).json()["url"], part)

    # the tab was closed; a new page asks what is there and sends the rest
    there = li.get(f"{address}parts/").json()
    early = li.post(f"{address}complete/")
    put(sign(li, address, 3).json()["url"], content[2 * CHUNK :])
    with django_capture_on_commit_callbacks(execute=True):
        done = li.post(f"{address}complete/")

    video = Video.objects.get()
    assert there == {"part_bytes": CHUNK, "count": 3, "numbers": [1, 2], "sent": 2 * CHUNK}
    assert (early.status_code, early.json()["code"]) == (409, "parts_missing")
    assert done.json() == {"video": reverse("studio:video", args=[video.uid])}
    assert (video.title, video.size_bytes, video.state) == ("焊前检查", len(content), Video.State.READY)
    with storages["private"].open(video.source_path) as kept:
        assert kept.read() == content


def test_a_part_that_changed_on_its_way_is_found_and_named(li, tmp_path, django_capture_on_commit_callbacks):
    """Not every compatible service holds a part to its digest: the worker does, which reads the file anyway."""
    content = lengthened(make_video(tmp_path / "film.mp4", seconds=1).read_bytes(), 2 * CHUNK + 1000)
    address = begin(li, len(content)).json()["address"]
    sent = [content[:CHUNK], content[CHUNK : 2 * CHUNK], content[2 * CHUNK :]]
    damaged = [sent[0], bytes([sent[1][0] ^ 1]) + sent[1][1:], sent[2]]
    for number, (said, arrived) in enumerate(zip(sent, damaged, strict=True), start=1):
        put(sign(li, address, number, said).json()["url"], arrived)

    with django_capture_on_commit_callbacks(execute=True):
        li.post(f"{address}complete/")

    video = Video.objects.get()
    assert (video.state, video.error) == (
        Video.State.REFUSED,
        "文件的第2段在上传途中损坏了。请删除后重新上传。",
    )


def test_a_digest_that_is_none_is_named(li):
    address = begin(li, CHUNK + 7).json()["address"]

    answers = [li.post(f"{address}parts/1/", {"sha256": text}) for text in ("!!", "YWJj")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "checksum")] * 2


def in_bucket(storage):
    found = storage.list_multipart_uploads(Bucket="films", Prefix="private/videos/")
    return {(one["Key"], one["UploadId"]) for one in found.get("Uploads", [])}


def test_nothing_begins_while_the_bucket_is_away(li, cast, line):
    line.close()

    answer = begin(li, CHUNK + 7)

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_down")
    assert answer.json()["detail"] == "文件存储暂时没有响应，请过几分钟再试。如果一直这样，请联系平台客服。"
    assert (Upload.objects.count(), room_of(cast.institution_a).used) == (0, 0)


def test_an_upload_without_room_leaves_nothing_in_the_bucket(li, settings, storage):
    before, settings.UPLOAD_QUOTA_GB = in_bucket(storage), 0

    answer = begin(li, CHUNK + 7)

    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert in_bucket(storage) == before
    assert not Upload.objects.exists()


def test_an_upload_is_given_up_even_while_the_bucket_is_away(li, line, django_capture_on_commit_callbacks):
    address = begin(li, CHUNK + 7).json()["address"]
    line.close()

    with django_capture_on_commit_callbacks(execute=True):
        answer = li.delete(address, headers=TUS)

    assert (answer.status_code, Upload.objects.get().state) == (204, Upload.State.REMOVED)


def test_the_server_chooses_the_key_and_signs_for_the_browsers_address(li):
    address = begin(li, CHUNK + 7, name="../../../etc/秘密.mp4").json()["address"]

    signed = urlsplit(sign(li, address, 2).json()["url"])

    upload = Upload.objects.get()
    asked = parse_qs(signed.query)
    assert signed.hostname == "localhost"
    assert signed.path == f"/films/private/videos/{upload.uid.hex}/source"
    assert (asked["partNumber"], asked["X-Amz-SignedHeaders"]) == (["2"], ["content-length;host"])
    assert asked["X-Amz-Expires"] == ["3600"]
    assert "etc" not in upload.path


@pytest.mark.parametrize("number", [0, 3, 999])
def test_no_part_is_signed_that_the_file_has_not(li, number):
    address = begin(li, CHUNK + 7).json()["address"]

    assert (sign(li, address, number).status_code, sign(li, address, number).json()["code"]) == (422, "no_such_part")


def test_a_part_of_another_size_does_not_count(li):
    address = begin(li, CHUNK + 7).json()["address"]
    url = sign(li, address, 1).json()["url"]
    put(url, bytes(9))  # a real service refuses it by the signed length

    assert li.get(f"{address}parts/").json()["numbers"] == []


def test_a_file_that_lies_is_refused_and_not_kept(li, storage, django_capture_on_commit_callbacks):
    text = b"#EXTM3U\n" * 100
    address = begin(li, len(text)).json()["address"]
    put(sign(li, address, 1).json()["url"], text)

    with django_capture_on_commit_callbacks(execute=True):
        answer = li.post(f"{address}complete/")

    upload = Upload.objects.get()
    assert (answer.status_code, answer.json()["code"], upload.state) == (415, "not_a_video", Upload.State.REFUSED)
    assert bucket.size_of(upload.path) is None
    assert not Video.objects.exists()


def test_a_finish_that_was_broken_off_is_made_up_for(li):
    """The bucket had put the parts together when the server died: asked again, there is a video."""
    data = b"\x00\x00\x00\x18ftypmp42" + bytes(500)
    address = begin(li, len(data)).json()["address"]
    put(sign(li, address, 1).json()["url"], data)
    upload = Upload.objects.get()
    bucket.complete(upload.path, upload.multipart, bucket.parts_of(upload.path, upload.multipart))

    first, second = li.post(f"{address}complete/"), li.post(f"{address}complete/")

    assert first.json() == second.json()
    assert Video.objects.get().uid == upload.uid


def test_a_cancelled_upload_leaves_nothing_in_the_bucket(li, storage, django_capture_on_commit_callbacks):
    address = begin(li, CHUNK + 7).json()["address"]
    put(sign(li, address, 1).json()["url"], bytes(CHUNK))

    with django_capture_on_commit_callbacks(execute=True):
        answer = li.delete(address, headers=TUS)

    assert answer.status_code == 204
    assert "Uploads" not in storage.list_multipart_uploads(
        Bucket="films", Prefix=f"private/{Upload.objects.get().path}"
    )
    assert sign(li, address, 2).status_code == 410


def test_abandoned_parts_are_given_up_in_the_bucket_too(li, at, storage, django_capture_on_commit_callbacks):
    begun = at(2026, 3, 1, 9, 0)
    address = begin(li, CHUNK + 7).json()["address"]
    begun.move_to(begun.moment + KEPT + timedelta(seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        count = expire_uploads(clock.now())

    path = Upload.objects.get().path
    assert (count, address.startswith("/uploads/")) == (1, True)
    assert "Uploads" not in storage.list_multipart_uploads(Bucket="films", Prefix=f"private/{path}")


@pytest.mark.parametrize("who", ["zhao", "qian"], ids=["a colleague", "institution B"])
def test_somebody_elses_upload_does_not_exist(li, client, cast, who):
    address = begin(li, CHUNK + 7).json()["address"]
    client.force_login(getattr(cast, who))

    answers = [
        client.get(f"{address}parts/"),
        sign(client, address, 1),
        client.post(f"{address}complete/"),
        client.delete(address, headers=TUS),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert Upload.objects.get().state == Upload.State.OPEN


def test_parts_for_this_machine_are_not_taken_then(li):
    address = begin(li, CHUNK + 7).json()["address"]
    headers = {**TUS, "Upload-Length": "9", "Upload-Metadata": "filename YS5tcDQ="}

    answers = [
        li.post(reverse("uploads"), headers=headers),
        li.patch(address, b"x", content_type="application/offset+octet-stream", headers={**TUS, "Upload-Offset": "0"}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "direct_only")] * 2
    assert li.head(address, headers=TUS).status_code == 409


def test_the_page_may_send_to_that_origin_and_to_no_other(li, moto):
    upload = begin(li, CHUNK + 7, fingerprint="film.mp4|1|2").json()["address"]

    answer = li.get(reverse("studio:video_new"))

    assert answer["Content-Security-Policy"] == f"connect-src 'self' {moto.replace('127.0.0.1', 'localhost')}"
    assert f'data-direct="{reverse("bucket_uploads")}"' in answer.text
    assert f'data-address="{upload}"' in answer.text


def test_without_a_bucket_nothing_is_direct(client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)

    page, begun = client.get(reverse("studio:video_new")), begin(client, 9)

    assert page["Content-Security-Policy"] == "connect-src 'self'"
    assert "data-direct" not in page.text
    assert (begun.status_code, begun.json()["code"]) == (409, "not_direct")


def test_a_bucket_without_an_address_stops_the_start(monkeypatch):
    monkeypatch.setenv("S3_BUCKET", "films")
    monkeypatch.delenv("S3_ENDPOINT", raising=False)

    with pytest.raises(ImproperlyConfigured, match="S3_ENDPOINT"):
        env.bucket()


def test_what_is_read_from_the_bucket_does_not_lie_in_memory_whole(storage):
    """The worker copies films of 2 GB: the library's own setting would hold them in memory."""
    assert storages["private"].max_memory_size == 8 * MB


@pytest.mark.parametrize(
    ("length", "number", "size"),
    [
        pytest.param(20, 0, 0, id="before the first"),
        pytest.param(20, 1, 10, id="a full one"),
        pytest.param(20, 2, 10, id="a last one that is full"),
        pytest.param(20, 3, 0, id="behind the last"),
        pytest.param(21, 3, 1, id="a last one of one byte"),
    ],
)
def test_parts_of_ten_bytes(length, number, size):
    assert part_size(length, 10, number) == size
    assert sum(part_size(length, 10, one + 1) for one in range(part_count(length, 10))) == length
