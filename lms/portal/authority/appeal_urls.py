"""Addresses of the appeals of withheld time."""

from django.urls import path

from lms.portal.authority import appeal_views as views

urlpatterns = [
    path("office/appeals/", views.queue, name="office_appeals"),
    path("office/appeals/<uuid:uid>/", views.appeal, name="office_appeal"),
    path("office/appeals/<uuid:uid>/propose/", views.propose, name="office_appeal_propose"),
    path("office/appeals/<uuid:uid>/confirm/", views.confirm, name="office_appeal_confirm"),
    path("office/appeals/<uuid:uid>/file/", views.file, name="office_appeal_file"),
]
