"""A mixed load over minutes at a steady rate: no answer may be wrong, and memory must not grow."""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import threading
import time
from dataclasses import dataclass, field

from objects_rows import QuerySigner, text_of
from rows import BUCKET, Untrue
from servers import Server

WORKERS = 8
KEYS = 400
SAMPLE_SECONDS = 5
# A signer is good for 15 minutes.
SIGNER_SECONDS = 300
SIZES = {"small": 1_000, "middle": 100_000, "large": 3_000_000}


@dataclass
class Tally:
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    longest: float = 0.0
    late: int = 0


def run(server: Server, options: argparse.Namespace) -> list[str]:
    signer, connection = QuerySigner(server.host, "s3"), server.connection()
    status, answer = server.send(connection, signer.request("PUT", f"/{BUCKET}"))
    if status != 200:
        raise Untrue(f"{status} {answer!r}")
    connection.close()
    tally, lock, ending = Tally(), threading.Lock(), time.monotonic() + options.minutes * 60
    workers = [
        threading.Thread(target=_work, args=(server, number, options.rate / WORKERS, ending, tally, lock))
        for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    began, samples = time.monotonic(), []
    cpu = server.cpu_seconds()
    while time.monotonic() < ending:
        time.sleep(SAMPLE_SECONDS)
        samples.append((time.monotonic() - began, server.memory("VmRSS")))
    for worker in workers:
        worker.join()
    cpu = server.cpu_seconds() - cpu
    total = sum(tally.counts.values())
    if tally.problems:
        raise Untrue(f"{len(tally.problems)} wrong answers of {total}: {'; '.join(tally.problems[:3])}")

    def level(start: float, end: float) -> float:
        inside = [memory for at, memory in samples if start <= at <= end]
        return statistics.mean(inside) if inside else float("nan")

    whole = options.minutes * 60
    return [
        f"{total:,} operations in {options.minutes} minutes by {WORKERS} connections, no error: "
        + ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.counts.items())),
        f"{cpu / total * 1e4:.2f} s of CPU per 10,000 operations; the longest took {tally.longest * 1e3:.0f} ms",
        f"resident memory: {level(100, 140):.0f} MB at minute 2, {level(whole - 40, whole + 10):.0f} MB at the end, "
        f"{max(memory for _, memory in samples):.0f} MB at most; each minute: "
        + " ".join(f"{level(minute * 60, minute * 60 + 60):.0f}" for minute in range(options.minutes)),
    ]


def _work(server: Server, number: int, rate: float, ending: float, tally: Tally, lock: threading.Lock) -> None:
    """One connection with keys of its own, so it knows what must be there."""
    dice = random.Random(number)
    known: dict[str, bytes] = {}
    connection, signer, made = server.connection(), QuerySigner(server.host, "s3"), time.monotonic()
    turn = time.monotonic()
    while turn < ending:
        turn += dice.expovariate(rate)
        if (pause := turn - time.monotonic()) > 0:
            time.sleep(pause)
        if time.monotonic() - made > SIGNER_SECONDS:
            signer, made = QuerySigner(server.host, "s3"), time.monotonic()
        began = time.monotonic()
        try:
            kind = _step(server, connection, signer, dice, known, number)
        except (Untrue, OSError) as problem:
            with lock:
                tally.problems.append(f"{type(problem).__name__}: {problem}")
            return
        with lock:
            tally.counts[kind] = tally.counts.get(kind, 0) + 1
            tally.longest = max(tally.longest, time.monotonic() - began)
    connection.close()


def _step(server: Server, connection, signer: QuerySigner, dice: random.Random, known: dict[str, bytes], number: int) -> str:
    def call(method: str, path: str, query: str = "", body: bytes = b"", wanted: int = 200) -> bytes:
        message = signer.signed(method, path, query, body) if query else signer.request(method, path, body)
        status, answer = server.send(connection, message)
        if status != wanted:
            raise Untrue(f"{method} {path}?{query}: {status} {answer[:200]!r}")
        return answer

    key = f"w{number}/k{dice.randrange(KEYS // WORKERS)}"
    path = f"/{BUCKET}/{key}"
    kind = dice.choices(["put", "get", "list", "delete", "copy", "upload", "tag"], [40, 35, 5, 8, 4, 2, 6])[0]
    if kind in ("get", "tag") and key not in known:
        call("GET", path, wanted=404)
        return "miss"
    if kind == "put":
        size = SIZES[dice.choices(["small", "middle", "large"], [85, 12, 3])[0]]
        body = dice.randbytes(size)
        call("PUT", path, body=body)
        known[key] = hashlib.md5(body).digest()
    elif kind == "get":
        if hashlib.md5(call("GET", path)).digest() != known[key]:
            raise Untrue(f"{key} is not what was put")
    elif kind == "list":
        listed = call("GET", f"/{BUCKET}", f"list-type=2&prefix=w{number}/")
        if listed.count(b"<Key>") != len(known):
            raise Untrue(f"{listed.count(b'<Key>')} keys listed, {len(known)} put")
    elif kind == "delete":
        call("DELETE", path, wanted=204)
        known.pop(key, None)
    elif kind == "copy":
        source = dice.choice(sorted(known)) if known else None
        if source is None:
            return "miss"
        status, answer = server.send(connection, signer.request(
            "PUT", path, b"", {"x-amz-copy-source": f"{BUCKET}/{source}"} | (
                {"x-amz-metadata-directive": "REPLACE"} if source == key else {})))
        if status != 200:
            raise Untrue(f"copy: {status} {answer[:200]!r}")
        known[key] = known[source]
    elif kind == "tag":
        tags = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
        call("PUT", path, "tagging=", tags)
    else:
        parts = [dice.randbytes(5 << 20), dice.randbytes(1_000)]
        upload, tags = text_of(call("POST", path, "uploads="), "UploadId"), []
        for part, body in enumerate(parts, 1):
            call("PUT", path, f"partNumber={part}&uploadId={upload}", body)
            tags.append(f'<Part><PartNumber>{part}</PartNumber><ETag>"{hashlib.md5(body).hexdigest()}"</ETag></Part>')
        call("POST", path, f"uploadId={upload}", f"<CompleteMultipartUpload>{''.join(tags)}</CompleteMultipartUpload>".encode())
        known[key] = hashlib.md5(b"".join(parts)).digest()
    return kind
