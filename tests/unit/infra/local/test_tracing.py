"""A call says by its trace header which invocation it belongs to."""

import pytest

from infra.local.tracing import request_of, trace_id

REQUEST = "4f0c1a52-0001-4000-8000-0000000000ab"


def test_a_request_id_survives_the_header():
    assert request_of(trace_id(REQUEST)) == REQUEST


@pytest.mark.parametrize(
    "header", ["", "Root=1-x-y", "Root=1-5759e988-bd862e3fe1be46a99427279", "Parent=53995c3f42cd8ad8"]
)
def test_another_header_names_none(header):
    assert request_of(header) is None
