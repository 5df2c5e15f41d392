"""Objects under a location: list them and read them, over S3's API (SigV4) or, in tests, from local files."""

from __future__ import annotations

import http.client
import os
import shutil
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import quote, urlencode

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .faults import Code, Fault
from .requests import S3Access

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
ATTEMPTS = 4
CHUNK = 1 << 20


@dataclass(frozen=True)
class Object:
    """One object: `url` is its s3:// (or file://) address, `relative` its key below the listed location."""

    url: str
    relative: str
    size: int


class Objects(Protocol):
    def list(self, location: str) -> Iterator[Object]: ...

    def fetch(self, url: str, target: BinaryIO, first: int | None = None) -> int:
        """One read of the whole object (or its `first` bytes). Returns the bytes written; raises FileNotFoundError."""


def folder(location: str) -> str:
    """A location names a folder, with or without its last slash."""
    return location if location.endswith("/") else location + "/"


def is_hidden(relative: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative.split("/"))


def visible(objects: Objects, location: str) -> Iterator[Object]:
    """What a table consists of: no hidden files or folders, no empty objects, no folder markers."""
    return filter(is_visible, objects.list(location))


def is_visible(each: Object) -> bool:
    return each.size > 0 and not each.relative.endswith("/") and not is_hidden(each.relative)


class S3Objects:
    def __init__(self, access: S3Access) -> None:
        self._access = access
        self._signer = S3SigV4Auth(Credentials(access.access_key, access.secret_key, access.session_token), "s3", access.region)

    def list(self, location: str) -> Iterator[Object]:
        bucket, _, prefix = folder(location).removeprefix("s3://").removeprefix("s3a://").partition("/")
        token: str | None = None
        while True:
            query = {"list-type": "2", "prefix": prefix}
            if token:
                query["continuation-token"] = token
            connection, response = self._get(f"/{quote(bucket)}", query, {})
            try:
                page = ElementTree.fromstring(response.read())
            finally:
                connection.close()
            for content in page.iter(f"{NAMESPACE}Contents"):
                key = content.findtext(f"{NAMESPACE}Key") or ""
                yield Object(f"s3://{bucket}/{key}", key.removeprefix(prefix), int(content.findtext(f"{NAMESPACE}Size") or 0))
            token = page.findtext(f"{NAMESPACE}NextContinuationToken")
            if not token:
                return

    def fetch(self, url: str, target: BinaryIO, first: int | None = None) -> int:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        headers = {"range": f"bytes=0-{first - 1}"} if first else {}
        for attempt in range(ATTEMPTS):
            target.seek(0)
            target.truncate()
            connection, response = self._get(f"/{quote(bucket)}/{quote(key, safe='/~')}", {}, headers)
            try:
                shutil.copyfileobj(response, target, CHUNK)
                expected = response.getheader("content-length")
                if expected is None or int(expected) == target.tell():
                    return target.tell()
            except (http.client.IncompleteRead, ConnectionError) as problem:
                if attempt == ATTEMPTS - 1:
                    raise Fault(Code.STORAGE_ERROR, f"{url}: {problem}") from problem
            finally:
                connection.close()
            time.sleep(0.05 * 2**attempt)
        raise Fault(Code.STORAGE_ERROR, f"{url}: the answer ended early")

    def _get(self, path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        target = path + ("?" + urlencode(query, quote_via=quote, safe="~") if query else "")
        scheme = "https" if self._access.use_ssl else "http"
        for attempt in range(ATTEMPTS):
            request = AWSRequest("GET", f"{scheme}://{self._access.endpoint}{target}", headers=headers)
            self._signer.add_auth(request)
            kind = http.client.HTTPSConnection if self._access.use_ssl else http.client.HTTPConnection
            connection = kind(self._access.endpoint, timeout=60)
            try:
                connection.request("GET", target, headers=dict(request.headers.items()))
                response = connection.getresponse()
            except OSError as problem:
                connection.close()
                if attempt == ATTEMPTS - 1:
                    raise Fault(Code.STORAGE_ERROR, f"{path}: {problem}") from problem
            else:
                if response.status in (200, 206):
                    return connection, response
                body = response.read(65536)
                connection.close()
                if response.status < 500 or attempt == ATTEMPTS - 1:
                    raise refusal(response.status, body, path)
            time.sleep(0.1 * 2**attempt)
        raise Fault(Code.STORAGE_ERROR, path)


def refusal(status: int, body: bytes, path: str) -> Exception:
    """S3's error document as a fault."""
    try:
        error = ElementTree.fromstring(body)
        code, message = error.findtext("Code") or str(status), error.findtext("Message") or ""
    except ElementTree.ParseError:
        code, message = str(status), ""
    if code == "NoSuchKey":
        return FileNotFoundError(path)
    if status == 403:
        return Fault(Code.ACCESS_DENIED, f"Access Denied ({code}: {message}) s3:/{path}")
    if code == "NoSuchBucket":
        return Fault(Code.NO_SUCH_BUCKET, f"The specified bucket does not exist: {path}")
    return Fault(Code.STORAGE_ERROR, f"{code}: {message} s3:/{path}")


class LocalObjects:
    """file:// locations, for tests only (TARN_SQL_ALLOW_FILES=1)."""

    def list(self, location: str) -> Iterator[Object]:
        root = Path(location.removeprefix("file://"))
        for path in sorted(root.rglob("*")) if root.is_dir() else []:
            if path.is_file():
                yield Object(f"file://{path}", str(path.relative_to(root)), path.stat().st_size)

    def fetch(self, url: str, target: BinaryIO, first: int | None = None) -> int:
        with open(url.removeprefix("file://"), "rb") as source:
            data = source.read(first if first else -1)
        target.seek(0)
        target.truncate()
        target.write(data)
        return len(data)


def objects_for(location: str, access: S3Access | None) -> Objects:
    if location.startswith("file://") and os.environ.get("TARN_SQL_ALLOW_FILES") == "1":
        return LocalObjects()
    if not location.startswith(("s3://", "s3a://")):
        raise Fault(Code.INVALID_REQUEST, f"not an S3 location: {location}")
    if access is None:
        raise Fault(Code.INVALID_REQUEST, "member 's3' is missing")
    return S3Objects(access)
