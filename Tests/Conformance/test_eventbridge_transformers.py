"""What of an event reaches a target by a path or a template, letter by letter."""

from __future__ import annotations

from typing import Any

import pytest
from test_eventbridge import events, queue, receive, rule, sqs  # noqa: F401
from test_pipes import kinesis, role, stream  # noqa: F401

DETAIL = '{"n":{"price":10.0,"id":12345678901234567890,"rate":1.10},"m":{"x":1,"y":"2"},"l":[{"k":1.0},{"k":2}]}'


@pytest.mark.parametrize("shape, body", [
    ({"InputPath": "$.detail.n"}, '{"price":10.0,"id":12345678901234567890,"rate":1.10}'),
    ({"InputPath": "$.detail.l[*].k"}, "[1.0,2]"),
    ({"InputPath": "$.detail.m.*"}, '[1,"2"]'),
    ({"InputTransformer": {
        "InputPathsMap": {"id": "$.detail.n.id", "price": "$.detail.n.price"},
        "InputTemplate": '{"id": <id>, "text": "<price> for <id>"}'}},
     '{"id": 12345678901234567890, "text": "10.0 for 12345678901234567890"}'),
])
def test_values_are_those_of_the_event(
    events: Any, sqs: Any, rule: Any, queue: Any, shape: dict[str, Any], body: str  # noqa: F811
) -> None:
    url, arn = queue
    name, _ = rule({"source": ["custom.letters"]})
    events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": arn, **shape}])
    answer = events.put_events(Entries=[{"Source": "custom.letters", "DetailType": "d", "Detail": DETAIL}])
    assert answer["FailedEntryCount"] == 0
    assert receive(sqs, url)[0]["Body"] == body


def test_a_partition_key_that_is_empty(
    events: Any, kinesis: Any, rule: Any, role: Any, stream: Any, eventually: Any  # noqa: F811
) -> None:
    """Kinesis takes no record without a key; the event's own id is one."""
    name, arn = stream
    made, _ = rule({"source": ["custom.keys"]})
    events.put_targets(Rule=made, Targets=[{
        "Id": "one", "Arn": arn, "RoleArn": role(service="events.amazonaws.com"), "InputPath": "$.detail.n",
        "KinesisParameters": {"PartitionKeyPath": "$.detail.key"}}])
    ids = [events.put_events(Entries=[{"Source": "custom.keys", "DetailType": "d", "Detail": detail}])["Entries"][0]["EventId"]
           for detail in ('{"key":"k","n":1}', '{"key":"","n":2}', '{"n":3}')]
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    found = eventually(lambda: len(records := kinesis.get_records(ShardIterator=iterator)["Records"]) == 3 and records, interval=0.5)
    assert {(each["PartitionKey"], each["Data"]) for each in found} == {("k", b"1"), (ids[1], b"2"), (ids[2], b"3")}
