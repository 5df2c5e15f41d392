"""EventBridge: archives that keep events, and replays that bring them back."""

from __future__ import annotations

import datetime
import json
import time

import pytest
from refusals import assert_refused


@pytest.fixture(scope="module")
def events(client_for):
    return client_for("events")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture
def bus(events, unique):
    name = unique("bus")
    return name, events.create_event_bus(Name=name)["EventBusArn"]


@pytest.fixture
def queue(sqs, unique):
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    return url, arn


def receive(sqs, url, count=1, seconds=5):
    messages = []
    until = time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < until:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            messages.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def put(events, bus, detail, moment=None):
    entry = {"EventBusName": bus, "Source": "shop", "DetailType": "order", "Detail": json.dumps(detail)}
    if moment:
        entry["Time"] = moment
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0


def wait_for(events, replay, state="COMPLETED"):
    for _ in range(100):
        shown = events.describe_replay(ReplayName=replay)
        if shown["State"] == state:
            return shown
        time.sleep(0.05)
    pytest.fail(f"{shown['State']}, not {state}")


def test_archive_and_replay(events, sqs, bus, queue, unique, account):
    name, bus_arn = bus
    url, arn = queue
    archive = unique("archive")
    made = events.create_archive(
        ArchiveName=archive, EventSourceArn=bus_arn, EventPattern=json.dumps({"detail": {"keep": [True]}}), RetentionDays=10)
    assert made["ArchiveArn"] == f"arn:aws:events:us-east-1:{account}:archive/{archive}" and made["State"] == "ENABLED"
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    for minutes, number in ((3, 3), (1, 1), (2, 2)):
        put(events, name, {"keep": True, "number": number}, now + datetime.timedelta(minutes=minutes))
    put(events, name, {"keep": False})
    shown = events.describe_archive(ArchiveName=archive)
    assert (shown["EventCount"], shown["RetentionDays"], shown["EventSourceArn"]) == (3, 10, bus_arn)
    assert shown["SizeBytes"] > 300

    # Rules that came after the events see them when they are played; a filter names those that do.
    rules = {}
    for kind in ("seen", "unseen"):
        rules[kind] = unique(kind)
        rule = events.put_rule(Name=rules[kind], EventBusName=name, EventPattern=json.dumps({"source": ["shop"]}))["RuleArn"]
        events.put_targets(Rule=rules[kind], EventBusName=name, Targets=[{"Id": kind, "Arn": arn, "InputTransformer": {
            "InputPathsMap": {"n": "$.detail.number", "replay": "$.replay-name"},
            "InputTemplate": "{\"number\":<n>,\"replay\":<replay>,\"rule\":\"" + kind + "\"}"}}])
        if kind == "seen":
            wanted = rule
    replay = unique("replay")
    started = events.start_replay(
        ReplayName=replay, EventSourceArn=made["ArchiveArn"], EventStartTime=now + datetime.timedelta(seconds=30),
        EventEndTime=now + datetime.timedelta(seconds=150), Destination={"Arn": bus_arn, "FilterArns": [wanted]})
    assert started["State"] == "STARTING"
    shown = wait_for(events, replay)
    assert shown["EventLastReplayedTime"] == now + datetime.timedelta(minutes=2)
    assert shown["Destination"] == {"Arn": bus_arn, "FilterArns": [wanted]}
    got = receive(sqs, url, 2)
    assert sorted(message["number"] for message in got) == [1, 2]
    assert {(message["replay"], message["rule"]) for message in got} == {(replay, "seen")}
    # What was played is not archived again.
    assert events.describe_archive(ArchiveName=archive)["EventCount"] == 3
    assert [entry["State"] for entry in events.list_replays(NamePrefix=replay)["Replays"]] == ["COMPLETED"]
    assert_refused(events.cancel_replay, "IllegalStatusException", "not in a valid state", ReplayName=replay)
    assert_refused(events.start_replay, "ResourceAlreadyExistsException", "already exists", ReplayName=replay,
            EventSourceArn=made["ArchiveArn"], EventStartTime=now, EventEndTime=now + datetime.timedelta(1),
            Destination={"Arn": bus_arn})
    events.delete_archive(ArchiveName=archive)
    assert_refused(events.describe_archive, "ResourceNotFoundException", f"Archive {archive} does not exist.", ArchiveName=archive)


