"""SNS: topics, subscriptions and what reaches queues; functions and web servers are in test_sns_endpoints.py."""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError
from refusals import refusal
from sns_signatures import verify


@pytest.fixture(scope="module")
def sns(client_for):
    return client_for("sns")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture
def topic(sns, unique):
    arn = sns.create_topic(Name=unique("topic"))["TopicArn"]
    yield arn
    sns.delete_topic(TopicArn=arn)


def make_queue(sqs, name, source_arn, principal="sns.amazonaws.com", **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": principal}, "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}}}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    return url, arn


@pytest.fixture
def queue(sqs, unique, topic):
    url, arn = make_queue(sqs, unique("queue"), topic)
    yield url, arn
    sqs.delete_queue(QueueUrl=url)


def drain(sqs, url, count, wait=5):
    found = []
    while len(found) < count:
        page = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, MessageAttributeNames=["All"],
            AttributeNames=["All"]).get("Messages", [])
        if not page:
            break
        for message in page:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += page
    return found


def test_topics(sns, account, unique):
    name = unique("topic")
    arn = sns.create_topic(Name=name, Attributes={"DisplayName": "News"}, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:{account}:{name}"
    assert sns.create_topic(Name=name)["TopicArn"] == arn
    assert refusal(sns.create_topic, Name=name, Attributes={"DisplayName": "Other"}).told == (
        400, "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
    assert refusal(sns.create_topic, Name=name, Tags=[{"Key": "a", "Value": "c"}]).told == (
        400, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["DisplayName"] == "News" and attributes["Owner"] == account
    assert attributes["SubscriptionsConfirmed"] == "0"
    assert json.loads(attributes["Policy"])["Id"] == "__default_policy_ID"
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert arn in [entry["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for entry in page["Topics"]]
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    sns.add_permission(TopicArn=arn, Label="other", AWSAccountId=["111122223333"], ActionName=["Publish"])
    statements = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])["Statement"]
    assert statements[1]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"} and statements[1]["Action"] == "SNS:Publish"
    sns.remove_permission(TopicArn=arn, Label="other")
    assert len(json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])["Statement"]) == 1
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    assert refusal(sns.get_topic_attributes, TopicArn=arn).told == (404, "NotFound", "Topic does not exist")
    assert refusal(sns.create_topic, Name="a b").told == (400, "InvalidParameter", "Invalid parameter: Topic Name")


def test_a_queue_gets_the_envelope(sns, sqs, topic, queue):
    url, arn = queue
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    assert subscription.startswith(topic + ":")
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"] == subscription
    sent = sns.publish(TopicArn=topic, Message="hello \"you\"", Subject="Greeting",
                       MessageAttributes={"n": {"DataType": "Number", "StringValue": "5"}})
    [message] = drain(sqs, url, 1)
    assert message["Body"].startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')
    envelope = json.loads(message["Body"])
    assert envelope["MessageId"] == sent["MessageId"] and envelope["Message"] == 'hello "you"'
    assert envelope["Subject"] == "Greeting" and envelope["TopicArn"] == topic
    assert envelope["MessageAttributes"] == {"n": {"Type": "Number", "Value": "5"}}
    verify(envelope)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    sns.publish(TopicArn=topic, Message="again")
    [message] = drain(sqs, url, 1)
    envelope = json.loads(message["Body"])
    assert envelope["SignatureVersion"] == "2" and "Subject" not in envelope
    verify(envelope)
    urllib.request.urlopen(envelope["UnsubscribeURL"]).read()
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_raw_delivery(sns, sqs, topic, queue):
    url, arn = queue
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "sqs": "for queues"}),
                MessageAttributes={"b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}})
    [message] = drain(sqs, url, 1)
    assert message["Body"] == "for queues"
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\x01"
    assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["RawMessageDelivery"] == "true"


@pytest.mark.parametrize("scope, policy, passes, stops", [
    ("MessageAttributes", {"kind": ["a", {"prefix": "b"}], "n": [{"numeric": [">", 3]}]}, ("bee", "4"), ("bee", "3")),
    ("MessageAttributes", {"kind": [{"anything-but": ["x"]}]}, ("y", "1"), ("x", "1")),
    ("MessageAttributes", {"n": [100]}, ("z", "100"), ("z", "101")),
    ("MessageBody", {"order": {"kind": [{"exists": True}]}}, ("y", "1"), (None, "1")),
])
def test_filters(sns, sqs, topic, queue, scope, policy, passes, stops):
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={
        "FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope, "RawMessageDelivery": "true"})
    for kind, number in (stops, passes):
        attributes = {"n": {"DataType": "Number", "StringValue": number}}
        if kind is not None:
            attributes["kind"] = {"DataType": "String", "StringValue": kind}
        body = {"order": {"kind": kind} if kind else {}, "n": number}
        sns.publish(TopicArn=topic, Message=json.dumps(body), MessageAttributes=attributes)
    [message] = drain(sqs, url, 1)
    assert json.loads(message["Body"])["n"] == passes[1] and json.loads(message["Body"])["order"].get("kind") == passes[0]
    assert drain(sqs, url, 1, wait=0) == []


def test_filter_refusals(sns, topic):
    arn = "arn:aws:sqs:us-east-1:000000000000:q"
    for policy in ("nonsense", "{", "[]", '{"a": {"b": ["c"]}}', '{"a": "b"}'):
        found = refusal(
            sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": policy})
        assert found.code == "InvalidParameter" and found.message.startswith("Invalid parameter: FilterPolicy"), found


def test_dead_letters(sns, sqs, topic, queue, account, eventually):
    url, arn = queue
    gone = f"arn:aws:sqs:us-east-1:{account}:nowhere"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone, Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn})})
    sns.publish(TopicArn=topic, Message="lost")
    [message] = drain(sqs, url, 1)
    assert json.loads(message["Body"])["Message"] == "lost"


