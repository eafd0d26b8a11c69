from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source, retire_source

EVIDENCE = (
    Source(
        "practice", "实操课次", "practice_practicesession",
        columns_of("uid:uuid training_class_id filed_by_id filed_at:time"), moment="filed_at",
    ),
    Source(
        "timetable", "课次安排", "practice_timetablestep",
        columns_of(
            "uid:uuid session_id number lesson_uid:uuid starts_at:time ends_at:time place:text latitude:number "
            "longitude:number radius_m teacher_id capacity is_cancelled:bool reason:text by_id at:time"
        ),
        moment="at",
    ),
    Source(
        "signature", "签到与签退", "practice_signature",
        columns_of(
            "uid:uuid session_id enrolment_id way:text step method:text at_ms place:text distance_m accuracy_m device:text "
            "address:text network:text"
        ),
    ),
    Source(
        "practice_list", "到场名单", "practice_presencelist",
        columns_of(
            "uid:uuid session_id number source:text note_id words_hash:text needs_second:bool paper_id paper_sha256:text "
            "by_id at:time"
        ),
        moment="at",
    ),
    Source(
        "presence_mark", "到场确认", "practice_presencemark",
        columns_of(
            "uid:uuid presence_list_id enrolment_id presence:text begin_ms end_ms is_witnessed:bool note_id "
            "words_hash:text"
        ),
    ),
    Source(
        "list_opinion", "名单复核", "practice_listdecision",
        columns_of("uid:uuid presence_list_id outcome:text note_id words_hash:text by_id at:time"), moment="at",
    ),
    Source(
        "practice_result", "实操学时认定", "practice_practiceresult",
        columns_of("uid:uuid mark_id entry_id uncounted:json at:time"), moment="at",
    ),
)  # fmt: skip


class PracticeConfig(AppConfig):
    """线下实操."""

    name = "lms.practice"
    label = "practice"
    verbose_name = "线下实操"

    def ready(self) -> None:
        """Name the evidence, who tells learners of time at places, and who says who teaches there when."""
        from attendance.queries import when_explained
        from lms.classes.queries import when_taught

        for source in EVIDENCE:
            log_source(source)
        retire_source("presence_list", "presence", "list_decision")  # words in the open; logged again (migration 0003)
        when_explained("lms.practice.queries.lines.practice_lines")
        when_taught("lms.practice.queries.conflicts.taught_at_places")
