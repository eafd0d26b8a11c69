"""Exports: the deeds of the dossier. Doors import from here."""

from lms.dossier.services.exports import download_export, request_export, write_export
from lms.dossier.services.packages import request_package, write_package
from lms.dossier.services.retention import erase_due

__all__ = ["download_export", "erase_due", "request_export", "request_package", "write_export", "write_package"]