def test_dead_letter_queues_that_can_not_be(sns, topic, queue, account, unique):
    """A queue of the subscription's own account, Region and kind, and nothing of SQS's own redrive policies."""
    _, arn = queue
    fifo = sns.create_topic(Name=unique("t") + ".fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    for of, policy, words in (
        (topic, {"deadLetterTargetArn": arn, "maxReceiveCount": 3}, "invalid JSON. Attribute maxReceiveCount is unknown."),
        (topic, {"deadLetterTargetArn": "nowhere"}, "deadLetterTargetArn is an invalid arn"),
        (topic, {"deadLetterTargetArn": arn.replace("us-east-1", "eu-west-1")}, "the same Region"),
        (topic, {"deadLetterTargetArn": arn.replace(account, "210987654321")}, "the same account"),
        (topic, {"deadLetterTargetArn": arn + ".fifo"}, "must use a standard queue"),
        (fifo, {"deadLetterTargetArn": arn}, "must use a FIFO queue"),
    ):
        found = refusal(
            sns.subscribe, TopicArn=of, Protocol="sqs", Endpoint=arn, Attributes={"RedrivePolicy": json.dumps(policy)})
        assert found.code == "InvalidParameter" and found.message.startswith("Invalid parameter: RedrivePolicy: ")
        assert words in found.message


