from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """单位."""

    name = "lms.organisations"
    label = "organisations"
    verbose_name = "单位"
