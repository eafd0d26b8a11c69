"""What holds everywhere. Numbers of a regulation are no settings: they are dated policies in the database."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.urls import reverse_lazy

from lms.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

OWN_APPS = [
    "lms.kernel",
    "lms.audit",
    "lms.access",
    "lms.people",
    "lms.faces",
    "lms.wechat",
    "lms.notifications",
    "lms.organisations",
    "lms.catalogue",
    "lms.planning",
    "courses",
    "lms.classes",
    "lms.live",
    "attendance",
    "lms.practice",
    "lms.exams",
    "lms.completion",
    "lms.anomalies",
    "lms.appeals",
    "lms.filing",
    "lms.dossier",
    "lms.portal",
    "api",
    "lms.demo",
]
INSTALLED_APPS = [
    "daphne",
    *OWN_APPS,
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.sites",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.embeds",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.contrib.settings",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "django_htmx",
    "channels",
    "ninja",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "courses.middleware.SandboxHostMiddleware",
    "api.v1.middleware.ApiFrameMiddleware",  # outside of kept pages: how often one may ask is said to each
    "lms.kernel.visitors.VisitorPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "lms.kernel.powers.PowersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.people.middleware.GateMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "courses.middleware.MediaKeyMiddleware",
    "courses.middleware.StudioFenceMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lms.portal.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "lms.urls"
ASGI_APPLICATION = "lms.asgi.application"
WSGI_APPLICATION = "lms.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "lms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
                "lms.portal.context_processors.shell",
            ],
        },
    }
]

DATABASES = {"default": env.database(f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "")
if REDIS_URL:
    shared = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    CACHES = {"default": shared, "pages": shared | {"KEY_PREFIX": "pages", "TIMEOUT": 600}}
    # A socket waits for news five seconds at a time: whoever gives the line up sooner closes every quiet socket.
    # And all sockets of a process may come or go at once, each by a line of its own (redis-py stops at a hundred).
    layer_host = {"address": REDIS_URL, "socket_timeout": 15, "socket_connect_timeout": 5, "max_connections": 5_000}
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [layer_host]}},
    }
else:
    own = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache"
    }  # what another process changes, shows after TIMEOUT
    CACHES = {"default": own, "pages": own | {"LOCATION": "pages", "TIMEOUT": 60, "OPTIONS": {"MAX_ENTRIES": 500}}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
QUEUES = ["default", "films"]  # a film of two hours must not keep an export waiting
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
LIVE_ROOT = VAR_DIR / "live"  # what ffmpeg writes of live lessons, on this machine
LIVE_RELAY = (
    env.relay()
)  # a media server or a cloud that gives live streams to the crowd; empty: the embedded path alone
LIVE_RENDITIONS = env.choice("LIVE_RENDITIONS", "auto", "auto", "sound", "none")  # besides the picture as it comes
LIVE_INGEST_URL = env.rtmp("LIVE_INGEST_URL", "")  # where OBS and phones publish; empty: from pages only
LIVE_PULL_URL = env.rtmp("LIVE_PULL_URL", "rtmp://127.0.0.1:1935/ingest")  # where our encoder finds what they publish
LIVE_JANUS = env.janus()  # the WebRTC server at which pages and OBS publish by WHIP; empty: none
LIVE_DIRECT_VIEWERS = env.number("LIVE_DIRECT_VIEWERS", 50)  # so many learners at once may watch at it; 0: none
LIVE_PLAY_ORIGIN = "/".join(LIVE_RELAY["play"].split("/")[:3]) if LIVE_RELAY else ""
MEDIA_ACCEL = env.text(
    "MEDIA_ACCEL", ""
)  # nginx's internal location of MEDIA_ROOT; empty: the application sends the bytes
# "private" holds what no URL serves: uploaded sources, sealed files. "media" is what pages show.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "private", "base_url": None},
    },
    "staticfiles": {"BACKEND": "lms.staticfiles.HashedModulesStorage"},
} | env.bucket()
UPLOAD_CHUNK_BYTES = env.number("UPLOAD_CHUNK_BYTES", 8 * 1024**2)  # nginx lets through a little more
UPLOAD_QUOTA_GB = env.number("UPLOAD_QUOTA_GB", 200)  # of an institution that was given no other room
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 11_000  # the subtitle editor: four fields a row, 2,500 rows

# --- accounts (docs/adr/0006; the traps are tested in tests/people/) ---
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "lms.people.forms.TwoKindsValidator"},
]
ACCOUNT_ADAPTER = "lms.people.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "lms.people.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1", "email"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 300
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "100/m/ip,5/15m/key",
    "signup": "120/m/ip",
    "request_login_code": "300/m/ip,3/m/key",
    "verify_phone": "300/m/ip,1/30s/key",
    "change_phone": "3/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)
SMS = {"gateway": "lms.people.gateways.sms.DevelopmentSms", "limit": "1/60s/key,5/h/key,10/d/key,600/h/ip"}
globals().update(env.mail("EMAIL_URL"))  # EMAIL_BACKEND and what belongs to it; without a server none is written
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "noreply@localhost")
SMS_PROVIDER = env.choice("SMS_PROVIDER", "", "tencent", "aliyun")
TENCENT_SMS = env.provider(
    "TENCENT_SMS", "https://sms.tencentcloudapi.com", "KEY_ID", "SECRET", "APP_ID", is_chosen=SMS_PROVIDER == "tencent"
)
ALIYUN_SMS = env.provider(
    "ALIYUN_SMS", "https://dysmsapi.aliyuncs.com", "KEY_ID", "SECRET", is_chosen=SMS_PROVIDER == "aliyun"
)
SMS_SIGN = env.text("SMS_SIGN", None if SMS_PROVIDER else "")  # 短信签名, as the provider approved it
SMS_TEMPLATES = env.table("SMS_TEMPLATES")  # what the provider calls ours: code=…,notice=…,notice.en=…,notices=…
REAL_PERSON = env.choice("REAL_PERSON_PROVIDER", "", "tencent", "aliyun")
TENCENT = env.provider(
    "TENCENT", "https://faceid.tencentcloudapi.com", "KEY_ID", "SECRET", is_chosen=REAL_PERSON == "tencent"
)
ALIYUN = env.provider(
    "ALIYUN", "https://cloudauth.aliyuncs.com", "KEY_ID", "SECRET", "SCENE", is_chosen=REAL_PERSON == "aliyun"
)
REAL_PERSON_GATEWAY = {
    "": "",
    "tencent": "lms.faces.gateways.tencent.TencentRealPerson",
    "aliyun": "lms.faces.gateways.aliyun.AliyunRealPerson",
}[REAL_PERSON]
REAL_PERSON_TIMEOUT = env.number("REAL_PERSON_TIMEOUT", 10)
FACES = {"gateway": "lms.faces.gateways.embedded.EmbeddedFaces"}
WECHAT = env.official_account("WECHAT", hosts=[urlsplit(env.text("BASE_URL", "http://127.0.0.1")).hostname or ""])
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
USERSESSIONS_ADAPTER = "lms.people.adapter.UserSessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_SERIALIZER = "lms.people.adapter.SealedSerializer"
SESSION_LIMITS = {"learner": 3, "staff": 1}
# A room that is asked every second is 60; visitors behind one address are a school.
API_REQUESTS_PER_MINUTE = {
    "account": env.number("API_REQUESTS_PER_MINUTE", 600),
    "visitor": env.number("API_VISITOR_REQUESTS_PER_MINUTE", 3000),
}
CARD_READING_LIMIT = "20/h/key"  # a photo takes seconds of CPU
STAFF_IDLE_SECONDS = 900
STAFF_MFA_REQUIRED = True
MFA_ADAPTER = "lms.people.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "职业技能培训平台"
MFA_TOTP_TOLERANCE = 1
HEADLESS_ADAPTER = "lms.people.adapter.HeadlessAdapter"
HEADLESS_TOKEN_STRATEGY = "lms.people.adapter.TokenStrategy"
HEADLESS_SERVE_SPECIFICATION = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/my/enter/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- sealed personal data (docs/adr/0007) ---
SECRET_KEY = env.text("SECRET_KEY", "")
SEALING_KEYS: dict[int, bytes] = {}
SEALING_CURRENT = 1
SEALING_SUITE = env.number("SEALING_SUITE", 1)
BLIND_INDEX_KEY = b""

# --- the log of evidence (docs/adr/0023): heads are signed by a key that is not in the database ---
LEDGER_SIGNING_KEY = b""
LEDGER_SIGNING_KEY_PREVIOUS = b""
LEDGER_TSA_GATEWAY = "lms.audit.gateways.HttpAuthority"
LEDGER_TSA_URL = env.text("LEDGER_TSA_URL", "")
LEDGER_TSA_CA_PATH = env.text("LEDGER_TSA_CA_PATH") if LEDGER_TSA_URL else ""
LEDGER_TSA_TIMEOUT_SECONDS = env.number("LEDGER_TSA_TIMEOUT_SECONDS", 15)

# --- Wagtail: content only ---
WAGTAIL_SITE_NAME = "职业技能培训平台"
WAGTAIL_AUTOSAVE_INTERVAL = 0  # saving by itself while somebody presses 保存草稿 on a new page makes the page twice
WAGTAILADMIN_BASE_URL = env.text("BASE_URL", "http://127.0.0.1:8000")
WAGTAILADMIN_LOGIN_URL = reverse_lazy("account_login")
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_WORKFLOW_ENABLED = False  # whole courses are submitted (C2); a page of its own would never reach the office
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAILIMAGES_IMAGE_FORM_BASE = "courses.forms.ImageForm"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "courses.forms.DocumentForm"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt", "zip"]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 100 * 1024 * 1024
WAGTAILSEARCH_BACKENDS: dict[str, dict[str, object]] = {"default": {"BACKEND": "modelsearch.backends.database"}}
WAGTAIL_USAGE_COUNT_ENABLED = False

# --- course packages of others run on an origin of their own; without one the browser gives their frame a nameless one ---
SCORM_ORIGIN = env.origin("SCORM_ORIGIN")

# --- security headers: nothing but our own origin ---
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/cms/"],  # Wagtail's admin is fenced to staff and sends its own inline scripts
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:", *filter(None, [LIVE_PLAY_ORIGIN])],
        "connect-src": ["'self'", *filter(None, [LIVE_PLAY_ORIGIN])],
        "worker-src": ["'self'", "blob:"],
        "frame-src": ["'self'", *filter(None, [SCORM_ORIGIN])],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    },
}
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail previews pages in a frame of our own origin
SECURE_REFERRER_POLICY = "same-origin"
WS_ORIGINS: list[str] = env.words("WS_ORIGINS")
DEMO_MODE = False  # the development pages and the demo district: never in production

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
