"""Partner event sources: made by one account for another, which gives them a bus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_of

events = _client("events")
sqs = _client("sqs")

PARTNER = "333344445555"


@pytest.fixture
def partner(client_for: Callable[..., Any]) -> Any:
    return client_for("events", PARTNER)


@pytest.fixture
def source(partner: Any, account: str, unique: Any) -> Iterator[str]:
    name = f"aws.partner/example.com/{unique('source')}"
    made = partner.create_partner_event_source(Name=name, Account=account)
    assert made["EventSourceArn"] == f"arn:aws:events:us-east-1::event-source/{name}"
    yield name
    partner.delete_partner_event_source(Name=name, Account=account)


def entry(source: str) -> dict[str, Any]:
    return {"Source": source, "DetailType": "made", "Detail": json.dumps({"n": 1})}


def test_a_source_from_its_making_to_its_end(events: Any, partner: Any, source: str, account: str) -> None:
    assert code_of(partner.create_partner_event_source, Name=source, Account=account) == "ResourceAlreadyExistsException"
    assert partner.describe_partner_event_source(Name=source)["Name"] == source
    prefix = "aws.partner/example.com/"
    assert source in [each["Name"] for each in partner.list_partner_event_sources(NamePrefix=prefix)["PartnerEventSources"]]
    shown = events.describe_event_source(Name=source)
    assert (shown["State"], shown["CreatedBy"]) == ("PENDING", "aws.partner/example.com")
    assert (shown["ExpirationTime"] - shown["CreationTime"]).days == 14
    assert [each["Name"] for each in events.list_event_sources(NamePrefix=source)["EventSources"]] == [source]
    assert code_of(events.activate_event_source, Name=source) == "InvalidStateException"
    assert code_of(events.create_event_bus, Name="other", EventSourceName=source) == "ValidationException"
    assert code_of(events.create_event_bus, Name=source + "x", EventSourceName=source + "x") == "ResourceNotFoundException"
    events.create_event_bus(Name=source, EventSourceName=source)
    accounts = partner.list_partner_event_source_accounts(EventSourceName=source)["PartnerEventSourceAccounts"]
    assert [(each["Account"], each["State"]) for each in accounts] == [(account, "ACTIVE")]
    events.deactivate_event_source(Name=source)
    assert events.describe_event_source(Name=source)["State"] == "PENDING"
    events.activate_event_source(Name=source)
    # The partner takes it back; the customer sees that while the bus is there.
    partner.delete_partner_event_source(Name=source, Account=account)
    assert code_of(partner.describe_partner_event_source, Name=source) == "ResourceNotFoundException"
    assert events.describe_event_source(Name=source)["State"] == "DELETED"
    events.delete_event_bus(Name=source)
    assert code_of(events.describe_event_source, Name=source) == "ResourceNotFoundException"


def test_a_partners_events_come_to_the_customers_rules(
    events: Any, sqs: Any, partner: Any, source: str, account: str, unique: Any, client_for: Any, eventually: Any
) -> None:
    events.create_event_bus(Name=source, EventSourceName=source)
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})})
    rule = unique("rule")
    made = events.put_rule(Name=rule, EventBusName=source, EventPattern=json.dumps({"source": [{"prefix": "aws.partner/"}]}))
    assert made["RuleArn"] == f"arn:aws:events:us-east-1:{account}:rule/{source}/{rule}"
    events.put_targets(Rule=rule, EventBusName=source, Targets=[{"Id": "q", "Arn": arn}])
    answer = partner.put_partner_events(Entries=[entry(source), entry(source + "x"), {**entry(source), "Detail": "x"}])
    assert answer["FailedEntryCount"] == 2
    assert [each.get("ErrorCode") for each in answer["Entries"]] == [None, "ResourceNotFoundException", "MalformedDetail"]
    found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    event = json.loads(found[0]["Body"])
    assert (event["id"], event["source"], event["account"]) == (answer["Entries"][0]["EventId"], source, account)
    # What the events say is the customer's: the trail has the source's making and no event.
    trail = client_for("cloudtrail", PARTNER)

    def logged(name: str) -> list[Any]:
        return trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]

    assert eventually(lambda: logged("CreatePartnerEventSource"))
    assert logged("PutPartnerEvents") == []
    # Nobody else speaks for the source.
    assert events.put_partner_events(Entries=[entry(source)])["FailedEntryCount"] == 1
    events.remove_targets(Rule=rule, EventBusName=source, Ids=["q"])
    events.delete_rule(Name=rule, EventBusName=source)
    events.delete_event_bus(Name=source)
    assert events.describe_event_source(Name=source)["State"] == "PENDING"
