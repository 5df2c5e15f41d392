"""Delivery status logging: what became of a topic's messages, in CloudWatch Logs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from test_pipes import role  # noqa: F401
from test_sns import drain, make_queue

sns = _client("sns")
sqs = _client("sqs")

LOGS = {"Effect": "Allow", "Resource": "*", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]}


@pytest.fixture
def topic(sns: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def make(suffix: str = "", **attributes: str) -> str:
        arn = sns.create_topic(Name=unique("topic") + suffix, Attributes=attributes)["TopicArn"]
        made.append(arn)
        return arn

    yield make
    for arn in made:
        sns.delete_topic(TopicArn=arn)


@pytest.fixture
def entries(logs: Any, account: str) -> Callable[..., list[dict[str, Any]]]:
    def read(topic: str, kind: str = "") -> list[dict[str, Any]]:
        group = f"sns/us-east-1/{account}/{topic.rsplit(':', 1)[1]}{kind}"
        if group not in [each["logGroupName"] for each in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]]:
            return []
        return [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]

    return read


def test_what_is_delivered(
    sns: Any, sqs: Any, topic: Any, role: Any, entries: Any, unique: Any, eventually: Any  # noqa: F811
) -> None:
    arn = topic()
    url, queue = make_queue(sqs, unique("queue"), arn)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=arn, Message="before")
    drain(sqs, url, 1)
    attributes = {"SQSSuccessFeedbackRoleArn": role(LOGS, service="sns.amazonaws.com"), "SQSSuccessFeedbackSampleRate": "100"}
    for name, value in attributes.items():
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    message = sns.publish(TopicArn=arn, Message="hello")["MessageId"]
    [got] = drain(sqs, url, 1)
    [entry] = eventually(lambda: entries(arn))
    assert entry["status"] == "SUCCESS"
    assert entry["notification"] == {
        "messageMD5Sum": hashlib.md5(b"hello").hexdigest(), "messageId": message, "topicArn": arn,
        "timestamp": entry["notification"]["timestamp"]}
    delivery = entry["delivery"]
    assert (delivery["destination"], delivery["attempts"], delivery["statusCode"]) == (queue, 1, 200)
    assert json.loads(delivery["providerResponse"])["sqsMessageId"] == got["MessageId"]
    assert delivery["dwellTimeMs"] >= 0 and delivery["deliveryId"]
    # A sample of nothing: what comes after it on the same lane shows that nothing was written.
    sns.set_topic_attributes(TopicArn=arn, AttributeName="SQSSuccessFeedbackSampleRate", AttributeValue="0")
    sns.publish(TopicArn=arn, Message="unseen")
    drain(sqs, url, 1)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="SQSSuccessFeedbackSampleRate", AttributeValue="100")
    last = sns.publish(TopicArn=arn, Message="seen")["MessageId"]
    found = eventually(lambda: [each["notification"]["messageId"] for each in entries(arn) if last in json.dumps(each)] and entries(arn))
    assert {each["notification"]["messageId"] for each in found} == {message, last}
    assert entries(arn, "/Failure") == []


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_what_is_given_up(
    sns: Any, sqs: Any, topic: Any, role: Any, entries: Any, unique: Any, account: str, eventually: Any, suffix: str  # noqa: F811
) -> None:
    """The queue does not let the topic send."""
    attributes = {"SQSFailureFeedbackRoleArn": role(LOGS, service="sns.amazonaws.com")}
    if suffix:
        attributes.update(FifoTopic="true", ContentBasedDeduplication="true")
    arn = topic(suffix, **attributes)
    name = unique("queue")
    sqs.create_queue(QueueName=name)
    queue = f"arn:aws:sqs:us-east-1:{account}:{name}"
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    message = sns.publish(TopicArn=arn, Message="hello", **({"MessageGroupId": "g"} if suffix else {}))["MessageId"]
    [entry] = eventually(lambda: entries(arn, "/Failure"))
    assert entry["status"] == "FAILURE" and entry["notification"]["messageId"] == message
    assert entry["delivery"]["statusCode"] == 403 and "AccessDenied" in entry["delivery"]["providerResponse"]
    assert entries(arn) == []


def test_text_messages(sns: Any, role: Any, entries: Any, account: str, eventually: Any) -> None:  # noqa: F811
    """Those to a phone number, by the account's settings."""
    settings = {"DeliveryStatusIAMRole": role(LOGS, service="sns.amazonaws.com"), "DeliveryStatusSuccessSamplingRate": "100"}
    sns.set_sms_attributes(attributes=settings)
    message = sns.publish(PhoneNumber="+15550100778", Message="hello")["MessageId"]
    [entry] = eventually(lambda: entries(f"arn:aws:sns:us-east-1:{account}:DirectPublishToPhoneNumber"))
    assert entry["status"] == "SUCCESS" and entry["notification"]["messageId"] == message
    assert (entry["delivery"]["destination"], entry["delivery"]["smsType"]) == ("+15550100778", "Promotional")
    sns.set_sms_attributes(attributes=dict.fromkeys(settings, ""))
