"""SQS as boto3 and the query protocol's old clients use it."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from refusals import code_of


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture
def queue(sqs, unique):
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def fifo(sqs, unique):
    url = sqs.create_queue(
        QueueName=unique("queue") + ".fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def arn(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_send_receive_delete(sqs, queue):
    sent = sqs.send_message(
        QueueUrl=queue, MessageBody="hello <&> wörld",
        MessageAttributes={"text": {"DataType": "String", "StringValue": "x"}, "bin": {"DataType": "Binary", "BinaryValue": b"\0\1"}},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}})
    assert sent["MD5OfMessageBody"] == hashlib.md5("hello <&> wörld".encode()).hexdigest()
    answer = sqs.receive_message(
        QueueUrl=queue, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    (message,) = answer["Messages"]
    assert message["Body"] == "hello <&> wörld"
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"]["bin"]["BinaryValue"] == b"\0\1"
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=")
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def test_both_spellings_of_a_missing_queue(sqs, endpoint, account):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="absent")
    error = caught.value.response
    assert error["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert code_of(sqs.send_message, QueueUrl=f"{endpoint}/{account}/absent", MessageBody="x") == \
        "AWS.SimpleQueueService.NonExistentQueue"


def test_batches_fail_in_part(sqs, queue):
    answer = sqs.send_message_batch(QueueUrl=queue, Entries=[
        {"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "\0"}, {"Id": "late", "MessageBody": "x", "DelaySeconds": 901}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert {entry["Id"]: entry["Code"] for entry in answer["Failed"]} == {
        "bad": "InvalidMessageContents", "late": "InvalidParameterValue"}
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    answer = sqs.delete_message_batch(QueueUrl=queue, Entries=[
        {"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "2", "ReceiptHandle": "nonsense"}])
    assert answer["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    assert answer["Failed"][0]["Message"] == 'The input receipt handle "nonsense" is not a valid receipt handle.'
    assert answer["Successful"] == [{"Id": "1"}]


def test_what_batches_refuse(sqs, queue):
    prefix = "AWS.SimpleQueueService."
    entry = {"Id": "a", "MessageBody": "x"}
    send = sqs.send_message_batch
    assert code_of(send, QueueUrl=queue, Entries=[]) == prefix + "EmptyBatchRequest"
    assert code_of(send, QueueUrl=queue, Entries=[dict(entry, Id=str(i)) for i in range(11)]) == prefix + "TooManyEntriesInBatchRequest"
    assert code_of(send, QueueUrl=queue, Entries=[entry, entry]) == prefix + "BatchEntryIdsNotDistinct"
    assert code_of(send, QueueUrl=queue, Entries=[dict(entry, Id="a b")]) == prefix + "InvalidBatchEntryId"
    halves = [dict(entry, Id=str(i), MessageBody="x" * 600_000) for i in range(2)]
    assert code_of(send, QueueUrl=queue, Entries=halves) == prefix + "BatchRequestTooLong"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_what_messages_refuse(sqs, queue):
    with pytest.raises(ClientError, match="Message must be shorter than 1048576 bytes"):
        sqs.send_message(QueueUrl=queue, MessageBody="x" * 1_048_577)
    assert code_of(sqs.send_message, QueueUrl=queue, MessageBody="") == "MissingParameter"
    assert code_of(sqs.send_message, QueueUrl=queue, MessageBody="\x0b") == "InvalidMessageContents"
    assert code_of(sqs.receive_message, QueueUrl=queue, MaxNumberOfMessages=11) == "InvalidParameterValue"
    assert code_of(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=21) == "InvalidParameterValue"
    assert code_of(sqs.delete_message, QueueUrl=queue, ReceiptHandle="x") == "ReceiptHandleIsInvalid"
    assert code_of(sqs.get_queue_attributes, QueueUrl=queue, AttributeNames=["Nonsense"]) == "InvalidAttributeName"
    assert code_of(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"VisibilityTimeout": "43201"}) == "InvalidAttributeValue"


def test_attributes(sqs, queue, unique):
    name = queue.rsplit("/", 1)[1]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert shown["VisibilityTimeout"] == "7"
    assert shown["MaximumMessageSize"] == "1048576"
    assert shown["SqsManagedSseEnabled"] == "true"
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == queue
    assert code_of(sqs.create_queue, QueueName=name, Attributes={"VisibilityTimeout": "8"}) == "QueueAlreadyExists"
    assert code_of(sqs.create_queue, QueueName="bad name") == "InvalidParameterValue"
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == queue


def test_lists_and_tags(sqs, unique):
    prefix = unique("list")
    urls = [sqs.create_queue(QueueName=f"{prefix}-{i}", tags={"n": str(i)})["QueueUrl"] for i in range(5)]
    pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2}))
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert sorted(url for page in pages for url in page["QueueUrls"]) == urls
    sqs.tag_queue(QueueUrl=urls[0], Tags={"more": "x"})
    sqs.untag_queue(QueueUrl=urls[0], TagKeys=["n"])
    assert sqs.list_queue_tags(QueueUrl=urls[0])["Tags"] == {"more": "x"}


def test_fifo(sqs, fifo):
    for number in range(3):
        sqs.send_message(QueueUrl=fifo, MessageBody=str(number), MessageGroupId="g")
    duplicate = sqs.send_message(QueueUrl=fifo, MessageBody="0", MessageGroupId="g")
    messages = sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=2, AttributeNames=["All"])["Messages"]
    assert [message["Body"] for message in messages] == ["0", "1"]
    assert messages[0]["MessageId"] == duplicate["MessageId"]
    assert messages[0]["Attributes"]["SequenceNumber"] == duplicate["SequenceNumber"]
    assert "Messages" not in sqs.receive_message(QueueUrl=fifo)
    for message in messages:
        sqs.delete_message(QueueUrl=fifo, ReceiptHandle=message["ReceiptHandle"])
    assert sqs.receive_message(QueueUrl=fifo)["Messages"][0]["Body"] == "2"


def test_a_long_poll_wakes(sqs, queue, client_for):
    other = client_for("sqs")
    found = []
    waiting = threading.Thread(target=lambda: found.extend(other.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]))
    begun = time.monotonic()
    waiting.start()
    time.sleep(0.2)
    sqs.send_message(QueueUrl=queue, MessageBody="wake")
    waiting.join(5)
    assert [message["Body"] for message in found] == ["wake"]
    assert time.monotonic() - begun < 5
    # It waits for the end of a visibility timeout, too.
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=found[0]["ReceiptHandle"], VisibilityTimeout=1)
    assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]["Body"] == "wake"


def query(endpoint, account, path="/", **parameters):
    """One call of the query protocol, as old clients make it."""
    data = urllib.parse.urlencode({"Version": "2012-11-05", **parameters})
    request = AWSRequest("POST", endpoint + path, data=data, headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(Credentials(account, "test"), "sqs", "us-east-1").add_auth(request)
    prepared = request.prepare()
    try:
        with urllib.request.urlopen(urllib.request.Request(prepared.url, data.encode(), dict(prepared.headers), method="POST")) as answer:
            return answer.status, ET.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, ET.fromstring(error.read())


def test_the_query_protocol(endpoint, account, unique):
    ns = "{http://queue.amazonaws.com/doc/2012-11-05/}"
    status, root = query(endpoint, account, Action="CreateQueue", QueueName=unique("old"), **{
        "Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "40", "Tag.1.Key": "k", "Tag.1.Value": "v"})
    assert status == 200 and root.tag == ns + "CreateQueueResponse"
    url = root.find(f"{ns}CreateQueueResult/{ns}QueueUrl").text
    path = urllib.parse.urlparse(url).path
    _, root = query(endpoint, account, Action="GetQueueAttributes", QueueUrl=url, **{"AttributeName.1": "VisibilityTimeout"})
    attribute = root.find(f"{ns}GetQueueAttributesResult/{ns}Attribute")
    assert [attribute.find(ns + "Name").text, attribute.find(ns + "Value").text] == ["VisibilityTimeout", "40"]
    # Old clients leave out the number of the only element, as boto 2 does.
    status, _ = query(endpoint, account, path, Action="SetQueueAttributes", **{
        "Attribute.Name": "VisibilityTimeout", "Attribute.Value": "50"})
    assert status == 200
    _, root = query(endpoint, account, path, Action="GetQueueAttributes", AttributeName="VisibilityTimeout")
    values = [each.text for each in root.findall(f"{ns}GetQueueAttributesResult/{ns}Attribute/{ns}Value")]
    assert values == ["50"]
    # The oldest clients name the queue by the path alone.
    status, _ = query(endpoint, account, path, Action="SendMessageBatch", **{
        "SendMessageBatchRequestEntry.1.Id": "a", "SendMessageBatchRequestEntry.1.MessageBody": "x",
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name": "n",
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType": "String",
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue": "v"})
    assert status == 200
    _, root = query(endpoint, account, Action="ReceiveMessage", QueueUrl=url, **{
        "AttributeName.1": "All", "MessageAttributeName.1": "All", "MaxNumberOfMessages": "10"})
    message = root.find(f"{ns}ReceiveMessageResult/{ns}Message")
    assert message.find(ns + "Body").text == "x"
    assert message.find(f"{ns}MessageAttribute/{ns}Value/{ns}StringValue").text == "v"
    assert {entry.find(ns + "Name").text for entry in message.findall(ns + "Attribute")} >= {"SenderId", "SentTimestamp"}
    _, root = query(endpoint, account, Action="ListQueueTags", QueueUrl=url)
    assert root.find(f"{ns}ListQueueTagsResult/{ns}Tag/{ns}Key").text == "k"
    status, root = query(endpoint, account, Action="GetQueueUrl", QueueName="absent")
    assert status == 400
    assert root.find(f"{ns}Error/{ns}Code").text == "AWS.SimpleQueueService.NonExistentQueue"


def test_the_policy_decides_for_other_accounts(sqs, queue, client_for):
    stranger = client_for("sqs", "999988887777")
    assert code_of(stranger.send_message, QueueUrl=queue, MessageBody="x") == "AccessDenied"
    sqs.add_permission(QueueUrl=queue, Label="in", AWSAccountIds=["999988887777"], Actions=["SendMessage"])
    stranger.send_message(QueueUrl=queue, MessageBody="x")
    assert code_of(stranger.receive_message, QueueUrl=queue) == "AccessDenied"
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert policy["Statement"][0]["Sid"] == "in"
    sqs.remove_permission(QueueUrl=queue, Label="in")
    assert code_of(stranger.send_message, QueueUrl=queue, MessageBody="x") == "AccessDenied"
    assert code_of(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"Policy": "nonsense"}) == "InvalidAttributeValue"


def test_kms(sqs, client_for, unique):
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    url = sqs.create_queue(QueueName=unique("sealed"), Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="secret")
    assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["Body"] == "secret"
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["SqsManagedSseEnabled"] == "false"
    other = sqs.create_queue(QueueName=unique("sealed"), Attributes={"KmsMasterKeyId": "alias/absent"})["QueueUrl"]
    assert code_of(sqs.send_message, QueueUrl=other, MessageBody="x") == "KMS.NotFoundException"


def test_dead_letters_and_back(sqs, queue, unique, eventually):
    dead = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    policy = {"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    (letter,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"], VisibilityTimeout=0)["Messages"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn(sqs, queue)
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    eventually(lambda: sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"][0]["Status"] == "COMPLETED")
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "poison"
    assert code_of(sqs.start_message_move_task, SourceArn=arn(sqs, queue)) == "InvalidParameterValue"


def test_purge_and_names_rest(sqs, queue, unique):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.purge_queue(QueueUrl=queue)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert code_of(sqs.purge_queue, QueueUrl=queue) == "AWS.SimpleQueueService.PurgeQueueInProgress"
    name = unique("short")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName=name)["QueueUrl"])
    assert code_of(sqs.create_queue, QueueName=name) == "AWS.SimpleQueueService.QueueDeletedRecently"


def test_a_dropped_connection_takes_no_message(sqs, queue, endpoint, account):
    host, port = urllib.parse.urlparse(endpoint).hostname, urllib.parse.urlparse(endpoint).port
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20})
    request = AWSRequest("POST", endpoint + "/", data=body, headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Host": f"{host}:{port}"})
    SigV4Auth(Credentials(account, "test"), "sqs", "us-east-1").add_auth(request)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    connection = socket.create_connection((host, port))
    connection.sendall(f"POST / HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    time.sleep(0.3)
    connection.close()
    time.sleep(0.2)
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    (message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def frame(kind, flags, stream, payload):
    """A frame of HTTP/2 (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(text):
    """A string of a header block without compression (RFC 7541, section 5.2)."""
    data, rest = text.encode(), len(text.encode()) - 127
    if rest < 0:
        return bytes([len(data)]) + data
    size = [127]
    while rest >= 128:
        size, rest = [*size, rest % 128 + 128], rest // 128
    return bytes([*size, rest]) + data


def poll_over_http2(queue, endpoint, account):
    """A long poll on a connection of its own, under way."""
    host, port = urllib.parse.urlparse(endpoint).hostname, urllib.parse.urlparse(endpoint).port
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20})
    request = AWSRequest("POST", endpoint + "/", data=body, headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    SigV4Auth(Credentials(account, "test"), "sqs", "us-east-1").add_auth(request)
    fields = {":method": "POST", ":scheme": "http", ":authority": f"{host}:{port}", ":path": "/",
              "content-length": str(len(body)), **{name.lower(): value for name, value in request.headers.items()}}
    block = b"".join(b"\0" + literal(name) + literal(value) for name, value in fields.items())
    connection = socket.create_connection((host, port))
    connection.sendall(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, block) + frame(0, 1, 1, body.encode()))
    time.sleep(0.4)
    return connection


