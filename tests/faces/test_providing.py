"""A provider is asked when somebody enrols, where the policy says so; whatever keeps it from a verdict goes to people."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from lms.access.queries import actor_for
from lms.audit.models import AuditEntry
from lms.audit.services import sequence, verify
from lms.faces import services
from lms.faces.models import FaceCheck, FaceReference, ProviderDay, RealPersonCheck
from lms.faces.queries import checks_for_people, why_of
from lms.faces.rules import PROVIDER_NOTICES, terms_problems
from lms.faces.services import enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.people.models import Assurance, ConsentText, IdentityCheck
from tests.cast import make_person, make_user
from tests.faces.stage import GATEWAY, shot
from tests.faces.terms import TERMS
from tests.faces.vendor import aliyun, provider, tencent
from tests.vendors import server, tencent_error

__all__ = ["provider", "server"]
ASKING = replace(TERMS, provider_daily=5, provider_person_daily=2, provider_pause_after=2, provider_pause_seconds=300)
DOWN = tencent_error("InternalError")
OTHER = tencent_error("FailedOperation.CompareLowSimilarity")


@pytest.fixture
def district(cast, at, settings, provider):
    """Return (王芳, traveller) where the policy asks Tencent, whose server answers as the test says."""
    traveller = at(2026, 5, 6, 9, 0)
    settings.FACES, settings.REAL_PERSON = GATEWAY, "tencent"
    settings.REAL_PERSON_GATEWAY = "lms.faces.gateways.tencent.TencentRealPerson"
    ConsentText.objects.create(kind="face", version="1", title="示例", body="示例", effective_from=clock.today())
    services.publish_policy(terms=ASKING, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    services.give_consent(person=cast.wang.person, version="1", actor=cast.actor("wang"))
    return cast.wang.person, traveller


def enrol(cast, content=b"1", *, may_ask=True, card=None):
    return services.enrol(
        person=cast.wang.person, shot=shot(content), actor=cast.actor("wang"), card=card, may_ask=may_ask
    )


def queue(cast):
    return [(why_of(one), one.refusal) for one in checks_for_people(cast.actor("sun"))]


def test_a_confirmed_person_is_verified_and_nobody_has_to_look(cast, district, provider):
    provider.answers = [tencent("Success", 88.5)]

    made = enrol(cast)

    assert (made.is_held, made.notice, made.check.outcome) == (True, PROVIDER_NOTICES["passed"], "passed")
    told = RealPersonCheck.objects.get()
    assert (told.outcome, told.code, told.request_id, told.score_hundredths) == ("passed", "Success", "r-1", 8850)
    assert told.picture_hash == made.check.picture_hash
    cast.wang.person.refresh_from_db()
    assert cast.wang.person.assurance == Assurance.VERIFIED
    assert IdentityCheck.objects.filter(person=cast.wang.person, method="provider", passed=True).count() == 1
    assert queue(cast) == []
    assert list(checks_for_people(cast.actor("sun"), why="first")) == []


def test_nothing_raw_is_kept_of_what_was_sent(cast, district, provider):
    provider.answers = [tencent("Success", 88.5)]

    enrol(cast)

    kept = str(list(RealPersonCheck.objects.values())) + str(list(AuditEntry.objects.values()))
    assert str(cast.wang.person.document_number) in provider.received[0][1].decode()
    assert str(cast.wang.person.document_number) not in kept
    assert cast.wang.person.name not in kept
    sequence(clock.now())
    assert verify().findings == []


def test_somebody_else_is_not_enrolled_and_reads_why(cast, district, provider):
    provider.answers = [OTHER]

    made = enrol(cast)

    assert (made.is_held, made.problem.code, made.check.outcome) == (False, "provider_failed", "failed")
    assert "不一致" in made.problem.sentence
    assert not FaceReference.objects.exists()
    cast.wang.person.refresh_from_db()
    assert cast.wang.person.assurance != Assurance.VERIFIED


@pytest.mark.parametrize(
    ("answer", "refusal_code", "notice"),
    [
        pytest.param(tencent("Success", 65), "provider_unclear", "unclear", id="a near miss"),
        pytest.param(DOWN, "provider_silent", "silent", id="the service broke"),
        pytest.param(b"<html>", "provider_silent", "silent", id="something that is no answer"),
        pytest.param(tencent_error("AuthFailure.SignatureFailure"), "provider_silent", "silent", id="closed to us"),
    ],
)
def test_what_a_provider_cannot_settle_is_held_and_people_look(cast, district, provider, answer, refusal_code, notice):
    provider.answers = [answer]

    made = enrol(cast)

    assert (made.is_held, made.check.outcome, made.notice) == (True, "unclear", PROVIDER_NOTICES[notice])
    assert queue(cast) == [("provider", refusal_code)]
    for name in ("sun", "chen"):
        services.give_opinion(check=made.check, is_same=False, words="当面核对不是本人", actor=cast.actor(name))
    assert not FaceReference.objects.filter(erased_at=None).exists()


def test_a_slow_provider_keeps_nobody_waiting_and_is_asked_once(cast, district, provider, settings):
    settings.REAL_PERSON_TIMEOUT = 0.2
    provider.answers = ["slow", tencent("Success", 90)]

    made = enrol(cast)

    assert (made.check.refusal, len(provider.received)) == ("provider_silent", 1)


def test_a_provider_that_is_down_is_asked_a_few_times(cast, district, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.TENCENT = settings.TENCENT | {"endpoint": f"http://127.0.0.1:{closed.getsockname()[1]}"}

    assert enrol(cast).check.refusal == "provider_silent"


@pytest.fixture
def card(monkeypatch):
    """Let any card be that of whoever enrols, and so alike as its words say."""
    monkeypatch.setattr(enrolment, "card_score", lambda person, card, *rest: float(card))


@pytest.mark.parametrize(
    ("likeness", "is_held", "refusal_code"),
    [
        pytest.param(b"0.45", True, "provider_differs", id="the card says that it is the person"),
        pytest.param(b"0.44", False, "", id="the card says nothing for certain"),
    ],
)
def test_who_contradict_each_other_decide_nothing(cast, district, provider, card, likeness, is_held, refusal_code):
    provider.answers = [OTHER]

    made = enrol(cast, card=likeness)

    assert (made.is_held, made.check.refusal) == (is_held, refusal_code)


def test_a_card_of_somebody_else_is_not_paid_for(cast, district, provider, card):
    assert enrol(cast, card=b"0.2").problem.code == "not_the_card"
    assert provider.received == []


def test_without_the_tick_nothing_is_sent_and_people_look(cast, district, provider):
    made = enrol(cast, may_ask=False)

    assert (made.is_held, provider.received) == (True, [])
    assert queue(cast) == [("provider", "provider_declined")]
    assert not RealPersonCheck.objects.exists()


def test_whoever_used_up_the_day_is_told_and_not_enrolled(cast, district, provider):
    provider.answers = [OTHER, OTHER]
    for content in (b"1", b"2"):
        enrol(cast, content)

    with pytest.raises(ConflictError) as used:
        enrol(cast, b"3")

    assert (used.value.code, len(provider.received)) == ("provider_tries_used", 2)
    district[1].advance(days=1)
    provider.answers = [tencent("Success", 90)]
    assert enrol(cast, b"4").is_held


def others(cast, count):
    """Return people who agreed to face checks."""
    for serial in range(count):
        user = make_user(f"学员{serial}", make_person("学员", 500 + serial))
        services.give_consent(person=user.person, version="1", actor=actor_for(user))
        yield user


def asked_for(cast, user):
    """Let somebody enrol; return by which code people look at it."""
    deed = shot(user.username.encode())
    made = services.enrol(person=user.person, shot=deed, actor=actor_for(user), may_ask=True)
    return RealPersonCheck.objects.get(person=user.person).code, made.check.refusal


def test_the_day_of_the_district_has_a_limit(cast, district, provider):
    provider.answers = [tencent("Success", 90)] * 9

    codes = [asked_for(cast, user)[0] for user in others(cast, 6)]

    assert codes == ["Success"] * 5 + ["provider_limit"]
    assert (ProviderDay.objects.get().asked, len(provider.received)) == (5, 5)


def test_a_provider_that_stays_silent_is_left_alone_and_probed_later(cast, district, provider):
    provider.answers = [DOWN, DOWN, DOWN, tencent("Success", 90), tencent("Success", 90)]
    users = list(others(cast, 6))

    codes = [asked_for(cast, user)[0] for user in users[:3]]
    assert codes == ["real_person_down", "real_person_down", "provider_paused"]
    district[1].advance(seconds=301)
    assert asked_for(cast, users[3])[0] == "real_person_down"  # the probe: it pauses again
    assert ProviderDay.objects.get().paused_until > clock.now()
    district[1].advance(seconds=301)

    assert [asked_for(cast, user)[0] for user in users[4:]] == ["Success", "Success"]
    assert ProviderDay.objects.get().silent == 0


def test_a_closed_account_is_not_knocked_at_by_everybody(cast, district, provider):
    provider.answers = [tencent_error("AuthFailure.SignatureFailure")]
    users = list(others(cast, 2))

    assert [asked_for(cast, user)[0] for user in users] == ["real_person_closed", "provider_paused"]


@pytest.mark.parametrize("code", ["418", "427"])
def test_what_one_identity_may_not_keeps_nobody_else_waiting(cast, district, provider, settings, code):
    settings.REAL_PERSON = "aliyun"
    settings.REAL_PERSON_GATEWAY = "lms.faces.gateways.aliyun.AliyunRealPerson"
    provider.answers = [{"Code": code}, {"Code": code}, aliyun("T", "200", 96)]
    users = list(others(cast, 3))

    told = [asked_for(cast, user) for user in users]

    assert told == [(code, "provider_unclear"), (code, "provider_unclear"), ("200/200", "")]
    assert ProviderDay.objects.get().paused_until is None


def test_what_tencent_counts_of_one_identity_keeps_nobody_else_waiting(cast, district, provider):
    provider.answers = [tencent_error("FailedOperation.IdentityAuthLimitExceeded"), tencent("Success", 90)]
    users = list(others(cast, 2))

    assert [asked_for(cast, user)[1] for user in users] == ["provider_unclear", ""]
    assert ProviderDay.objects.get().paused_until is None


def test_without_a_provider_or_where_the_policy_asks_none_nothing_changes(cast, district, provider, settings):
    settings.REAL_PERSON = ""
    made = enrol(cast)
    assert (made.is_held, made.check.outcome, made.notice) == (True, "passed", "参考照片已登记。")
    services.withdraw_consent(person=cast.wang.person, actor=cast.actor("wang"))
    services.give_consent(person=cast.wang.person, version="1", actor=cast.actor("wang"))
    settings.REAL_PERSON = "tencent"
    services.publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))

    assert enrol(cast, b"2").notice == "参考照片已登记。"
    assert provider.received == []


def test_no_limit_may_be_below_zero():
    wrong = terms_problems(replace(ASKING, provider_daily=-1, provider_person_daily=0, provider_fen=0))
    assert set(wrong) == {"provider_daily", "provider_person_daily"}


def test_evidence_names_the_deed_at_the_provider(cast, district, provider):
    provider.answers = [tencent("Success", 90)]

    enrol(cast)

    order = RealPersonCheck.objects.get().order
    assert order in provider.received[0][1].decode()
    assert (len(order), FaceCheck.objects.count()) == (32, 1)
