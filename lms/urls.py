"""Who answers which address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from api.v1 import api
from api.v1.middleware import no_such_address
from lms.access.views import PUBLIC, SIGNED_IN, open_to
from lms.people import urls as people_urls


@open_to(PUBLIC)
def closed(request: HttpRequest, *args: str) -> HttpResponse:
    """Answer 404: Wagtail's own sign-in knows neither limits nor a second factor."""
    return HttpResponseNotFound()


@open_to(SIGNED_IN)
def account(request: HttpRequest) -> HttpResponse:
    """Lead from Wagtail's own page of the account, which is fenced off, to ours."""
    return redirect("security")


urlpatterns = [
    path("_allauth/", include(people_urls.headless)),
    path("_allauth/", include("allauth.headless.urls")),
    path("", include("lms.people.urls")),  # above allauth: it closes some of its doors
    path("accounts/", include("allauth.urls")),
    re_path(r"^cms/(login|password_reset)/", closed),
    path("cms/account/", account, name="studio_account"),
    path("cms/", include(wagtailadmin_urls)),
    path("api/v1/", api.urls),
    re_path(r"^api/v1/(.*)$", no_such_address),
    path("", include("courses.urls")),
    path("", include("lms.live.urls")),
    path("", include("lms.wechat.urls")),
    path("", include("lms.portal.urls")),
    path("", include(wagtail_urls)),
]
