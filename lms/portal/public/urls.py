"""Addresses that everybody may open."""

from django.urls import path

from lms.portal.public import samples, views

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/", views.courses, name="courses"),
    path("courses/<uuid:uid>/", views.course, name="course"),
    path("courses/<uuid:uid>/samples/<uuid:lesson_uid>/", samples.sample, name="sample"),
    path("preferences/large-type/", views.large_type, name="large_type"),
]
