from django.apps import AppConfig


class ExamsConfig(AppConfig):
    """测验与考试."""

    name = "lms.exams"
    label = "exams"
    verbose_name = "测验与考试"
