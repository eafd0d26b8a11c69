"""One machine, SQLite, no other service: what `make run` starts."""

from __future__ import annotations

import hashlib
import secrets

from lms.settings import env
from lms.settings.base import *
from lms.settings.base import STORAGES, VAR_DIR


def local_secret(name: str) -> bytes:
    """Return 32 bytes made once for this machine and kept under var/ (never in the repository)."""
    path = VAR_DIR / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(secrets.token_bytes(32))
        path.chmod(0o600)
    return path.read_bytes()


DEBUG = env.flag("DEBUG", default=False)
DEMO_MODE = True
ALLOWED_HOSTS = ["*"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "lms.staticfiles.QuickModulesStorage"}}
SECRET_KEY = hashlib.sha256(local_secret("secret")).hexdigest()
SEALING_KEYS = {1: local_secret("sealing")}
BLIND_INDEX_KEY = local_secret("index")
LEDGER_SIGNING_KEY = env.key("LEDGER_SIGNING_KEY") if env.text("LEDGER_SIGNING_KEY", "") else local_secret("ledger")
if env.text("LEDGER_SIGNING_KEY_PREVIOUS", ""):
    LEDGER_SIGNING_KEY_PREVIOUS = env.key("LEDGER_SIGNING_KEY_PREVIOUS")
STAFF_MFA_REQUIRED = env.flag("STAFF_MFA_REQUIRED", default=False)
SESSION_LIMITS = {"learner": 3, "staff": 3}
if not env.text("EMAIL_URL", ""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
PORT = env.number("PORT", 8000)
WS_ORIGINS = env.words("WS_ORIGINS") or [f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}"]
WAGTAILADMIN_BASE_URL = f"http://127.0.0.1:{PORT}"
