"""SNS's finer rules: what message attributes may hold, and text messages to a phone number."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import _client
from refusals import code_and_message, refusal

sns = _client("sns")


@pytest.fixture
def topic(sns: Any, unique: Callable[[str], str]) -> Iterator[str]:
    arn = sns.create_topic(Name=unique("topic"))["TopicArn"]
    yield arn
    sns.delete_topic(TopicArn=arn)


@pytest.mark.parametrize("kind, text", [
    ("Number", "nan"), ("Number", "0x1"), ("Number", "1e400"), ("String.Array", '[{"a": 1}]'), ("String.Array", '[["a"]]')])
def test_what_attributes_can_not_hold(sns: Any, topic: str, kind: str, text: str) -> None:
    attributes = {"a": {"DataType": kind, "StringValue": text}}
    assert refusal(sns.publish, TopicArn=topic, Message="x", MessageAttributes=attributes).code == "ParameterValueInvalid"


def test_text_messages(sns: Any, endpoint: str) -> None:
    number = "+15550100777"

    def last() -> dict[str, Any]:
        page = urllib.request.urlopen(f"{endpoint}/_tarn/mailbox?to={urllib.parse.quote(number)}").read()
        return json.loads(page)["letters"][0]

    sns.publish(PhoneNumber=number, Message="one")
    assert last()["from"] == "SNS"
    sns.set_sms_attributes(attributes={"DefaultSenderID": "Shop"})
    sns.publish(PhoneNumber=number, Message="two")
    assert (last()["from"], last()["body"]) == ("Shop", "two")
    sender = {"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "Desk"}}
    sns.publish(PhoneNumber=number, Message='{"default": "d", "sms": "three"}', MessageStructure="json", MessageAttributes=sender)
    assert (last()["from"], last()["body"]) == ("Desk", "three")
    sns.set_sms_attributes(attributes={"DefaultSenderID": ""})
    assert code_and_message(sns.publish, PhoneNumber=number, Message="no JSON", MessageStructure="json") == (
        "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse")
    assert refusal(sns.publish, PhoneNumber=number, Message="x", MessageStructure="xml").message == "Invalid parameter: MessageStructure"
    bad = {"a b": {"DataType": "String", "StringValue": "x"}}
    assert refusal(sns.publish, PhoneNumber=number, Message="x", MessageAttributes=bad).code == "ParameterValueInvalid"


@pytest.mark.parametrize("name, value", [
    ("DefaultSMSType", "Urgent"), ("DeliveryStatusSuccessSamplingRate", "101"), ("DeliveryStatusIAMRole", "role"),
    ("MonthlySpendLimit", "much"), ("DefaultSenderID", "twelve-chars"), ("DefaultSenderID", "12345"), ("Bogus", "x")])
def test_settings_of_text_messages(sns: Any, name: str, value: str) -> None:
    assert refusal(sns.set_sms_attributes, attributes={name: value}).code == "InvalidParameter"
    assert sns.get_sms_attributes(attributes=[name]).get("attributes", {}).get(name) != value


def test_answers_as_json(sns: Any, topic: str, endpoint: str, account: str) -> None:
    """What boto 2 asks for, with a parameter beside the operation's own."""
    def ask(**parameters: str) -> tuple[int, str, Any]:
        data = urllib.parse.urlencode({"Version": "2010-03-31", "ContentType": "JSON", **parameters})
        request = AWSRequest("POST", endpoint + "/", data=data, headers={"Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(Credentials(account, "test"), "sns", "us-east-1").add_auth(request)
        try:
            answer = urllib.request.urlopen(urllib.request.Request(endpoint, data.encode(), dict(request.headers.items())))
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.headers["Content-Type"], json.loads(answer.read())

    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    status, kind, answer = ask(Action="ListSubscriptionsByTopic", TopicArn=topic)
    assert (status, kind) == (200, "application/json")
    result = answer["ListSubscriptionsByTopicResponse"]["ListSubscriptionsByTopicResult"]
    assert [each["Endpoint"] for each in result["Subscriptions"]] == ["a@example.com"] and result["NextToken"] is None
    assert answer["ListSubscriptionsByTopicResponse"]["ResponseMetadata"]["RequestId"]
    status, kind, answer = ask(Action="GetTopicAttributes", TopicArn=topic + "x")
    assert (status, kind) == (404, "application/json")
    assert answer["Error"] == {"Type": "Sender", "Code": "NotFound", "Message": "Topic does not exist"}
