"""What the checks share: clients, rules that write to log groups, waiting, and how a mismatch is told."""

import json
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = os.environ["ACCOUNT"]
# Generous: a busy machine starts function processes slowly. Nothing waits this long when it works.
PATIENCE_SECONDS = 60

events = boto3.client("events")
functions = boto3.client("lambda")
logs = boto3.client("logs")
s3 = boto3.client("s3")


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


def refusal(call, **arguments):
    """The code of the error that a call comes to; an empty text if it is taken."""
    try:
        call(**arguments)
        return ""
    except ClientError as error:
        return error.response["Error"]["Code"]


def function_arn(name):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def group(name):
    return f"/aws/events/filters/{name}"


def watch(name, pattern):
    """A rule whose events go to a log group of its own."""
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    logs.create_log_group(logGroupName=group(name))
    events.put_targets(Rule=name, Targets=[{"Id": "log", "Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group(name)}"}])


def watched(name):
    """The ids of the events that a watched rule has let through."""
    return [json.loads(event["message"])["id"] for event in logs.filter_log_events(logGroupName=group(name))["events"]]


def recorded(name):
    """The events that a function has written down."""
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = (event["message"].strip() for event in found)
    return [json.loads(line.removeprefix("EVENT ")) for line in lines if line.startswith("EVENT ")]


def put(detail, source="custom.myATMapp", kind="transaction"):
    answer = events.put_events(Entries=[
        {"Source": source, "EventBusName": "default", "DetailType": kind, "Detail": json.dumps(detail)}])
    expect("failed entries", 0, answer["FailedEntryCount"])
    return answer["Entries"][0]["EventId"]


def client_as(user_agent, service):
    return boto3.client(service, config=Config(user_agent=user_agent))
