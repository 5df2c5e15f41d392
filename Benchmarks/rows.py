"""The load rows: which requests are replayed, and how the answers are held to be true."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from servers import Server
from signing import Signer

CONNECTIONS = 16
# More than any server here answers in a second; a faster one would meet the first requests again.
REQUESTS_PER_SECOND = 20_000
STORED = 1_000
SAMPLE = 200
BUCKET = "benchmark"
TABLE = "benchmark"
KEY = "alias/benchmark"
REPLAY = Path(__file__).with_name("replay.lua")


class Untrue(Exception):
    """A server refused, or does not have what it acknowledged: its figures count for nothing."""


def body(name: str) -> bytes:
    """1,024 bytes that only this name has."""
    return base64.b64encode(random.Random(name).randbytes(768))


def s3_put(signer: Signer, name: str) -> bytes:
    return signer.request("PUT", f"/{BUCKET}/{name}", body(name))


def s3_get(signer: Signer, name: str) -> bytes:
    return signer.request("GET", f"/{BUCKET}/{name}")


def dynamodb(signer: Signer, operation: str, document: dict) -> bytes:
    text = json.dumps(document).encode()
    return signer.request("POST", "/", text, {
        "content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"})


def item(name: str) -> dict:
    text = body(name).decode()
    return {"pk": {"S": name}, "number": {"N": str(len(name))}, "text": {"S": text[:100]}, "flag": {"BOOL": True}}


def dynamodb_put(signer: Signer, name: str) -> bytes:
    return dynamodb(signer, "PutItem", {"TableName": TABLE, "Item": item(name)})


def dynamodb_get(signer: Signer, name: str) -> bytes:
    return dynamodb(signer, "GetItem", {"TableName": TABLE, "Key": {"pk": {"S": name}}})


def dynamodb_query(signer: Signer, name: str) -> bytes:
    return dynamodb(signer, "Query", {
        "TableName": TABLE, "KeyConditionExpression": "pk = :k", "ExpressionAttributeValues": {":k": {"S": name}}})


def dynamodb_transact(signer: Signer, name: str) -> bytes:
    """Two items together, one under a condition that always holds: requests are sent again and again."""
    return dynamodb(signer, "TransactWriteItems", {"TransactItems": [
        {"Put": {"TableName": TABLE, "Item": item(name), "ConditionExpression": "attribute_not_exists(lost)"}},
        {"Put": {"TableName": TABLE, "Item": item(name + "-other")}}]})


def kms(signer: Signer, operation: str, document: dict) -> bytes:
    text = json.dumps(document).encode()
    return signer.request("POST", "/", text, {
        "content-type": "application/x-amz-json-1.1", "x-amz-target": f"TrentService.{operation}"})


def plaintext(name: str) -> str:
    return base64.b64encode(body(name)[:128]).decode()


def kms_encrypt(signer: Signer, name: str) -> bytes:
    return kms(signer, "Encrypt", {"KeyId": KEY, "Plaintext": plaintext(name), "EncryptionContext": {"name": name}})


def kms_data_key(signer: Signer, name: str) -> bytes:
    return kms(signer, "GenerateDataKey", {"KeyId": KEY, "KeySpec": "AES_256", "EncryptionContext": {"name": name}})


def kms_decrypt(signer: Signer, answer: bytes, name: str) -> bytes:
    blob = json.loads(answer)["CiphertextBlob"]
    return kms(signer, "Decrypt", {"CiphertextBlob": blob, "EncryptionContext": {"name": name}})


def is_plaintext(answer: bytes, opened: bytes, name: str) -> bool:
    return json.loads(opened)["Plaintext"] == plaintext(name)


def is_data_key(answer: bytes, opened: bytes, name: str) -> bool:
    return json.loads(opened)["Plaintext"] == json.loads(answer)["Plaintext"]


def is_object(answer: bytes, name: str) -> bool:
    return answer == body(name)


def is_item(answer: bytes, name: str) -> bool:
    return json.loads(answer).get("Item") == item(name)


def is_item_found(answer: bytes, name: str) -> bool:
    return json.loads(answer).get("Items") == [item(name)]


@dataclass(frozen=True)
class Row:
    name: str
    service: str
    put: Callable[[Signer, str], bytes]
    get: Callable[[Signer, str], bytes]
    holds: Callable[[bytes, str], bool] | None
    writes: bool
    # Where an answer alone proves nothing: the request that opens it, and whether its answer is the right one.
    follow: Callable[[Signer, bytes, str], bytes] | None = None
    opens: Callable[[bytes, bytes, str], bool] | None = None


@dataclass(frozen=True)
class Figure:
    """What one row in one round came to."""

    rate: float
    p50_milliseconds: float
    p99_milliseconds: float
    cpu_per_10000: float


ROWS = [
    Row("s3-put-1k", "s3", s3_put, s3_get, is_object, True),
    Row("s3-get-1k", "s3", s3_put, s3_get, is_object, False),
    Row("dynamodb-put", "dynamodb", dynamodb_put, dynamodb_get, is_item, True),
    Row("dynamodb-get", "dynamodb", dynamodb_put, dynamodb_get, is_item, False),
    Row("dynamodb-query", "dynamodb", dynamodb_put, dynamodb_query, is_item_found, False),
    Row("dynamodb-transact", "dynamodb", dynamodb_transact, dynamodb_get, is_item, True),
    Row("kms-encrypt", "kms", kms_encrypt, kms_encrypt, None, False, kms_decrypt, is_plaintext),
    Row("kms-data-key", "kms", kms_data_key, kms_data_key, None, False, kms_decrypt, is_data_key),
]


def prepare(server: Server) -> None:
    """The bucket, the table, the key, and what the reading rows read."""
    s3, database = Signer(server.host, "s3"), Signer(server.host, "dynamodb")
    connection = server.connection()

    def expect(message: bytes) -> bytes:
        status, answer = server.send(connection, message)
        if status != 200:
            raise Untrue(f"{server.name}: {status} {answer[:300]!r} for {message[:120]!r}")
        return answer

    expect(s3.request("PUT", f"/{BUCKET}"))
    expect(dynamodb(database, "CreateTable", {
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}))
    while b'"ACTIVE"' not in expect(dynamodb(database, "DescribeTable", {"TableName": TABLE})):
        pass
    keys = Signer(server.host, "kms")
    key = json.loads(expect(kms(keys, "CreateKey", {})))["KeyMetadata"]["KeyId"]
    expect(kms(keys, "CreateAlias", {"AliasName": KEY, "TargetKeyId": key}))
    for number in range(STORED):
        expect(s3_put(s3, f"stored-{number}"))
        expect(dynamodb_put(database, f"stored-{number}"))
    connection.close()


def run(
    row: Row, server: Server, seconds: int, round_number: int | str, work: Path, connections: int = CONNECTIONS,
    signer: Signer | None = None,
) -> Figure:
    """Replays the row's requests on `connections` for `seconds`, and looks whether it is true afterwards.
    `signer` is the caller; root without one."""
    signer = signer or Signer(server.host, row.service)
    if row.writes:
        names = [f"r{round_number}-{number}" for number in range(REQUESTS_PER_SECOND * seconds)]
        messages = [row.put(signer, name) for name in names]
    else:
        names = [f"stored-{number}" for number in range(STORED)]
        messages = [row.get(signer, name) for name in names]
    replay = work / "replay"
    with replay.open("wb") as file:
        file.writelines(messages)
    replay.with_name("replay.lengths").write_text("".join(f"{len(message)}\n" for message in messages))
    del messages
    cpu = server.cpu_seconds()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(REPLAY), f"http://{server.host}/"],
        env={**os.environ, "REPLAY_FILE": str(replay)}, capture_output=True, text=True, timeout=seconds + 60, check=False)
    cpu = server.cpu_seconds() - cpu
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or not lines:
        raise Untrue(f"wrk against {server.name}: code {done.returncode}\n{done.stdout}\n{done.stderr}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    count = result["requests"]
    if result["refused"] or result["broken"] or not count:
        raise Untrue(f"{server.name}, {row.name}: {result['refused']} refused and {result['broken']} broken of {count}")
    # wrk counts an answer when it has come; requests go out in order, so all but the last in flight were answered.
    _verify(row, server, names[:max(1, min(count, len(names)) - connections)])
    return Figure(
        rate=count / (result["microseconds"] / 1e6), p50_milliseconds=result["p50"] / 1e3,
        p99_milliseconds=result["p99"] / 1e3, cpu_per_10000=cpu / count * 10_000)


def _verify(row: Row, server: Server, names: list[str]) -> None:
    signer = Signer(server.host, row.service)
    connection = server.connection()
    for name in random.Random(0).sample(names, min(SAMPLE, len(names))):
        status, answer = server.send(connection, row.get(signer, name))
        is_true = status == 200 and (row.holds is None or row.holds(answer, name))
        if is_true and row.follow and row.opens:
            status, opened = server.send(connection, row.follow(signer, answer, name))
            is_true = status == 200 and row.opens(answer, opened, name)
        if not is_true:
            raise Untrue(f"{server.name}, {row.name}: {name} is not what was put: {status} {answer[:300]!r}")
    connection.close()
