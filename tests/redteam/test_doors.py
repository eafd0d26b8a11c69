"""No door takes "finished" or a number of seconds for an answer: what may be sent at all."""

from __future__ import annotations

import json
from pathlib import Path

DOCUMENT = json.loads((Path(__file__).parents[1] / "api/snapshots/openapi_v1.json").read_text("utf-8"))
STUDY = {
    "post /api/v1/study-sessions": {"enrolment", "lesson", "client", "device"},
    "post /api/v1/study-sessions/{session}/beats": {"token", "beats"},
    "get /api/v1/study-sessions/{session}/checks/{check}": set(),
    "post /api/v1/study-sessions/{session}/checks/{check}": {"answer"},
    "post /api/v1/study-sessions/{session}/checks/{check}/face": {"capture"},
    "post /api/v1/study-sessions/{session}/close": set(),
    "post /api/v1/study-sessions/{session}/package": {"lesson_status", "lesson_location", "score_raw", "suspend_data"},
}


def sent(operation):
    """Return the fields of a request's body."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return set(DOCUMENT["components"]["schemas"].get(body.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {}))


def test_a_study_session_can_be_told_these_things_and_no_others():
    told = {
        f"{method} {path}": sent(operation)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/api/v1/study-sessions")
    }

    assert told == STUDY
    assert set(DOCUMENT["components"]["schemas"]["BeatIn"]["properties"]) == {
        "seq", "from", "to", "rate", "playing", "visible", "at",
    }  # fmt: skip


def test_progress_and_hours_are_only_read():
    written = {
        path
        for path, operations in DOCUMENT["paths"].items()
        if path.endswith(("/progress", "/me/hours", "/me/enrolments")) and set(operations) - {"get"}
    }

    assert written == set()
