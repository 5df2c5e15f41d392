"""Requests as bytes on a socket, signed step by step, so that each step can be done wrongly on purpose."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import re
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import quote, urlsplit

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
EMPTY_DIGEST = hashlib.sha256(b"").hexdigest()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """AWS's error code, whatever the protocol."""
        if found := re.search(rb"<Code>([^<]*)</Code>", self.body):
            return found[1].decode()
        if kind := self.headers.get("x-amzn-errortype"):
            return kind.split(":")[0]
        try:
            kind = str(json.loads(self.body).get("__type", ""))
        except (ValueError, AttributeError):
            # CBOR: after the key, the head of a short text string says how many bytes follow.
            _, _, rest = self.body.partition(b"__type")
            kind = rest[1:1 + (rest[0] & 0x1F)].decode(errors="replace") if rest else ""
        return kind.rsplit("#", 1)[-1]

    @property
    def request_id(self) -> str:
        return self.headers.get("x-amz-request-id") or self.headers.get("x-amzn-requestid") or ""


def told(answer: Answer) -> tuple[int, str, str | None]:
    """Status, code and message of an answer in XML."""
    message = re.search(rb"<Message>([^<]*)</Message>", answer.body)
    return answer.status, answer.code, message[1].decode() if message else None


def exchange(endpoint: str, message: bytes, method: str = "GET", timeout: float = 20) -> Answer:
    """Sends the bytes as they are, and reads one answer."""
    host, port = urlsplit(endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=timeout) as connection:
        try:
            connection.sendall(message)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has answered before it had all: the answer is still to be read
        return read_answer(connection, method)


def read_answer(connection: socket.socket, method: str = "GET") -> Answer:
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def unsigned(
    endpoint: str, method: str, path: str = "/", headers: dict[str, str] | None = None, body: bytes | None = None,
    host: str | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """One request as a browser sends it: status, headers by lower-case name, body. No redirect is followed."""
    connection = HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
    connection.request(method, path, body=body, headers={**(headers or {}), **({"Host": host} if host else {})})
    answer = connection.getresponse()
    result = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return result


def fetch(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of a URL, as anybody with a link gets them; redirects are followed."""
    request = urllib.request.Request(url, data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@dataclass
class Request:
    """A request to be signed. Every field may be changed before or after `sign`."""

    endpoint: str
    service: str
    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    key: str = "test"
    secret: str = "test"
    token: str | None = None
    region: str = "us-east-1"
    offset_seconds: int = 0
    payload: str | None = None
    host: str | None = None

    def sign(self) -> Request:
        """Adds date, payload hash, token and Authorization."""
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.offset_seconds)
        self.headers["host"] = self.host or urlsplit(self.endpoint).netloc
        self.headers["x-amz-date"] = moment.strftime("%Y%m%dT%H%M%SZ")
        self.headers["x-amz-content-sha256"] = self.payload or hashlib.sha256(self.body).hexdigest()
        if self.token:
            self.headers["x-amz-security-token"] = self.token
        names = sorted(self.headers)
        signature = self.signature(self.canonical(names))
        self.headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{self.scope}, SignedHeaders={';'.join(names)}, Signature={signature}")
        return self

    @property
    def scope(self) -> str:
        return f"{self.headers['x-amz-date'][:8]}/{self.region}/{self.service}/aws4_request"

    @property
    def signing_key(self) -> bytes:
        key = ("AWS4" + self.secret).encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key

    def canonical(self, names: list[str]) -> str:
        path = self.path if self.service == "s3" else quote(self.path, safe="/-_.~")
        query = "&".join(sorted(part if "=" in part else part + "=" for part in self.query.split("&") if part))
        return "\n".join([
            self.method, path, query, *(f"{name}:{self.headers[name].strip()}" for name in names), "", ";".join(names),
            self.headers["x-amz-content-sha256"]])

    def signature(self, canonical: str) -> str:
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], self.scope, digest])
        return hmac.digest(self.signing_key, text.encode(), "sha256").hex()

    def chunked(self, *chunks: bytes, spoil: int | None = None) -> Request:
        """Signs with a body of signed chunks (the last, empty one is added); `spoil`: that chunk's signature is wrong."""
        self.payload = STREAMING
        self.headers["content-encoding"] = "aws-chunked"
        self.headers["x-amz-decoded-content-length"] = str(sum(map(len, chunks)))
        self.sign()
        previous = self.headers["authorization"].rsplit("=", 1)[1]
        body = b""
        for number, chunk in enumerate([*chunks, b""]):
            text = "\n".join([
                "AWS4-HMAC-SHA256-PAYLOAD", self.headers["x-amz-date"], self.scope, previous, EMPTY_DIGEST,
                hashlib.sha256(chunk).hexdigest()])
            previous = hmac.digest(self.signing_key, text.encode(), "sha256").hex()
            shown = "0" * 64 if number == spoil else previous
            body += f"{len(chunk):x};chunk-signature={shown}\r\n".encode() + chunk + b"\r\n"
        self.body = body
        return self

    def bytes(self) -> bytes:
        target = self.path + (f"?{self.query}" if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        if "content-length" not in self.headers and "transfer-encoding" not in self.headers:
            lines.append(f"content-length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body

    def send(self) -> Answer:
        return exchange(self.endpoint, self.bytes(), self.method)


def json_call(endpoint: str, service: str, target: str, body: Any, version: str = "1.0", **more: Any) -> Request:
    """An AWS JSON request, unsigned. `body`: bytes as they are, or a value to write as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(endpoint, service, "POST", body=data, headers={
        "content-type": f"application/x-amz-json-{version}", "x-amz-target": target}, **more)


def query_call(endpoint: str, service: str, body: str, **more: Any) -> Request:
    return Request(endpoint, service, "POST", body=body.encode(), headers={
        "content-type": "application/x-www-form-urlencoded; charset=utf-8"}, **more)
