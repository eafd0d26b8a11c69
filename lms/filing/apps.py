from datetime import timedelta

from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source
from lms.kernel import ticks

EVIDENCE = Source(
    "filing_step",
    "备案与监管步骤",
    "filing_filingstep",
    columns_of(
        "uid:uuid organisation_id application_id number kind:text measure:text due_on:date answers_id note_id "
        "words_hash:text file_sha256:text by_id at:time"
    ),
    moment="at",
)


class FilingConfig(AppConfig):
    """备案."""

    name = "lms.filing"
    label = "filing"
    verbose_name = "备案"

    def ready(self) -> None:
        """Name the evidence and the nightly work; be asked whether an institution may open a class, and of what."""
        from lms.classes.queries import when_offered, when_opened

        log_source(EVIDENCE)
        when_opened("lms.filing.queries.standing.opening_bar_of")
        when_offered("lms.filing.queries.standing.course_bar_of")
        ticks.register("lms.filing.services.reminding.remind_of_licences", every=timedelta(hours=6))
