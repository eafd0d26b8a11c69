"""Addresses of lessons under study."""

from django.urls import path

from lms.portal.learner import views

urlpatterns = [path("<uuid:class_uid>/<uuid:lesson_uid>/", views.learn, name="learn")]
