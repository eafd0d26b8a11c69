from django.apps import AppConfig


class CompletionConfig(AppConfig):
    """结业."""

    name = "lms.completion"
    label = "completion"
    verbose_name = "结业"

    def ready(self) -> None:
        """Have the unlock rule asked before a lesson is studied or a quiz is taken."""
        from attendance.services import when_admitted

        when_admitted("lms.completion.services.ensure_unlocked")
