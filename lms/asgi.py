"""HTTP and WebSockets in one process: everything in development, the sockets in production."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.dev")
http = get_asgi_application()

from attendance.routing import websocket_urlpatterns  # noqa: E402 - the app registry must be ready

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
