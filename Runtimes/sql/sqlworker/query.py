"""Runs one query: fetch the tables' files, lock the engine down, run, write the result or the files that it becomes."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
from sqlglot import exp

from . import translate
from .faults import Code, Fault, from_duckdb, missing_column
from .information import SCHEMA as INFORMATION_SCHEMA
from .information import TABLES as INFORMATION_TABLES
from .information import create_information
from .interruption import Interruption
from .macros import MACROS
from .objects import objects_for
from .output import Output, Writer
from .pruning import partitions
from .requests import Json, Limit, QueryRequest, S3Access, Table
from .results import COUNT_ROWS, ZONED, bound_columns, describe, describe_bound, rows_scanned, without_zones, write_csv
from .staging import Stage, StagedFile
from .stored_views import StoredView, stored_views
from .types import literal
from .views import create_view

Parts = list[tuple[tuple[str, ...], list[StagedFile]]]


class Query:
    """One request's life. `cancel` may be called from any thread."""

    def __init__(self, request: QueryRequest) -> None:
        self._request = request
        self._interruption = Interruption()
        self._timed_out = False

    def cancel(self) -> None:
        self._interruption.interrupt()

    def _time_out(self) -> None:
        self._timed_out = True
        self.cancel()

    def _check(self) -> None:
        if self._interruption.stopped.is_set():
            raise self._stop_fault()

    def _stop_fault(self) -> Fault:
        if self._timed_out:
            return Fault(Code.TIMEOUT, f"Query exceeded the maximum run time of {self._request.limits.timeout_seconds:g}s")
        return Fault(Code.CANCELLED, "Query was canceled")

    def run(self) -> Json:
        timer = threading.Timer(self._request.limits.timeout_seconds, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            for attempt in range(Limit.RETRIES_ON_CHANGE + 1):
                try:
                    return self._once()
                except Fault as fault:
                    if fault.code == Code.CANCELLED:
                        raise self._stop_fault() from fault
                    if fault.code != Code.FILE_CHANGED or attempt == Limit.RETRIES_ON_CHANGE:
                        raise
            raise AssertionError("the last attempt returns or raises")
        finally:
            timer.cancel()

    def _once(self) -> Json:
        began = time.monotonic()
        statement = translate.parse_one(translate.bind(self._request.sql, self._request.parameters))
        tree = translate.query_of(statement)
        if tree is None:
            raise Fault(Code.NOT_SUPPORTED, f"Not a query: {statement.key}")
        views = stored_views(self._request)
        trees = [(tree, self._request.database), *((each.tree, each.view.schema) for each in views)]
        tables = self._tables(trees)
        folder = Path(tempfile.mkdtemp(prefix="tarn-sql-"))
        try:
            stage = Stage(folder, self._interruption.stopped)
            parts = [(table, self._parts(table, trees, stage)) for table in tables]
            staged = time.monotonic()
            connection = duckdb.connect(":memory:")
            try:
                with self._interruption.watch(connection):
                    self._check()
                    return self._execute(connection, tree, views, parts, stage, folder, began, staged)
            except duckdb.Error as error:
                column = missing_column(error)
                if column is not None:
                    raise translate.column_fault(translate.parse_one(self._request.sql), column) from error
                fault = from_duckdb(error, str(folder) + "/")
                raise translate.with_place(fault, translate.parse_one(self._request.sql)) from error
            finally:
                connection.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _tables(self, trees: list[tuple[exp.Expression, str]]) -> list[Table]:
        """The tables that the statement and its views read, once each. One that the request does not describe does not exist."""
        known: dict[tuple[str, str], Table | None] = {(table.database, table.name): table for table in self._request.tables}
        known |= {(view.database, view.name): None for view in self._request.views}
        known |= {(INFORMATION_SCHEMA, name): None for name in INFORMATION_TABLES}
        read: dict[tuple[str, str], Table | None] = {}
        for tree, database in trees:
            for node in translate.physical_tables(tree):
                name = translate.resolve(node, database)
                if name.database in self._request.missing_databases:
                    raise translate.missing_database(name)
                if (name.database, name.name) not in known:
                    raise translate.missing_table(name)
                read[name.database, name.name] = known[name.database, name.name]
        return [table for table in read.values() if table is not None]

    def _parts(self, table: Table, trees: list[tuple[exp.Expression, str]], stage: Stage) -> Parts:
        if self._request.describe_only:
            return []
        if not table.partition_keys:
            return [((), stage.location(objects_for(table.location, self._request.s3), table.location))]
        chosen = partitions(table, trees, self._request)
        if table.is_of_partitions:
            return [(each.values, []) for each in chosen]
        if table.projection and chosen:
            # Most of these folders are not there: they are listed together.
            objects = objects_for(chosen[0].location, self._request.s3)
            files = stage.locations(objects, [each.location for each in chosen])
            return [(each.values, found) for each, found in zip(chosen, files, strict=True) if found]
        return [(each.values, stage.location(objects_for(each.location, self._request.s3), each.location)) for each in chosen]

    def _execute(self, connection: duckdb.DuckDBPyConnection, tree: exp.Expression, views: list[StoredView],
                 parts: list[tuple[Table, Parts]], stage: Stage, folder: Path, began: float, staged: float) -> Json:
        remote = [file.path for _, each in parts for _, files in each for file in files if file.is_remote]
        output = Output.read(self._request.output) if self._request.output else None
        self._configure(connection, [folder, *([output.folder] if output else [])], remote)
        with_path = translate.uses_path(tree) or any(translate.uses_path(each.tree) for each in views)
        for table, each in parts:
            create_view(connection, table, each, with_path)
        columns_of_tables = [column for table, _ in parts for column in table.columns + table.partition_keys]
        maps = frozenset(each.name for each in columns_of_tables if each.type.strip().lower().startswith("map<"))
        # A name that is a map in one table and something else in another says nothing.
        maps -= {each.name for each in columns_of_tables if not each.type.strip().lower().startswith("map<")}
        if self._request.information:
            create_information(connection, self._request.information)
        for view in views:
            view.create(connection, self._request.now, maps)
        untyped, zones = translate.untyped_columns(tree), translate.zones_of(tree)
        sql = translate.to_duckdb(tree, self._request.database, self._request.now, maps)
        names, kinds = bound_columns(connection, sql)
        if self._request.describe_only:
            return {"columns": describe_bound(names, kinds), "rowCount": 0, "resultBytes": 0, "bytesScanned": 0,
                    "timing": {"stagingMs": 0, "executionMs": round((time.monotonic() - began) * 1000)}}
        if output is not None:
            answer = {"columns": [], "resultBytes": 0, **Writer(connection, output, self._check).write(sql, names, kinds, untyped)}
            return self._measured(answer, stage, began, staged)
        connection.execute(without_zones(sql, kinds))
        zoned = [ZONED if place in zones else kind for place, kind in enumerate(kinds)]
        columns = describe(connection.description or [], zoned, names)
        answer: Json = {"columns": columns}
        path = Path(self._request.result_path) if self._request.result_path else folder / "result.csv"
        answer["rowCount"] = write_csv(connection, columns, path, self._check, zoned, zones)
        answer["resultBytes"] = path.stat().st_size
        answer["rowsScanned"] = rows_scanned(connection)
        return self._measured(answer, stage, began, staged)

    def _measured(self, answer: Json, stage: Stage, began: float, staged: float) -> Json:
        answer["bytesScanned"] = stage.bytes
        answer["timing"] = {
            "stagingMs": round((staged - began) * 1000), "executionMs": round((time.monotonic() - staged) * 1000),
        }
        return answer

    def _configure(self, connection: duckdb.DuckDBPyConnection, folders: list[Path], remote: list[str]) -> None:
        """Limits first, then the lock: after it the statement can use the given folders, of which the first is the query's own, and read
        the named objects."""
        folder = folders[0]
        limits = self._request.limits
        spill = folder / "spill"
        for setting in (
            "integer_division=true", "TimeZone='UTC'", f"threads={limits.threads}", f"memory_limit='{limits.memory_mb}MB'",
            f"temp_directory={literal(str(spill))}", f"max_temp_directory_size='{Limit.SPILL_MB}MB'",
            "default_null_order='nulls_last'", "autoinstall_known_extensions=false", "autoload_known_extensions=false",
        ):
            connection.execute(f"SET {setting}")
        for pragma in COUNT_ROWS:
            connection.execute(pragma)
        # At once: one by one they take twice as long.
        connection.execute(f"BEGIN; {'; '.join(MACROS)}; COMMIT")
        if remote and self._request.s3 is not None:
            load_httpfs(connection, self._request.s3)
        paths = ", ".join(literal(each) for each in remote)
        connection.execute(f"SET allowed_directories=[{', '.join(literal(f'{each}/') for each in folders)}]")
        if remote:
            connection.execute(f"SET allowed_paths=[{paths}]")
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")


def load_httpfs(connection: duckdb.DuckDBPyConnection, access: S3Access) -> None:
    root = os.path.dirname(duckdb_extension_httpfs.__file__)
    connection.execute(f"LOAD {literal(f'{root}/extensions/v{duckdb.__version__}/httpfs.duckdb_extension')}")
    token = f", SESSION_TOKEN {literal(access.session_token)}" if access.session_token else ""
    connection.execute(
        f"CREATE SECRET tarn (TYPE s3, KEY_ID {literal(access.access_key)}, SECRET {literal(access.secret_key)}{token}, "
        f"ENDPOINT {literal(access.endpoint)}, USE_SSL {str(access.use_ssl).lower()}, URL_STYLE 'path', REGION {literal(access.region)})"
    )
