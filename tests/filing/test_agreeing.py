"""The yearly agreement: read in one version, signed with every undertaking, signed for the office, then it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lms.filing.models import Agreement
from lms.filing.queries.standing import opening_bar_of
from lms.filing.rules.terms import FilingTerms
from lms.filing.services import countersign_agreement, publish_policy, publish_text, sign_agreement
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.notifications.models import Notice
from tests.filing.stage import filed, measured

PROMISES = ["如实申报学员和学时", "不收取学员费用"]
BODY = "双方约定按示例口径开展补贴性职业技能培训，本文本仅供测试使用。"


def publish(cast, **changes):
    given = {"body": BODY, "undertakings": PROMISES, "effective_from": clock.today(), "source": "示例"} | changes
    return publish_text(actor=cast.actor("sun"), **given)


def sign(cast, name="zhao", **changes):
    given = {"year": clock.today().year, "version": 1, "promised": PROMISES} | changes
    return sign_agreement(organisation=cast.institution_a, actor=cast.actor(name), **given)


def test_classes_of_a_year_wait_for_its_agreement(cast, at):
    at(2026, 3, 2, 9, 0)
    filed(cast, cast.institution_a)
    publish(cast)
    terms = FilingTerms(agreement_required=True)
    publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    unit, today = cast.institution_a.pk, clock.today()

    assert "2026年度协议" in opening_bar_of(unit, today)
    made = sign(cast)
    assert "等区办签署" in opening_bar_of(unit, today)
    countersign_agreement(agreement=made, actor=cast.actor("chen"))

    assert opening_bar_of(unit, today) == ""
    assert "2027年度协议" in opening_bar_of(unit, today + timedelta(days=365))
    assert Notice.objects.filter(user=cast.zhao, title="2026年度协议已签署").exists()
    steps = cast.institution_a.filing_steps.order_by("number").values_list("kind", flat=True)
    assert list(steps)[-2:] == ["signed", "agreed"]


def test_every_undertaking_is_given(cast):
    filed(cast, cast.institution_a)
    publish(cast)

    with pytest.raises(InvalidError, match="还有1条承诺"):
        sign(cast, promised=PROMISES[:1])

    assert not Agreement.objects.exists()


def test_what_was_signed_keeps_its_version_and_a_new_one_is_read_first(cast):
    filed(cast, cast.institution_a)
    publish(cast)
    made = sign(cast)
    publish(cast, undertakings=[*PROMISES, "接受现场检查"])

    made.refresh_from_db()
    assert made.text.version == 1
    with pytest.raises(ConflictError, match="协议文本已更新"):
        sign(cast, year=clock.today().year + 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"year": 2019}, "今年或明年", id="a year long past"),
        pytest.param({}, "已签署", id="signed already"),
    ],
)
def test_an_agreement_is_signed_once_and_for_a_near_year(cast, changes, sentence):
    filed(cast, cast.institution_a)
    publish(cast)
    sign(cast)

    with pytest.raises(ConflictError, match=sentence):
        sign(cast, **changes)


def test_only_who_is_filed_signs_and_only_a_lead_signs_back_once(cast):
    publish(cast)
    with pytest.raises(ConflictError, match="还没有完成备案"):
        sign(cast)
    filed(cast, cast.institution_a)
    for name in ("qian", "sun", "li"):
        with pytest.raises(ForbiddenError):
            sign(cast, name)
    made = sign(cast)
    with pytest.raises(ForbiddenError):
        countersign_agreement(agreement=made, actor=cast.actor("sun"))
    countersign_agreement(agreement=made, actor=cast.actor("chen"))
    with pytest.raises(ConflictError):
        countersign_agreement(agreement=made, actor=cast.actor("chen"))


def test_who_is_out_signs_nothing(cast):
    filed(cast, cast.institution_a)
    publish(cast)
    measured(cast, cast.institution_a, "exit")

    with pytest.raises(ConflictError):
        sign(cast)


def test_a_text_makes_sense(cast):
    with pytest.raises(InvalidError) as caught:
        publish(cast, body="短", undertakings=[" "], source="")

    assert set(caught.value.fields) == {"body", "undertakings", "source"}
