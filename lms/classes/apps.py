from django.apps import AppConfig


class ClassesConfig(AppConfig):
    """班级."""

    name = "lms.classes"
    label = "classes"
    verbose_name = "班级"

    def ready(self) -> None:
        """Have rosters matched when somebody registers a real name, and be asked who may have a document."""
        from courses.queries.documents import when_read
        from lms.people.services import when_registered

        when_registered("lms.classes.services.enrol_from_rosters")
        when_read("lms.classes.queries.may_read_document")
