"""Reads a shard and the log of a function that is mapped to it."""

import json
import subprocess
import os
import time

import boto3
from botocore.config import Config

STREAM, BUCKET = os.environ["STREAM"], os.environ["BUCKET"]
LARGE_STREAM, ACCOUNT = os.environ["LARGE_STREAM"], os.environ["ACCOUNT"]
SHARD = "shardId-000000000000"

# Every refusal is to be seen, so nothing is tried twice and nothing is checked before it is sent.
kinesis = boto3.client("kinesis", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
functions = boto3.client("lambda")
logs = boto3.client("logs")


class Mismatch(Exception):
    """A check that did not hold."""

    def __init__(self, what, expected, seen):
        super().__init__(f"{what}\n  expected: {expected}\n  seen:     {seen}")


def expect(what, expected, seen):
    if expected != seen:
        raise Mismatch(what, expected, seen)


def refused(what, code, call, **arguments):
    """The whole text of the refusal."""
    try:
        call(**arguments)
    except kinesis.exceptions.ClientError as error:
        expect(f"{what}: the error", code, error.response["Error"]["Code"])
        print(error)
        return str(error)
    raise Mismatch(what, code, "it was taken")


def advance(duration):
    subprocess.run([os.environ["TARN"], "clock", "advance", duration], check=True, stdout=subprocess.DEVNULL)


def rest():
    """A second passes, in which the shard's rates recover."""
    advance("2s")


def end_of_shard(stream=STREAM):
    """An iterator behind all that is in the shard now."""
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=SHARD, ShardIteratorType="LATEST")["ShardIterator"]


def read(iterator, count):
    """The next `count` records, and no more than those."""
    found = []
    while True:
        try:
            answer = kinesis.get_records(ShardIterator=iterator)
        except kinesis.exceptions.ProvisionedThroughputExceededException:
            rest()
            continue
        found += answer["Records"]
        iterator = answer["NextShardIterator"]
        if not answer["Records"] and answer["MillisBehindLatest"] == 0:
            expect("records in the shard", count, len(found))
            return found


def processed(function, sequence):
    """What the function has written of a record that its mapping gave it."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern=f'"{sequence}"')["events"]
        except logs.exceptions.ResourceNotFoundException:
            events = []
        if events:
            return events[0]["message"].strip()
        time.sleep(0.1)
    raise Mismatch(f"{function} gets the record {sequence}", "a line in its log", "none within 30 seconds")


def invoke(function, event):
    answer = functions.invoke(FunctionName=function, Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise Mismatch(f"{function} succeeds", "no error", payload)
    return payload


def wait_active(stream):
    while kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
        time.sleep(0.05)
