"""Brings a table's objects to DuckDB so that each is seen whole: as it was before or after a rewrite, never mixed.

An object up to Limit.STAGED_OBJECT_BYTES is fetched by one GET into the query's own folder, and the whole statement
reads that copy: one GET answers from one version of the object. Larger objects stay in S3; DuckDB reads them in
ranges and compares the ETag of each answer, and the statement runs again when one differs (query.py).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from .faults import Code, Fault
from .objects import Object, Objects, folder, is_visible, visible
from .requests import Limit

FETCHERS = 8


@dataclass(frozen=True)
class StagedFile:
    """`path` is what DuckDB opens (a local copy or the s3:// address); `url` is where it came from."""

    path: str
    url: str
    size: int

    @property
    def is_remote(self) -> bool:
        return self.path.startswith("s3://")


class Stage:
    def __init__(self, root: Path, cancelled: Event) -> None:
        self._root = root
        self._cancelled = cancelled
        self._count = 0
        self.bytes = 0

    def location(self, objects: Objects, location: str) -> list[StagedFile]:
        """All visible objects of a location. One that is deleted after the listing is gone from the table."""
        return self._fetch(objects, visible(objects, location))

    def locations(self, objects: Objects, places: list[str]) -> list[list[StagedFile]]:
        """The same of many places that begin alike, with one listing."""
        folders = [folder(each) for each in places]
        common = os.path.commonprefix(folders)
        common = common[: common.rfind("/") + 1]
        if common.count("/") < 3:  # not of one bucket
            return [self.location(objects, each) for each in places]
        held: dict[str, list[Object]] = {each: [] for each in folders}
        for each in objects.list(common):
            # A place of another's may be among them: the longest is the object's.
            end = len(each.url)
            while (end := each.url.rfind("/", 0, end)) >= len(common) - 1:
                if (place := each.url[: end + 1]) in held:
                    held[place].append(dataclasses.replace(each, relative=each.url[end + 1 :]))
                    break
        return [self._fetch(objects, filter(is_visible, held[each])) for each in folders]

    def _fetch(self, objects: Objects, found: Iterable[Object]) -> list[StagedFile]:
        listed: list[tuple[int, Object]] = []
        for each in found:
            self._count += 1
            self.bytes += each.size
            if self._count > Limit.OBJECTS_PER_REQUEST:
                raise Fault(Code.RESOURCE_LIMIT, f"Query reads more than {Limit.OBJECTS_PER_REQUEST} objects")
            if self.bytes > Limit.STAGED_TOTAL_BYTES:
                raise Fault(Code.RESOURCE_LIMIT, f"Query reads more than {Limit.STAGED_TOTAL_BYTES} bytes")
            listed.append((self._count, each))
        with ThreadPoolExecutor(min(FETCHERS, max(1, len(listed)))) as fetchers:
            staged = list(fetchers.map(lambda pair: self._one(objects, *pair), listed))
        return [each for each in staged if each]

    def _one(self, objects: Objects, number: int, each: Object) -> StagedFile | None:
        if self._cancelled.is_set():
            raise Fault(Code.CANCELLED, "Query was canceled")
        if each.size > Limit.STAGED_OBJECT_BYTES and each.url.startswith("s3://"):
            return StagedFile(each.url, each.url, each.size)
        # Endings tell DuckDB the compression; the rest of the key could hold anything.
        endings = "".join(ending for ending in (".json", ".csv", ".parquet", ".gz", ".zst") if ending in each.relative[-16:])
        path = self._root / f"{number}{endings}"
        try:
            with open(path, "w+b") as target:
                size = objects.fetch(each.url, target)
        except FileNotFoundError:
            return None
        self.bytes += size - each.size
        return StagedFile(str(path), each.url, size) if size > 0 else None
