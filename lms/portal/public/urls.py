"""Addresses that everybody may open."""

from django.urls import path

from lms.portal.public import catalogue_views, samples, views

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/", views.courses, name="courses"),
    path("courses/<uuid:uid>/", views.course, name="course"),
    path("courses/<uuid:uid>/samples/<uuid:lesson_uid>/", samples.sample, name="sample"),
    path("catalogues/", catalogue_views.catalogues, name="catalogues"),
    path("catalogues/<slug:slug>/", catalogue_views.catalogue, name="catalogue"),
    path("catalogues/<slug:slug>/catalogue.xlsx", catalogue_views.catalogue_sheet, name="catalogue_sheet"),
    path("preferences/large-type/", views.large_type, name="large_type"),
]
