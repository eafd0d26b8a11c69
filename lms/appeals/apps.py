from django.apps import AppConfig

from lms.audit.rules.sources import Agreement, Source, columns_of, log_agreement, log_source, retire_source

EVIDENCE = Source(
    "hours_appeal_step",
    "学时申诉步骤",
    "appeals_appealstep",
    columns_of(
        "uid:uuid appeal_id number kind:text entry_id answers_id outcome:text note_id words_hash:text file_sha256:text restored_id "
        "by_id at:time"
    ),
    moment="at",
)
DECIDED = Agreement(
    "学时台账分录",
    "attendance_hoursentry",
    "SELECT entry.id, entry.ms, 0 FROM attendance_hoursentry AS entry WHERE entry.kind = 'restored' AND NOT EXISTS ("
    "SELECT 1 FROM appeals_appealstep AS confirmed "
    "JOIN appeals_appealstep AS proposed ON proposed.id = confirmed.answers_id "
    "JOIN appeals_appealstep AS filed ON filed.appeal_id = confirmed.appeal_id AND filed.kind = 'filed' "
    "WHERE confirmed.restored_id = entry.id AND confirmed.kind = 'confirmed' AND proposed.kind = 'proposed' "
    "AND proposed.outcome = 'granted' AND proposed.appeal_id = confirmed.appeal_id "
    "AND proposed.by_id <> confirmed.by_id AND filed.entry_id = entry.reverses_id)",
    "没有由两人先后办理的申诉决定：恢复了{stated}毫秒，依据申诉应为{found}毫秒",
)


class AppealsConfig(AppConfig):
    """学时申诉."""

    name = "lms.appeals"
    label = "appeals"
    verbose_name = "学时申诉"

    def ready(self) -> None:
        """Name the evidence, and what restored time must rest on."""
        log_source(EVIDENCE)
        retire_source("appeal_step")  # words in the open; logged again by digest (migration 0003)
        log_agreement(DECIDED)
