"""What the checks share: clients, waiting for a condition, Athena queries, and how a mismatch is told."""

import json
import os
import subprocess
import time

import boto3

BUCKET = os.environ["BUCKET"]
TABLE = os.environ["TABLE"]
PREFIX = "dataset/"
FILES, RECORDS = 3, 1000
# Generous: a busy machine starts function processes slowly. Nothing waits this long when it works.
PATIENCE_SECONDS = 60

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
functions = boto3.client("lambda")
logs = boto3.client("logs")
glue = boto3.client("glue")
athena = boto3.client("athena")
iam = boto3.client("iam")


class Mismatch(Exception):
    """A check that did not hold."""

    def __init__(self, what, expected, seen):
        super().__init__(f"{what}\n  expected: {expected}\n  seen:     {seen}")


def expect(what, expected, seen):
    if expected != seen:
        raise Mismatch(what, expected, seen)


def wait_for(what, condition, expected=True):
    """Asks again until `condition()` gives `expected`; a mismatch tells what it gave last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        seen = condition()
        if seen == expected:
            return seen
        if time.monotonic() > deadline:
            raise Mismatch(f"{what} (waited {PATIENCE_SECONDS} s)", expected, seen)
        time.sleep(0.05)


def advance(duration):
    subprocess.run([os.environ["TARN"], "clock", "advance", duration], check=True, stdout=subprocess.DEVNULL)


def keys():
    return [f"{PREFIX}uploads-{index}.json" for index in range(FILES)]


def expected_counts():
    return {index: len(range(index, RECORDS, FILES)) for index in range(FILES)}


def items(table=TABLE):
    return dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]


def records(key):
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def tags(key):
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]}


def versions(key):
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])
    return [version for version in listed if version["Key"] == key]


def log_lines(function):
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
        return [event["message"].rstrip("\n") for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def query(sql):
    """Runs one statement; gives its rows as dictionaries of text."""
    started = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": os.environ["RESULTS"]}
    )["QueryExecutionId"]

    def state():
        return athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]

    wait_for("the query ends", lambda: state()["State"] not in ("QUEUED", "RUNNING"))
    final = state()
    expect(f"{sql}: {final.get('StateChangeReason', '')}", "SUCCEEDED", final["State"])
    rows = [
        [cell.get("VarCharValue") for cell in row["Data"]]
        for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=started)
        for row in page["ResultSet"]["Rows"]
    ]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def print_table(rows, limit=5):
    names = list(rows[0])
    shown = [[str(row[name] or "") for name in names] for row in rows[:limit]]
    widths = [max(len(name), *(len(row[at]) for row in shown)) for at, name in enumerate(names)]
    for line in [names, ["-" * width for width in widths], *shown]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    print(f"({len(rows)} rows)")


def delete_versions(bucket, prefix=""):
    """Deletes every version of every object under a prefix."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
        if objects:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            expect("every version is deleted", [], answer.get("Errors", []))
