"""The environment: a malformed value stops the start, production starts with nothing missing, the clock stays real."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lms.kernel import clock
from lms.settings import env

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(b"k" * 32).decode()
COMPLETE = {
    "SECRET_KEY": "s" * 50,
    "ALLOWED_HOSTS": "px.example.cn",
    "BASE_URL": "https://px.example.cn",
    "SEALING_KEY": KEY,
    "BLIND_INDEX_KEY": KEY,
    "DATABASE_URL": "postgresql://lms:p%40ss@db.example.cn:5432/lms",
    "REDIS_URL": "redis://cache.example.cn:6379/0",
    "SMS_ENDPOINT": "https://sms.example.cn/send",
    "SMS_SECRET": "secret",
}


@pytest.mark.parametrize(
    ("read", "value"),
    [
        pytest.param(lambda: env.flag("X", default=False), "maybe", id="a flag that is neither true nor false"),
        pytest.param(lambda: env.number("X", 1), "ten", id="a number in words"),
        pytest.param(lambda: env.key("X"), "not base64!", id="a key that is not base64"),
        pytest.param(lambda: env.key("X"), base64.b64encode(b"short").decode(), id="a key of 5 bytes"),
        pytest.param(lambda: env.key("X"), "", id="an empty key"),
        pytest.param(lambda: env.origin("X"), "kj.example.cn", id="an origin without a scheme"),
        pytest.param(lambda: env.origin("X"), "https://kj.example.cn/scorm", id="an origin with a path"),
        pytest.param(lambda: env.text("X"), "", id="an empty text where one is needed"),
    ],
)
def test_refuses_malformed_value_by_name(monkeypatch, read, value):
    monkeypatch.setenv("X", value)

    with pytest.raises(ImproperlyConfigured, match="^X"):
        read()


def test_refuses_unknown_database(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://root@127.0.0.1/lms")

    with pytest.raises(ImproperlyConfigured, match="'mysql'"):
        env.database("sqlite:///x")


def test_reads_database_with_escaped_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", COMPLETE["DATABASE_URL"])

    read = env.database("sqlite:///x")

    assert (read["HOST"], read["PORT"], read["PASSWORD"], read["CONN_MAX_AGE"]) == ("db.example.cn", "5432", "p@ss", 0)


def test_reads_secret_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "key"))

    assert env.key("X") == b"k" * 32


def start(settings: dict[str, str], code: str = "") -> subprocess.CompletedProcess[str]:
    """Start Django under production settings with this environment only."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        cwd=ROOT,
        env={**kept, **settings, "DJANGO_SETTINGS_MODULE": "lms.settings.production"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_production_does_not_start_without(missing):
    ended = start({name: value for name, value in COMPLETE.items() if name != missing})

    assert ended.returncode != 0
    assert missing in ended.stderr.splitlines()[-1]


def test_production_starts_when_complete():
    ended = start(COMPLETE, "from django.conf import settings; assert not settings.DEBUG and not settings.DEMO_MODE")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_production_lets_packages_run_on_another_host_only():
    code = "from django.conf import settings; print(settings.SCORM_ORIGIN, settings.ALLOWED_HOSTS)"

    ours = start(COMPLETE | {"SCORM_ORIGIN": "https://px.example.cn"}, code)
    other = start(COMPLETE | {"SCORM_ORIGIN": "https://kj.example.cn/"}, code)

    assert ours.returncode != 0
    assert "SCORM_ORIGIN must be another host" in ours.stderr
    assert other.stdout.strip() == "https://kj.example.cn ['px.example.cn', 'kj.example.cn']", other.stderr


def test_production_refuses_the_gateway_that_shows_codes():
    ended = start({**COMPLETE, "SMS_GATEWAY": "lms.people.gateways.DevelopmentSms"})

    assert "SMS_GATEWAY" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "from lms.kernel import clock; import datetime as d\nwith clock.travel(d.datetime.now(d.UTC)): pass",
            id="the clock cannot be set",
        ),
        pytest.param("from django.core.management import call_command; call_command('demo')", id="no demo district"),
        pytest.param(
            "from django.core.management import call_command; call_command('demo', logins=True)", id="no logins"
        ),
    ],
)
def test_production_refuses_what_is_for_development(code):
    ended = start(COMPLETE, "\n" + code)

    assert ended.returncode == 1
    assert "only" in ended.stderr.splitlines()[-1]


def test_clock_can_be_set_in_demo_mode_only(settings):
    settings.DEMO_MODE = False

    with pytest.raises(RuntimeError), clock.travel(datetime(2026, 3, 2, tzinfo=UTC)):
        pass
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5


def test_clock_refuses_naive_time_and_goes_back_afterwards():
    with pytest.raises(ValueError, match="aware"), clock.travel(datetime(2026, 3, 2)):  # noqa: DTZ001
        pass
    with clock.travel(datetime(2020, 1, 20, tzinfo=UTC)) as travel:
        travel.advance(days=1)
        assert clock.now() == datetime(2020, 1, 21, tzinfo=UTC)
    assert clock.now().year > 2020
