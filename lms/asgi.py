"""HTTP and WebSockets in one process: everything in development, the sockets in production."""

import gc
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.dev")
http = get_asgi_application()

from django.db import connection  # noqa: E402

from api.v1.beats_door import BeatsDoor  # noqa: E402 - the app registry must be ready
from attendance.routing import websocket_urlpatterns as study_sockets  # noqa: E402
from lms.kernel import anchor  # noqa: E402
from lms.live.routing import websocket_urlpatterns as live_sockets  # noqa: E402

anchor.adopt()
connection.close()
gc.freeze()  # what was loaded stays: looking through it again and again took a sixth of the time of a beat
gc.set_threshold(10_000, 20, 20)
application = ProtocolTypeRouter({"http": BeatsDoor(http), "websocket": URLRouter(study_sockets + live_sockets)})
