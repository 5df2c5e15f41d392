"""The shapes of requests: JSON in, dataclasses out. A missing or wrongly typed member is INVALID_REQUEST."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .faults import Code, Fault

Json = dict[str, Any]


class Limit:
    """Named bounds; a request may lower the first three, not lift them."""

    MEMORY_MB = 2048
    THREADS = 4
    TIMEOUT_SECONDS = 30 * 60
    #: Between two interruptions of a query that is to end.
    INTERRUPT_SECONDS = 0.05
    #: Athena's own bound on the text of a query.
    QUERY_BYTES = 262_144
    #: One request line. Partition lists are the long part.
    LINE_BYTES = 64 << 20
    CONCURRENT_REQUESTS = 32
    WAITING_REQUESTS = 256
    #: Objects up to this size are fetched by one GET; larger ones are read by DuckDB in ranges.
    STAGED_OBJECT_BYTES = 64 << 20
    STAGED_TOTAL_BYTES = 16 << 30
    SPILL_MB = 8192
    OBJECTS_PER_REQUEST = 100_000
    #: How often a statement runs again because a large object changed under it.
    RETRIES_ON_CHANGE = 5
    #: How much of a large object inference reads.
    INFER_BYTES = 4 << 20


def need(document: Json, name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        raise Fault(Code.INVALID_REQUEST, f"member '{name}' must be a {kind.__name__}")
    return value


@dataclass(frozen=True)
class S3Access:
    endpoint: str
    region: str
    access_key: str
    secret_key: str
    session_token: str | None
    use_ssl: bool

    @staticmethod
    def read(document: Json) -> S3Access:
        return S3Access(
            need(document, "endpoint", str), document.get("region", "us-east-1"), need(document, "accessKey", str),
            need(document, "secretKey", str), document.get("sessionToken"), bool(document.get("useSSL", False)),
        )


@dataclass(frozen=True)
class Column:
    name: str
    type: str  # Hive's notation

    @staticmethod
    def read_all(documents: list[Json]) -> tuple[Column, ...]:
        return tuple(Column(need(each, "name", str).lower(), need(each, "type", str)) for each in documents)


@dataclass(frozen=True)
class Partition:
    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Table:
    database: str
    name: str
    location: str
    format: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]
    partitions: tuple[Partition, ...]
    serde: str
    serde_properties: dict[str, str] = field(default_factory=dict)
    skip_header: int = 0
    #: The properties of a table whose partitions are projected (projection.py).
    projection: dict[str, str] = field(default_factory=dict)

    @property
    def is_of_partitions(self) -> bool:
        """Its rows are another table's partitions: "t$partitions"."""
        return self.format == "partitions"

    @staticmethod
    def read(document: Json) -> Table:
        partitions = tuple(
            Partition(tuple(need(each, "values", list)), need(each, "location", str)) for each in document.get("partitions") or []
        )
        return Table(
            need(document, "database", str).lower(), need(document, "name", str).lower(), need(document, "location", str),
            need(document, "format", str).lower(), Column.read_all(need(document, "columns", list)),
            Column.read_all(document.get("partitionKeys") or []), partitions, document.get("serde") or "",
            document.get("serdeProperties") or {}, int(document.get("skipHeader") or 0),
            document.get("projection") or {},
        )


@dataclass(frozen=True)
class Limits:
    memory_mb: int
    threads: int
    timeout_seconds: float

    @staticmethod
    def read(document: Json) -> Limits:
        return Limits(
            min(int(document.get("memoryMB", Limit.MEMORY_MB)), Limit.MEMORY_MB),
            min(int(document.get("threads", Limit.THREADS)), Limit.THREADS),
            min(float(document.get("timeoutSeconds", Limit.TIMEOUT_SECONDS)), Limit.TIMEOUT_SECONDS),
        )


@dataclass(frozen=True)
class View:
    """A stored query. Views that it reads stand before it in a request."""

    database: str
    name: str
    sql: str
    #: Whose tables names without a database are.
    schema: str
    columns: tuple[str, ...]

    @staticmethod
    def read(document: Json) -> View:
        return View(
            need(document, "database", str).lower(), need(document, "name", str).lower(), need(document, "sql", str),
            (document.get("schema") or document["database"]).lower(), tuple(each.lower() for each in document.get("columns") or ()),
        )


@dataclass(frozen=True)
class QueryRequest:
    sql: str
    database: str
    tables: tuple[Table, ...]
    s3: S3Access | None
    limits: Limits
    result_path: str | None
    #: Values for the question marks, in their order.
    parameters: tuple[str, ...] = ()
    #: The platform's time, ISO 8601 in UTC.
    now: str | None = None
    #: Databases that the catalogue does not have.
    missing_databases: frozenset[str] = frozenset()
    views: tuple[View, ...] = ()
    #: What of the catalogue information_schema shows: a list for each of its tables that is read.
    information: Json = field(default_factory=dict)
    #: Where the rows go when they become files (output.py), as it came.
    output: Json | None = None
    #: The statement is bound, not run: the answer has its columns alone.
    describe_only: bool = False

    @staticmethod
    def read(document: Json) -> QueryRequest:
        sql = need(document, "sql", str)
        if len(sql.encode()) > Limit.QUERY_BYTES:
            raise Fault(Code.INVALID_REQUEST, f"queryString is longer than {Limit.QUERY_BYTES} bytes")
        return QueryRequest(
            sql, (document.get("database") or "default").lower(), tuple(Table.read(each) for each in document.get("tables") or []),
            S3Access.read(document["s3"]) if document.get("s3") else None, Limits.read(document.get("limits") or {}),
            document.get("resultPath"), tuple(document.get("parameters") or ()), document.get("now"),
            frozenset(document.get("missingDatabases") or ()), tuple(View.read(each) for each in document.get("views") or []),
            document.get("information") or {}, document.get("output"), bool(document.get("describeOnly")),
        )
