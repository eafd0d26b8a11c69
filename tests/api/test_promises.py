"""Every operation keeps what the document promises, whatever is sent: no answer is a server's error or of another shape."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import strategies as st
from schemathesis import checks

from tests.accounts import signed_in
from tests.api.contract import document
from tests.api.places import lay_places

EXAMPLES = 6  # of each kind of caller; 60 were tried once
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
OPERATIONS = sorted((path, method) for path, methods in document()["paths"].items() for method in methods)
SEARCH = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


class UndoneError(Exception):
    """Takes back what a request changed."""


@contextmanager
def one_transaction():
    """Let the handler's requests stay in the test's transaction, as Django's test client does (which undoes this)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def described() -> Any:
    """Return the document as Schemathesis reads it, asked of this process."""
    schema = schemathesis.openapi.from_dict(document())
    schema.app = WSGIHandler()
    schema.config.generation.update(with_security_parameters=False)
    return schema


def broken_by(operation: Any, token: str, places: dict[str, str]) -> str:
    """Send what fits the document and what does not, and return what was answered against it, or nothing."""

    @SEARCH
    @hypothesis.given(st.one_of(operation.as_strategy(mode) for mode in schemathesis.GenerationMode), st.integers(0, 3))
    def send(case: Any, chance: int) -> None:
        if chance:
            case.path_parameters.update({name: places[name] for name in case.path_parameters or {} if name in places})
        with suppress(UndoneError), transaction.atomic():
            response = case.call(headers={"X-Session-Token": token})
            raise UndoneError
        case.validate_response(response, checks=PROMISES)

    try:
        send()
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - one that breaks hides no other
        return f"{operation.label}: {error!r}"
    return ""


@pytest.mark.parametrize(("who", "start"), [("wangfang", "/"), ("li", "/"), ("zhao", "/api/v1/institution/")])
def test_no_operation_breaks_what_the_document_says(cast, site_root, at, settings, who, start):
    settings.STAFF_MFA_REQUIRED = False
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    places = lay_places(cast, site_root, at(2026, 5, 6, 19, 0))
    token, schema = signed_in("app", who).token, described()

    with one_transaction():
        answered = [
            broken_by(schema[path][method.upper()], token, places.of(path))
            for path, method in OPERATIONS
            if path.startswith(start)
        ]

    assert [words for words in answered if words] == []
