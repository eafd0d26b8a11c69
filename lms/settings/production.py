"""The same code on PostgreSQL, Redis and S3-compatible storage. Everything comes from the environment."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from lms.settings import env
from lms.settings.base import *
from lms.settings.base import MEDIA_ACCEL, REDIS_URL, SCORM_ORIGIN, SMS, SMS_PROVIDER, SMS_TEMPLATES, STORAGES

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
env.text("ALLOWED_HOSTS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
WAGTAILADMIN_BASE_URL = env.text("BASE_URL")
if SCORM_ORIGIN:
    sandbox = urlsplit(SCORM_ORIGIN).hostname or ""
    if sandbox in {urlsplit(WAGTAILADMIN_BASE_URL).hostname, *ALLOWED_HOSTS}:
        raise ImproperlyConfigured("SCORM_ORIGIN must be another host than the site's: packages run there")
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, sandbox]
WS_ORIGINS = env.words("WS_ORIGINS") or [WAGTAILADMIN_BASE_URL]
SEALING_CURRENT = env.number("SEALING_KEY_ID", 1)
SEALING_KEYS = {SEALING_CURRENT: env.key("SEALING_KEY")}
if env.text("SEALING_KEY_PREVIOUS", ""):
    previous = env.number("SEALING_KEY_PREVIOUS_ID", 0)
    if previous == SEALING_CURRENT:
        raise ImproperlyConfigured("SEALING_KEY_PREVIOUS_ID must differ from SEALING_KEY_ID")
    SEALING_KEYS[previous] = env.key("SEALING_KEY_PREVIOUS")
BLIND_INDEX_KEY = env.key("BLIND_INDEX_KEY")
LEDGER_SIGNING_KEY = env.key("LEDGER_SIGNING_KEY")
if env.text("LEDGER_SIGNING_KEY_PREVIOUS", ""):
    LEDGER_SIGNING_KEY_PREVIOUS = env.key("LEDGER_SIGNING_KEY_PREVIOUS")
DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL must be set: limits, locks and sockets are shared between processes")
if SMS_PROVIDER:
    named = {"tencent": "tencent_sms.TencentSms", "aliyun": "aliyun_sms.AliyunSms"}[SMS_PROVIDER]
    SMS = SMS | {"gateway": f"lms.people.gateways.{named}"}
    if missing := {"code", "already_registered", "not_registered", "notice", "notices"} - set(SMS_TEMPLATES):
        raise ImproperlyConfigured(f"SMS_TEMPLATES must name the provider's templates for {', '.join(sorted(missing))}")
else:
    SMS = SMS | {
        "gateway": env.text("SMS_GATEWAY", "lms.people.gateways.sms.HttpSms"),
        "endpoint": env.text("SMS_ENDPOINT"),
        "secret": env.text("SMS_SECRET"),
    }
if env.text("EMAIL_URL", ""):
    DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM")
if SMS["gateway"].endswith(".DevelopmentSms"):
    raise ImproperlyConfigured("SMS_GATEWAY must send real messages: the development gateway shows codes on a page")
if MEDIA_ACCEL and "direct" in STORAGES:
    raise ImproperlyConfigured("MEDIA_ACCEL names a folder of this machine: with S3_BUCKET there is none")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
