from datetime import timedelta

from django.apps import AppConfig

from lms.kernel import ticks


class AttendanceConfig(AppConfig):
    """考勤与学时."""

    name = "attendance"
    label = "attendance"
    verbose_name = "考勤与学时"

    def ready(self) -> None:
        """Name the periodic work, and who is asked whether a film or a package may be fetched."""
        from courses.queries.media import when_played
        from courses.queries.packages import when_read

        ticks.register("attendance.services.sweep", every=timedelta(minutes=1))
        when_played("attendance.queries.session_plays")
        when_read("attendance.queries.session_reads")
