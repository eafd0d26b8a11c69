from datetime import timedelta

from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source, retire_source
from lms.kernel import ticks


class AuditConfig(AppConfig):
    """操作日志."""

    name = "lms.audit"
    label = "audit"
    verbose_name = "操作日志"

    def ready(self) -> None:
        """Have the operation log logged, and name the periodic work: the sequencer, heads, time stamps."""
        columns = columns_of(
            "uid:uuid at:time user_id role:text action:text target_type:text target_uid:uuid reason:text note_id "
            "words_hash:text data:json"
        )
        log_source(Source("deed", "操作日志", "audit_auditentry", columns, moment="at"))
        retire_source("operation")  # reasons about people in the open; logged again by digest (migration 0005)
        ticks.register("lms.audit.services.sequence", every=timedelta(seconds=10))
        ticks.register("lms.audit.services.sign_due", every=timedelta(minutes=1))
        ticks.register("lms.audit.services.stamp_due", every=timedelta(minutes=1))
        ticks.register("lms.audit.services.verify_daily", every=timedelta(minutes=10))
