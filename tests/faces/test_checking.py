"""A face is looked at by consent only, held against what was enrolled, and its pictures end; the evidence stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.storage import storages

from lms.access.rules import SYSTEM
from lms.audit.models import AuditEntry
from lms.faces import services
from lms.faces.gateways.contract import FacesDownError
from lms.faces.models import FaceCheck, FaceConsent, FaceReference
from lms.faces.queries import people_with_faces
from lms.faces.services import enrolment, liveness
from lms.faces.services.references import erase_reference
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.vault import open_file
from lms.people.models import ConsentText
from tests.faces.stage import GATEWAY, acted, shot
from tests.faces.terms import TERMS


@pytest.fixture
def scripted(settings):
    settings.FACES = GATEWAY


@pytest.fixture
def wang(cast, at):
    """Return 王芳's actor on a day with a text and a policy, the clock held."""
    at(2026, 5, 6, 9, 0)
    ConsentText.objects.create(kind="face", version="1", title="示例", body="示例", effective_from=clock.today())
    services.publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    return cast.actor("wang")


@pytest.fixture
def consented(cast, wang):
    services.give_consent(person=cast.wang.person, version="1", actor=wang)
    return wang


def enrolled(cast, actor, content=b"1"):
    return services.enrol(person=cast.wang.person, shot=shot(content, "enrol"), actor=actor).check


def verified(cast, actor, content=b"0.9", **changes):
    assert actor.person_id == cast.wang.person_id
    return acted(cast, content, **changes)


@pytest.mark.parametrize("deed", [enrolled, verified])
def test_without_consent_nothing_is_looked_at(cast, wang, scripted, deed):
    with pytest.raises(ConflictError, match="单独同意") as caught:
        deed(cast, wang)

    assert caught.value.code == "consent_needed"
    assert "人工核验" in caught.value.message
    assert not FaceCheck.objects.exists()
    assert not SealedFile.objects.exists()


def test_an_older_text_is_not_agreed_to(cast, wang):
    with pytest.raises(InvalidError, match="最新版"):
        services.give_consent(person=cast.wang.person, version="0", actor=wang)

    assert not FaceConsent.objects.exists()


@pytest.mark.parametrize("name", ["lu", "li", "zhao", "sun", "zhou", "wu"])
def test_nobody_else_deals_with_a_persons_face(cast, consented, scripted, name):
    other = cast.actor(name)

    with pytest.raises(ForbiddenError):
        enrolled(cast, other)
    with pytest.raises(ForbiddenError):
        services.withdraw_consent(person=cast.wang.person, actor=other)
    assert FaceConsent.objects.count() == 1
    assert not FaceCheck.objects.exists()


@pytest.mark.parametrize(
    ("content", "outcome"), [(b"0.45", "passed"), (b"0.449", "unclear"), (b"0.36", "unclear"), (b"0.359", "failed")]
)
def test_a_check_ends_by_the_policy_and_says_by_which_numbers(cast, consented, scripted, content, outcome):
    reference = enrolled(cast, consented).reference

    check = verified(cast, consented, content, capture="file")

    assert (check.outcome, check.score_permille, check.threshold_permille) == (
        outcome,
        round(float(content) * 1000),
        450,
    )
    assert (check.capture, check.model_id, check.reference) == ("file", "scripted", reference)
    assert open_file(check.picture).read().startswith(content + b" centre ")
    with storages["private"].open(check.picture.path) as handle:
        assert content not in handle.read()


def test_a_picture_that_cannot_be_used_is_noted_and_not_kept(cast, consented, scripted):
    enrolled(cast, consented)

    check = verified(cast, consented, b"dark")

    assert (check.outcome, check.refusal, check.score_permille, check.picture) == ("refused", "no_face", None, None)


def test_a_gateway_that_is_down_leaves_nothing_behind(cast, consented, scripted):
    enrolled(cast, consented)
    before = FaceCheck.objects.count(), SealedFile.objects.count(), AuditEntry.objects.count()

    with pytest.raises(FacesDownError, match="暂时不可用.*人工核验"):
        verified(cast, consented, b"down")

    assert (FaceCheck.objects.count(), SealedFile.objects.count(), AuditEntry.objects.count()) == before


