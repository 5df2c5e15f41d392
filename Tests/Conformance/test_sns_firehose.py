"""Topics whose messages go to a delivery stream, and from there into a bucket."""

from __future__ import annotations

import json
from typing import Any

from conftest import _client
from test_firehose import FIREHOSE_TRUST, delivery, describe, firehose, role, role_for  # noqa: F401

sns = _client("sns")


def test_messages_rest_in_a_bucket(
    sns: Any, s3: Any, firehose: Any, delivery: Any, role_for: Any, bucket: str, unique: Any, advance: Any, eventually: Any  # noqa: F811
) -> None:
    """A message a line, with what SNS adds but no signature."""
    stream = describe(firehose, delivery())["DeliveryStreamARN"]
    trust = json.loads(json.dumps(FIREHOSE_TRUST).replace("firehose.", "sns."))
    own = role_for({"Effect": "Allow", "Action": "firehose:Put*", "Resource": stream}, trust=trust)
    topics = []
    for raw in ("false", "true"):
        topics.append(sns.create_topic(Name=unique("topic"))["TopicArn"])
        sns.subscribe(
            TopicArn=topics[-1], Protocol="firehose", Endpoint=stream,
            Attributes={"SubscriptionRoleArn": own, "RawMessageDelivery": raw})
    kind = {"kind": {"DataType": "String", "StringValue": "a"}}
    ids = [
        sns.publish(TopicArn=topics[0], Message="first\nline", Subject="of two", MessageAttributes=kind)["MessageId"],
        sns.publish(TopicArn=topics[0], Message="plain")["MessageId"],
    ]
    sns.publish(TopicArn=topics[1], Message="raw", MessageAttributes=kind)

    def lines() -> list[str]:
        advance(61)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        text = "".join(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys)
        return text.splitlines() if text.count("\n") == 3 else []

    found = eventually(lines)
    assert found.count("raw") == 1
    messages = {message["MessageId"]: message for message in (json.loads(line) for line in found if line != "raw")}
    first, plain = (messages[each] for each in ids)
    assert list(first) == ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "UnsubscribeURL", "MessageAttributes"]
    assert (first["Message"], first["Subject"]) == ("first\nline", "of two")
    assert first["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}
    assert list(plain) == ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"]
    for topic in topics:
        sns.delete_topic(TopicArn=topic)
