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
    "LEDGER_SIGNING_KEY": KEY,
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
        pytest.param(lambda: env.table("X"), "code=SMS_1,notice", id="a pair without its value"),
        pytest.param(lambda: env.mail("X"), "mail.example.cn:465", id="a mail server without a scheme"),
        pytest.param(lambda: env.text("X"), "", id="an empty text where one is needed"),
    ],
)
def test_refuses_malformed_value_by_name(monkeypatch, read, value):
    monkeypatch.setenv("X", value)

    with pytest.raises(ImproperlyConfigured, match="^X"):
        read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("LIVE_PUSH_URL", "https://push.example.cn/live", id="a push that is no RTMP"),
        pytest.param("LIVE_PUSH_URL", "rtmp://push.example.cn", id="a push without an application"),
        pytest.param("LIVE_PLAY_URL", "https://play.example.cn/live?x=1", id="a play address with a query"),
        pytest.param("LIVE_PUSH_KEY", "", id="a cloud without its key"),
    ],
)
def test_a_relay_is_whole_or_refused_by_name(monkeypatch, name, value):
    whole = {
        "LIVE_RELAY": "aliyun", "LIVE_PUSH_URL": "rtmp://push.example.cn/live/",
        "LIVE_PLAY_URL": "https://play.example.cn/live", "LIVE_PUSH_KEY": "a", "LIVE_PLAY_KEY": "b",
    }  # fmt: skip
    for one, good in whole.items():
        monkeypatch.setenv(one, good)
    assert env.relay()["push"] == "rtmp://push.example.cn/live"
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=f"^{name}"):
        env.relay()


def test_janus_is_whole_or_refused_by_name(monkeypatch):
    assert env.janus() == {}
    whole = {
        "LIVE_JANUS_URL": "http://127.0.0.1:8088/janus/", "LIVE_JANUS_SECRET": "a", "LIVE_JANUS_ROOM_KEY": "b"
    }  # fmt: skip
    for one, good in whole.items():
        monkeypatch.setenv(one, good)
    assert env.janus() == {"url": "http://127.0.0.1:8088/janus", "secret": "a", "room_key": "b"}
    for one, bad in {"LIVE_JANUS_URL": "127.0.0.1:8088", "LIVE_JANUS_SECRET": "", "LIVE_JANUS_ROOM_KEY": ""}.items():
        monkeypatch.setenv(one, bad)
        with pytest.raises(ImproperlyConfigured, match=f"^{one}"):
            env.janus()
        monkeypatch.setenv(one, whole[one])


def test_refuses_unknown_database(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://root@127.0.0.1/lms")

    with pytest.raises(ImproperlyConfigured, match="'mysql'"):
        env.database("sqlite:///x")


def test_reads_database_with_escaped_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", COMPLETE["DATABASE_URL"])

    read = env.database("sqlite:///x")

    assert (read["HOST"], read["PORT"], read["PASSWORD"], read["CONN_MAX_AGE"]) == ("db.example.cn", "5432", "p@ss", 0)


@pytest.mark.parametrize(
    ("url", "port", "ssl", "starttls"),
    [
        ("smtps://u:p%40ss@mail.example.cn", 465, True, False),
        ("smtp://u:p%40ss@mail.example.cn", 587, False, True),
        ("smtp://u:p%40ss@127.0.0.1:25?tls=off", 25, False, False),
    ],
)
def test_reads_mail_server(monkeypatch, url, port, ssl, starttls):
    monkeypatch.setenv("X", url)

    read = env.mail("X")

    assert (read["EMAIL_PORT"], read["EMAIL_USE_SSL"], read["EMAIL_USE_TLS"]) == (port, ssl, starttls)
    assert (read["EMAIL_HOST_PASSWORD"], read["EMAIL_TIMEOUT"]) == ("p@ss", 10)


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
        timeout=300,
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


def test_production_sends_by_a_named_provider_instead():
    named = {"SMS_PROVIDER": "aliyun", "SMS_SIGN": "示例", "ALIYUN_SMS_KEY_ID": "k", "ALIYUN_SMS_SECRET": "s"}
    ours = ("code", "already_registered", "not_registered", "notice", "notices")
    named["SMS_TEMPLATES"] = ",".join(f"{one}=SMS_1" for one in ours)
    plain = {name: value for name, value in COMPLETE.items() if not name.startswith("SMS_")}

    ended = start(plain | named, "from django.conf import settings; print(settings.SMS['gateway'])")

    assert (ended.stdout.strip(), ended.stderr) == ("lms.people.gateways.aliyun_sms.AliyunSms", "")
    lacking = start(plain | named | {"SMS_TEMPLATES": "code=SMS_1"})
    assert "notices" in lacking.stderr.splitlines()[-1]


def test_production_lets_packages_run_on_another_host_only():
    code = "from django.conf import settings; print(settings.SCORM_ORIGIN, settings.ALLOWED_HOSTS)"

    ours = start(COMPLETE | {"SCORM_ORIGIN": "https://px.example.cn"}, code)
    other = start(COMPLETE | {"SCORM_ORIGIN": "https://kj.example.cn/"}, code)

    assert ours.returncode != 0
    assert "SCORM_ORIGIN must be another host" in ours.stderr
    assert other.stdout.strip() == "https://kj.example.cn ['px.example.cn', 'kj.example.cn']", other.stderr


def test_production_refuses_the_gateway_that_shows_codes():
    ended = start({**COMPLETE, "SMS_GATEWAY": "lms.people.gateways.sms.DevelopmentSms"})

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
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 60


def test_clock_refuses_naive_time_and_goes_back_afterwards():
    with pytest.raises(ValueError, match="aware"), clock.travel(datetime(2026, 3, 2)):  # noqa: DTZ001
        pass
    with clock.travel(datetime(2020, 1, 20, tzinfo=UTC)) as travel:
        travel.advance(days=1)
        assert clock.now() == datetime(2020, 1, 21, tzinfo=UTC)
    assert clock.now().year > 2020
