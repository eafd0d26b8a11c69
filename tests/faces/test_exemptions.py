"""Whoever cannot show the face, or does not want to, asks for another way; the office decides, for a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from lms.audit.models import AuditEntry
from lms.faces import services
from lms.faces.models import ExemptionRuling, FaceExemption
from lms.faces.queries import exemption_of, open_exemptions, standing_of
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.people.models import Person
from tests.faces.terms import TERMS


@pytest.fixture
def wang(cast, at):
    at(2026, 5, 6, 9, 0)
    services.publish_policy(terms=TERMS, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    return cast.actor("wang")


def asked(cast, actor, reason="disability", words="颈椎手术后不能转头（示例）"):
    return services.ask_exemption(person=cast.wang.person, reason=reason, words=words, actor=actor)


def decided(cast, exemption, *, granted=True, words="材料齐全（示例）", name="sun"):
    return services.decide_exemption(exemption=exemption.uid, granted=granted, words=words, actor=cast.actor(name))


def test_granted_exemption_holds_for_as_long_as_the_policy_says(cast, wang):
    exemption = asked(cast, wang)
    assert [one.pk for one in open_exemptions()] == [exemption.pk]

    ruling = decided(cast, exemption)

    assert ruling.until == clock.now() + timedelta(days=TERMS.exemption_days)
    assert exemption_of(cast.wang.person, clock.now()) == exemption
    assert exemption_of(cast.wang.person, ruling.until) is None
    assert exemption_of(cast.lu.person or Person(pk=0), clock.now()) is None
    assert open_exemptions() == []
    noted = AuditEntry.objects.filter(action__startswith="faces.exemption").values_list("action", "reason")
    assert set(noted) == {("faces.exemption_asked", ""), ("faces.exemption_decided", "")}


def test_refused_exemption_exempts_nobody_and_may_be_asked_again(cast, wang):
    decided(cast, asked(cast, wang), granted=False)

    assert exemption_of(cast.wang.person, clock.now()) is None
    assert asked(cast, wang).pk == standing_of(cast.wang.person, clock.now()).asked.pk


def test_one_request_waits_at_a_time(cast, wang):
    asked(cast, wang)

    with pytest.raises(ConflictError) as caught:
        asked(cast, wang)
    assert caught.value.code == "exemption_waits"


@pytest.mark.parametrize("name", ["wang", "lu", "li", "zhao", "wu"])
def test_only_the_office_decides(cast, wang, name):
    exemption = asked(cast, wang)

    with pytest.raises(ForbiddenError):
        decided(cast, exemption, name=name)
    assert not ExemptionRuling.objects.exists()


def test_nobody_decides_for_themselves(cast, wang):
    cast.chen.person = cast.wang.person

    with pytest.raises(ForbiddenError, match="自己的申请"):
        decided(cast, asked(cast, wang), name="chen")


@pytest.mark.parametrize("name", ["lu", "sun", "zhao"])
def test_nobody_asks_for_somebody_else(cast, wang, name):
    with pytest.raises(ForbiddenError):
        asked(cast, cast.actor(name))
    assert not FaceExemption.objects.exists()


def test_a_ruling_is_made_once(cast, wang):
    exemption = asked(cast, wang)
    decided(cast, exemption, granted=False)

    with pytest.raises(ConflictError) as caught:
        decided(cast, exemption)
    assert caught.value.code == "exemption_decided"
    with pytest.raises(NotFoundError):
        services.decide_exemption(exemption=uuid4(), granted=True, words="示例", actor=cast.actor("sun"))


def test_what_is_missing_is_named(cast, wang):
    with pytest.raises(InvalidError) as caught:
        asked(cast, wang, reason="lazy", words=" ")
    assert set(caught.value.fields) == {"reason", "words"}

    with pytest.raises(InvalidError):
        decided(cast, asked(cast, wang), words="")


def test_list_of_requests_costs_one_query(cast, wang, django_assert_num_queries):
    asked(cast, wang)

    with django_assert_num_queries(1):
        assert [one.person.name for one in open_exemptions()] == [cast.wang.person.name]
