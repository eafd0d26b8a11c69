"""Roll-calls in a live lesson (课堂点名): everybody there is asked at once; who answered and who did not is evidence."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.module_loading import import_string

from lms.access.rules import Actor
from lms.audit.services import record
from lms.faces.queries import exemption_of, has_passed, policy_on
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.live.models import LiveSession, RollCall, RollResult, Room, RoomMember
from lms.live.queries.activities import roll_call_data, roll_call_in
from lms.live.queries.rooms import present, terms_on
from lms.live.rules.activities import CODE_DIGITS, MOST_TRIES, ROLL, is_in_time, missed, roll_subject
from lms.live.rules.admission import Place
from lms.live.rules.rooms import Deed
from lms.live.services.rooms import begin_deed, bump, check_deed, count_soon, note_deed, tell
from lms.live.services.timed import close_due
from lms.people.models import Person

log = logging.getLogger(__name__)
CALLED: list[str] = []
ANSWERED: list[str] = []
TRIES_KEPT_SECONDS = 900
NO_FACES = "本班的学时口径不核验人脸，不能用人脸点名。请用“点一下”或“输入数字”点名。"
NO_FACE_POLICY = "区办还没有发布人脸核验口径，不能用人脸点名。请用“点一下”或“输入数字”点名。"
FACE_NEEDED = "这次点名要核验人脸：请点“开始核验”，对着摄像头按提示做动作。获准免人脸核验的，可以直接应答。"
TOO_LATE = "这次点名已经截止，没有记上。如果您一直在课，请在聊天或提问里告诉老师。"


class TooManyTriesError(DomainError):
    """A code was guessed too often (次数过多)."""

    code = "too_many_codes"
    status = 429


def when_roll_called(function: str) -> None:
    """Have `function(session, actor)` done once a roll is called."""
    if function not in CALLED:
        CALLED.append(function)


def when_roll_answered(function: str) -> None:
    """Have `function(session, actor)` done once somebody answered a roll."""
    if function not in ANSWERED:
        ANSWERED.append(function)


def do_all(functions: Sequence[str], session: LiveSession, actor: Actor) -> None:
    """Do what others do at a roll; a refusal of theirs keeps nobody from the room's own."""
    for name in functions:
        try:
            import_string(name)(session, actor)
        except DomainError as refusal:
            log.info("%s at roll of %s: %s", name, session.uid, refusal.code)


@transaction.atomic
def open_roll_call(*, session: LiveSession, kind: str, actor: Actor) -> RollCall:
    """Call the roll (点名): learners who are there have the time that the policy says. Raises ConflictError while one runs."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    if kind not in RollCall.Kind.values:
        raise InvalidError("请选择点名方式。", fields={"kind": "只能是点一下、输入数字或核验人脸。"})
    if kind == RollCall.Kind.FACE:
        check_faces_asked(session)
    if RollCall.objects.filter(session=session, closed_at=None).exists():
        raise ConflictError("还有一次点名没有结束，请等它结束再点。", code="roll_call_running")
    asked = list(present(session).filter(place=Place.LEARNER).order_by("pk").values_list("pk", flat=True))
    if not asked:
        raise ConflictError("现在没有学员在教室里，不用点名。", code="nobody_there")
    now = clock.now()
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}" if kind == RollCall.Kind.CODE else ""
    made = RollCall.objects.create(
        session=session, kind=kind, code=code, opened_at=now, asked=asked, by_id=actor.user_id, version=bump(room),
        closes_at=now + timedelta(seconds=terms_on(clock.today()).roll_call_seconds),
    )  # fmt: skip
    tell(room, "roll_call", roll_call_data(made))
    count_soon(session)
    record(actor, "live.roll_called", session, roll_call=str(made.uid), kind=kind, asked=len(asked))
    if kind != RollCall.Kind.FACE:  # two dialogs would want the camera at once
        transaction.on_commit(lambda: do_all(CALLED, session, actor))
    return made


def answer_roll_call(*, session: LiveSession, roll_call: UUID, code: str, actor: Actor) -> RollResult:
    """Answer a roll-call (应答点名). Again, the first answer stands; a late one hears that it was missed.

    Raises ConflictError `roll_call_over`, InvalidError `code_wrong`, TooManyTriesError.
    """
    with transaction.atomic():
        member = check_deed(session, actor, Deed.ANSWER)
        found = RollCall.objects.select_for_update().get(pk=roll_call_in(session, roll_call).pk)
        result = found.results.filter(member=member).first()
        if result is not None and result.outcome == RollResult.Outcome.ANSWERED:
            return result
        if result is not None or found.closed_at is not None or not is_in_time(clock.now(), found.closes_at):
            raise ConflictError(TOO_LATE, code="roll_call_over")
        check_code(found, member, code)
        check_face(found, member)
        made = RollResult.objects.create(
            roll_call=found, member=member, enrolment_id=member.enrolment_id, outcome=RollResult.Outcome.ANSWERED
        )
        note_deed(member)
        transaction.on_commit(lambda: do_all(ANSWERED, session, actor))
        return made


def check_code(roll_call: RollCall, member: RoomMember, code: str) -> None:
    """Raise unless the code is the one on the teacher's screen; guesses are counted."""
    if roll_call.kind != RollCall.Kind.CODE:
        return
    name = f"live.roll.{roll_call.pk}.{member.pk}"
    cache.add(name, 0, TRIES_KEPT_SECONDS)
    if cache.incr(name) > MOST_TRIES:
        raise TooManyTriesError("输错的次数太多，这次点名不能再输入。如果您一直在课，请告诉老师。")
    if not secrets.compare_digest(code.strip().encode(), roll_call.code.encode()):
        raise InvalidError("数字不对，请看教师屏幕上的4位数字再输入。", code="code_wrong")


