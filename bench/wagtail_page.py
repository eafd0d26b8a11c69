"""A limit: a page of a new Wagtail project with one line of template, found and served by Wagtail on SQLite."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

FOLDER = Path(os.environ["BARE_FOLDER"])
TEMPLATE = "<!doctype html><title>{{ page.title }}</title><h1>{{ page.title }}</h1>"
settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    WAGTAIL_SITE_NAME="bare",
    WAGTAILADMIN_BASE_URL="http://127.0.0.1",
    USE_TZ=True,
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "wagtail.sqlite3")}},
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"wagtailcore/page.html": TEMPLATE})],
                    )
                ]
            },
        }
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "django.middleware.security.SecurityMiddleware",
    ],
    INSTALLED_APPS=[
        "wagtail.users", "wagtail.documents", "wagtail.images", "wagtail.admin", "wagtail", "modelcluster", "taggit",
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    ],
)  # fmt: skip
application = get_wsgi_application()

from wagtail import urls as wagtail_urls  # noqa: E402 - Wagtail reads the settings

urlpatterns = [path("", include(wagtail_urls))]
call_command("migrate", interactive=False, verbosity=0)  # lays Wagtail's welcome page at the root
