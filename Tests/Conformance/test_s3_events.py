"""What S3 tells of forms and of restorations, to a queue and on the event bus."""

import json
import urllib.request

import pytest


@pytest.fixture
def told(client_for, s3, bucket, unique, eventually):
    """told(name): the event of that name, of a queue (`ObjectCreated:Post`) or of the bus (`Object Created`)."""
    sqs, events = client_for("sqs"), client_for("events")
    url = sqs.create_queue(QueueName=unique("told"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": ["s3.amazonaws.com", "events.amazonaws.com"]},
        "Action": "sqs:SendMessage", "Resource": arn}]})})
    rule = unique("told")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        "EventBridgeConfiguration": {}, "QueueConfigurations": [
            {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*"]}]})
    found = {}

    def look(name):
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            body = json.loads(message["Body"])
            for record in body.get("Records", []):
                found[record["eventName"]] = record
            if "detail-type" in body:
                found[body["detail-type"]] = body["detail"]
        return found.get(name)

    yield lambda name: eventually(lambda: look(name))
    events.remove_targets(Rule=rule, Ids=["queue"])
    events.delete_rule(Name=rule)


def test_a_form_is_a_post(s3, bucket, told):
    post = s3.generate_presigned_post(bucket, "form.txt")
    mark = "xyzzy"
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in post["fields"].items()]
    parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--{mark}--\r\n')
    request = urllib.request.Request(
        post["url"], data="".join(parts).encode(), headers={"Content-Type": f"multipart/form-data; boundary={mark}"})
    assert urllib.request.urlopen(request).status == 204
    assert told("ObjectCreated:Post")["s3"]["object"]["key"] == "form.txt"
    assert told("Object Created")["reason"] == "POST Object"


def test_a_restoration_from_its_begin_to_its_end(s3, bucket, advance, told):
    tag = s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")["ETag"].strip('"')
    s3.restore_object(
        Bucket=bucket, Key="cold", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}})
    begun = told("Object Restore Initiated")
    assert (begun["source-storage-class"], begun["object"]["etag"]) == ("GLACIER", tag)
    assert told("ObjectRestore:Post")["eventVersion"] == "2.1"
    advance(301)
    record = told("ObjectRestore:Completed")
    data = record["glacierEventData"]["restoreEventData"]
    assert data["lifecycleRestoreStorageClass"] == "GLACIER"
    assert data["lifecycleRestorationExpiryTime"].endswith("T00:00:00.000Z")
    assert record["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    done = told("Object Restore Completed")
    assert (done["requester"], done["source-storage-class"]) == ("s3.amazonaws.com", "GLACIER")
    assert done["restore-expiry-time"] == data["lifecycleRestorationExpiryTime"].replace(".000Z", "Z")
    assert "source-ip-address" not in done and "cold" not in done["request-id"]
    # A copy that is asked for again stays longer, and goes once.
    s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 4})
    advance(3 * 86_400)
    assert 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key="cold")["Restore"]
    advance(3 * 86_400)
    assert told("ObjectRestore:Delete")["eventVersion"] == "2.3"
    assert told("Object Restore Expired")["requester"] == "s3.amazonaws.com"
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="cold")


def test_a_delete_marker_has_the_etag_of_nothing(s3, bucket, told):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k")
    assert told("Object Deleted")["object"]["etag"] == "d41d8cd98f00b204e9800998ecf8427e"
