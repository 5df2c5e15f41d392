"""The rows of object storage: small objects by wrk at several numbers of connections, large ones by objects_load."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import rows
from objects_load import Connection, spread
from rows import BUCKET, Figure, Untrue
from servers import Server
from signing import Signer

LARGE = 64 << 20
LARGE_CONNECTIONS = 4
PART = 16 << 20
PARTS = 64
MULTIPART_CONNECTIONS = 8
KMS_KEY = "alias/objects"
SMALL_CONNECTIONS = (1, 16, 128)
# Names that the large rows write in turn: enough for every connection to have its own.
SLOTS = 8

Measure = Callable[[Server, float, int, Path], Figure]


@dataclass(frozen=True)
class ObjectRow:
    """`rate` is in `unit`. `peers` are the servers that it is held against; a row of Tarn alone may name another row."""

    name: str
    unit: str
    peers: tuple[str, ...]
    measure: Measure
    against: str | None = None


def large_body() -> bytes:
    """64 MiB that do not compress, the same in every run."""
    return random.Random("large").randbytes(LARGE)


BODY = b""


def body() -> bytes:
    global BODY
    BODY = BODY or large_body()
    return BODY


class LargeSigner(Signer):
    """Signs a body whose digest is known, so that 64 MiB are hashed once and not at each request."""

    def head(self, path: str, digest: str, length: int) -> bytes:
        message = self.request("PUT", path, b"", {"x-amz-content-sha256": digest})
        return message.replace(b"content-length: 0\r\n", b"content-length: %d\r\n" % length, 1)


def put_large(server: Server, seconds: float, round_number: int, work: Path) -> Figure:
    data, signer = body(), LargeSigner(server.host, "s3")
    digest = hashlib.sha256(data).hexdigest()
    heads = [signer.head(f"/{BUCKET}/large-{slot}", digest, LARGE) for slot in range(SLOTS)]

    def turn(connection: Connection, number: int) -> int:
        status, _, _ = connection.send(heads[number % SLOTS], data)
        if status != 200:
            raise Untrue(f"{server.name}: {status} for a PUT of 64 MiB")
        return LARGE

    figure = _timed(server, LARGE_CONNECTIONS, turn, seconds)
    _same(server, f"/{BUCKET}/large-0", hashlib.md5(data).digest())
    return figure


def get_large(name: str, connections: int = LARGE_CONNECTIONS) -> Measure:
    def measure(server: Server, seconds: float, round_number: int, work: Path) -> Figure:
        path = f"/{name}" if server.name == "nginx" else f"/{BUCKET}/{name}"
        message = Signer(server.host, "s3").request("GET", path)

        def turn(connection: Connection, number: int) -> int:
            status, _, length = connection.send(message)
            if status != 200 or length != LARGE:
                raise Untrue(f"{server.name}: {status} and {length} bytes for a GET of 64 MiB")
            return length

        figure = _timed(server, connections, turn, seconds)
        _same(server, path, hashlib.md5(body()).digest())
        return figure

    return measure


def multipart(server: Server, seconds: float, round_number: int, work: Path) -> Figure:
    """1 GiB in parts of 16 MiB, from CreateMultipartUpload to the answer of CompleteMultipartUpload."""
    data = memoryview(body())[:PART]
    digest, path = hashlib.sha256(data).hexdigest(), f"/{BUCKET}/gigabyte"
    signer = QuerySigner(server.host, "s3")
    connection = server.connection()

    def call(method: str, query: str, text: bytes = b"") -> bytes:
        status, answer = server.send(connection, signer.signed(method, path, query, text))
        if status != 200:
            raise Untrue(f"{server.name}: {status} {answer[:300]!r}")
        return answer

    tags: dict[int, str] = {}

    def turn(connection: Connection, number: int) -> int:
        query = f"partNumber={number + 1}&uploadId={upload}"
        status, header, _ = connection.send(signer.signed("PUT", path, query, b"", digest, PART), data)
        if status != 200:
            raise Untrue(f"{server.name}: {status} for a part")
        tags[number + 1] = header.lower().split(b"\r\netag: ")[1].split(b"\r\n")[0].decode()
        return PART

    def whole() -> None:
        text = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{tags[number]}</ETag></Part>" for number in sorted(tags))
        call("POST", f"uploadId={upload}", f"<CompleteMultipartUpload>{text}</CompleteMultipartUpload>".encode())

    upload = text_of(call("POST", "uploads="), "UploadId")
    cpu = server.cpu_seconds()
    outcome = spread(server.port, MULTIPART_CONNECTIONS, turn, turns=PARTS)
    at = time.perf_counter()
    whole()
    outcome.seconds += time.perf_counter() - at
    cpu = server.cpu_seconds() - cpu
    connection.close()
    total = hashlib.md5()
    for _ in range(PARTS):
        total.update(data)
    _same(server, path, total.digest())
    return Figure(outcome.megabytes_per_second, 0.0, outcome.longest * 1e3, cpu / (outcome.bytes / 1e9))


class QuerySigner(Signer):
    """Signs requests with a query of names and values that need no escapes beyond their own."""

    def signed(self, method: str, path: str, query: str, text: bytes, digest: str | None = None, length: int | None = None) -> bytes:
        pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
        canonical = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in pairs)
        headers = {"x-amz-content-sha256": digest} if digest else None
        message = self.request(method, path, text, headers, canonical)
        if length is not None:
            message = message.replace(b"content-length: 0\r\n", b"content-length: %d\r\n" % length, 1)
        return message


def small(row: rows.Row, connections: int) -> Measure:
    def measure(server: Server, seconds: float, round_number: int, work: Path) -> Figure:
        # Names of their own for each number of connections, so that every write makes an object.
        return rows.run(row, server, int(seconds), f"{connections}-{round_number}", work, connections)

    return measure


def _timed(server: Server, connections: int, turn: Callable[[Connection, int], int], seconds: float) -> Figure:
    """The rate in MB/s; CPU in seconds per gigabyte."""
    cpu = server.cpu_seconds()
    outcome = spread(server.port, connections, turn, seconds=seconds)
    cpu = server.cpu_seconds() - cpu
    mean = outcome.seconds * connections / outcome.count
    return Figure(outcome.megabytes_per_second, mean * 1e3, outcome.longest * 1e3, cpu / (outcome.bytes / 1e9))


def _same(server: Server, path: str, expected: bytes) -> None:
    """Reads an object once more, and compares all of it."""
    connection = server.connection()
    connection.connect()
    connection.sock.sendall(Signer(server.host, "s3").request("GET", path))
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    seen = hashlib.md5()
    while piece := answer.read(1 << 20):
        seen.update(piece)
    connection.close()
    if answer.status != 200 or seen.digest() != expected:
        raise Untrue(f"{server.name}: {path} is not what was put")


def text_of(document: bytes, name: str) -> str:
    for element in xml.fromstring(document).iter():
        if element.tag.rpartition("}")[2] == name and element.text:
            return element.text
    raise Untrue(f"no {name} in {document[:300]!r}")


PUT = rows.Row("s3-put-1k", "s3", rows.s3_put, rows.s3_get, rows.is_object, True)
GET = rows.Row("s3-get-1k", "s3", rows.s3_put, rows.s3_get, rows.is_object, False)


def kms_get_small(signer: Signer, name: str) -> bytes:
    return signer.request("GET", f"/{BUCKET}/kms-{name}")


GET_KMS = rows.Row("s3-get-1k-kms", "s3", rows.s3_put, kms_get_small, rows.is_object, False)

ROWS = [
    *(ObjectRow(f"put-1k-{count}", "requests/s", ("seaweedfs", "ministack"), small(PUT, count)) for count in SMALL_CONNECTIONS),
    *(ObjectRow(f"get-1k-{count}", "requests/s", ("seaweedfs", "ministack"), small(GET, count)) for count in SMALL_CONNECTIONS),
    ObjectRow("put-64m", "MB/s", ("seaweedfs",), put_large),
    ObjectRow("get-64m", "MB/s", ("nginx", "seaweedfs"), get_large("large")),
    ObjectRow("get-64m-1", "MB/s", ("nginx", "seaweedfs"), get_large("large", 1)),
    ObjectRow("multipart-1g", "MB/s", ("seaweedfs",), multipart),
    ObjectRow("get-64m-kms", "MB/s", (), get_large("large-kms"), "get-64m"),
    ObjectRow("get-1k-16-kms", "requests/s", (), small(GET_KMS, 16), "get-1k-16"),
]


def prepare(server: Server) -> None:
    """The bucket, and what the reading rows read."""
    if server.name == "nginx":
        server.file("large").write_bytes(body())
        return
    signer, connection = LargeSigner(server.host, "s3"), server.connection()

    def expect(message: bytes) -> bytes:
        status, answer = server.send(connection, message)
        if status != 200:
            raise Untrue(f"{server.name}: {status} {answer[:300]!r} for {message[:120]!r}")
        return answer

    expect(signer.request("PUT", f"/{BUCKET}"))
    for number in range(rows.STORED):
        expect(rows.s3_put(signer, f"stored-{number}"))
    if server.name == "ministack":
        connection.close()
        return
    expect(signer.request("PUT", f"/{BUCKET}/large", body()))
    if server.name == "tarn":
        keys = Signer(server.host, "kms")
        key = json.loads(expect(rows.kms(keys, "CreateKey", {})))["KeyMetadata"]["Arn"]
        fields = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key,
                  "x-amz-server-side-encryption-bucket-key-enabled": "true"}
        expect(signer.request("PUT", f"/{BUCKET}/large-kms", body(), fields))
        for number in range(rows.STORED):
            name = f"stored-{number}"
            expect(signer.request("PUT", f"/{BUCKET}/kms-{name}", rows.body(name), fields))
    connection.close()
