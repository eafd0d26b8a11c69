from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """职业目录."""

    name = "lms.catalogue"
    label = "catalogue"
    verbose_name = "职业目录"
