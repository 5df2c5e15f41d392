"""Event buses with a customer's key, and the queue of a bus for what the key could not seal."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from refusals import code_of
from conftest import _client

events = _client("events")
sqs = _client("sqs")
kms = _client("kms")
cloudtrail = _client("cloudtrail")


@pytest.fixture
def queue(sqs: Any, unique: Callable[[str], str]) -> Callable[[], tuple[str, str]]:
    def make() -> tuple[str, str]:
        url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        return url, arn

    return make


@pytest.fixture
def key(kms: Any, account: str) -> str:
    """A key that EventBridge may use for buses of this account."""
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Resource": "*",
         "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
         "Condition": {"StringLike": {"kms:EncryptionContext:aws:events:event-bus:arn": f"arn:aws:events:*:{account}:event-bus/*"},
                       "StringEquals": {"aws:SourceAccount": account}}}]}
    return kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]


def put(events: Any, bus: str, number: int, source: str = "shop") -> None:
    answer = events.put_events(Entries=[
        {"EventBusName": bus, "Source": source, "DetailType": "order", "Detail": json.dumps({"number": number})}])
    assert answer["FailedEntryCount"] == 0


def received(sqs: Any, url: str) -> tuple[Any, dict[str, str]]:
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"]), {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}


def test_events_under_a_key(
    events: Any, sqs: Any, kms: Any, cloudtrail: Any, key: str, queue: Any, unique: Any, eventually: Any, advance: Any
) -> None:
    bus, (url, arn), (dead, dead_arn) = unique("bus"), queue(), queue()
    made = events.create_event_bus(Name=bus, KmsKeyIdentifier=key, DeadLetterConfig={"Arn": dead_arn})
    assert made["KmsKeyIdentifier"] == key and made["DeadLetterConfig"] == {"Arn": dead_arn}
    described = events.describe_event_bus(Name=bus)
    assert described["KmsKeyIdentifier"] == key and described["DeadLetterConfig"] == {"Arn": dead_arn}
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["shop"], "detail": {"number": [{"exists": True}]}}))
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])
    put(events, bus, 1)
    event, _ = received(sqs, url)
    assert event["detail"] == {"number": 1} and event["source"] == "shop"

    def uses() -> set[str]:
        found = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}])
        own = [json.loads(each["CloudTrailEvent"]) for each in found["Events"]]
        return {each["eventName"] for each in own
                if (each["requestParameters"] or {}).get("encryptionContext") == {"aws:events:event-bus:arn": made["EventBusArn"]}}

    eventually(lambda: {"GenerateDataKey", "Decrypt"} <= uses())
    # The key is off: after the data key's five minutes the bus can seal nothing, and the event goes to the bus's queue.
    kms.disable_key(KeyId=key)
    advance(301)
    put(events, bus, 2)
    event, attributes = received(sqs, dead)
    assert event["detail"] == {"number": 2} and attributes["EVENT_BUS_ARN"] == made["EventBusArn"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    # Back to the key that is AWS's own.
    assert "KmsKeyIdentifier" not in events.update_event_bus(Name=bus, KmsKeyIdentifier="")
    put(events, bus, 3)
    assert received(sqs, url)[0]["detail"] == {"number": 3}


def test_a_key_that_may_not_be_used(events: Any, sqs: Any, kms: Any, queue: Any, unique: Any) -> None:
    # The key's policy says nothing of EventBridge.
    key, bus, (dead, dead_arn) = kms.create_key()["KeyMetadata"]["KeyId"], unique("bus"), queue()
    events.create_event_bus(Name=bus, KmsKeyIdentifier=key, DeadLetterConfig={"Arn": dead_arn})
    put(events, bus, 1)
    event, attributes = received(sqs, dead)
    assert event["detail"] == {"number": 1} and attributes["ERROR_CODE"] == "NO_PERMISSIONS"


def test_an_archive_under_a_key(
    events: Any, sqs: Any, kms: Any, key: str, queue: Any, unique: Any, eventually: Any, advance: Any
) -> None:
    bus, (url, arn) = unique("bus"), queue()
    bus_arn = events.create_event_bus(Name=bus)["EventBusArn"]
    archive = unique("archive")
    archive_arn = events.create_archive(ArchiveName=archive, EventSourceArn=bus_arn, KmsKeyIdentifier=key)["ArchiveArn"]
    assert events.describe_archive(ArchiveName=archive)["KmsKeyIdentifier"] == key
    put(events, bus, 1)
    kept = events.describe_archive(ArchiveName=archive)
    assert kept["EventCount"] == 1 and kept["SizeBytes"] > 100
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])

    def replay() -> Any:
        name, now = unique("replay"), events.describe_archive(ArchiveName=archive)["CreationTime"]
        events.start_replay(
            ReplayName=name, EventSourceArn=archive_arn, Destination={"Arn": bus_arn},
            EventStartTime=now - datetime.timedelta(hours=1), EventEndTime=now + datetime.timedelta(hours=1))
        return eventually(lambda: (state := events.describe_replay(ReplayName=name))["State"] in ("COMPLETED", "FAILED") and state)

    assert replay()["State"] == "COMPLETED"
    event, _ = received(sqs, url)
    assert event["detail"] == {"number": 1} and event["replay-name"]
    kms.disable_key(KeyId=key)
    advance(301)
    failed = replay()
    assert failed["State"] == "FAILED" and "disabled" in failed["StateReason"]


def test_refusals(events: Any, kms: Any, unique: Any, account: str) -> None:
    def refused(**members: Any) -> str:
        return code_of(events.create_event_bus, Name=unique("bus"), **members)

    assert refused(KmsKeyIdentifier="alias/nobody") == "ValidationException"
    asymmetric = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    assert refused(KmsKeyIdentifier=asymmetric) == "ValidationException"
    assert refused(DeadLetterConfig={"Arn": f"arn:aws:sqs:us-east-1:{account}:dead.fifo"}) == "ValidationException"