def test_tries_of_an_hour_are_limited(cast, consented, scripted, at):
    services.publish_policy(
        terms=replace(TERMS, tries_per_hour=2), effective_from=clock.today(), source="示例", actor=cast.actor("sun")
    )
    enrolled(cast, consented)
    verified(cast, consented, b"0.1")

    with pytest.raises(ConflictError, match="次数过多"):
        verified(cast, consented, b"0.2")
    at(2026, 5, 6, 10, 0)
    assert verified(cast, consented, b"0.2").outcome == "failed"


def test_a_held_face_is_not_replaced_by_its_owner(cast, consented, scripted):
    enrolled(cast, consented)

    with pytest.raises(ConflictError, match="已登记过"):
        enrolled(cast, consented, b"2")

    assert people_with_faces() == FaceReference.objects.count() == 1


def gone(check):
    check.picture.refresh_from_db()
    with pytest.raises(NotFoundError):
        open_file(check.picture)
    return not storages["private"].exists(check.picture.path)


def test_withdrawal_erases_every_picture_and_keeps_the_results(cast, consented, scripted):
    first, second = enrolled(cast, consented), verified(cast, consented)
    held = first.reference.picture

    services.withdraw_consent(person=cast.wang.person, actor=consented)

    assert gone(first)
    assert gone(second)
    assert not storages["private"].exists(held.path)
    assert FaceReference.objects.get().template is None
    assert people_with_faces() == 0
    assert [check.outcome for check in FaceCheck.objects.order_by("pk")] == ["passed", "passed"]
    assert [one.given for one in FaceConsent.objects.order_by("pk")] == [True, False]
    with pytest.raises(ConflictError, match="单独同意"):
        verified(cast, consented, b"0.8")


def test_a_reference_ends_with_its_life_and_it_is_logged(cast, consented, scripted, at):
    reference = enrolled(cast, consented).reference

    assert services.purge_references(reference.expires_at - timedelta(seconds=1)) == 0
    at(2026, 11, 2, 9, 0)
    assert services.purge_references(clock.now()) == 1

    reference.refresh_from_db()
    assert reference.template is None
    assert not storages["private"].exists(reference.picture.path)
    assert AuditEntry.objects.filter(action="faces.reference_erased", data__why="expired").count() == 1
    with pytest.raises(ConflictError, match="请先登记参考照片"):
        verified(cast, consented)


def test_figures_that_cannot_be_are_named(cast):
    wrong = replace(TERMS, unclear_score=0.5, image_hours=0)

    with pytest.raises(InvalidError) as caught:
        services.publish_policy(terms=wrong, effective_from=clock.today(), source="", actor=cast.actor("sun"))

    assert set(caught.value.fields) == {"pass_score", "image_hours", "source"}


def erased_meanwhile(module, name, monkeypatch):
    """Have the held reference erased while pictures are looked at."""
    looks = getattr(module, name)

    def slow(*given):
        looked = looks(*given)
        erase_reference(FaceReference.objects.get(erased_at=None), "replaced", clock.now(), SYSTEM)
        return looked

    monkeypatch.setattr(module, name, slow)


def test_a_reference_that_changed_while_pictures_were_looked_at_decides_nothing(cast, consented, scripted, monkeypatch):
    enrolled(cast, consented)
    before = FaceCheck.objects.count()
    erased_meanwhile(liveness, "look", monkeypatch)

    with pytest.raises(ConflictError) as changed:
        verified(cast, consented)

    assert (changed.value.code, FaceCheck.objects.count()) == ("reference_changed", before)


def test_a_newer_picture_is_not_held_once_the_older_one_is_gone(cast, consented, scripted, monkeypatch):
    enrolled(cast, consented)
    erased_meanwhile(enrolment, "read", monkeypatch)

    with pytest.raises(ConflictError) as changed:
        services.replace_reference(
            person=cast.wang.person,
            shot=services.Shot(b"0.9", "enrol", "camera"),
            reason="原来的照片太暗",
            actor=consented,
        )

    assert changed.value.code == "reference_changed"
    assert not FaceReference.objects.filter(erased_at=None).exists()


def test_scores_of_another_model_are_not_compared(cast, consented, scripted):
    enrolled(cast, consented)
    FaceReference.objects.update(model_id="former")
    newer = services.Shot(b"0.9", "enrol", "camera")

    with pytest.raises(ConflictError) as outdated:
        verified(cast, consented)
    with pytest.raises(ConflictError) as renewed:
        services.replace_reference(person=cast.wang.person, shot=newer, reason="原来的照片太暗", actor=consented)

    assert (outdated.value.code, renewed.value.code) == ("reference_outdated", "reference_outdated")
    assert "重新登记" in outdated.value.message
