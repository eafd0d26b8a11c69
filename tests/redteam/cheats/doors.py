"""Cheats at the doors themselves: over HTTP and over the socket, with what a browser's tools can do."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import channel_layers
from channels.routing import URLRouter
from django.test import Client, override_settings

from attendance.consumers.collector import collector
from attendance.routing import websocket_urlpatterns
from courses.models import Video
from courses.queries.media import sign_media
from courses.rules.playback import LONGEST_MS, Grant, GrantKind
from lms.people.models import User
from tests.factories import QUESTION
from tests.lines import Line
from tests.redteam import weak
from tests.redteam.cheats.times import REWATCHING
from tests.redteam.strategies import cheat
from tests.redteam.world import CHECKED, FREE, Screen, World

MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def client_of(user: User) -> Client:
    """Return a browser in which an account is signed in."""
    browser = Client()
    browser.force_login(user)
    return browser


def post(browser: Client, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Send JSON through the real door and return what it says."""
    answer = browser.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)
    return answer.json()  # type: ignore[no-any-return]


def beats(token: str, *claims: tuple[int, int, int]) -> dict[str, Any]:
    """Return a request's body."""
    return {"token": token, "beats": [{"seq": seq, "from": start, "to": end} for seq, start, end in claims]}


@cheat("心跳令牌只从确认中来 · a token comes from the acknowledgement only", without=weak.takes_any_token)
def cheat_recorded_stream(world: World) -> None:
    """把上一课录下的请求原样灌进下一课 · Plays a recorded stream of requests into another lesson's session"""
    learner = world.learner(FREE, ("video", 600_000), ("video", 600_000))
    browser, first, recorded = client_of(learner.user), learner.sit(0), []
    for turn in range(1, 13):
        world.wait(10)
        body = beats(first.token, (turn, first.claimed, first.position))
        recorded.append(body)
        first.claimed, first.token = (
            first.position,
            post(browser, f"/study-sessions/{first.session}/beats", body)["token"],
        )
    first.close()
    second = learner.sit(1)
    second.playing = False
    for body in recorded:
        world.wait(10)
        post(browser, f"/study-sessions/{second.session}/beats", body)


@cheat("令牌要有服务器的密钥 · a token takes the server's secret", without=weak.derives_tokens_from_what_is_known)
def cheat_forged_tokens(world: World) -> None:
    """不读确认，用会话编号自己算出每条心跳的令牌 · Reads no acknowledgement: forges each beat's token from the session's number"""
    screen = world.learner().sit()
    screen.playing = False
    browser, key = client_of(screen.learner.user), screen.session.hex.encode()
    for turn in range(12):
        world.wait(10)
        forged = blake2b(b"%d" % turn, key=key, digest_size=12).hexdigest()
        body = beats(forged, (turn + 1, turn * 10_000, (turn + 1) * 10_000))
        post(browser, f"/study-sessions/{screen.session}/beats", body)


@cheat("只收本人会话的心跳 · beats of one's own session only", without=weak.lets_anybody_speak)
def cheat_stolen_session(world: World) -> None:
    """把会话地址和令牌交给同伴，由同伴的账号代刷 · Hands session and token to a friend, whose account sends the beats"""
    screen, friend = world.learner().sit(), world.learner()
    screen.playing = False
    browser, token = client_of(friend.user), screen.token
    for turn in range(1, 13):
        world.wait(10)
        body = beats(token, (turn, (turn - 1) * 10_000, turn * 10_000))
        token = post(browser, f"/study-sessions/{screen.session}/beats", body).get("token", token)


@cheat("课件自报不作数 · a package's word counts nothing", without=weak.believes_packages)
def cheat_package_says_finished(world: World) -> None:
    """课件向平台自报“已完成、满分” · A package reports itself completed with a full score"""
    learner = world.learner(FREE, ("scorm", 600_000))
    screen = learner.sit()
    screen.playing = False
    body = {"lesson_status": "completed", "score_raw": 100, "lesson_location": "end"}
    post(client_of(learner.user), f"/study-sessions/{screen.session}/package", body, **{"Idempotency-Key": "p1"})


@cheat("两个入口同一本账 · both doors keep one account", without=weak.counts_repeats, commits=True)
def cheat_both_doors(world: World) -> None:
    """同一条心跳先走长连接、再走 HTTP · Sends each beat over the socket and then again over HTTP"""
    screen = world.learner(REWATCHING).sit()
    browser = client_of(screen.learner.user)

    async def mixing() -> None:
        line = await entered(screen, browser)
        for _ in range(12):
            await sync_to_async(play_half)(screen)
            body = beats(screen.token, (screen.seq + 1, screen.claimed, screen.position))
            await line.send_json_to({"type": "beats", **body})
            ack = await line.receive_json_from()
            screen.token, screen.seq, screen.claimed = ack["token"], ack["acked_seq"], screen.position
            await sync_to_async(post)(browser, f"/study-sessions/{screen.session}/beats", body)
        await line.disconnect()
        await collector().stop()

    with override_settings(CHANNEL_LAYERS=MEMORY):
        channel_layers.backends = {}
        async_to_sync(mixing)()
    channel_layers.backends = {}


def play_half(screen: Screen) -> None:
    """Play five seconds and stand still for five."""
    screen.playing = True
    screen.world.wait(5)
    screen.playing = False
    screen.world.wait(5)


async def entered(screen: Screen, browser: Client) -> Line:
    """Return the study session's real socket, signed in by the browser's cookie."""
    headers = [
        (b"host", b"testserver"),
        (b"origin", b"http://testserver"),
        (b"cookie", f"sessionid={browser.cookies['sessionid'].value}".encode()),
    ]
    line = Line(URLRouter(websocket_urlpatterns), f"/ws/v1/study-sessions/{screen.session}", headers=headers)
    await line.connect()
    assert (await line.receive_json_from())["type"] == "ready"
    return line


@cheat("取到影片不等于看过 · a film that is fetched is not a film seen", without=weak.takes_fetching_for_watching)
def cheat_fetches_only(world: World) -> None:
    """不放影片，只按播放地址反复下载 · Plays nothing and only fetches the film by its address"""
    learner = world.learner()
    film = Video.objects.create(institution=world.institution, title="示例", state=Video.State.READY, folder="nowhere")
    lesson = world.lesson(learner, video=film)
    screen, browser = learner.sit(lesson), client_of(learner.user)
    screen.playing = False
    browser.cookies["media_key"] = "redteam"
    grant = Grant(GrantKind.SESSION, screen.session.hex, world.now_ms + LONGEST_MS)
    address = f"/media/v/{sign_media(film.uid, grant, 'redteam')}/video.mp4"
    for _ in range(12):
        world.wait(10)
        assert browser.get(address).status_code == 404  # let in, and the file is not there


@cheat("弹题不算抽查 · a question inside a film is no check", without=weak.takes_popups_for_presence)
def cheat_answers_popups_only(world: World) -> None:
    """不理抽查，只答影片里的弹题 · Ignores the check and answers the film's own question"""
    learner = world.learner(CHECKED)
    popup = {"id": "p1", "at_ms": 5_000, "question": {**QUESTION, "version": str(uuid4())}}
    lesson = world.lesson(learner, popups=[popup])
    screen, browser = learner.sit(lesson), client_of(learner.user)
    screen.watch(40, answers=False)
    path = f"/me/enrolments/{screen.enrolment.uid}/popups/{lesson.lesson_uid}/p1"
    assert post(browser, path, {"answer": ["a"]})["review"]["is_correct"]
    screen.watch(120, answers=False)
