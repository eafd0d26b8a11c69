"""Addresses of institutions."""

from django.urls import path

from lms.portal.provider import question_views, upgrade_views, views

urlpatterns = [
    path("", views.home, name="institution_home"),
    path("classes/", views.class_list, name="institution_classes"),
    path("classes/new/", views.class_new, name="institution_class_new"),
    path("classes/<uuid:uid>/", views.class_page, name="institution_class"),
    path("classes/<uuid:uid>/edit/", views.class_edit, name="institution_class_edit"),
    path("classes/<uuid:uid>/roster/", views.roster_upload, name="institution_roster"),
    path("classes/<uuid:uid>/roster/<uuid:row_uid>/remove/", views.roster_remove, name="institution_roster_remove"),
    path("classes/<uuid:uid>/submit/", views.class_submit, name="institution_class_submit"),
    path("classes/<uuid:uid>/upgrade/", upgrade_views.class_upgrade, name="institution_class_upgrade"),
    path("questions/<uuid:uid>/", question_views.question_statistics, name="question_statistics"),
    path("roster-template.xlsx", views.roster_template, name="institution_roster_template"),
    path("roster-errors.xlsx", views.roster_errors, name="institution_roster_errors"),
]