def test_a_reset_http2_stream_takes_no_message(sqs, queue, endpoint, account):
    connection = poll_over_http2(queue, endpoint, account)
    # The connection stays, the stream is given up.
    connection.sendall(frame(3, 0, 1, (8).to_bytes(4, "big")))
    time.sleep(0.3)
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    time.sleep(0.3)
    (message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    connection.close()


def test_a_long_poll_does_not_hold_up_the_end(server, queue, endpoint, account):
    connection = poll_over_http2(queue, endpoint, account)
    begun = time.monotonic()
    assert server.stop() == 0 and time.monotonic() - begun < 5
    connection.close()
    server.start()


def test_a_resource_worker(resource_for, unique):
    queue = resource_for("sqs").create_queue(QueueName=unique("work"))
    queue.send_messages(Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(10)])
    done = []
    while len(done) < 10:
        for message in queue.receive_messages(MaxNumberOfMessages=3, WaitTimeSeconds=1):
            done.append(message.body)
            message.delete()
    assert sorted(done, key=int) == [str(i) for i in range(10)]


def test_the_command_line(aws, endpoint, unique):
    # The CLI's own fix for SQS's old host names passes over AWS_ENDPOINT_URL.
    def run(*words):
        return aws("--endpoint-url", endpoint, "sqs", *words)

    url = json.loads(run("create-queue", "--queue-name", unique("cli")))["QueueUrl"]
    run("send-message", "--queue-url", url, "--message-body", "hi")
    assert json.loads(run("receive-message", "--queue-url", url))["Messages"][0]["Body"] == "hi"
