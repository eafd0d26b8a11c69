from django.apps import AppConfig


class DemoConfig(AppConfig):
    """示例数据."""

    name = "lms.demo"
    label = "demo"
    verbose_name = "示例数据"
