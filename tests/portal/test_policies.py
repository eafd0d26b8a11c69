"""The office draws up a study policy, tries it on a sample day, and publishes it."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from lms.planning.models import StudyPolicy
from lms.planning.rules import StudyTerms
from lms.planning.services import add_policy_version
from lms.portal.authority.policy_forms import GROUPS, PolicyForm

NEW = "office_policy_new"


@pytest.fixture
def policy(cast):
    terms = StudyTerms(daily_cap_ms=4 * 3_600_000, window_to_minute=24 * 60, quiz_attempts=None)
    return add_policy_version(
        name="示例口径", terms=terms, effective_from=date(2026, 1, 1), source="示例〔2026〕1号", actor=cast.actor("sun")
    )


@pytest.fixture
def office(enter):
    return enter("sun")


def typed(policy, **changes):
    form = PolicyForm(initial=PolicyForm.values_of(policy))
    values = {field.html_name: field.value() for field in form}
    values |= {"effective_from": "2026-07-01", "source": "示例〔2026〕2号", **changes}
    shown = {name: value.strftime("%H:%M") if hasattr(value, "hour") else value for name, value in values.items()}
    return {name: "" if value is None else value for name, value in shown.items()}


def test_the_form_holds_every_number_of_the_terms():
    named = [name for _, names in GROUPS for name in names]

    assert sorted(named) == sorted(PolicyForm.base_fields)
    assert set(StudyTerms.__dataclass_fields__) <= set(named)


def test_what_was_not_changed_is_published_as_it_was(office, policy):
    answer = office.post(reverse("office_policy_from", args=[policy.uid]), {**typed(policy), "step": "publish"})

    newest = StudyPolicy.objects.get(version=2)
    assert answer.url == reverse("office_policy", args=[newest.uid])
    assert newest.study_terms() == policy.study_terms()
    assert str(newest.effective_from) == "2026-07-01"


def test_a_trial_saves_nothing_and_stands_beside_the_version_in_force(office, policy):
    changed = typed(policy, daily_cap_ms="120", hidden_credited="yes")

    page = office.post(reverse(NEW), {**changed, "step": "try"}).content.decode()

    assert '这一天计入<b class="num">120</b>分钟' in page
    assert '按现行的示例口径 第1版计入<span class="num">240</span>分钟' in page
    assert 'value="120"' in page
    assert StudyPolicy.objects.count() == 1


@pytest.mark.parametrize("step", ["try", "publish"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"check_min_ms": "30", "check_max_ms": "20"}, "抽查间隔的上限不能小于下限。"),
        ({"window_from_minute": "06:00", "window_to_minute": ""}, "学习时段的开始和结束要么都填，要么都不填。"),
        ({"max_rate_percent": "abc"}, "请填写整数。"),
        ({"hour_minutes": "9" * 30}, "数字太大了。"),
        ({"effective_from": "2026-13-01"}, "输入一个有效的日期"),
        ({"beat_ms": "0"}, "上报间隔应大于0"),
    ],
)
def test_a_number_that_makes_no_sense_is_named_and_nothing_is_saved(office, policy, step, change, sentence):
    answer = office.post(reverse(NEW), {**typed(policy, **change), "step": step})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert StudyPolicy.objects.count() == 1


def test_a_colleague_who_was_faster_is_told_above_the_form(office, policy, monkeypatch):
    monkeypatch.setattr("lms.planning.services.next_version", lambda name: 1)

    answer = office.post(reverse(NEW), {**typed(policy), "step": "publish"})

    assert answer.status_code == 422
    assert "刚才有同事也发布了这个口径的新版本" in answer.content.decode()


def test_a_version_shows_its_sample_day_to_those_who_may_not_change_it(enter, policy):
    page = enter("wu").get(reverse("office_policy", args=[policy.uid])).content.decode()

    assert "试算：示例学员的一天" in page
    assert "拟定新版本" not in page


def test_the_first_policy_starts_from_the_house_numbers(office):
    page = office.get(reverse(NEW)).content.decode()

    assert "还没有发布过口径" in page
