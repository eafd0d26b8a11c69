from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source

EVIDENCE = (
    Source(
        "sitting",
        "考次",
        "exams_sitting",
        columns_of(
            "uid:uuid enrolment_id lesson_id lesson_uid:uuid attempt score_percent is_passed:bool request_key:text "
            "submitted_at:time"
        ),
        moment="submitted_at",
    ),
    Source(
        "answer",
        "作答",
        "exams_answer",
        columns_of(
            "sitting_id question_id:text chosen:json is_correct:bool earned_percent is_provisional:bool version_uid:uuid"
        ),
    ),
    Source(
        "popup",
        "弹题作答",
        "exams_popupanswer",
        columns_of(
            "uid:uuid enrolment_id lesson_id lesson_uid:uuid popup_id:text version_uid:uuid chosen:json is_correct:bool "
            "earned_percent is_provisional:bool answered_at:time"
        ),
        moment="answered_at",
    ),
)


class ExamsConfig(AppConfig):
    """测验与考试."""

    name = "lms.exams"
    label = "exams"
    verbose_name = "测验与考试"

    def ready(self) -> None:
        """Name the evidence, and what checks may ask of quizzes."""
        from attendance.services import when_asked

        for source in EVIDENCE:
            log_source(source)
        when_asked("lms.exams.queries.drawing.stock_of_quizzes")
