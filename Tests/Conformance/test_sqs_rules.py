"""SQS's finer rules: what message attributes may hold, how policies are shown, where messages may be moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_and_message, refusal

sqs = _client("sqs")


@pytest.fixture
def queue(sqs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def arn(sqs: Any, url: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.mark.parametrize("text", ["nan", "inf", "0x10", "1e400", "1" * 39])
def test_what_is_no_number(sqs: Any, queue: str, text: str) -> None:
    attributes = {"n": {"DataType": "Number", "StringValue": text}}
    assert code_and_message(sqs.send_message, QueueUrl=queue, MessageBody="x", MessageAttributes=attributes) == (
        "InvalidParameterValue", "Can't cast the value of message (user) attribute 'n' to a number.")


def test_numbers_and_other_types(sqs: Any, queue: str) -> None:
    attributes = {
        "exact": {"DataType": "Number", "StringValue": "-230.000000000000000001"},
        "own": {"DataType": "Number.float", "StringValue": "1e-3"}, "tagged": {"DataType": "String.address", "StringValue": "x"}}
    sqs.send_message(QueueUrl=queue, MessageBody="x", MessageAttributes=attributes)
    [message] = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"] == attributes

    def refused(attribute: dict[str, Any]) -> tuple[str, str]:
        return code_and_message(sqs.send_message, QueueUrl=queue, MessageBody="x", MessageAttributes={"a": attribute})

    assert refused({"DataType": "String", "StringValue": ""}) == (
        "InvalidParameterValue", "Message (user) attribute 'a' must contain a non-empty value of type 'String'.")
    assert refused({"DataType": "string", "StringValue": "x"}) == (
        "InvalidParameterValue",
        "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: "
        "Binary, Number, String.")


def test_a_redrive_policys_count_is_a_number(sqs: Any, queue: str, unique: Callable[[str], str]) -> None:
    given = json.dumps({"maxReceiveCount": "3", "deadLetterTargetArn": arn(sqs, queue)})
    name = unique("source")
    url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": given})["QueueUrl"]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    assert shown == json.dumps({"deadLetterTargetArn": arn(sqs, queue), "maxReceiveCount": 3}, separators=(",", ":"))
    # The same policy in another spelling is the same.
    assert sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": given})["QueueUrl"] == url
    assert sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": shown})["QueueUrl"] == url


def test_messages_are_not_moved_to_where_they_are(sqs: Any, queue: str) -> None:
    own = arn(sqs, queue)
    assert refusal(sqs.start_message_move_task, SourceArn=own, DestinationArn=own).code == "InvalidParameterValue"
