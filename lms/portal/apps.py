from django.apps import AppConfig


class PortalConfig(AppConfig):
    """门户."""

    name = "lms.portal"
    label = "portal"
    verbose_name = "门户"
