"""Athena: queries on the events of an environment on AWS."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from infra.analytics.engine import CannotQuery, Rows, Value

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

_POLL_S = 0.5
_LONGEST_S = 300
_NUMBERS: dict[str, Callable[[str], Value]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("double", "float", "real", "decimal"), float),
}


class Athena:
    """An ``infra.analytics.engine.Engine``."""

    def __init__(self, client: "AthenaClient", work_group: str, database: str) -> None:
        self._client = client
        self._work_group = work_group
        self._database = database

    def run(self, sql: str, parameters: Sequence[str]) -> Rows:
        started = self._client.start_query_execution(
            QueryString=sql,
            WorkGroup=self._work_group,
            QueryExecutionContext={"Database": self._database},
            ExecutionParameters=[f"'{p}'" for p in parameters],  # text is to be in quotation marks
        )
        name = started["QueryExecutionId"]
        self._wait(name)
        pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=name)
        rows: list[dict[str, Value]] = []
        for number, page in enumerate(pages):
            told = page["ResultSet"]
            columns = [(c["Name"], c["Type"]) for c in told["ResultSetMetadata"]["ColumnInfo"]]
            for row in told["Rows"][1 if number == 0 else 0 :]:  # the first row of all has the names
                values = [cell.get("VarCharValue") for cell in row["Data"]]
                rows.append({n: _value(kind, v) for (n, kind), v in zip(columns, values, strict=True)})
        return rows

    def _wait(self, name: str) -> None:
        until = time.monotonic() + _LONGEST_S
        while time.monotonic() < until:
            status = self._client.get_query_execution(QueryExecutionId=name)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return
            if status["State"] in {"FAILED", "CANCELLED"}:
                raise CannotQuery(f"Athena: {status.get('StateChangeReason', status['State'])}")
            time.sleep(_POLL_S)
        self._client.stop_query_execution(QueryExecutionId=name)
        raise CannotQuery(f"Athena has not answered within {_LONGEST_S} s")


def _value(kind: str, value: str | None) -> Value:
    return value if value is None else _NUMBERS.get(kind, str)(value)
