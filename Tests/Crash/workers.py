"""The load: workers that change things of their own, one change at a time, until the server goes away.

Each worker is a thread per round, paced and bounded in time. An object's value in the ledger is (ETag, SHA-256, size):
bytes are made from a seed, so that they need not be kept.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ledger import ABSENT, Ledger

SMALL = 3_000
# Beyond what the server keeps inside its store: a file of its own.
LARGE = 700_000
PART = 5 << 20


class Refused(Exception):
    """The server was up and answered what it must not answer."""


class Worker:
    def __init__(self, name: str, seed: int, client: Any, pause: float) -> None:
        self.name = name
        self.random = random.Random(f"{seed}/{name}")
        self.client = client
        self.pause = pause
        self.ledger = Ledger(name)
        self.count = 0
        self.refusal: str | None = None
        self.thread: threading.Thread | None = None

    def step(self) -> None:
        raise NotImplementedError

    def see(self, key: Any) -> Any:
        """What the server has under the key now, in the ledger's terms."""
        raise NotImplementedError

    def start(self, stop: threading.Event, seconds: float) -> None:
        self.ledger.touched.clear()
        self.thread = threading.Thread(target=self._run, args=(stop, time.monotonic() + seconds), name=self.name)
        self.thread.start()

    def _run(self, stop: threading.Event, deadline: float) -> None:
        while not stop.is_set() and time.monotonic() < deadline:
            try:
                self.step()
                self.count += 1
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                # One that answers while it is being killed may say 503; anything else it has to justify.
                if status != 503:
                    self.refusal = f"{self.name}: {error}"
                return
            except BotoCoreError:
                return  # the server has gone: the change stays in doubt
            except Refused as error:
                self.refusal = f"{self.name}: {error}"
                return
            stop.wait(self.pause)

    def join(self) -> None:
        if self.thread is not None:
            self.thread.join(60)
            assert not self.thread.is_alive(), f"{self.name} hangs"
            self.thread = None

    def check(self, keys: set[Any]) -> list[str]:
        return [wrong for key in sorted(keys, key=str) if (wrong := self.ledger.settle(key, self.see(key)))]

    def pick(self) -> Any:
        """A key that exists, or None."""
        there = [key for key, value in self.ledger.acknowledged.items() if value is not ABSENT]
        return self.random.choice(there) if there else None


def stamp(body: bytes) -> tuple[str, str, int]:
    return f'"{hashlib.md5(body).hexdigest()}"', hashlib.sha256(body).hexdigest(), len(body)


