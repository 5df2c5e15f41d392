"""A million keys in one bucket: how long pages of its listing take, what memory it costs, and how long a start takes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import time
import xml.etree.ElementTree as xml

from objects_rows import QuerySigner
from rows import REPLAY, Untrue
from servers import Server

FEW, FEW_KEYS = "few", 1_000
MANY = "many"
BATCH = 100_000
CONNECTIONS = 128
FILL_SECONDS = 300
LOOKS = 40
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def name(number: int) -> str:
    """1,000 folders; keys of one folder are not written one after the other."""
    return f"folder-{number % 1_000:03}/object-{number:09}"


def run(server: Server, options: argparse.Namespace) -> list[str]:
    before = server.memory("VmRSS")
    _send(server, "PUT", f"/{FEW}")
    _send(server, "PUT", f"/{MANY}")
    fill(server, FEW, FEW_KEYS)
    began, cpu = time.perf_counter(), server.cpu_seconds()
    for start in range(0, options.keys, BATCH):
        fill(server, MANY, min(BATCH, options.keys - start), start)
    filling, cpu = time.perf_counter() - began, server.cpu_seconds() - cpu
    filled = server.memory("VmRSS")
    counted, began = _count(server, MANY), time.perf_counter()
    if counted != options.keys:
        raise Untrue(f"{counted} keys are listed of {options.keys}")
    listed = server.memory("VmRSS")
    lines = [
        f"{options.keys:,} keys written in {filling:.0f} s, their signatures' making included ({cpu / options.keys * 1e4:.2f} s of "
        "CPU per 10,000 of them)",
        f"resident memory: {before:.0f} MB empty, {filled:.0f} MB after the writes, {listed:.0f} MB after a listing of all",
    ]
    lines += _pages(server, options.keys)
    for how in ("a stop", "a kill"):
        if how == "a kill":
            assert server.process is not None
            server.process.kill()
            server.process.wait()
            server.process = None
        else:
            server.stop()
        server.start()
        lines.append(f"start after {how}, to the first answered request: {server.start_seconds:.2f} s; "
                     f"{server.memory('VmRSS'):.0f} MB")
    lines += [f"after the start: {line}" for line in _pages(server, options.keys)]
    return lines


def fill(server: Server, bucket: str, count: int, start: int = 0) -> None:
    signer = QuerySigner(server.host, "s3")
    replay = server.home / "replay"
    messages = [signer.request("PUT", f"/{bucket}/{name(start + number)}", b"x") for number in range(count)]
    with replay.open("wb") as file:
        file.writelines(messages)
    replay.with_name("replay.lengths").write_text("".join(f"{len(message)}\n" for message in messages))
    del messages
    load = subprocess.Popen(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{FILL_SECONDS}s", "--timeout", "30s", "-s", str(REPLAY), f"http://{server.host}/"],
        env={**os.environ, "REPLAY_FILE": str(replay), "REPLAY_ONCE": "1"}, stdout=subprocess.PIPE, text=True)
    result = None
    for line in load.stdout or ():
        if line == "ANSWERED\n":
            load.send_signal(signal.SIGINT)
        elif line.startswith("RESULT "):
            result = line
    load.wait()
    if result is None:
        raise Untrue(f"wrk ended with code {load.returncode}")
    figures = json.loads(result.removeprefix("RESULT "))
    if figures["refused"] or figures["broken"]:
        raise Untrue(f"{figures['refused']} refused and {figures['broken']} broken")
    replay.unlink()


def _send(server: Server, method: str, path: str, query: str = "") -> bytes:
    signer, connection = QuerySigner(server.host, "s3"), server.connection()
    status, answer = server.send(
        connection, signer.signed(method, path, query, b"") if query else signer.request(method, path))
    connection.close()
    if status != 200:
        raise Untrue(f"{status} {answer[:300]!r}")
    return answer


def _count(server: Server, bucket: str) -> int:
    total, token = 0, ""
    while True:
        page = xml.fromstring(_send(server, "GET", f"/{bucket}", f"list-type=2{token}"))
        total += int(page.findtext(f"{NAMESPACE}KeyCount") or 0)
        following = page.findtext(f"{NAMESPACE}NextContinuationToken")
        if not following:
            return total
        token = f"&continuation-token={following}"


def _pages(server: Server, keys: int) -> list[str]:
    """Medians of pages of 1,000 keys: the only one of the small bucket, and three of the large one."""
    places = {"a bucket of 1,000": (FEW, "", FEW_KEYS), "first": (MANY, "", keys), "middle": (MANY, "folder-500", keys // 2),
              "last": (MANY, "folder-999", keys // 1_000)}
    found = []
    for place, (bucket, after, behind) in places.items():
        query = f"list-type=2&start-after={after}" if after else "list-type=2"
        message, connection = QuerySigner(server.host, "s3").signed("GET", f"/{bucket}", query, b""), server.connection()
        times = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            status, answer = server.send(connection, message)
            times.append(time.perf_counter() - began)
            if status != 200 or answer.count(b"<Key>") != min(1_000, behind):
                raise Untrue(f"{place}: {status}, {answer.count(b'<Key>')} keys")
        connection.close()
        found.append(f"{place} {statistics.median(times) * 1e3:.1f} ms")
    message, connection = QuerySigner(server.host, "s3").signed("GET", f"/{MANY}", "delimiter=/&list-type=2", b""), server.connection()
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        status, answer = server.send(connection, message)
        times.append(time.perf_counter() - began)
    connection.close()
    found.append(f"{answer.count(b'<CommonPrefixes>')} folders by delimiter {statistics.median(times) * 1e3:.1f} ms")
    return ["page of 1,000 keys, median: " + ", ".join(found)]
