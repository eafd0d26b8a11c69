"""Addresses of live streams."""

from django.urls import path

from lms.live import views

urlpatterns = [
    path("live/v/<str:token>/door", views.live_door, name="live_door"),
    path("live/v/<str:token>/<str:name>", views.live_file, name="live_file"),
    path("live/<uuid:uid>/slides/<uuid:deck>/<int:page>.jpg", views.slide_page, name="live_slide"),
    path("live/<uuid:uid>/voices/<uuid:message>.m4a", views.voice_sound, name="live_voice"),
    path("live/ingest/", views.live_ingest, name="live_ingest"),
    path("live/whip/", views.live_whip, name="live_whip"),
    path("live/whip/<uuid:uid>/", views.live_whip_line, name="live_whip_line"),
    path("live/watch/", views.live_watch, name="live_watch"),
    path("live/watch/<str:name>/", views.live_watch_line, name="live_watch_line"),
    path("live/authorise/", views.live_authorise, name="live_authorise"),
]