class ObjectWorker(Worker):
    """Puts (small and large), overwrites, copies, deletes and completes multipart uploads, below a prefix of its own."""

    def __init__(self, name: str, seed: int, client: Any, pause: float, bucket: str, prefix: str) -> None:
        super().__init__(name, seed, client, pause)
        self.bucket = bucket
        self.prefix = prefix

    def step(self) -> None:
        kind = self.random.choices(
            ["small", "large", "overwrite", "delete", "copy", "multipart"], [40, 15, 20, 12, 8, 5])[0]
        existing = self.pick()
        if existing is None and kind in ("overwrite", "delete", "copy"):
            kind = "small"
        if kind == "multipart":
            self.multipart(self.fresh())
        elif kind == "delete":
            self.ledger.change(existing, ABSENT, lambda: self.client.delete_object(Bucket=self.bucket, Key=existing))
        elif kind == "copy":
            key = self.fresh()
            self.ledger.change(key, self.ledger.acknowledged[existing], lambda: self.client.copy_object(
                Bucket=self.bucket, Key=key, CopySource={"Bucket": self.bucket, "Key": existing}))
        else:
            large = kind == "large" or (kind == "overwrite" and self.random.random() < 0.3)
            self.put(existing if kind == "overwrite" else self.fresh(), self.bytes(LARGE if large else SMALL))

    def fresh(self) -> str:
        return f"{self.prefix}{self.name}-{self.random.getrandbits(48):012x}"

    def bytes(self, limit: int) -> bytes:
        return self.random.randbytes(self.random.randrange(limit // 4, limit))

    def put(self, key: str, body: bytes) -> None:
        value = stamp(body)
        answer = self.ledger.change(key, value, lambda: self.client.put_object(Bucket=self.bucket, Key=key, Body=body))
        if answer["ETag"] != value[0]:
            raise Refused(f"{key}: ETag {answer['ETag']}, not {value[0]}")

    def multipart(self, key: str) -> None:
        place = {"Bucket": self.bucket, "Key": key}
        upload = self.client.create_multipart_upload(**place)["UploadId"]
        parts = [self.random.randbytes(PART), self.bytes(SMALL)]
        done = []
        for number, part in enumerate(parts, 1):
            tag = self.client.upload_part(**place, UploadId=upload, PartNumber=number, Body=part)["ETag"]
            done.append({"PartNumber": number, "ETag": tag})
        digests = b"".join(hashlib.md5(part).digest() for part in parts)
        whole = b"".join(parts)
        value = (f'"{hashlib.md5(digests).hexdigest()}-2"', hashlib.sha256(whole).hexdigest(), len(whole))
        self.ledger.change(key, value, lambda: self.client.complete_multipart_upload(
            **place, UploadId=upload, MultipartUpload={"Parts": done}))

    def see(self, key: str) -> Any:
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
        except self.client.exceptions.NoSuchKey:
            return ABSENT
        body = answer["Body"].read()
        if answer["ContentLength"] != len(body):
            return f"half: {len(body)} of {answer['ContentLength']} bytes"
        seen = (answer["ETag"], hashlib.sha256(body).hexdigest(), len(body))
        # A copy of a multipart object has the ETag of its bytes.
        value = self.ledger.acknowledged.get(key) or self.ledger.doubt.get(key)
        if value and seen[1:] == value[1:] and seen[0] == stamp(body)[0]:
            return value
        return seen


class EventWorker(ObjectWorker):
    """Puts and overwrites below the prefix that the function listens to, and remembers each as `key#etag`."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.attempted: set[str] = set()
        self.promised: set[str] = set()

    def step(self) -> None:
        existing = self.pick() if self.random.random() < 0.3 else None
        self.put(existing or self.fresh(), self.bytes(LARGE if self.random.random() < 0.05 else SMALL))

    def put(self, key: str, body: bytes) -> None:
        event = f"{key}#{stamp(body)[0].strip(chr(34))}"
        self.attempted.add(event)
        super().put(key, body)
        self.promised.add(event)


class ItemWorker(Worker):
    """Puts, overwrites and deletes items; now and then one of 100 KB. The item carries a digest of its own text."""

    def __init__(self, name: str, seed: int, client: Any, pause: float, table: str) -> None:
        super().__init__(name, seed, client, pause)
        self.table = table

    def step(self) -> None:
        existing = self.pick() if self.random.random() < 0.4 else None
        if existing and self.random.random() < 0.3:
            self.ledger.change(existing, ABSENT, lambda: self.client.delete_item(
                TableName=self.table, Key={"pk": {"S": existing}}))
            return
        key = existing or f"{self.name}-{self.random.getrandbits(48):012x}"
        text = self.random.randbytes(50_000 if self.random.random() < 0.05 else 200).hex()
        item = {"pk": {"S": key}, "text": {"S": text}, "digest": {"S": hashlib.sha256(text.encode()).hexdigest()}}
        self.ledger.change(key, item, lambda: self.client.put_item(TableName=self.table, Item=item))

    def see(self, key: str) -> Any:
        return self.client.get_item(TableName=self.table, Key={"pk": {"S": key}}, ConsistentRead=True).get("Item", ABSENT)


class CounterWorker(Worker):
    """Counts up an item under a condition on its last value: a step taken twice, or lost, shows."""

    def __init__(self, name: str, seed: int, client: Any, pause: float, table: str) -> None:
        super().__init__(name, seed, client, pause)
        self.table = table

    def step(self) -> None:
        key = f"{self.name}-{self.random.randrange(4)}"
        value = self.ledger.acknowledged.get(key) or 0
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(n)"}
        values = {":one": {"N": "1"}}
        if value:
            condition = {"ConditionExpression": "n = :last"}
            values[":last"] = {"N": str(value)}
        self.ledger.change(key, value + 1, lambda: self.client.update_item(
            TableName=self.table, Key={"pk": {"S": key}}, UpdateExpression="ADD n :one",
            ExpressionAttributeValues=values, **condition))

    def see(self, key: str) -> Any:
        item = self.client.get_item(TableName=self.table, Key={"pk": {"S": key}}, ConsistentRead=True).get("Item")
        return int(item["n"]["N"]) if item else ABSENT


def run_all(workers: list[Worker], seconds: float, ending: Callable[[], None]) -> None:
    """Starts every worker, waits, calls `ending` (which may kill the server) and sees every thread end."""
    stop = threading.Event()
    for worker in workers:
        worker.start(stop, seconds + 30)
    time.sleep(seconds)
    ending()
    stop.set()
    for worker in workers:
        worker.join()
