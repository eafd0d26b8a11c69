from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """培训项目与政策."""

    name = "lms.planning"
    label = "planning"
    verbose_name = "培训项目与政策"
