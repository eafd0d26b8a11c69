"""Plain HTTP in production (docs/operations.md)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.production")
application = get_wsgi_application()

from django.db import connection  # noqa: E402

from lms.kernel import anchor  # noqa: E402 - the app registry must be ready

anchor.adopt()
connection.close()
