"""The API does what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from doors import ADDRESS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http import callers
from mmrag_connectors.http.app import create_app
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.http.schemas.documents import Fetch

NOT_IN_A_SCHEMA = [positive_data_acceptance]
"""That the first of two pages is the smaller one, or that there is something to search for."""
IN_FORMS = [*NOT_IN_A_SCHEMA, negative_data_rejection]
"""In the JSON field of a form schemathesis takes a null for wrong that the schema allows."""
CLOSED = "http://127.0.0.1:9/closed"
ELSEWHERE = ("ollama", "local")
"""Who words answers and is no part of this: a server that is not there, a large model."""


@pytest.fixture(scope="module")
def api(hosted: ThreadedIndex, sample_settings: Settings) -> BaseSchema:
    """The document. What is written is written for a tenant of its own; what is read is there."""
    app = create_app(hosted, sample_settings)
    app.dependency_overrides[callers.writing] = lambda: Caller("fuzz", "fuzz", True)
    config = SchemathesisConfig.from_dict({"seed": 7})
    document = copy.deepcopy(app.openapi())
    del document["components"]["securitySchemes"]  # no token was made, and so none is asked for
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = app

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        """Nothing goes out into the world."""
        asked = body.get("request", body) if isinstance(body, dict) else None
        if isinstance(asked, dict) and asked.get("llm") in ELSEWHERE:
            asked["llm"] = "extractive"
        with suppress(ValidationError):  # what is no address is to be refused as such
            return {"urls": [CLOSED for _ in Fetch.model_validate(body).urls]}
        return body

    return schema


def faults(api: BaseSchema, examples: int) -> dict[str, str]:
    """What was wrong with responses, by operation; half of what is sent is not as it should be."""
    wrong = {}
    bounded = settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    for result in api.get_all_operations():
        operation = result.ok()
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

        @bounded
        @given(case=cases)
        def send(case: schemathesis.Case) -> None:
            form = case.media_type == "multipart/form-data"
            excluded = IN_FORMS if form else NOT_IN_A_SCHEMA
            case.call_and_validate(base_url=ADDRESS, excluded_checks=excluded)

        try:
            send()
        except FailureGroup as error:
            wrong[operation.label] = str(error)
    return wrong


def test_nothing_that_is_sent_breaks_it(api: BaseSchema) -> None:
    assert faults(api, examples=8) == {}


@pytest.mark.slow
def test_nothing_breaks_it_in_a_longer_run(api: BaseSchema) -> None:
    assert faults(api, examples=40) == {}
