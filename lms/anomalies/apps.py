from datetime import timedelta

from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source, retire_source
from lms.kernel import ticks

EVIDENCE = (
    Source(
        "flag",
        "异常线索",
        "anomalies_anomalyflag",
        columns_of(
            "uid:uuid case_id key:text kind:text person_id enrolment_id week:date seen:text compared:text innocent:text "
            "figures:json evidence:json policy_id at:time"
        ),
        moment="at",
    ),
    Source(
        "case_step",
        "案件办理步骤",
        "anomalies_casestep",
        columns_of(
            "uid:uuid case_id kind:text answers_id person_id institution_id outcome:text due_on:date note_id "
            "words_hash:text by_id at:time"
        ),
        moment="at",
    ),
    Source(
        "measure",
        "处理措施",
        "anomalies_measure",
        columns_of("uid:uuid ruling_id kind:text person_id institution_id enrolment_id is_whole:bool until:date"),
    ),
    Source("withdrawal", "撤销明细", "anomalies_withdrawal", columns_of("measure_id entry_id")),
)


class AnomaliesConfig(AppConfig):
    """异常线索."""

    name = "lms.anomalies"
    label = "anomalies"
    verbose_name = "异常线索"

    def ready(self) -> None:
        """Name the evidence and the nightly work; be asked whether somebody may be enrolled and a class opened."""
        from lms.classes.queries import when_enrolled, when_opened

        for source in EVIDENCE:
            log_source(source)
        retire_source("step")  # words in the open; logged again by digest (migration 0003)
        ticks.register("lms.anomalies.services.detect_nightly", every=timedelta(minutes=10))
        when_enrolled("lms.anomalies.queries.measures.bars_of")
        when_opened("lms.anomalies.queries.measures.suspension_of")