def check_faces_asked(session: LiveSession) -> None:
    """Raise ConflictError where the class was approved without faces, or the office says nothing of them."""
    if not session.terms.asks_for_face:
        raise ConflictError(NO_FACES, code="faces_off")
    if policy_on(clock.today()) is None:
        raise ConflictError(NO_FACE_POLICY, code="policy_missing")


def check_face(roll_call: RollCall, member: RoomMember) -> None:
    """Raise unless the moves were made for this very roll-call; who is exempt answers by a tap."""
    if roll_call.kind != RollCall.Kind.FACE or member.user.person is None:
        return
    person, captures = member.user.person.owner, roll_call.session.terms.face_captures
    if exemption_of(person, clock.now()) is not None:
        return
    if not has_passed(person, roll_subject(roll_call.uid), roll_call.opened_at, captures):
        raise ConflictError(FACE_NEEDED, code="face_needed")


def asked_by_face(session: LiveSession, roll_call: UUID, actor: Actor) -> tuple[RollCall, Person]:
    """Return a roll-call by face that somebody may answer now, and whose face (人脸点名). Raises ConflictError."""
    member, found = check_deed(session, actor, Deed.ANSWER), roll_call_in(session, roll_call)
    if found.kind != RollCall.Kind.FACE or member.user.person is None:
        raise ConflictError("这次点名不核验人脸，请按页面提示应答。", code="face_not_asked")
    if found.closed_at is not None or not is_in_time(clock.now(), found.closes_at):
        raise ConflictError(TOO_LATE, code="roll_call_over")
    return found, member.user.person.owner


def answer_roll_of_face(subject: str, actor: Actor) -> RollResult:
    """Answer the roll-call that a pass is bound to. Raises what `answer_roll_call` raises."""
    found = RollCall.objects.select_related("session__training_class").get(uid=UUID(hex=subject.removeprefix(ROLL)))
    return answer_roll_call(session=found.session, roll_call=found.uid, code="", actor=actor)


@transaction.atomic
def close_roll_call(*, session: LiveSession, roll_call: UUID, actor: Actor) -> RollCall:
    """End a roll-call before its time (提前结束点名)."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found = RollCall.objects.select_for_update().get(pk=roll_call_in(session, roll_call).pk)
    end(room, found, actor)
    return found


def close_due_rolls(moment: datetime) -> int:
    """End roll-calls whose time is over, and those of lessons that ended (到时结束点名). Returns how many."""
    return close_due(RollCall.objects.all(), end, moment)


def end(room: Room, roll_call: RollCall, actor: Actor) -> None:
    """Write down who did not answer, and tell everybody that it is over. Room and roll-call are locked."""
    if roll_call.closed_at is not None:
        return
    silent = missed(roll_call.asked, roll_call.results.values_list("member", flat=True))
    RollResult.objects.bulk_create(
        RollResult(roll_call=roll_call, member=one, enrolment_id=one.enrolment_id, outcome=RollResult.Outcome.MISSED)
        for one in RoomMember.objects.filter(pk__in=silent, removed_at=None).order_by("pk")
    )
    roll_call.closed_at, roll_call.version = clock.now(), bump(room)
    roll_call.save(update_fields=["closed_at", "version"])
    tell(room, "roll_call", roll_call_data(roll_call))
    count_soon(room.session)
    record(actor, "live.roll_ended", room.session, roll_call=str(roll_call.uid), missed=len(silent))
