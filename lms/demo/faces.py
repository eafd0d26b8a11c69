"""Faces in the demo (示例人脸核验): who agreed, enrolled a drawn face, took it back, asks for another way. Through the services."""

from __future__ import annotations

from datetime import date

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.demo.portraits import portrait
from lms.faces import services
from lms.faces.models import FaceCheck, FaceExemption, FacePolicy
from lms.faces.queries import face_text
from lms.faces.rules import EXAMPLE_TERMS
from lms.people.models import Person, User

SOURCE = "示例口径，保存期限等数字仅供演示，不是任何部门的规定"
OPINION = "与照片比对，并电话联系过本人（示例）"


def build(learners: list[User], first_day: date, maker: Actor, checker: Actor) -> None:
    """Publish the numbers and let a few learners use what is theirs (示例)."""
    if FacePolicy.objects.exists():
        return
    services.publish_policy(terms=EXAMPLE_TERMS, effective_from=first_day, source=SOURCE, actor=maker)
    by_camera, by_file, again, seen, ill, unwilling = learners[2:8]
    enrol(by_camera, 3, "camera")
    enrol(by_file, 4, "file")
    enrol(again, 5, "camera")
    services.withdraw_consent(person=person_of(again), actor=actor_for(again))
    enrol(again, 5, "camera", tilt=2)
    check = enrol(seen, 6, "file")
    for colleague in (maker, checker):
        services.give_opinion(check=check, is_same=True, words=OPINION, actor=colleague)
    ask(ill, "disability", "颈椎手术后不能转头（示例）")
    granted = ask(unwilling, "no_consent", "不想使用人脸，愿意到校由老师确认（示例）")
    services.decide_exemption(exemption=granted.uid, granted=True, words="同意改用其他方式（示例）", actor=checker)


def enrol(learner: User, seed: int, capture: str, *, tilt: int = 0) -> FaceCheck:
    """Agree and enrol a drawn face, as a learner does it on the page."""
    actor, text = actor_for(learner), face_text()
    if text is not None:
        services.give_consent(person=person_of(learner), version=text.version, actor=actor)
    shot = services.Shot(portrait(seed, tilt=tilt), "enrol", capture)
    return services.enrol(person=person_of(learner), shot=shot, actor=actor).check


def ask(learner: User, reason: str, words: str) -> FaceExemption:
    """Ask for another way."""
    return services.ask_exemption(person=person_of(learner), reason=reason, words=words, actor=actor_for(learner))


def person_of(learner: User) -> Person:
    """Return whose account it is."""
    return Person.objects.get(users=learner)
