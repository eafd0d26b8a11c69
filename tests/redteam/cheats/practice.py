"""Cheats at a place: codes that travel, phones that sign for several, papers and lists that say what was not."""

from __future__ import annotations

from contextlib import suppress

from lms.kernel.errors import DomainError
from lms.practice.services.sheets import number_of
from tests.redteam import weak
from tests.redteam.strategies import cheat
from tests.redteam.workshop import AT_HOME, SESSION_MS, Workshop, ms
from tests.redteam.world import World


@cheat("不在现场的签到不能作证 · a signature from elsewhere proves nothing", without=weak.places_everybody_there)
def cheat_photo_of_the_code(world: World) -> None:
    """把墙上的码拍给在家的同学，当场扫 · Sends a photo of the code to a friend at home, who scans it at once"""
    workshop = Workshop(world)
    friend = workshop.learner()
    for way, time in (("in", (8, 55)), ("out", (11, 5))):
        workshop.at(*time)
        workshop.sign(friend, way, given=workshop.code(way), fix=AT_HOME)
    workshop.file(friend)


@cheat("签到码几十秒后作废 · a code is good for seconds", without=weak.takes_old_codes)
def cheat_old_code(world: World) -> None:
    """用一分多钟前的码，并伪造定位 · Uses a code of a minute ago, with a forged position"""
    workshop = Workshop(world)
    friend = workshop.learner()
    for way, time in (("in", (8, 55)), ("out", (11, 5))):
        workshop.at(*time)
        photo = workshop.code(way)
        world.wait(61)
        workshop.sign(friend, way, given=photo)
    workshop.file(friend)


@cheat("一台设备不能证明两个人 · one device proves no two persons", without=weak.forgets_devices)
def cheat_one_phone_for_many(world: World) -> None:
    """一个人到场，用自己的手机换账号替同事签 · One comes and signs for a colleague on the same phone"""
    workshop = Workshop(world)
    there, absent = workshop.learner(), workshop.learner()
    for way, time in (("in", (8, 55)), ("out", (11, 5))):
        workshop.at(*time)
        for one in (there, absent):
            workshop.sign(one, way, phone="one phone")
    workshop.was_there(there, SESSION_MS)
    workshop.file(there, absent)


@cheat("没有签退就没有到几点 · without signing out there is no end", without=weak.lends_the_end)
def cheat_signs_in_and_leaves(world: World) -> None:
    """签到十分钟就走，不签退 · Signs in, leaves after ten minutes and never signs out"""
    workshop = Workshop(world)
    learner = workshop.learner()
    workshop.at(8, 55)
    workshop.sign(learner, "in")
    workshop.was_there(learner, 600_000)
    workshop.at(11, 10)
    workshop.file(learner)


@cheat("同一时间只计一次 · the same time counts once", without=weak.counts_places_beside_films)
def cheat_film_beside_practice(world: World) -> None:
    """实操签到后，在旁边放影片挂学时 · Signs in at the place and lets a film run beside it"""
    workshop = Workshop(world)
    learner = workshop.learner()
    workshop.at(8, 55)
    workshop.sign(learner, "in")
    workshop.at(9, 30)
    screen = learner.sit()
    screen.watch(120)
    screen.close()
    workshop.was_there(learner, SESSION_MS - 120_000)
    workshop.at(11, 5)
    workshop.sign(learner, "out")
    workshop.at(11, 10)
    workshop.file(learner)


@cheat("课次要事先安排 · a session is planned ahead", without=weak.plans_the_past)
def cheat_backdated_sheet(world: World) -> None:
    """机构事后补一次课，连同补签的纸质签到表 · An institution adds a past session with a sheet signed afterwards"""
    workshop = Workshop(world)
    learner = workshop.learner()
    workshop.at(12)
    with suppress(DomainError):
        past = workshop.plan(2026, 5, 4)
        filed = workshop.bring(f"{number_of(learner.enrolments[0])},是,,", session=past)
        workshop.confirm(filed, workshop.registrar)


@cheat("一次课一人只认定一次 · a session counts once for a person", without=weak.pays_for_every_list)
def cheat_sheet_row_twice(world: World) -> None:
    """签到表里同一人写两行，再把整张表交两次 · Writes a person twice on the sheet, then hands the whole sheet in twice"""
    workshop = Workshop(world)
    learner = workshop.learner()
    workshop.was_there(learner, SESSION_MS)
    workshop.at(12)
    row = f"{number_of(learner.enrolments[0])},是,,"
    workshop.confirm(workshop.bring(row, row), workshop.registrar)
    for note in ("", "再交一次，以此为准"):
        workshop.confirm(workshop.bring(row, note=note), workshop.registrar)


@cheat("提交人不能复核自己的名单 · nobody confirms the own list", without=weak.lets_anybody_confirm)
def cheat_teacher_confirms_own_list(world: World) -> None:
    """教师把没来的人写成全程在岗，自己复核 · A teacher enters somebody who never came, and confirms it alone"""
    workshop = Workshop(world)
    learner = workshop.learner()
    workshop.at(11, 10)
    filed = workshop.file(learner, begin_ms=ms(9), end_ms=ms(11), reason="全程在岗")
    workshop.confirm(filed, workshop.teacher)


@cheat("更正也要第二人复核 · a correction waits for a second person", without=weak.lets_anybody_confirm)
def cheat_edits_after_confirmation(world: World) -> None:
    """名单确认后，教师把缺席改成到场，自己复核 · After the list was confirmed, a teacher turns an absence into a presence alone"""
    workshop = Workshop(world)
    learner = workshop.learner()
    workshop.at(11, 10)
    workshop.file(learner, is_present=False, reason="未到")
    filed = workshop.file(learner, note="补登一名学员", begin_ms=ms(9), end_ms=ms(11), reason="全程在岗")
    workshop.confirm(filed, workshop.teacher)
