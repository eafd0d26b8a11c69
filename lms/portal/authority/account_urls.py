"""Addresses of accounts and their roles."""

from django.urls import path

from lms.portal.authority import account_views as views

urlpatterns = [
    path("office/accounts/", views.accounts, name="office_accounts"),
    path("office/accounts/ask/", views.ask, name="office_role_ask"),
    path("office/accounts/requests/<uuid:uid>/", views.role_request, name="office_role_request"),
    path("office/accounts/roles/<uuid:uid>/", views.role, name="office_role"),
]
