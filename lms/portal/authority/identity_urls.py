"""Addresses of the office's identity cases."""

from django.urls import path

from lms.portal.authority import identity_views as views

urlpatterns = [
    path("office/identity-cases/", views.identity_cases, name="identity_cases"),
    path("office/identity-cases/<uuid:uid>/phones/", views.reveal_case_phones, name="reveal_case_phones"),
    path("office/identity-cases/<uuid:uid>/", views.decide_identity_case, name="decide_identity_case"),
]
