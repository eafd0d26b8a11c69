"""Socket addresses."""

from typing import Any

from django.urls import path

from attendance.consumers import StudyConsumer
from lms.people.consumers import signed_in_door

websocket_urlpatterns: list[Any] = [
    path("ws/v1/study-sessions/<uuid:session>", signed_in_door(StudyConsumer.as_asgi())),
]
