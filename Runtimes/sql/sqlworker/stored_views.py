"""Views of the catalogue: stored queries, each a view of DuckDB's for those that read it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from sqlglot import exp

from . import translate
from .faults import Code, Fault, from_duckdb
from .requests import QueryRequest, View
from .types import quoted


@dataclass(frozen=True)
class StoredView:
    view: View
    tree: exp.Query

    def create(self, connection: duckdb.DuckDBPyConnection, now: str | None, maps: frozenset[str]) -> None:
        """The columns have the names that they had when the view was made."""
        view = self.view
        sql = translate.to_duckdb(self.tree, view.schema, now, maps)
        names = f"({', '.join(map(quoted, view.columns))})" if view.columns else ""
        try:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(view.database)}")
            connection.execute(f"CREATE VIEW {quoted(view.database)}.{quoted(view.name)}{names} AS {sql}")
        except duckdb.Error as error:
            if isinstance(error, duckdb.InterruptException):
                raise
            raise _stale(view, from_duckdb(error, "").message) from error


def _stale(view: View, why: str) -> Fault:
    name = f"{translate.DEFAULT_CATALOG}.{view.database}.{view.name}"
    return Fault(Code.INVALID_VIEW, f"line 1:15: Failed analyzing stored view '{name}': {why}")


def stored_views(request: QueryRequest) -> list[StoredView]:
    """The request's views, parsed."""
    views = []
    for view in request.views:
        query = translate.query_of(translate.parse_one(view.sql))
        if query is None:
            raise _stale(view, "not a query")
        views.append(StoredView(view, query))
    return views
