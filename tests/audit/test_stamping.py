"""The day's head is stamped by an authority; without one, or while it is down, everything else goes on."""

from __future__ import annotations

import subprocess

import pytest

from lms.audit.models import HeadStamp
from lms.audit.services import sequence, sign_due, stamp_due, verify
from lms.audit.services.stamping import MOST_ATTEMPTS
from lms.classes.models import ClassDecision
from lms.kernel import clock
from tests.audit.stage import seal
from tests.audit.tsa import Tsa


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    tsa = Tsa(tmp_path_factory.mktemp("tsa"))
    yield tsa
    tsa.stop()


@pytest.fixture
def tsa(running, settings):
    settings.LEDGER_TSA_URL, settings.LEDGER_TSA_CA_PATH = running.url, str(running.folder / "ca.pem")
    settings.LEDGER_TSA_TIMEOUT_SECONDS = 10
    running.mood, running.asked = "well", 0
    return running


def test_the_days_head_is_stamped(evidence, tsa, tmp_path):
    head = seal()

    assert stamp_due(clock.now())

    stamp = HeadStamp.objects.get()
    assert (stamp.state, stamp.head, stamp.attempts, stamp.error) == ("stamped", head, 1, "")
    (tmp_path / "head.txt").write_bytes(head.as_rule().stamped())
    (tmp_path / "stamp.tsr").write_bytes(bytes(stamp.token))
    command = ["openssl", "ts", "-verify", "-in", "stamp.tsr", "-data", "head.txt", "-CAfile", tsa.folder / "ca.pem"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / "head.txt").write_bytes(head.as_rule()._replace(size=head.size + 1).stamped())
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def test_one_head_a_day_is_stamped(evidence, tsa, traveller):
    seal()
    stamped = [stamp_due(clock.now()), stamp_due(clock.now())]
    traveller.advance(hours=2)
    ClassDecision.objects.create(training_class=evidence, kind="returned")
    seal()
    stamped.append(stamp_due(clock.now()))
    traveller.advance(hours=24)
    stamped.append(stamp_due(clock.now()))

    assert stamped == [True, False, False, True]
    assert [stamp.day.day for stamp in HeadStamp.objects.order_by("day")] == [6, 7]


@pytest.mark.parametrize(
    ("mood", "words"),
    [("down", "连不上时间戳机构"), ("silent", "连不上时间戳机构"), ("replay", "没有通过验证")],
)
def test_while_it_fails_the_head_waits_and_the_office_is_told(evidence, tsa, traveller, settings, mood, words):
    if mood == "replay" and not tsa.first:
        seal()
        stamp_due(clock.now())
        HeadStamp.objects.all().delete()
    settings.LEDGER_TSA_TIMEOUT_SECONDS = 1
    tsa.mood = mood
    seal()

    assert not stamp_due(clock.now())

    stamp = HeadStamp.objects.get()
    assert (stamp.state, stamp.attempts, stamp.token) == ("waiting", 1, None)
    assert words in stamp.error
    ClassDecision.objects.create(training_class=evidence, kind="returned")
    traveller.advance(hours=1)
    assert sequence(clock.now()) == 1
    assert sign_due(clock.now())
    assert verify().findings == []


def test_a_stamp_by_strange_certificates_is_refused(evidence, tsa, settings, tmp_path_factory):
    other = Tsa(tmp_path_factory.mktemp("other"))
    other.stop()
    settings.LEDGER_TSA_CA_PATH = str(other.folder / "ca.pem")
    seal()

    assert not stamp_due(clock.now())
    assert "没有通过验证" in HeadStamp.objects.get().error


def test_it_is_asked_again_after_a_while_and_not_for_ever(evidence, tsa, traveller):
    seal()
    tsa.mood = "down"
    stamp_due(clock.now())
    stamp_due(clock.now())
    assert tsa.asked == 1

    for _ in range(40):
        traveller.advance(minutes=20)
        stamp_due(clock.now())

    stamp = HeadStamp.objects.get(day__day=6)
    assert stamp.attempts == tsa.asked == 11  # at pauses of 5, 10, 20, 40, 80 and then 120 minutes, looked at every 20


def test_after_the_last_attempt_it_is_given_up(evidence, tsa):
    seal()
    tsa.mood = "down"
    stamp_due(clock.now())
    HeadStamp.objects.update(attempts=MOST_ATTEMPTS - 1, next_at=clock.now())

    stamp_due(clock.now())

    assert HeadStamp.objects.get().state == HeadStamp.State.FAILED
    assert not stamp_due(clock.now())


def test_it_works_again_when_the_authority_does(evidence, tsa, traveller):
    seal()
    tsa.mood = "down"
    stamp_due(clock.now())
    tsa.mood = "well"
    traveller.advance(minutes=6)

    assert stamp_due(clock.now())
    assert HeadStamp.objects.get().error == ""


def test_without_an_authority_nothing_is_asked(evidence):
    seal()

    assert not stamp_due(clock.now())
    assert HeadStamp.objects.count() == 0
