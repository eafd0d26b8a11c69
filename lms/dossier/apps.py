from datetime import timedelta

from django.apps import AppConfig

from lms.kernel import ticks


class DossierConfig(AppConfig):
    """档案."""

    name = "lms.dossier"
    label = "dossier"
    verbose_name = "档案"

    def ready(self) -> None:
        """Name the nightly work."""
        ticks.register("lms.dossier.services.erase_due", every=timedelta(days=1))
