"""Kills the server (kill -9) while a lifecycle runs and while versions travel, and looks at what became of each of them.

TARN_CRASH_SEED repeats a run's random choices (not its timing).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import tarn_server
from botocore.exceptions import BotoCoreError, ClientError

SEED = int(os.environ.get("TARN_CRASH_SEED") or random.SystemRandom().randrange(10**9))
ACCOUNT = "430000000002"
ROUNDS = 6
OBJECTS = 1_500
LARGE = 80 << 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tarn_server.Server]:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    print(f"TARN_CRASH_SEED={SEED}")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        print(f"server log: {tarn_server.keep_log(server.log, 'crash-lifecycle')}")


def client(server: tarn_server.Server, service: str) -> Any:
    return tarn_server.client(service, server.endpoint, ACCOUNT, read_timeout=20)


def scrub(server: tarn_server.Server) -> None:
    done = subprocess.run(
        [str(tarn_server.binary()), "scrub", "--endpoint", server.endpoint], capture_output=True, text=True, timeout=120,
        check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def files(server: tarn_server.Server) -> int:
    return sum(1 for path in (server.data / "blobs").rglob("*") if path.is_file())


def test_a_lifecycle_run_goes_on_where_it_was(server: tarn_server.Server) -> None:
    dice = random.Random(SEED)
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="crash")
    s3.put_bucket_versioning(Bucket="crash", VersioningConfiguration={"Status": "Enabled"})

    def put(number: int) -> None:
        # Each key has an older version; every tenth has large ones, in files.
        body = os.urandom(LARGE if number % 10 == 0 else 10)
        for _ in range(2):
            s3.put_object(Bucket="crash", Key=f"{'old' if number % 3 else 'kept'}/{number:05}", Body=body)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(put, range(OBJECTS)))
    s3.put_bucket_lifecycle_configuration(Bucket="crash", LifecycleConfiguration={"Rules": [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 1},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}]})

    def advance() -> None:
        try:
            server.advance(2 * 86_400)
        except (OSError, AssertionError):
            pass  # killed under it

    for _ in range(ROUNDS):
        mover = threading.Thread(target=advance)
        mover.start()
        time.sleep(dice.uniform(0.02, 0.4))
        server.kill()
        mover.join()
        server.start()
    # Two days more, for the old versions that the markers made of the last ones.
    for _ in range(3):
        server.advance(2 * 86_400)
    s3 = client(server, "s3")
    versions: dict[str, int] = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket="crash"):
        assert not page.get("DeleteMarkers"), "a marker that hides nothing is left"
        for version in page.get("Versions", []):
            versions[version["Key"]] = versions.get(version["Key"], 0) + 1
    assert versions == {f"kept/{n:05}": 2 for n in range(OBJECTS) if n % 3 == 0}
    scrub(server)
    server.kill()
    server.start()
    assert files(server) == 2 * len([n for n in range(OBJECTS) if n % 3 == 0 and n % 10 == 0])


def test_versions_arrive_once_and_whole(server: tarn_server.Server) -> None:
    dice = random.Random(SEED)
    s3, iam = client(server, "s3"), client(server, "iam")
    for name in ["here", "there"]:
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="travel", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="travel", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    s3.put_bucket_replication(Bucket="here", ReplicationConfiguration={"Role": role, "Rules": [{
        "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"}, "Destination": {"Bucket": "arn:aws:s3:::there"}}]})
    known: dict[tuple[str, str], bytes] = {}
    refused: list[Exception] = []
    lock = threading.Lock()

    def write(number: int, ending: threading.Event) -> None:
        own = random.Random(SEED + number)
        s3 = client(server, "s3")
        while not ending.is_set():
            key, body = f"k{own.randrange(40)}", os.urandom(LARGE if own.random() < 0.3 else 20)
            try:
                version = s3.put_object(Bucket="here", Key=key, Body=body)["VersionId"]
            except (ClientError, BotoCoreError) as problem:
                refused.append(problem)
                continue
            with lock:
                known[key, version] = body

    for number in range(ROUNDS):
        ending = threading.Event()
        threads = [threading.Thread(target=write, args=(number * 10 + n, ending)) for n in range(3)]
        for thread in threads:
            thread.start()
        # On a busy machine the writers take their time to begin.
        before, began = len(known), time.monotonic()
        while len(known) < before + 3 and time.monotonic() - began < 20:
            time.sleep(0.02)
        time.sleep(dice.uniform(0.1, 0.6))
        server.kill()
        ending.set()
        for thread in threads:
            thread.join()
        server.start()
    assert known, refused[:3]
    s3 = client(server, "s3")
    deadline = time.monotonic() + 60
    for key, version in known:
        while s3.head_object(Bucket="here", Key=key, VersionId=version)["ReplicationStatus"] != "COMPLETED":
            assert time.monotonic() < deadline, server.log_tail()
            time.sleep(0.1)
    orders = {}
    for name in ["here", "there"]:
        found = [(v["Key"], v["VersionId"], v["IsLatest"], v["ETag"], v["Size"])
                 for page in s3.get_paginator("list_object_versions").paginate(Bucket=name) for v in page.get("Versions", [])]
        orders[name] = found
    assert {(key, version) for key, version, *_ in orders["here"]} >= set(known)
    assert orders["here"] == orders["there"]
    for (key, version), body in dice.sample(sorted(known.items()), min(60, len(known))):
        assert s3.get_object(Bucket="there", Key=key, VersionId=version)["Body"].read() == body
    # The copies share the originals' files; without the originals they are still whole.
    for key, version, *_ in orders["here"]:
        s3.delete_object(Bucket="here", Key=key, VersionId=version)
    scrub(server)
    server.kill()
    server.start()
    assert files(server) == len([1 for *_, size in orders["there"] if size == LARGE])
    print(f"{len(known)} versions arrived")
