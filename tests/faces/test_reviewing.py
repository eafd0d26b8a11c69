"""What a machine could not decide, two people of the office decide; they see pictures only with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.faces import services
from lms.faces.models import FaceCheck, FaceOpinion, FaceReference
from lms.faces.queries import checks_for_people, has_passed, waiting_faces, why_of
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from tests.faces.stage import GATEWAY, acted, enrolled, lay

WORDS = "与实名登记时当面核对的样子一致"


@pytest.fixture
def unclear(cast, at, settings):
    """Return a check of 王芳 at the start of study that the machine could not decide."""
    at(2026, 5, 6, 9, 0)
    settings.FACES = GATEWAY
    lay(cast)
    enrolled(cast)
    return acted(cast, b"0.4")


def said(cast, check, name, is_same=True, words=WORDS):
    return services.give_opinion(check=check, is_same=is_same, words=words, actor=cast.actor(name))


def queue(cast, **narrowed):
    return [(why_of(one), one.purpose) for one in checks_for_people(cast.actor("sun"), **narrowed)]


def again(cast, **changes):
    """Let 王芳 take the consent back, agree again and enrol anew."""
    services.withdraw_consent(person=cast.wang.person, actor=cast.actor("wang"))
    services.give_consent(person=cast.wang.person, version="1", actor=cast.actor("wang"))
    return enrolled(cast, b"0.99", **changes).check


def test_two_who_agree_decide(cast, unclear):
    assert said(cast, unclear, "sun") is None
    assert queue(cast) == [("unclear", "start")]
    assert said(cast, unclear, "chen") is True

    assert queue(cast) == []
    assert queue(cast, is_decided=True) == [("unclear", "start")]
    assert [one.data["decided"] for one in AuditEntry.objects.filter(action="faces.reviewed").order_by("pk")] == [
        None,
        True,
    ]


def test_one_person_does_not_decide_alone(cast, unclear):
    said(cast, unclear, "sun")

    with pytest.raises(ConflictError, match="另一位同事"):
        said(cast, unclear, "sun")

    assert FaceOpinion.objects.count() == 1


def test_two_who_differ_leave_it_open(cast, unclear):
    said(cast, unclear, "sun")

    assert said(cast, unclear, "chen", is_same=False) is None
    assert queue(cast) == [("unclear", "start")]


def test_what_is_decided_stays(cast, unclear):
    said(cast, unclear, "sun")
    said(cast, unclear, "chen")

    with pytest.raises(ConflictError, match="已有结论"):
        said(cast, unclear, "sun", is_same=False)


def test_an_enrolled_face_that_is_somebody_elses_is_erased(cast, unclear):
    check = again(cast)
    assert ("again", "enrol") in queue(cast)

    said(cast, check, "sun", is_same=False)
    assert FaceReference.objects.filter(erased_at=None).exists()
    said(cast, check, "chen", is_same=False)

    assert not FaceReference.objects.filter(erased_at=None).exists()
    assert AuditEntry.objects.filter(action="faces.reference_erased", data__why="not_the_person").count() == 1
    assert FaceCheck.objects.get(pk=check.pk).outcome == "passed"


def test_a_first_enrolment_is_found_but_does_not_press(cast, unclear):
    assert queue(cast, why="first") == [("first", "enrol")]
    assert queue(cast) == [("unclear", "start")]
    assert waiting_faces(cast.actor("sun")) == 1


def test_files_wait_for_people_too(cast, unclear):
    acted(cast, b"0.9", "file")

    assert queue(cast, why="file") == [("file", "start")]


def test_what_a_machine_decided_is_not_reviewed(cast, unclear):
    check = acted(cast, b"0.91")

    with pytest.raises(ConflictError, match="不需要人工核验"):
        said(cast, check, "sun")


@pytest.mark.parametrize("name", ["wang", "lu", "li", "zhao", "wu"])
def test_nobody_else_reviews(cast, unclear, name):
    with pytest.raises(ForbiddenError):
        said(cast, unclear, name)

    assert not FaceOpinion.objects.exists()


def test_nobody_reviews_themselves(cast, unclear):
    both = replace(cast.actor("sun"), person_id=cast.wang.person_id)

    with pytest.raises(ForbiddenError, match="自己"):
        services.give_opinion(check=unclear, is_same=True, words=WORDS, actor=both)

    assert not FaceOpinion.objects.exists()


def test_an_opinion_without_words_is_refused(cast, unclear):
    with pytest.raises(InvalidError, match="怎样核对"):
        said(cast, unclear, "sun", words="是")


def test_pictures_are_shown_with_a_noted_reason_while_they_live(cast, unclear, at):
    with pytest.raises(InvalidError, match="理由"):
        services.reveal_pictures(check=unclear, reason="看", actor=cast.actor("sun"))

    shown = services.reveal_pictures(check=unclear, reason="核对是否本人", actor=cast.actor("sun"))

    assert shown.taken.startswith(b"0.4 centre ")
    assert shown.reference == b"1"
    noted = AuditEntry.objects.get(action="faces.pictures_revealed")
    assert noted.words == "核对是否本人"
    at(2026, 5, 9, 9, 1)
    assert services.reveal_pictures(check=unclear, reason="核对是否本人", actor=cast.actor("sun")).taken is None


@pytest.mark.parametrize("name", ["wang", "lu", "zhao", "li"])
def test_nobody_else_sees_pictures(cast, unclear, name):
    with pytest.raises(ForbiddenError):
        services.reveal_pictures(check=unclear, reason="核对是否本人", actor=cast.actor(name))

    assert not AuditEntry.objects.filter(action="faces.pictures_revealed").exists()


def test_the_queue_costs_the_same_however_long_it_is(cast, unclear):
    costs = []
    for many in (5, 45):
        FaceCheck.objects.bulk_create(
            FaceCheck(
                person=cast.wang.person, policy=unclear.policy, purpose="start", capture="camera", outcome="unclear",
                threshold_permille=450, model_id="示例", picture_hash=str(n), at=clock.now(), reference=unclear.reference,
            )
            for n in range(many)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as caught:
            assert len(queue(cast)) >= many
        costs.append(len(caught))

    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("content", "capture", "is_same", "passes"),
    [
        pytest.param(b"0.4", "camera", True, True, id="unclear, and two know the person"),
        pytest.param(b"0.4", "camera", False, False, id="unclear, and two say that it is somebody else"),
        pytest.param(b"0.9", "file", False, False, id="passed by a file, and two say that it is somebody else"),
    ],
)
def test_what_two_agree_on_counts_for_more_than_the_machine(cast, unclear, content, capture, is_same, passes):
    check = acted(cast, content, capture)
    asked = cast.wang.person, "示例", check.at, [capture]
    said_by_machine = capture == "file"
    assert has_passed(*asked) is said_by_machine

    said(cast, check, "sun", is_same=is_same)
    assert has_passed(*asked) is said_by_machine
    said(cast, check, "chen", is_same=is_same)

    assert has_passed(*asked) is passes