def test_archives_are_listed_and_changed(events, bus, unique):
    name, bus_arn = bus
    archive = unique("archive")
    events.create_archive(ArchiveName=archive, EventSourceArn=bus_arn, Description="first")
    assert_refused(events.create_archive, "ResourceAlreadyExistsException", f"Archive {archive} already exists.",
            ArchiveName=archive, EventSourceArn=bus_arn)
    events.update_archive(ArchiveName=archive, Description="second", RetentionDays=3)
    shown = events.describe_archive(ArchiveName=archive)
    assert (shown["Description"], shown["RetentionDays"]) == ("second", 3)
    assert [entry["ArchiveName"] for entry in events.list_archives(EventSourceArn=bus_arn)["Archives"]] == [archive]
    assert_refused(events.list_archives, "ValidationException", "At most one filter", NamePrefix="a", State="ENABLED")
    assert_refused(events.update_archive, "ResourceNotFoundException", "Archive nothing does not exist.", ArchiveName="nothing")
    assert_refused(events.create_archive, "ResourceNotFoundException", "Event bus nowhere does not exist.",
            ArchiveName=unique("archive"), EventSourceArn=bus_arn.replace(name, "nowhere"))
    assert_refused(events.create_archive, "InvalidEventPatternException", "", ArchiveName=unique("archive"), EventSourceArn=bus_arn,
            EventPattern="{\"a\":1}")


def test_replays_are_refused(events, bus, unique, account):
    name, bus_arn = bus
    archive = unique("archive")
    arn = events.create_archive(ArchiveName=archive, EventSourceArn=bus_arn)["ArchiveArn"]
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    wanted = {"ReplayName": unique("replay"), "EventSourceArn": arn, "EventStartTime": begin,
              "EventEndTime": begin + datetime.timedelta(1), "Destination": {"Arn": bus_arn}}
    default = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    for change, message in [
        ({"EventEndTime": begin}, "EventStartTime must be before EventEndTime."),
        ({"EventSourceArn": arn + "x"}, "does not exist."),
        ({"Destination": {"Arn": default}}, "Cross event bus replay is not permitted."),
        ({"Destination": {"Arn": "arn:aws:sqs:us-east-1:1:q/x"}}, "Must contain an event bus ARN."),
    ]:
        assert_refused(events.start_replay, "ValidationException", message, **{**wanted, **change})
    assert_refused(events.describe_replay, "ResourceNotFoundException", "does not exist.", ReplayName=wanted["ReplayName"])


def test_retention_on_the_clock(events, bus, unique, advance):
    name, bus_arn = bus
    archive = unique("archive")
    events.create_archive(ArchiveName=archive, EventSourceArn=bus_arn, RetentionDays=1)
    put(events, name, {"number": 1})
    advance(12 * 3600)
    put(events, name, {"number": 2})
    assert events.describe_archive(ArchiveName=archive)["EventCount"] == 2
    advance(13 * 3600)
    assert events.describe_archive(ArchiveName=archive)["EventCount"] == 1
    advance(12 * 3600)
    shown = events.describe_archive(ArchiveName=archive)
    assert (shown["EventCount"], shown["SizeBytes"]) == (0, 0)


def test_the_default_bus_keeps_what_services_tell(events, s3, unique, account):
    bus_arn = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    archive, bucket = unique("archive"), unique("bucket")
    events.create_archive(
        ArchiveName=archive, EventSourceArn=bus_arn, EventPattern=json.dumps({"source": ["aws.s3"]}))
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for _ in range(100):
        if events.describe_archive(ArchiveName=archive)["EventCount"]:
            break
        time.sleep(0.05)
    assert events.describe_archive(ArchiveName=archive)["EventCount"] == 1


def test_an_archive_has_a_rule_of_its_own(events, unique, bus):
    name, arn = bus
    archive = unique("archive")
    events.create_archive(ArchiveName=archive, EventSourceArn=arn, EventPattern='{"source": ["shop"]}')
    (rule,) = events.list_rules(EventBusName=name)["Rules"]
    assert rule["Name"] == f"Events-Archive-{archive}" and rule["ManagedBy"] == "prod.vhs.events.aws.internal"
    assert json.loads(rule["EventPattern"]) == {"source": ["shop"], "replay-name": [{"exists": False}]}
    found = events.describe_rule(Name=rule["Name"], EventBusName=name)
    assert found["ManagedBy"] == rule["ManagedBy"] and found["Arn"] == rule["Arn"]
    where = {"EventBusName": name, "Name": rule["Name"]}
    for change in (events.delete_rule, events.disable_rule):
        with pytest.raises(events.exceptions.ManagedRuleException):
            change(**where)
    with pytest.raises(events.exceptions.ManagedRuleException):
        events.put_rule(**where, EventPattern='{"source": ["other"]}')
    events.delete_archive(ArchiveName=archive)
    assert events.list_rules(EventBusName=name)["Rules"] == []
    events.delete_event_bus(Name=name)
