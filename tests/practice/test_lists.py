"""Who was there: what learners' own signatures prove counts at once, all else is seen by a second person first."""

from __future__ import annotations

import pytest

from attendance.models import HoursEntry
from attendance.queries import hours_lines, totals_of
from attendance.services import withdraw_hours
from lms.completion.queries import completion_of
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.practice.models import ListDecision, PracticeResult, PresenceList, PresenceMark
from lms.practice.queries.presence import waiting_lists
from lms.practice.services import confirm_list, file_list, return_list
from tests.factories import MINUTE
from tests.practice.stage import AT_HOME, absent, ms, present


def file(workshop, *lines, name="li", **more):
    return file_list(session=workshop.session, lines=lines, actor=workshop.cast.actor(name), **more)


def confirm(workshop, filed, name="zhao", opinion="属实"):
    return confirm_list(presence_list=filed, opinion=opinion, actor=workshop.cast.actor(name))


def minutes(enrolment):
    return totals_of([enrolment.pk])[enrolment.pk].confirmed_ms / MINUTE


def told(enrolment):
    return [(line.kind, line.ms // MINUTE, line.sentence) for line in hours_lines(enrolment)]


def test_signed_at_the_place_counts_when_the_teacher_confirms(workshop):
    workshop.attend(workshop.wang)

    filed = file(workshop, present(workshop.wang))

    assert filed.decision.outcome == "confirmed"
    assert PresenceMark.objects.values_list("presence", "begin_ms", "end_ms", "is_witnessed").get() == (
        "present", ms(9), ms(11), True,
    )  # fmt: skip
    assert minutes(workshop.wang) == 120
    assert told(workshop.wang) == [
        ("confirmed", 120, "5月6日 09:00至11:00，在实训楼101线下实操，120分钟已认定：本人签到、签退，li确认到场。")
    ]
    assert completion_of([workshop.wang])[workshop.wang.pk].lessons[1].covered_percent == 66


def test_a_scan_from_home_counts_only_by_two_people(workshop):
    workshop.attend(workshop.wang, AT_HOME)

    filed = file(workshop, present(workshop.wang, reason="手机定位不准，本人在场"))

    assert (filed.needs_second, minutes(workshop.wang)) == (True, 0)
    assert [one.pk for one in waiting_lists(workshop.cast.actor("zhao"))] == [filed.pk]
    assert waiting_lists(workshop.cast.actor("qian")) == []
    confirm(workshop, filed)
    assert minutes(workshop.wang) == 120
    assert told(workshop.wang)[0][2].endswith("120分钟已认定：li确认到场，zhao复核。")
    assert waiting_lists(workshop.cast.actor("zhao")) == []


def test_without_a_reason_a_teacher_vouches_for_nobody(workshop):
    workshop.attend(workshop.wang, None)

    with pytest.raises(InvalidError) as refused:
        file(workshop, present(workshop.wang))

    assert refused.value.fields[str(workshop.wang.uid)].startswith("本人签到不能证明这段时间")
    assert not PresenceList.objects.exists()


def test_who_signed_is_not_left_out(workshop):
    other = workshop.join(31)
    workshop.attend(workshop.wang)

    with pytest.raises(InvalidError) as refused:
        file(workshop, absent(other))

    assert refused.value.fields == {str(workshop.wang.uid): "已经签到或在上一份名单中，请选择到场或缺席。"}


def test_the_friend_at_home_is_marked_absent(workshop):
    workshop.attend(workshop.wang, AT_HOME)

    file(workshop, absent(workshop.wang, "现场没有见到本人"))

    assert minutes(workshop.wang) == 0
    assert told(workshop.wang) == [
        ("lost", 120, "5月6日 09:00至11:00，在实训楼101线下实操，120分钟未计入：缺席（现场没有见到本人）。")
    ]


def test_late_and_early_are_cut(workshop):
    workshop.at(9, 10)
    workshop.sign(workshop.wang, "in")
    workshop.at(10, 55)
    workshop.sign(workshop.wang, "out")
    workshop.at(11)

    file(workshop, present(workshop.wang))

    assert PresenceMark.objects.get().presence == "partly"
    assert minutes(workshop.wang) == 105
    assert told(workshop.wang)[1][1:] == (
        15, "5月6日 09:00至11:00，在实训楼101线下实操，15分钟未计入：迟到并早退。",
    )  # fmt: skip


def test_below_the_least_share_nothing_counts(workshop):
    workshop.at(9, 25)
    workshop.sign(workshop.wang, "in")
    workshop.at(11)
    workshop.sign(workshop.wang, "out")

    file(workshop, present(workshop.wang))

    assert not HoursEntry.objects.exists()
    assert [line[2].split("：")[-1] for line in told(workshop.wang)] == [
        "迟到。", "到场时间不足口径规定的最低比例，本次课不计。",
    ]  # fmt: skip
    assert sum(line[1] for line in told(workshop.wang)) == 120


@pytest.mark.parametrize(
    ("begin", "end"), [(ms(8, 59), ms(11)), (ms(9), ms(11, 1)), (ms(10), ms(10)), (ms(10, 30), ms(9, 30))]
)
def test_times_outside_of_the_session_are_refused(workshop, begin, end):
    workshop.at(11, 10)

    with pytest.raises(InvalidError):
        file(workshop, present(workshop.wang, begin, end, "全程在岗"))

    assert not PresenceList.objects.exists()


def test_before_the_end_there_is_no_list(workshop):
    workshop.at(10, 59)

    with pytest.raises(ConflictError) as refused:
        file(workshop, absent(workshop.wang))

    assert refused.value.code == "practice_not_over"


def test_whoever_filed_does_not_confirm(workshop):
    workshop.at(11, 10)
    by_staff = file(workshop, present(workshop.wang, ms(9), ms(11), "全程在岗"), name="zhao")

    with pytest.raises(ForbiddenError) as refused:
        confirm(workshop, by_staff, "zhao")

    assert refused.value.code == "maker_is_checker"
    confirm(workshop, by_staff, "li")
    assert minutes(workshop.wang) == 120


@pytest.mark.parametrize("name", ["wang", "lu", "qian", "sun", "chen", "zhou", "wu"])
def test_nobody_else_confirms(workshop, name):
    workshop.at(11, 10)
    filed = file(workshop, present(workshop.wang, ms(9), ms(11), "全程在岗"))

    with pytest.raises(ForbiddenError):
        confirm(workshop, filed, name)
    with pytest.raises(ForbiddenError):
        file(workshop, present(workshop.wang), name=name)

    assert (minutes(workshop.wang), ListDecision.objects.count()) == (0, 0)


def test_a_returned_list_gives_nothing_and_a_new_one_may_come(workshop):
    workshop.at(11, 10)
    filed = file(workshop, present(workshop.wang, ms(9), ms(11), "全程在岗"))
    with pytest.raises(ConflictError):
        file(workshop, absent(workshop.wang))

    return_list(presence_list=filed, opinion="请核对离场时间", actor=workshop.cast.actor("zhao"))

    assert minutes(workshop.wang) == 0
    with pytest.raises(ConflictError):
        confirm(workshop, filed)
    assert file(workshop, absent(workshop.wang)).decision.outcome == "confirmed"


def test_a_correction_waits_and_takes_back_by_entries(workshop):
    other = workshop.join(31)
    workshop.attend(workshop.wang)
    file(workshop, present(workshop.wang), present(other, ms(9), ms(11), "全程在岗"))
    confirm(workshop, PresenceList.objects.get())
    before = HoursEntry.objects.count()

    lines = (present(workshop.wang), absent(other, "记错了人"))
    with pytest.raises(InvalidError):
        file(workshop, *lines)  # a correction says why
    corrected = file(workshop, *lines, note="点名表记错一人")
    assert minutes(other) == 120
    confirm(workshop, corrected)

    assert (minutes(workshop.wang), minutes(other)) == (120, 0)
    assert HoursEntry.objects.count() == before + 1
    assert [line[:2] for line in told(other)] == [("withdrawn", 120), ("confirmed", 120), ("lost", 120)]


def test_what_an_office_withdrew_no_list_gives_back(workshop):
    workshop.attend(workshop.wang)
    file(workshop, present(workshop.wang))
    withdraw_hours(enrolment=workshop.wang, actor=workshop.cast.actor("sun"), reason="查实代签")
    again = file(workshop, present(workshop.wang, ms(9), ms(10, 59), "重新登记"), note="想再登记一次")

    with pytest.raises(ConflictError) as refused:
        confirm(workshop, again)

    assert refused.value.code == "offline_entry_undone"
    assert minutes(workshop.wang) == 0
    assert PracticeResult.objects.count() == 1


def test_many_learners_cost_no_more_queries_to_show(workshop, django_assert_num_queries):
    from lms.practice.queries.presence import attendees

    workshop.attend(workshop.wang)
    filed = file(workshop, present(workshop.wang))
    with django_assert_num_queries(3):
        attendees(workshop.session, filed)
    for serial in range(31, 41):
        workshop.join(serial)
    with django_assert_num_queries(3):
        assert len(attendees(workshop.session, filed)) == 11
