from django.apps import AppConfig


class DossierConfig(AppConfig):
    """档案."""

    name = "lms.dossier"
    label = "dossier"
    verbose_name = "档案"
