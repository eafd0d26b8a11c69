"""What later pictures are held against: the own ID card first, the former picture when it is replaced."""

from __future__ import annotations

import pytest

from lms.audit.models import AuditEntry
from lms.faces import services
from lms.faces.gateways.contract import FacesDownError
from lms.faces.models import FaceCheck, FaceReference
from lms.faces.services import enrolment
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.people.rules import CardFacts
from tests.faces.stage import GATEWAY, enrolled, lay, shot

REASON = "换了发型，原照片不像了"


@pytest.fixture
def wang(cast, at, settings):
    at(2026, 5, 6, 9, 0)
    settings.FACES = GATEWAY
    lay(cast)
    return cast.actor("wang")


@pytest.fixture
def card(cast, monkeypatch):
    """Let a card be read as 王芳's own; return what it says, to be changed."""
    told = {"number": str(cast.wang.person.document_number)}

    def read(*, user, picture, actor):
        assert user == cast.wang
        return CardFacts("王芳", "resident_id", told["number"])

    monkeypatch.setattr(enrolment, "read_identity_card", read)
    return told


def renewed(cast, actor, content=b"0.9", reason=REASON, **changes):
    deed = shot(content, **changes)
    return services.replace_reference(person=cast.wang.person, shot=deed, reason=reason, actor=actor)


def test_a_face_like_that_of_the_own_card_is_held_with_its_score(cast, wang, card):
    made = enrolled(cast, b"0.8", card=b"0.6")

    assert made.is_held
    assert (made.check.outcome, made.check.score_permille) == ("passed", 800)
    assert FaceReference.objects.get(erased_at=None) == made.check.reference


def test_a_face_unlike_the_card_is_not_held(cast, wang, card):
    made = enrolled(cast, b"0.2", card=b"0.6")

    assert (made.is_held, made.problem.code, made.check.outcome) == (False, "not_the_card", "failed")
    assert not FaceReference.objects.exists()


def test_an_unclear_one_is_held_and_left_to_people(cast, wang, card):
    made = enrolled(cast, b"0.4", card=b"0.6")

    assert (made.is_held, made.check.outcome) == (True, "unclear")


@pytest.mark.parametrize(
    ("number", "picture", "words"),
    [
        pytest.param("370211199001010018", b"0.6", "号码与您的实名信息不一致", id="another person's card"),
        pytest.param(None, b"dark", "没有看清身份证上的照片", id="a card without a face"),
    ],
)
def test_a_card_that_proves_nothing_is_refused_at_its_field(cast, wang, card, number, picture, words):
    card["number"] = number or card["number"]

    with pytest.raises(InvalidError, match=words) as caught:
        enrolled(cast, b"0.8", card=picture)

    assert set(caught.value.fields) == {"card"}
    assert not FaceCheck.objects.exists()


def test_a_gateway_that_goes_down_at_the_card_leaves_nothing(cast, wang, card):
    with pytest.raises(FacesDownError):
        enrolled(cast, b"0.8", card=b"down")

    assert not FaceReference.objects.exists()


def test_a_picture_without_a_face_says_what_to_do_and_is_not_held(cast, wang):
    made = enrolled(cast, b"dark")

    assert (made.problem.sentence, made.check.refusal) == ("没有看到人脸。", "no_face")
    assert not FaceReference.objects.exists()


def test_a_newer_picture_of_the_same_person_takes_the_place_and_the_reason_is_noted(cast, wang):
    former = enrolled(cast).check.reference

    made = renewed(cast, wang, b"0.45")

    former.refresh_from_db()
    assert former.template is None
    assert made.check.reference == FaceReference.objects.get(erased_at=None)
    assert AuditEntry.objects.get(action="faces.reference_replaced").words == REASON
    assert AuditEntry.objects.get(action="faces.reference_erased").data["why"] == "replaced"


@pytest.mark.parametrize("content", [b"0.1", b"0.44", b"dark"])
def test_nothing_unclear_takes_the_place(cast, wang, content):
    former = enrolled(cast).check.reference

    made = renewed(cast, wang, content)

    assert not made.is_held
    assert FaceReference.objects.get(erased_at=None) == former
    assert not AuditEntry.objects.filter(action="faces.reference_replaced").exists()


def test_replacing_needs_a_reason_and_something_to_replace(cast, wang):
    with pytest.raises(ConflictError, match="请先登记"):
        renewed(cast, wang)
    enrolled(cast)

    with pytest.raises(InvalidError, match="原因"):
        renewed(cast, wang, reason=" 换 ")
    assert FaceCheck.objects.count() == 1


@pytest.mark.parametrize("name", ["lu", "zhao", "sun", "wu"])
def test_nobody_else_replaces_a_face(cast, wang, name):
    enrolled(cast)

    with pytest.raises(ForbiddenError):
        renewed(cast, cast.actor(name))

    assert FaceCheck.objects.count() == 1


def test_an_unknown_way_of_taking_pictures_is_refused(cast, wang):
    with pytest.raises(InvalidError, match="采集方式"):
        enrolled(cast, capture="drone")


def test_a_picture_serves_once(cast, wang):
    enrolled(cast, b"0.9")

    made = renewed(cast, wang, b"0.9")

    assert (made.is_held, made.problem.code, made.check.outcome) == (False, "picture_repeated", "refused")


def test_a_gateway_that_is_down_leaves_nothing(cast, wang):
    before = AuditEntry.objects.count()

    with pytest.raises(FacesDownError, match="暂时不可用.*人工核验"):
        enrolled(cast, b"down")

    assert not FaceCheck.objects.exists()
    assert not FaceReference.objects.exists()
    assert AuditEntry.objects.count() == before
