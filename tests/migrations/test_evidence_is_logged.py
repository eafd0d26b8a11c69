"""Whatever is append-only is logged, or it is said why not."""

import re
from pathlib import Path

from lms.audit.rules.sources import SOURCES

ROOT = Path(__file__).parents[2]
LAID = re.compile(r"append_only\(([^)]*)\)")
NOT_LOGGED = {
    "courses_courseversion": "content; an upgrade of a class is a decision",
    "courses_lessonversion": "content",
    "courses_lessondocument": "content",
    "courses_lessonfilm": "content",
    "courses_partmedia": "content",
    "courses_questionversion": "content",
    "audit_logleaf": "the log itself",
    "audit_lognode": "the log itself",
    "audit_logkey": "the log itself",
    "audit_loghead": "the log itself",
    "audit_ledgercheck": "what was found about the log",
}


def test_every_append_only_table_is_a_source():
    laid = {
        table
        for folder in ("*", "lms/*")
        for path in ROOT.glob(f"{folder}/migrations/*.py")
        for call in LAID.findall(path.read_text("utf-8"))
        for table in re.findall(r"[\"'](\w+)[\"']", call)
    }

    assert laid - {source.table for source in SOURCES.values()} == set(NOT_LOGGED)
