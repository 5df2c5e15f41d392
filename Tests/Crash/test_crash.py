"""Kills the server (kill -9) at random moments under load, restarts it, and holds it to what it acknowledged.

TARN_CRASH_SEED repeats a run's random choices (not its timing); TARN_CRASH_ROUNDS changes the number of kills.
"""

from __future__ import annotations

import io
import json
import os
import random
import statistics
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tarn_server
from processes import wait_for_none
from workers import CounterWorker, EventWorker, ItemWorker, ObjectWorker, Worker, run_all

ROUNDS = int(os.environ.get("TARN_CRASH_ROUNDS", "52"))
SEED = int(os.environ.get("TARN_CRASH_SEED") or random.SystemRandom().randrange(10**9))
ACCOUNT = "430000000001"
BUCKET, TABLE, MARKERS, FUNCTION = "crash", "crash", "markers", "marker"
# One round in so many is killed again while it starts.
KILL_DURING_START = 6
EVERYTHING_EVERY = 13
SAMPLE = 12
RESTART_SECONDS = 10
DELIVERY_SECONDS = 120
# Without news for so long, the clock is moved past the longest pause between two tries.
STALLED_SECONDS = 3
RETRY_SECONDS = 330
# Up to here an object may lie inside the store; beyond, it is a file. No worker makes objects near this size.
INLINE_AT_MOST = 64 << 10

