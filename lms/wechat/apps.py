from datetime import timedelta

from django.apps import AppConfig


class WeChatConfig(AppConfig):
    """微信."""

    name = "lms.wechat"
    label = "wechat"
    verbose_name = "微信"

    def ready(self) -> None:
        """Name the nightly work."""
        from lms.kernel import ticks

        ticks.register("lms.wechat.services.purge_events", every=timedelta(hours=12))
