from datetime import timedelta

from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source

EVIDENCE = Source(
    "roll_result", "课堂点名结果", "live_rollresult",
    columns_of("uid:uuid roll_call_id member_id enrolment_id outcome:text at:time"), moment="at",
)  # fmt: skip


class LiveConfig(AppConfig):
    """直播课."""

    name = "lms.live"
    label = "live"
    verbose_name = "直播课"

    def ready(self) -> None:
        """Have what nobody ended be closed, what is not heard of be interrupted, old leases cleared; say who teaches when."""
        from courses.queries.documents import when_read
        from courses.queries.media import when_watched
        from courses.queries.uses import when_in_use
        from lms.access.services import when_ended
        from lms.classes.queries import when_taught
        from lms.kernel.ticks import register

        log_source(EVIDENCE)
        register("lms.live.services.close_overdue", every=timedelta(minutes=1))
        register("lms.live.services.sweep", every=timedelta(seconds=10))
        when_ended("lms.live.services.cut_role_ended")
        when_taught("lms.live.queries.sessions.taught_live")
        when_watched("lms.live.queries.replays.may_watch")
        when_read("lms.live.queries.files.may_have_file")
        when_in_use("lms.live.queries.replays.use_of_film")
        register("lms.live.services.close_due_rolls", every=timedelta(seconds=5))
        register("lms.live.services.close_due_quizzes", every=timedelta(seconds=5))
        register("lms.live.services.clear_leases", every=timedelta(minutes=10))
        register("lms.live.services.begin_due_replays", every=timedelta(seconds=20))
        register("lms.live.services.settle_stopped_replays", every=timedelta(seconds=30))
        register("lms.live.services.clear_recordings", every=timedelta(hours=1))
        register("lms.live.services.settle_stopped_slides", every=timedelta(minutes=1))
        register("lms.live.services.settle_stopped_voices", every=timedelta(seconds=30))
        register("lms.live.services.remind_due", every=timedelta(minutes=1))