CODE = """
import os
import boto3

client = boto3.client("dynamodb")


def handler(event, context):
    for record in event["Records"]:
        stored = record["s3"]["object"]
        client.put_item(TableName=os.environ["MARKERS"], Item={"pk": {"S": stored["key"] + "#" + stored["eTag"]}})
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tarn_server.Server]:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    try:
        yield server
    finally:
        server.stop()
        print(f"server log: {tarn_server.keep_log(server.log, 'crash-server')}")


def test_nothing_acknowledged_is_lost(server: tarn_server.Server) -> None:
    print(f"TARN_CRASH_SEED={SEED} rounds={ROUNDS}")
    dice = random.Random(SEED)
    server.start()
    deploy(server)
    workers = make_workers(server)
    sessions = {server.pid}
    kills, starts = 0, []

    for number in range(1, ROUNDS + 1):
        delay = dice.uniform(0.15, 1.6)
        run_all(workers, delay, server.kill)
        kills += 1
        if dice.randrange(KILL_DURING_START) == 0:
            server.launch()
            sessions.add(server.pid)
            time.sleep(dice.uniform(0, 0.4))
            server.kill()
            kills += 1
        server.start()
        sessions.add(server.pid)
        starts.append(server.last_start_seconds)
        refusals = [worker.refusal for worker in workers if worker.refusal]
        assert not refusals, f"round {number}: {refusals}"
        wrong = []
        for worker in workers:
            keys = worker.ledger.keys
            if number % EVERYTHING_EVERY and number != ROUNDS:
                keys = set(worker.ledger.doubt) | set(dice.sample(sorted(keys), min(SAMPLE, len(keys))))
            wrong += worker.check(keys)
        assert not wrong, f"after kill {kills} (round {number}, {delay:.2f} s of load):\n" + "\n".join(wrong)

    assert kills >= min(ROUNDS, 50)
    for worker in workers:
        print(f"{worker.name}: {worker.count} changes, {len(worker.ledger.keys)} keys")
        assert worker.count > ROUNDS // 2, f"{worker.name} hardly ran: {worker.count} changes"
    print(f"{kills} kills; restarts: median {statistics.median(starts):.2f} s, longest {max(starts):.2f} s")
    assert max(starts) < RESTART_SECONDS

    check_listing(server, workers)
    check_events(server, [worker for worker in workers if isinstance(worker, EventWorker)])
    check_orphans(server, workers)
    sessions.add(server.pid)
    assert server.stop() == 0
    left = wait_for_none(sessions, server.port, 15)
    assert not left, f"the server left processes behind: {left}"


def client(server: tarn_server.Server, service: str) -> Any:
    return tarn_server.client(service, server.endpoint, ACCOUNT, read_timeout=20)


def deploy(server: tarn_server.Server) -> None:
    """A bucket, two tables, and a function that writes a marker for each event of the bucket below events/."""
    s3, dynamodb = client(server, "s3"), client(server, "dynamodb")
    iam, functions = client(server, "iam"), client(server, "lambda")
    s3.create_bucket(Bucket=BUCKET)
    for name in (TABLE, MARKERS):
        dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    allowed = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{MARKERS}"},
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    role = iam.create_role(RoleName=FUNCTION, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=FUNCTION, PolicyName="own", PolicyDocument=json.dumps(allowed))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("index.py", CODE)
    arn = functions.create_function(
        FunctionName=FUNCTION, Runtime="python3.11", Handler="index.handler", Role=role, Timeout=20, MemorySize=256,
        Environment={"Variables": {"MARKERS": MARKERS}}, Code={"ZipFile": archive.getvalue()})["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=FUNCTION, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    # Few environments while the server is killed over and over: on two cores more would only wait for each other.
    functions.put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=2)
    functions.add_permission(
        FunctionName=FUNCTION, StatementId="bucket", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{BUCKET}", SourceAccount=ACCOUNT)
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [{
        "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "events/"}]}}}]})


def make_workers(server: tarn_server.Server) -> list[Worker]:
    s3, dynamodb = client(server, "s3"), client(server, "dynamodb")
    return [
        ObjectWorker("objects-1", SEED, s3, 0.005, BUCKET, "data/"),
        ObjectWorker("objects-2", SEED, s3, 0.005, BUCKET, "data/"),
        EventWorker("events-1", SEED, s3, 0.08, BUCKET, "events/"),
        ItemWorker("items-1", SEED, dynamodb, 0.005, TABLE),
        CounterWorker("counters-1", SEED, dynamodb, 0.005, TABLE),
        CounterWorker("counters-2", SEED, dynamodb, 0.005, TABLE),
    ]


def check_listing(server: tarn_server.Server, workers: list[Worker]) -> None:
    """The listing and the table hold exactly what the workers know, each with its size."""
    listed = {}
    for page in client(server, "s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        listed.update({entry["Key"]: entry["Size"] for entry in page.get("Contents", [])})
    assert listed == {key: value[2] for key, value in objects(workers).items()}
    items = {item["pk"]["S"] for page in client(server, "dynamodb").get_paginator("scan").paginate(TableName=TABLE)
             for item in page["Items"]}
    known = {key for worker in workers if not isinstance(worker, ObjectWorker)
             for key, value in worker.ledger.acknowledged.items() if value is not None}
    assert items == known


def objects(workers: list[Worker]) -> dict[str, tuple[str, str, int]]:
    return {key: value for worker in workers if isinstance(worker, ObjectWorker)
            for key, value in worker.ledger.acknowledged.items() if value is not None}


def check_events(server: tarn_server.Server, workers: list[EventWorker]) -> None:
    """Every acknowledged put was delivered at least once; nothing was delivered that nobody put."""
    promised = set().union(*(worker.promised for worker in workers))
    attempted = set().union(*(worker.attempted for worker in workers))
    dynamodb = client(server, "dynamodb")
    client(server, "lambda").delete_function_concurrency(FunctionName=FUNCTION)
    began = news = time.monotonic()
    missing = promised
    while missing:
        seen = {item["pk"]["S"] for page in dynamodb.get_paginator("scan").paginate(TableName=MARKERS)
                for item in page["Items"]}
        assert seen <= attempted, f"delivered, but never put: {sorted(seen - attempted)[:5]}"
        if len(promised - seen) < len(missing):
            news = time.monotonic()
        missing = promised - seen
        now = time.monotonic()
        assert now - began < DELIVERY_SECONDS, (
            f"{len(missing)} of {len(promised)} events not delivered: {sorted(missing)[:5]}\n{server.log_tail()}")
        if missing and now - news > STALLED_SECONDS:
            server.advance(RETRY_SECONDS)
            news = now
        time.sleep(0.2)
    print(f"{len(promised)} events delivered, the last {time.monotonic() - began:.1f} s after the last kill")


def check_orphans(server: tarn_server.Server, workers: list[Worker]) -> None:
    """With no upload open, the files of bytes on disk are those that objects (and the function's code) account for."""
    s3 = client(server, "s3")
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    server.kill()
    server.start()
    sizes = [value[2] for value in objects(workers).values() if value[2] > INLINE_AT_MOST]
    # The function's archive and the small last parts of multipart objects come to less than this.
    allowed = sum(sizes) + INLINE_AT_MOST
    deadline = time.monotonic() + 20
    while True:
        files = [path for path in (server.data / "blobs").rglob("*") if path.is_file()]
        stored = sum(path.stat().st_size for path in files)
        if stored <= allowed and not any(path.parent.name == "tmp" for path in files):
            break
        assert time.monotonic() < deadline, (
            f"{stored} bytes in {len(files)} files, where objects account for {sum(sizes)}\n{server.log_tail()}")
        time.sleep(0.2)
    print(f"{stored} bytes in {len(files)} files for {sum(sizes)} bytes of large objects")
