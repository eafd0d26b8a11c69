"""Answers are held against the published document: what the API says of itself is what it does."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import jsonschema

from api.v1 import api


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    return json.loads(json.dumps(api.get_openapi_schema(), default=str))


def operation(method: str, path: str) -> dict[str, Any]:
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in operations:
            return operations[method.lower()]
    raise AssertionError(f"{method} {path} is not in the document")


def check(method: str, path: str, response: Any) -> Any:
    """Return the JSON of an answer that fits the document."""
    described = operation(method, path.split("?")[0])["responses"]
    status = str(response.status_code)
    assert status in described, f"{method} {path} answered {status}, which the document does not name"
    content = described[status].get("content", {})
    kind = response.headers.get("Content-Type", "").split(";")[0]
    if not content:
        return None
    assert kind in content, f"{method} {path} answered {kind}, the document says {list(content)}"
    body = response.json()
    schema = content[kind]["schema"]
    jsonschema.validate(body, {**schema, "components": document()["components"]})
    return body
