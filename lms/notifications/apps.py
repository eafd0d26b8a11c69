from datetime import timedelta

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """通知."""

    name = "lms.notifications"
    label = "notifications"
    verbose_name = "通知"

    def ready(self) -> None:
        """Name the periodic work; tell of roles that are given and ended."""
        from lms.access.services import when_ended, when_granted
        from lms.kernel import ticks
        from lms.wechat.services import when_message_ended

        when_message_ended("lms.notifications.services.receipts.note_receipt")
        when_granted("lms.notifications.services.roles.tell_of_role")
        when_ended("lms.notifications.services.roles.tell_of_end")
        ticks.register("lms.notifications.services.sending.hand_out", every=timedelta(seconds=5))
