"""The teacher looks a replay through, cuts it, shows it to the class and takes it back; who plays it, and how lines are called."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.models import Subtitle, Video
from courses.queries.media import Holder, media_of, open_media
from courses.rules.subtitles import read_cues
from courses.services.subtitles import put_subtitle, remove_subtitle
from lms.audit.models import AuditEntry
from lms.classes.models import Enrolment
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.live import stores
from lms.live.models import PageTurn, Replay, RoomCaption, RoomMember, RoomMessage, SlideDeck
from lms.live.queries.replays import lines_of, marks_of, pages_of, replay_of, watching_for
from lms.live.queries.slides import page_path
from lms.live.rules.replays import Chapter
from lms.live.services import clear_recordings, cut_replay, publish_replay, review_replay, withdraw_replay
from lms.notifications.models import Notice
from lms.portal.provider.replay_forms import CutForm
from tests.cast import make_person, make_user

pytestmark = pytest.mark.sqlite
KEY = "key of this browser"
WHY = "画面里有学员的证件"


def publish(school, who="li"):
    return publish_replay(session=school.now(), actor=school.cast.actor(who))


def said(school, **more):
    return [(line.called, line.text) for line in lines_of(replay_of(school.now()), **more)]


def test_publishing_is_logged_and_the_class_is_told(taught):
    with taught.capture(execute=True):
        replay = publish(taught)
    again = publish(taught)

    assert (replay.is_published, again.published_at) == (True, replay.published_at)
    assert AuditEntry.objects.filter(action="live.replay_published").count() == 1
    assert list(Notice.objects.filter(kind="replay_shown").values_list("user__username", flat=True)) == [
        taught.cast.wang.username
    ]


def test_a_withdrawn_replay_keeps_its_first_day_and_its_reason(taught):
    first = publish(taught).first_published_at
    withdraw_replay(session=taught.now(), reason=WHY, actor=taught.cast.actor("li"))
    taught.traveller.advance(days=1)
    again = publish(taught)

    assert again.first_published_at == first
    assert AuditEntry.objects.filter(action="live.replay_withdrawn").count() == 1


@pytest.mark.parametrize("who", ["lu", "qian"])
def test_nobody_else_decides_on_it(taught, who):
    for deed in (
        lambda actor: publish_replay(session=taught.now(), actor=actor),
        lambda actor: review_replay(session=taught.now(), chapters=[], hidden=[], actor=actor),
        lambda actor: cut_replay(session=taught.now(), cut_from_ms=0, cut_to_ms=2000, actor=actor),
        lambda actor: withdraw_replay(session=taught.now(), reason=WHY, actor=actor),
    ):
        with pytest.raises(ForbiddenError):
            deed(taught.cast.actor(who))
    assert (Replay.objects.get().is_published, Replay.objects.get().chapters) == (False, [[0, "开始"]])


def test_what_is_not_made_is_not_published(taught):
    Video.objects.update(state="processing")

    with pytest.raises(ConflictError, match="还没有制作好"):
        publish(taught)


def test_a_cut_makes_another_film_and_the_old_one_is_gone(taught):
    before = Video.objects.get()
    with taught.capture(execute=True):
        cut_replay(session=taught.now(), cut_from_ms=1000, cut_to_ms=3000, actor=taught.cast.actor("li"))

    replay = replay_of(taught.now())
    assert (replay.state, replay.film_ms) == ("made", 2000)
    assert replay.video.duration_ms == pytest.approx(2000, abs=150)
    assert [part[2] for part in replay.parts] == [1000]
    assert not Video.objects.filter(pk=before.pk).exists()
    assert said(taught)[-1] == ("李老师", "先看安全规程")


def cut(school, begin, end):
    with school.capture(execute=True):
        cut_replay(session=school.now(), cut_from_ms=begin, cut_to_ms=end, actor=school.cast.actor("li"))
    return replay_of(school.now())


def track_of(replay, language="zh-Hans"):
    newest = Subtitle.objects.filter(video=replay.video, language=language).order_by("number").last()
    return newest and [(cue.start_ms, cue.text) for cue in read_cues(newest.webvtt)[0]]


def type_captions(school, *lines):
    begun = school.now().broadcasts.get().started_at
    for second, text in lines:
        RoomCaption.objects.create(
            session=school.now(), member=RoomMember.objects.get(place="teacher"), text=text, version=20,
            said_at=begun + timedelta(seconds=second), request_key=text,
        )  # fmt: skip


def test_edited_subtitles_outlive_other_cuts_there_and_back(taught):
    type_captions(taught, (0, "开场"), (1.5, "先断点"), (3.5, "再见"))
    replay = cut(taught, 1000, 3000)
    assert track_of(replay) == [(500, "先断点")]
    text = "WEBVTT\n\n00:00.500 --> 00:01.500\n先断电\n"
    put_subtitle(video=replay.video, webvtt=text, actor=taught.cast.actor("li"))
    put_subtitle(
        video=replay.video, webvtt=text.replace("先断电", "Power off"), actor=taught.cast.actor("li"), language="en"
    )

    whole = cut(taught, 0, 4000)
    assert track_of(whole) == [(0, "开场"), (1500, "先断电"), (3500, "再见")]
    assert track_of(whole, "en") == [(1500, "Power off")]
    assert track_of(cut(taught, 0, 1000)) == [(0, "开场")]
    assert track_of(cut(taught, 1000, 4000)) == [(500, "先断电"), (2500, "再见")]


def test_subtitles_that_nobody_edited_follow_what_was_typed(taught):
    type_captions(taught, (0, "开场"), (1.5, "先断电"))
    cut(taught, 1000, 3000)

    assert track_of(cut(taught, 0, 4000)) == [(0, "开场"), (1500, "先断电")]
    assert Replay.objects.get().subtitles == {}


def test_subtitles_that_were_removed_stay_away(taught):
    type_captions(taught, (1.5, "先断电"))
    replay = cut(taught, 1000, 3000)
    remove_subtitle(video=replay.video, language="zh-Hans", actor=taught.cast.actor("li"))

    assert track_of(cut(taught, 0, 4000)) is None


@pytest.mark.parametrize(
    ("cut", "field"),
    [((4000, 5000), "cut_from"), ((0, 9000), "cut_to"), ((2000, 2500), "cut_to"), ((3000, 1000), "cut_to")],
)
def test_a_cut_that_makes_no_sense_is_told_at_its_field(taught, cut, field):
    with pytest.raises(InvalidError) as refusal:
        cut_replay(session=taught.now(), cut_from_ms=cut[0], cut_to_ms=cut[1], actor=taught.cast.actor("li"))
    assert set(refusal.value.fields) == {field}


def test_the_end_as_it_is_shown_is_the_recordings_own(taught):
    Replay.objects.update(recording_ms=4900)
    replay = replay_of(taught.now())
    form = CutForm(CutForm.values_of(replay))

    assert form.is_valid()
    assert form.ends(replay) == (0, 4900)


def test_what_is_published_is_not_cut(taught):
    publish(taught)

    with pytest.raises(ConflictError, match="先撤回"):
        cut_replay(session=taught.now(), cut_from_ms=0, cut_to_ms=2000, actor=taught.cast.actor("li"))


def test_chapters_are_kept_in_order_and_wrong_ones_told_at_their_row(taught):
    chapters = [Chapter(2000, "安全规程"), Chapter(0, "开始")]
    replay = review_replay(session=taught.now(), chapters=chapters, hidden=[], actor=taught.cast.actor("li"))
    with pytest.raises(InvalidError) as refusal:
        review_replay(
            session=taught.now(), chapters=[Chapter(0, "开始"), Chapter(0, ""), Chapter(9000, "课后")], hidden=[],
            actor=taught.cast.actor("li"),
        )  # fmt: skip

    assert replay.film_chapters() == [Chapter(0, "开始"), Chapter(2000, "安全规程")]
    assert set(refusal.value.fields) == {"at_1", "title_1", "at_2"}
    assert Replay.objects.get().film_chapters() == replay.film_chapters()


@pytest.mark.parametrize(("way", "called"), [("family", "王同学"), ("full", "王芳"), ("hidden", "学员")])
def test_learners_are_called_as_the_policy_says_and_teachers_by_name(taught, way, called):
    replay = replay_of(taught.now())
    replay.session.training_class.frozen_terms["live_replay_names"] = way

    lines = [(line.called, line.text) for line in lines_of(replay)]
    assert sorted(lines[:2]) == sorted([(called, "受潮的焊条还能用吗"), ("投票", "懂了吗")])
    assert lines[2:] == [(called, "听得清楚"), ("李老师", "先看安全规程")]


def test_what_is_hidden_only_the_teacher_sees(taught):
    uid = str(RoomMessage.objects.get(text="听得清楚").uid)
    review_replay(session=taught.now(), chapters=[], hidden=[uid, "nobody's"], actor=taught.cast.actor("li"))

    assert "听得清楚" not in [text for _, text in said(taught)]
    assert ("王芳", "听得清楚") in said(taught, with_hidden=True)
    assert Replay.objects.get().hidden == [uid]


def address(school, user):
    grant = watching_for(school.now(), user.pk)
    return media_of(Replay.objects.get().video, grant=grant, key=KEY).hls.split("/")[-2]


def test_an_address_is_for_one_account_in_one_browser_while_it_is_shown(taught):
    publish(taught)
    token, wang = address(taught, taught.cast.wang), taught.cast.wang.pk
    assert open_media(token, Holder(KEY, lambda: wang)) is not None

    for holder in (Holder("another", lambda: wang), Holder(KEY, lambda: taught.cast.lu.pk), Holder(KEY, lambda: None)):
        with pytest.raises(ForbiddenError):
            open_media(token, holder)
    withdraw_replay(session=taught.now(), reason=WHY, actor=taught.cast.actor("li"))
    with pytest.raises(ForbiddenError):
        open_media(token, Holder(KEY, lambda: wang))


def test_who_left_the_class_plays_it_no_more(taught):
    publish(taught)
    token, wang = address(taught, taught.cast.wang), taught.cast.wang.pk
    Enrolment.objects.update(state="withdrawn")

    with pytest.raises(ForbiddenError):
        open_media(token, Holder(KEY, lambda: wang))


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_learners_pages_lead_to_it_only_while_it_is_shown(taught):
    client, path = browser(taught.cast.wang), f"/my/live/{taught.session.uid}/"
    assert client.get(f"{path}replay/").status_code == 404
    publish(taught)

    assert f"{path}replay/" in client.get(path).content.decode()
    page = client.get(f"{path}replay/").content.decode()
    assert "<replay-film" in page
    assert "这次直播课不对应课程里的课时，看回放不计学时。" in page
    assert ("王同学" in page, "王芳：" in page) == (True, False)
    stranger = browser(make_user("passerby", make_person("路人甲", 900)))
    assert stranger.get(f"{path}replay/").status_code == 404


def test_the_teachers_page_takes_chapters_cut_publication_and_withdrawal(taught):
    client, path = browser(taught.cast.li), f"/institution/live/{taught.session.uid}/replay/"
    page = client.get(path).content.decode()
    assert ("发布给班级" in page, "裁剪并重新制作" in page, "data-media" in page) == (True, True, True)
    assert "css/pages/lesson.css" in page  # without its sheet the film's cover lies over every button

    uid = str(RoomMessage.objects.get(text="听得清楚").uid)
    rows = {"at_0": "0:00", "title_0": "开始", "at_1": "后面", "title_1": "x"}
    wrong = client.post(f"{path}review/", rows | {"hidden": [uid]})
    assert (wrong.status_code, "时间看不懂" in wrong.content.decode()) == (422, True)
    assert f'value="{uid}" checked' in wrong.content.decode(), "what was ticked is not lost"
    client.post(f"{path}review/", {"at_0": "0:02", "title_0": "安全规程", "at_1": "", "title_1": ""})
    assert Replay.objects.get().film_chapters() == [Chapter(2000, "安全规程")]
    late = client.post(f"{path}cut/", {"cut_from": "0:00", "cut_to": "9:00"})
    assert (late.status_code, "不能超过录像的长度" in late.content.decode()) == (422, True)

    assert client.post(f"{path}publish/").status_code == 302
    assert "已发布" in client.get(path).content.decode()
    short = client.post(f"{path}withdraw/", {"reason": "不"})
    assert (short.status_code, Replay.objects.get().is_published) == (422, True)
    assert 'value="不"' in short.content.decode()
    client.post(f"{path}withdraw/", {"reason": WHY})
    assert not Replay.objects.get().is_published


def test_many_lines_cost_no_more_queries_than_few(taught):
    publish(taught)
    client, path = browser(taught.cast.wang), f"/my/live/{taught.session.uid}/replay/"
    member, begun = RoomMember.objects.get(called="王芳"), taught.now().broadcasts.get().started_at
    client.get(path)
    costs = []
    for base, count in ((100, 5), (200, 45)):
        for n in range(count):
            RoomMessage.objects.create(
                session=taught.session,
                member=member,
                text="到",
                sent_at=begun,
                request_key=str(base + n),
                version=base + n,
            )
        with CaptureQueriesContext(connection) as caught:
            client.get(path)
        costs.append(len(caught))

    assert costs[0] == costs[1]


def test_the_recording_ends_with_its_days_and_the_replay_stays(taught):
    folder = stores.folder_of(taught.session.uid)
    ended, days = taught.now().ended_at, taught.session.training_class.study_terms().live_recording_days

    assert clear_recordings(ended + timedelta(days=days, seconds=-1)) == 0
    assert any(folder.iterdir())
    assert clear_recordings(ended + timedelta(days=days)) == 1
    assert clear_recordings(ended + timedelta(days=days + 1)) == 0

    assert not folder.exists()
    assert AuditEntry.objects.filter(action="live.recording_cleared").count() == 1
    assert replay_of(taught.now()).video.state == Video.State.READY
    with pytest.raises(ConflictError) as refused:
        cut_replay(session=taught.now(), cut_from_ms=1000, cut_to_ms=3000, actor=taught.cast.actor("li"))
    assert refused.value.code == "recording_deleted"


@pytest.mark.parametrize("change", [{"state": "failed"}, {"state": "joining"}], ids=["failed", "made anew"])
def test_a_recording_whose_film_is_not_there_is_kept(taught, change):
    Replay.objects.update(**change)

    assert clear_recordings(taught.now().ended_at + timedelta(days=4000)) == 0
    assert any(stores.folder_of(taught.session.uid).iterdir())


def show_pages(school):
    """Lay slides of which two pages were shown: one since before the picture, one from its second second on."""
    session = school.now()
    begun = session.broadcasts.get().started_at
    deck = SlideDeck.objects.create(
        session=session, name="第一章 焊条", state="ready", page_count=2, texts=["", "12\n焊条的种类"], source_path="x"
    )
    for version, (page, seconds) in enumerate([(1, -30), (2, 2)], 20):
        at = begun + timedelta(seconds=seconds)
        PageTurn.objects.create(session=session, deck=deck, page=page, at=at, version=version)
    return deck


def test_pages_come_in_time_and_make_chapters(taught):
    show_pages(taught)

    assert [(one.at_ms, one.page) for one in pages_of(replay_of(taught.now()))] == [(0, 1), (2000, 2)]
    assert [mark.title for mark in marks_of(taught.now())][-1:] == ["第一章 焊条，第1页"]
    publish(taught)
    learner, teacher = browser(taught.cast.wang), browser(taught.cast.li)
    for client, path in ((learner, "/my/live/"), (teacher, "/institution/live/")):
        page = client.get(f"{path}{taught.session.uid}/replay/").content.decode()
        assert 'data-go="2000"' in page
        assert "第一章 焊条，第 2 页" in page


def test_pages_of_a_replay_are_seen_by_its_class_and_its_institution(taught):
    deck = show_pages(taught)
    storages["private"].save(page_path(deck.uid, 1), ContentFile(b"\xff\xd8picture"))
    address = f"/live/{taught.session.uid}/slides/{deck.uid}/1.jpg"

    seen = {name: browser(getattr(taught.cast, name)).get(address).status_code for name in ("wang", "li", "zhao", "lu")}

    assert seen == {"wang": 200, "li": 200, "zhao": 200, "lu": 404}


def test_a_replay_without_slides_shows_no_place_for_them(taught):
    publish(taught)

    assert (
        "replay-slides" not in browser(taught.cast.wang).get(f"/my/live/{taught.session.uid}/replay/").content.decode()
    )
