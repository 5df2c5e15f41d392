"""Tokens of lists: good for the list that gave them, and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import _client

events = _client("events")
scheduler = _client("scheduler")
sqs = _client("sqs")

# Service, operation, the list in its answer, its limit, its token as it is given and as it comes.
LISTS = [
    ("events", "list_event_buses", "EventBuses", "Limit", "NextToken", "NextToken"),
    ("events", "list_rules", "Rules", "Limit", "NextToken", "NextToken"),
    ("events", "list_archives", "Archives", "Limit", "NextToken", "NextToken"),
    ("scheduler", "list_schedule_groups", "ScheduleGroups", "MaxResults", "NextToken", "NextToken"),
    ("sqs", "list_queues", "QueueUrls", "MaxResults", "NextToken", "NextToken"),
    ("lambda", "list_functions", "Functions", "MaxItems", "Marker", "NextMarker"),
    ("lambda", "list_layers", "Layers", "MaxItems", "Marker", "NextMarker"),
]
REFUSALS = {"events": "ValidationException", "scheduler": "ValidationException", "sqs": "InvalidParameterValue",
            "lambda": "InvalidParameterValueException", "sns": "InvalidParameter", "pipes": "ValidationException"}


@pytest.fixture(scope="module")
def some(
    events: Any, scheduler: Any, sqs: Any, lambda_client: Any, unique: Callable[[str], str], account: str
) -> Iterator[dict[str, str]]:
    """Three of each, so that a page of one has a next."""
    bus = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    target = ""
    for _ in range(3):
        name = unique("some")
        events.create_event_bus(Name=name)
        events.put_rule(Name=name, EventPattern='{"source": ["some"]}')
        events.create_archive(ArchiveName=name, EventSourceArn=bus)
        scheduler.create_schedule_group(Name=name)
        target = sqs.create_queue(QueueName=name)["QueueUrl"]
        lambda_client.publish_layer_version(LayerName=name, Content={"ZipFile": b"PK\x05\x06" + bytes(18)})
    yield {"queue": target}


def _page(client: Any, entry: tuple[str, ...], token: str | None = None) -> dict[str, Any]:
    _, operation, _, limit, given, _ = entry
    return getattr(client, operation)(**{limit: 1}, **({given: token} if token else {}))


def _refused(service: str, call: Callable[[], Any]) -> None:
    with pytest.raises(ClientError) as refusal:
        call()
    assert refusal.value.response["Error"]["Code"] == REFUSALS[service], refusal.value


def test_tokens(some: dict[str, str], client_for: Callable[..., Any], function: Callable[..., Any]) -> None:
    for _ in range(2):
        function("def handler(event, context): pass")
    clients = {entry[0]: client_for(entry[0]) for entry in LISTS}
    tokens = {entry: _page(clients[entry[0]], entry)[entry[5]] for entry in LISTS}
    for entry in LISTS:
        client, own = clients[entry[0]], tokens[entry]
        assert len(_page(client, entry, own)[entry[2]]) == 1
        last = own.rstrip("=")[-2]
        misspelt = own.replace(last, "B" if last == "A" else "A", 1)
        for token in [misspelt, *(other for each, other in tokens.items() if each != entry)]:
            _refused(entry[0], lambda token=token: _page(client, entry, token))


def test_tokens_of_another_parent(
    events: Any, sqs: Any, client_for: Callable[..., Any], unique: Callable[[str], str], account: str
) -> None:
    """The same operation's list of another rule, bus, queue, group or account."""
    target = f"arn:aws:sqs:us-east-1:{account}:somewhere"
    rules = [unique("rule"), unique("rule")]
    for rule in rules:
        events.put_rule(Name=rule, EventPattern='{"source": ["some"]}')
        events.put_targets(Rule=rule, Targets=[{"Id": place, "Arn": target} for place in "ab"])
    token = events.list_targets_by_rule(Rule=rules[0], Limit=1)["NextToken"]
    assert [each["Id"] for each in events.list_targets_by_rule(Rule=rules[0], NextToken=token)["Targets"]] == ["b"]
    _refused("events", lambda: events.list_targets_by_rule(Rule=rules[1], NextToken=token))

    dead = [sqs.create_queue(QueueName=unique("dead"))["QueueUrl"] for _ in range(2)]
    for url in dead:
        policy = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{account}:{url.split('/')[-1]}", "maxReceiveCount": 2}
        for _ in range(2):
            sqs.create_queue(QueueName=unique("source"), Attributes={"RedrivePolicy": json.dumps(policy)})
    token = sqs.list_dead_letter_source_queues(QueueUrl=dead[0], MaxResults=1)["NextToken"]
    assert len(sqs.list_dead_letter_source_queues(QueueUrl=dead[0], MaxResults=1, NextToken=token)["queueUrls"]) == 1
    _refused("sqs", lambda: sqs.list_dead_letter_source_queues(QueueUrl=dead[1], MaxResults=1, NextToken=token))

    token = sqs.list_queues(MaxResults=1)["NextToken"]
    other = client_for("sqs", "210987654321")
    _refused("sqs", lambda: other.list_queues(MaxResults=1, NextToken=token))
    _refused("sqs", lambda: client_for("sqs", region="eu-west-1").list_queues(MaxResults=1, NextToken=token))


def test_pages_of_more_than_one_hundred(client_for: Callable[..., Any], unique: Callable[[str], str]) -> None:
    """SNS has no limit to give: its pages have a hundred."""
    sns = client_for("sns")
    prefix = unique("topic")
    for place in range(101):
        sns.create_topic(Name=f"{prefix}-{place}")
    page = sns.list_topics()
    assert len(page["Topics"]) == 100
    assert len(sns.list_topics(NextToken=page["NextToken"])["Topics"]) == 1
    _refused("sns", lambda: sns.list_subscriptions(NextToken=page["NextToken"]))
