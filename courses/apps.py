from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """课程."""

    name = "courses"
    label = "courses"
    verbose_name = "课程"

    def ready(self) -> None:
        """Let staff into their institution's studio when a role is granted."""
        from lms.access.services import when_granted

        when_granted("courses.services.tree.join_studio_of_grant")
