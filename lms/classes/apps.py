from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source

EVIDENCE = (
    Source(
        "decision",
        "开班审批意见",
        "classes_classdecision",
        columns_of("uid:uuid training_class_id kind:text by_id at:time opinion:text"),
        moment="at",
    ),
    Source(  # without its state, which changes
        "enrolment",
        "学籍",
        "classes_enrolment",
        columns_of("uid:uuid training_class_id person_id enrolled_at:time"),
        moment="enrolled_at",
    ),
)


class ClassesConfig(AppConfig):
    """班级."""

    name = "lms.classes"
    label = "classes"
    verbose_name = "班级"

    def ready(self) -> None:
        """Name the evidence; have rosters matched when somebody registers a real name, and be asked who may have a document."""
        from courses.queries.documents import when_read
        from lms.people.services import when_registered

        for source in EVIDENCE:
            log_source(source)
        when_registered("lms.classes.services.enrol_from_rosters")
        when_read("lms.classes.queries.may_read_document")
