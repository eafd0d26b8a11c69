"""Settings of real server processes in tests: tables without migrations, quick hashing, no second factor."""

from __future__ import annotations

import os

from lms.settings.dev import *
from lms.settings.dev import DATABASES, FACES, INSTALLED_APPS, STORAGES

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]  # its import starts an event loop before the fork
# A process that is killed loses nothing that it handed over: here SQLite need not wait for the disk.
if (options := DATABASES["default"]["OPTIONS"]).get("init_command"):
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_MFA_REQUIRED = False
API_REQUESTS_PER_MINUTE = {"account": 1_000_000, "visitor": 1_000_000}  # drills and benches are one address
SMS = {"gateway": "lms.people.gateways.sms.DevelopmentSms", "limit": "1000/m/key"}
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
FACES = {"gateway": os.environ.get("FACES_GATEWAY", FACES["gateway"])}
WS_ORIGINS = [f"http://127.0.0.1:{port}" for port in os.environ.get("LIVE_PORTS", "").split(",")]


class NoMigrations:
    """Every app has none."""

    def __contains__(self, name: str) -> bool:
        return True

    def __getitem__(self, name: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()
