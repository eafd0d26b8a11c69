"""Addresses that everybody may open."""

from django.urls import path

from lms.portal.learner import notice_setting_views
from lms.portal.public import catalogue_views, ledger_views, samples, views

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/", views.courses, name="courses"),
    path("courses/<uuid:uid>/", views.course, name="course"),
    path("courses/<uuid:uid>/samples/<uuid:lesson_uid>/", samples.sample, name="sample"),
    path("catalogues/", catalogue_views.catalogues, name="catalogues"),
    path("catalogues/<slug:slug>/", catalogue_views.catalogue, name="catalogue"),
    path("catalogues/<slug:slug>/catalogue.xlsx", catalogue_views.catalogue_sheet, name="catalogue_sheet"),
    path("ledger/", ledger_views.ledger, name="ledger"),
    path("ledger/heads.json", ledger_views.ledger_heads, name="ledger_heads"),
    path("ledger/consistency.json", ledger_views.ledger_consistency, name="ledger_consistency"),
    path("ledger/heads/<int:size>/stamp.tsr", ledger_views.ledger_stamp, name="ledger_stamp"),
    path("notices/email/<str:token>/", notice_setting_views.email_confirming, name="confirm_email"),
    path("notices/unsubscribe/<str:token>/", notice_setting_views.unsubscribing, name="unsubscribe"),
    path("preferences/large-type/", views.large_type, name="large_type"),
]