def test_fifo(sns, sqs, unique):
    topic = sns.create_topic(Name=unique("t") + ".fifo", Attributes={
        "FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
    url, arn = make_queue(sqs, unique("q") + ".fifo", topic, FifoQueue="true")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sent = [sns.publish(TopicArn=topic, Message=f"m{n}", MessageGroupId="g") for n in range(12)]
    again = sns.publish(TopicArn=topic, Message="m3", MessageGroupId="g")
    assert again["MessageId"] == sent[3]["MessageId"]
    numbers = [answer["SequenceNumber"] for answer in sent]
    assert numbers == sorted(numbers) and all(len(number) == 20 for number in numbers)
    found = drain(sqs, url, 12)
    assert [message["Body"] for message in found] == [f"m{n}" for n in range(12)]
    assert {message["Attributes"]["MessageGroupId"] for message in found} == {"g"}
    assert refusal(sns.publish, TopicArn=topic, Message="x").told == (
        400, "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
    assert refusal(sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="a@example.com").code == "InvalidParameter"
    sns.delete_topic(TopicArn=topic)
    assert refusal(sns.create_topic, Name="plain", Attributes={"FifoTopic": "true"}).message.startswith(
        "Invalid parameter: Fifo Topic names must end with .fifo")


def test_batches(sns, sqs, topic, queue):
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
        {"Id": "a", "Message": "one"}, {"Id": "b", "Message": "two", "MessageDeduplicationId": "d"}, {"Id": "c", "Message": "three"}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["a", "c"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [("b", "InvalidParameter", True)]
    assert {message["Body"] for message in drain(sqs, url, 2)} == {"one", "three"}
    twice = [{"Id": "a", "Message": "x"}] * 2
    assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=twice).code == "BatchEntryIdsNotDistinct"
    eleven = [{"Id": str(n), "Message": "x"} for n in range(11)]
    assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=eleven).code == "TooManyEntriesInBatchRequest"
    large = [{"Id": str(n), "Message": "x" * 140_000} for n in range(2)]
    assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=large).code == "BatchRequestTooLong"


def test_publish_refusals(sns, topic):
    cases = [
        ({"TopicArn": topic, "Message": ""}, "Empty message"),
        ({"TopicArn": topic, "Message": "x" * 262_145}, "Message too long"),
        ({"TopicArn": topic, "Message": "x", "Subject": "a\nb"}, "Subject"),
        ({"TopicArn": topic, "Message": "x", "MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
        ({"TopicArn": topic, "Message": '{"sqs": "x"}', "MessageStructure": "json"}, "Message Structure - No default entry in JSON message body"),
        ({"Message": "x"}, "TopicArn or TargetArn Reason: no value for required parameter"),
    ]
    for arguments, reason in cases:
        assert refusal(sns.publish, **arguments).told == (400, "InvalidParameter", f"Invalid parameter: {reason}")
    assert refusal(sns.publish, TopicArn=topic + "x", Message="x").told == (404, "NotFound", "Topic does not exist")
    assert refusal(sns.publish, TopicArn=topic, Message="x", MessageAttributes={"a": {"DataType": "String", "StringValue": ""}}).code == "ParameterValueInvalid"


def test_other_accounts_need_the_topics_leave(sns, client_for, topic):
    other = client_for("sns", "444455556666")
    found = refusal(other.publish, TopicArn=topic, Message="x")
    assert (found.code, found.status) == ("AuthorizationError", 403) and "SNS:Publish" in found.message
    sns.add_permission(TopicArn=topic, Label="b", AWSAccountId=["444455556666"], ActionName=["Publish", "Subscribe"])
    other.publish(TopicArn=topic, Message="x")
    arn = other.subscribe(TopicArn=topic, Protocol="lambda", ReturnSubscriptionArn=True,
                          Endpoint="arn:aws:lambda:us-east-1:444455556666:function:f")["SubscriptionArn"]
    assert other.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["Owner"] == "444455556666"
    assert [entry["SubscriptionArn"] for entry in other.list_subscriptions()["Subscriptions"]] == [arn]


def test_encrypted_topics(sns, sqs, topic, queue, client_for):
    key = client_for("kms").create_key()["KeyMetadata"]["KeyId"]
    url, arn = queue
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="secret")
    assert [message["Body"] for message in drain(sqs, url, 1)] == ["secret"]
    client_for("kms").disable_key(KeyId=key)
    assert refusal(sns.publish, TopicArn=topic, Message="x").code == "KMSDisabled"


def test_s3_tells_queues_and_topics(s3, sns, sqs, bucket, unique, account):
    topic = sns.create_topic(Name=unique("t"), Attributes={})["TopicArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish", "Resource": topic,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}}}]}
    url, arn = make_queue(sqs, unique("q"), f"arn:aws:s3:::{bucket}", principal="s3.amazonaws.com")
    configuration = {
        "QueueConfigurations": [{"Id": "q", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}],
        "TopicConfigurations": [{"Id": "t", "TopicArn": topic, "Events": ["s3:ObjectRemoved:*"],
                                 "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}}}],
        "EventBridgeConfiguration": {}}
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    assert caught.value.response["Error"]["Message"] == "Unable to validate the following destination configurations"
    drain(sqs, url, 1, wait=0)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    other, other_arn = make_queue(sqs, unique("q"), topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=other_arn, Attributes={"RawMessageDelivery": "true"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    for place in (url, other):
        [test] = drain(sqs, place, 1)
        assert json.loads(test["Body"])["Event"] == "s3:TestEvent" and json.loads(test["Body"])["Bucket"] == bucket
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert kept["QueueConfigurations"][0]["QueueArn"] == arn and kept["TopicConfigurations"][0]["TopicArn"] == topic
    assert kept["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket=bucket, Key="in/x", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="in/x")
    [created] = drain(sqs, url, 1)
    assert json.loads(created["Body"])["Records"][0]["eventName"] == "ObjectCreated:Put"
    [removed] = drain(sqs, other, 1)
    assert json.loads(removed["Body"])["Records"][0]["eventName"] == "ObjectRemoved:Delete"


def test_by_the_command_line(aws, unique):
    arn = json.loads(aws("sns", "create-topic", "--name", unique("cli")))["TopicArn"]
    assert json.loads(aws("sns", "publish", "--topic-arn", arn, "--message", "hi"))["MessageId"]
    aws("sns", "set-sms-attributes", "--attributes", "DefaultSMSType=Transactional")
    assert json.loads(aws("sns", "get-sms-attributes"))["attributes"]["DefaultSMSType"] == "Transactional"
    assert json.loads(aws("sns", "list-platform-applications")) == {"PlatformApplications": []}
