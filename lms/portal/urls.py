"""Addresses of the screens, by audience."""

from django.urls import include, path

urlpatterns = [
    path("", include("lms.portal.public.urls")),
    path("my/", include("lms.portal.learner.urls")),
    path("learn/", include("lms.portal.learner.study_urls")),
    path("jobs/", include("lms.portal.job_urls")),
    path("", include("lms.portal.authority.review_urls")),
    path("institution/", include("lms.portal.provider.urls")),
    path("filing/", include("lms.portal.filing.urls")),
    path("enterprise/", include("lms.portal.enterprise.urls")),
    path("office/", include("lms.portal.authority.urls")),
    path("", include("lms.portal.authority.identity_urls")),
    path("", include("lms.portal.authority.account_urls")),
    path("", include("lms.portal.authority.filing_urls")),
    path("", include("lms.portal.authority.completion_urls")),
    path("", include("lms.portal.authority.anomaly_urls")),
    path("", include("lms.portal.authority.appeal_urls")),
    path("", include("lms.portal.authority.face_urls")),
    path("", include("lms.portal.authority.delivery_urls")),
]
