from datetime import timedelta

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """通知."""

    name = "lms.notifications"
    label = "notifications"
    verbose_name = "通知"

    def ready(self) -> None:
        """Name the periodic work."""
        from lms.kernel import ticks
        from lms.wechat.services import when_message_ended

        when_message_ended("lms.notifications.services.receipts.note_receipt")
        ticks.register("lms.notifications.services.sending.hand_out", every=timedelta(seconds=5))
