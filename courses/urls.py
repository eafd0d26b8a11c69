"""Addresses of content."""

from django.urls import path

from courses.views import media as views

urlpatterns = [
    path("media/v/<str:token>/<str:name>", views.video_file, name="video_file"),
    path("media/images/<str:name>", views.picture, name="picture"),
]
