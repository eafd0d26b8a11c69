"""Static files with hashed names, ES modules included: no bundler is needed."""

from django.contrib.staticfiles.storage import HashedFilesMixin, ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class OwnModulesMixin:
    """Rewrites literal import paths of our own ES modules (js/) too; other people's name modules they do not ship."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )


class HashedModulesStorage(OwnModulesMixin, CompressedManifestStaticFilesStorage):
    """For production: compressed as well, which takes most of a minute."""


class QuickModulesStorage(OwnModulesMixin, ManifestStaticFilesStorage):  # type: ignore[misc]
    """For one machine: ready in seconds."""
