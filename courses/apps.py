from datetime import timedelta

from django.apps import AppConfig

from lms.kernel import ticks


class CoursesConfig(AppConfig):
    """课程."""

    name = "courses"
    label = "courses"
    verbose_name = "课程"

    def ready(self) -> None:
        """Let staff into their institution's studio when a role is granted, and out when it ends; name the periodic work."""
        from wagtail.signals import page_unpublished

        from lms.access.services import when_ended, when_granted
        from lms.kernel.visitors import forget_pages_when_told

        ticks.register("courses.services.transfers.expire_transfers", every=timedelta(minutes=10))
        when_granted("courses.services.tree.join_studio_of_grant")
        when_ended("courses.services.tree.leave_studio_of_grant")
        ticks.register("courses.services.uploads.expire_uploads", every=timedelta(minutes=10))
        page_unpublished.connect(forget_pages_when_told)
        ticks.register("courses.services.videos.settle_stopped_videos", every=timedelta(seconds=30))
        ticks.register("courses.services.packages.settle_stopped_packages", every=timedelta(seconds=30))
        ticks.register("courses.services.sounds.settle_stopped_sounds", every=timedelta(seconds=30))
