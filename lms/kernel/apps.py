from datetime import timedelta

from django.apps import AppConfig

from lms.kernel import ticks


class KernelConfig(AppConfig):
    """内核."""

    name = "lms.kernel"
    label = "kernel"
    verbose_name = "内核"

    def ready(self) -> None:
        """Name the periodic work of the machine room."""
        ticks.register("lms.kernel.anchor.watch", every=timedelta(minutes=1))
        ticks.register("lms.kernel.vault.purge_expired", every=timedelta(minutes=5))
        ticks.register("lms.kernel.vault.purge_strays", every=timedelta(hours=6))
        ticks.register("lms.kernel.jobs.sweep", every=timedelta(seconds=20))
