from django.apps import AppConfig


class ClassesConfig(AppConfig):
    """班级."""

    name = "lms.classes"
    label = "classes"
    verbose_name = "班级"

    def ready(self) -> None:
        """Have rosters matched when somebody registers a real name."""
        from lms.people.services import when_registered

        when_registered("lms.classes.services.enrol_from_rosters")
