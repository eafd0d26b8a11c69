"""Files of a bucket as pages and players get them: no more than was asked for, over lines that break, from one that is away."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.urls import reverse

from courses.models import CoursePackage, QuestionAudio
from courses.queries.packages import PassKind, stage_of
from courses.stores import bucket
from courses.stores.errors import StoreDownError
from courses.stores.files import PIECE
from courses.views.sending import PiecesResponse
from tests.courses.conftest import MB

pytestmark = pytest.mark.sqlite

LONG = bytes(range(256)) * (4 * MB // 256)
AWAY = "文件存储暂时没有响应，请过几分钟再试。如果一直这样，请联系平台客服。"


@pytest.fixture
def sound(storage, cast):
    """Return the address of a file of 4 MB that everybody may play."""
    kept = QuestionAudio.objects.create(
        institution=cast.institution_a, path="question-audio/long.m4a", name="问.m4a", duration_ms=1000
    )
    storage.put_object(Bucket="films", Key=f"media/{kept.path}", Body=LONG)
    return reverse("question_sound", args=[kept.uid])


def ask(client, address, asked):
    return client.get(address, headers={"Range": asked})


def test_a_part_of_a_file_is_all_that_comes_over_the_line(client, sound, line):
    part = ask(client, sound, "bytes=1000001-1000100")

    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 1000001-1000100/{len(LONG)}")
    assert part.getvalue() == LONG[1_000_001:1_000_101]
    assert line.received < 4096


def test_the_end_of_a_file_and_what_lies_behind_it(client, sound):
    tail, beyond, head = ask(client, sound, "bytes=-5"), ask(client, sound, "bytes=4194304-"), client.head(sound)

    assert (tail.getvalue(), tail["Content-Length"]) == (LONG[-5:], "5")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(LONG)}")
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(LONG)), b"")


def test_a_whole_file_comes_in_small_pieces(client, sound):
    pieces = list(client.get(sound).streaming_content)

    assert max(map(len, pieces)) <= PIECE
    assert b"".join(pieces) == LONG


def test_pieces_are_taken_one_by_one_under_asgi_too():
    """Django's own would gather them all before the first is sent."""
    taken = []

    def film():
        for piece in (b"one", b"two", b"three"):
            taken.append(piece)
            yield piece

    async def begun_and_ended():
        pieces = aiter(PiecesResponse(film()))
        first, then = await anext(pieces), list(taken)
        return first, then, [piece async for piece in pieces]

    assert asyncio.run(begun_and_ended()) == (b"one", [b"one"], [b"two", b"three"])


def test_a_line_that_breaks_is_taken_up_where_it_broke(client, sound, line):
    line.cuts = [30_000, 40_000]

    whole = client.get(sound)

    assert whole.getvalue() == LONG


def test_a_line_that_always_breaks_is_given_up(client, sound, line):
    line.cuts = [20_000] * 50
    whole = client.get(sound)

    with pytest.raises(StoreDownError):
        whole.getvalue()

    assert 50 - len(line.cuts) == bucket.LINES


def test_a_player_that_goes_away_ends_the_reading(client, sound, line):
    whole = client.get(sound)
    next(whole.streaming_content)
    before = line.closed

    whole.close()

    until(lambda: line.closed > before)
    assert line.received < len(LONG)


def until(happened):
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_storage_that_is_away_is_said_in_words(client, sound, line):
    line.close()

    answer = client.get(sound)

    assert answer.status_code == 503
    assert AWAY in answer.content.decode()


def test_a_file_that_is_not_in_the_storage_is_missing(client, storage, sound):
    storage.delete_object(Bucket="films", Key="media/question-audio/long.m4a")

    assert client.get(sound).status_code == 404


def test_a_storage_that_hangs_is_given_up_before_nginx_gives_us_up(storage):
    config = bucket.client().meta.config

    tries = config.retries["total_max_attempts"]
    assert tries * (config.connect_timeout + config.read_timeout) < 60


@pytest.fixture
def package(cast, storage):
    made = CoursePackage.objects.create(
        institution=cast.institution_a, source_name="课件.zip", state="ready", folder="packages/x/y", entry="index.html"
    )
    storage.put_object(Bucket="films", Key="private/packages/x/y/film.mp4", Body=LONG)
    storage.put_object(Bucket="films", Key="private/packages/x/y/index.html", Body=b"<head><title>1</title>" + LONG)
    storage.put_object(Bucket="films", Key="private/packages/x/y/empty.js", Body=b"")
    return stage_of(made, kind=PassKind.PREVIEW, subject=made.uid).url.removesuffix("index.html")


def test_files_of_a_package_come_in_parts_too(client, package, line):
    part, empty = ask(client, f"{package}film.mp4", "bytes=10-19"), client.get(f"{package}empty.js")

    assert (part.status_code, part.getvalue()) == (206, LONG[10:20])
    assert (empty.status_code, empty.getvalue(), empty["Content-Length"]) == (200, b"", "0")
    assert line.received < 8192


def test_a_large_page_of_a_package_is_not_held_whole(client, package):
    page = client.get(f"{package}index.html")

    pieces = list(page.streaming_content)
    text = b"".join(pieces)
    assert max(map(len, pieces)) <= PIECE + 1000
    assert text.startswith(b"<head><script src=")
    assert text.endswith(b"<title>1</title>" + LONG)
    assert int(page["Content-Length"]) == len(text)


def test_a_package_whose_storage_is_away_stays_in_its_sandbox(client, package, line):
    line.close()

    answer = client.get(f"{package}film.mp4")

    assert (answer.status_code, answer.content.decode()) == (503, AWAY)
    assert "sandbox" in answer["Content-Security-Policy"]
