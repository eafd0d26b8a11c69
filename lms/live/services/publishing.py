"""The teacher looks a replay through, shows it to the class and takes it back (回放审阅与发布). Every step is logged."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from courses.services.videos import delete_video
from lms.access.rules import Actor
from lms.audit.services import record
from lms.classes.services import tell_learners
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.ids import new_uid
from lms.kernel.texts import check_reason, check_text
from lms.live.models import LiveSession, Replay
from lms.live.queries.captions import subtitles_kept
from lms.live.queries.replays import making_of, sayings_of
from lms.live.rules.replays import Chapter, chapter_problems, cut_problems
from lms.live.services.replays import lock_replay, start
from lms.live.services.timetable import lock_live, require_hand
from lms.notifications.rules import Message


def held_replay(session: LiveSession, actor: Actor) -> tuple[LiveSession, Replay]:
    """Return the lesson and its replay, locked, for who may decide on it.

    Raises ForbiddenError, ConflictError while it is not ready.
    """
    held = lock_live(session)
    require_hand(actor, held.training_class, held)
    replay = lock_replay(held)
    if not making_of(replay).is_ready:
        raise ConflictError("回放还没有制作好，请等制作完成后再操作。", code="replay_not_ready")
    return held, replay


@transaction.atomic
def review_replay(*, session: LiveSession, chapters: Sequence[Chapter], hidden: Sequence[str], actor: Actor) -> Replay:
    """Keep chapters and what is hidden of what was said (审阅回放); also of one that is published.

    Raises InvalidError at the row of every chapter that is wrong; ids that are none of the lesson's are left out.
    """
    held, replay = held_replay(session, actor)
    for one in chapters:
        check_text(one.title, "title")
    if wrong := chapter_problems(chapters, replay.film_ms):
        raise InvalidError("章节有几处需要改正，请按提示修改。", fields=wrong)
    known = {one.uid for one in sayings_of(held)}
    replay.chapters = sorted(Chapter(one.at_ms, one.title.strip()) for one in chapters)
    replay.hidden = sorted(known & set(hidden))
    replay.save(update_fields=["chapters", "hidden"])
    record(actor, "live.replay_reviewed", held, chapters=len(chapters), hidden=len(replay.hidden))
    return replay


@transaction.atomic
def cut_replay(*, session: LiveSession, cut_from_ms: int, cut_to_ms: int, actor: Actor) -> Replay:
    """Cut beginning and end off and make the film anew of what is left (裁剪): what was cut off is in no file of it.

    Raises InvalidError at the field, ConflictError for one that is published or whose recording is deleted.
    """
    held, replay = held_replay(session, actor)
    if replay.is_published:
        raise ConflictError("回放已发布，学员正在看。请先撤回，再裁剪。", code="replay_published")
    if replay.pieces_deleted_at is not None:
        raise ConflictError("原始录像已按保存期限删除，不能再裁剪。", code="recording_deleted")
    if wrong := cut_problems(cut_from_ms, cut_to_ms, replay.recording_ms):
        raise InvalidError("裁剪的时间有误，请按提示修改。", fields=wrong)
    replay.subtitles = subtitles_kept(replay)
    before, replay.video = replay.video, None
    replay.cut_from_ms = cut_from_ms
    replay.cut_to_ms = None if cut_to_ms >= replay.recording_ms else cut_to_ms
    replay.film_uid = new_uid()
    start(replay, actor)
    if before is not None:
        delete_video(video=before, actor=actor)
    record(actor, "live.replay_cut", held, cut_from_ms=cut_from_ms, cut_to_ms=cut_to_ms)
    return replay


@transaction.atomic
def publish_replay(*, session: LiveSession, actor: Actor) -> Replay:
    """Show a replay to the lesson's class (发布回放). Showing it again changes nothing.

    The days for making up run from the first time.
    """
    held, replay = held_replay(session, actor)
    if replay.is_published:
        return replay
    replay.published_at = clock.now()
    replay.first_published_at = replay.first_published_at or replay.published_at
    replay.published_by_id, replay.withdrawn_reason = actor.user_id, ""
    replay.save(update_fields=["published_at", "first_published_at", "published_by", "withdrawn_reason"])
    record(actor, "live.replay_published", held, video=str(replay.video.uid if replay.video else ""))
    words = (
        "没上或没上全的，可以在直播课页面看回放补课。"
        if held.terms.live_replay == "makeup"
        else "可以在直播课页面观看。"
    )
    title = f"直播课“{held.title}”的回放已发布"
    tell_learners(
        held.training_class, Message("replay_shown", held.uid, f"replay:{replay.pk}:{clock.now_ms()}", title, words)
    )
    return replay


@transaction.atomic
def withdraw_replay(*, session: LiveSession, reason: str, actor: Actor) -> Replay:
    """Take a replay back (撤回回放): nobody plays it from now on; what was counted stays counted."""
    held, replay = held_replay(session, actor)
    words = check_reason(reason)
    if not replay.is_published:
        raise ConflictError("这个回放没有发布，不需要撤回。", code="replay_not_published")
    replay.published_at, replay.withdrawn_reason = None, words
    replay.save(update_fields=["published_at", "withdrawn_reason"])
    record(actor, "live.replay_withdrawn", held, reason=words)
    return replay
