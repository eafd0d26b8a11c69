"""The test run: fixed keys, fast hashing, tasks at once. DATABASE_URL and REDIS_URL choose the second round."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lms.settings import env
from lms.settings.base import *
from lms.settings.base import CACHES, STORAGES, WAGTAILSEARCH_BACKENDS

VAR_DIR = Path(tempfile.mkdtemp(prefix="lms-test-"))
SECRET_KEY = "only-for-tests"
SEALING_KEYS = {1: b"s" * 32}
BLIND_INDEX_KEY = b"b" * 32
LEDGER_SIGNING_KEY = b"l" * 32
DEMO_MODE = True
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": env.database(f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
OPTIONS: dict[str, object] = DATABASES["default"]["OPTIONS"]  # type: ignore[assignment]
# What a test writes need not outlive the machine: no commit waits for the disk.
if str(DATABASES["default"]["ENGINE"]).endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}  # a file: two writers need one
    OPTIONS["init_command"] = str(OPTIONS["init_command"]).replace("synchronous=FULL", "synchronous=OFF")
else:
    OPTIONS.setdefault("options", "-c synchronous_commit=off")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": QUEUES}}
STATIC_ROOT = VAR_DIR  # empty, but there: WhiteNoise warns about a missing folder
API_REQUESTS_PER_MINUTE = {"account": 1_000_000, "visitor": 1_000_000}
MEDIA_ROOT = VAR_DIR / "media"
LIVE_ROOT = VAR_DIR / "live"
LIVE_RENDITIONS = "none"  # what this machine has to do beside must not decide what a test sees
STORAGES = STORAGES | {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "private", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = CACHES | {"pages": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}  # no transaction is committed
SEARCH = WAGTAILSEARCH_BACKENDS["default"] | {"AUTO_UPDATE": False}  # no test searches in Wagtail's admin
WAGTAILSEARCH_BACKENDS = {"default": SEARCH}
WS_ORIGINS = ["http://testserver"]
