"""Addresses of accounts and real names; `headless` stands beside allauth's JSON endpoints."""

from allauth.headless.constants import Client
from django.urls import path, re_path

from lms.people import views

headless = [
    *(path(f"{client.value}/v1/auth/phone", views.PhoneEntryView.as_api_view(client=client)) for client in Client),
    *(path(f"{client.value}/v1/auth/code/request", views.closed) for client in Client),
]
urlpatterns = [
    path("accounts/phone/", views.sign_in_by_phone, name="sign_in_by_phone"),
    path("accounts/login/code/confirm/", views.confirm_code),
    path("accounts/login/code/", views.to_phone),
    re_path(r"^accounts/password/reset/", views.to_phone),
    re_path(r"^accounts/(?:email|confirm-email)/", views.closed),
    path("accounts/security/", views.security, name="security"),
    path("accounts/devices/<int:device_id>/end/", views.end_device, name="end_device"),
    path("accounts/password/by-code/", views.password_by_code, name="password_by_code"),
    path("dev/sms/", views.development_messages, name="development_messages"),
    path("my/identity/", views.identity, name="identity"),
    path("my/identity/photo/", views.identity_photo, name="identity_photo"),
]
