"""CloudTrail: who did what, found again; trails that deliver it; digests that the AWS CLI can check."""

from __future__ import annotations

import datetime
import gzip
import json
from pathlib import Path

import pytest
import tarn_server
from refusals import code_of


@pytest.fixture(scope="module")
def cloudtrail(client_for):
    return client_for("cloudtrail")


def found(cloudtrail, key, value, **more):
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more)
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def test_both_spellings_of_its_target(client_for):
    """Newer SDKs leave out the package that botocore writes before the service's name."""
    short = client_for("cloudtrail")

    def shorten(request, **_):
        assert request.headers["X-Amz-Target"].startswith("com.amazonaws.cloudtrail.v20131101.")
        del request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = "CloudTrail_20131101.ListTrails"

    short.meta.events.register("before-sign.cloudtrail.ListTrails", shorten)
    assert short.list_trails()["Trails"] == client_for("cloudtrail").list_trails()["Trails"]


@pytest.fixture
def trail(cloudtrail, s3, bucket, account, unique):
    """(name, arn) of a multi-Region trail with validation into `bucket`, not logging yet."""
    name = unique("trail")
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/{name}"
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {**service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}",
         "Condition": {"StringEquals": {"aws:SourceArn": arn}}},
        {**service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*",
         "Condition": {"StringEquals": {"aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control"}}},
    ]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    cloudtrail.create_trail(Name=name, S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    yield name, arn
    cloudtrail.delete_trail(Name=name)


def records(s3, bucket):
    events = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            if "/CloudTrail/" in entry["Key"] and entry["Key"].endswith(".json.gz"):
                body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
                events += json.loads(gzip.decompress(body))["Records"]
    return events


def test_a_users_calls_are_found_by_name_key_and_resource(cloudtrail, client_for, iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    theirs = client_for("dynamodb", {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]})
    assert code_of(theirs.list_tables) == "AccessDeniedException"
    (event,) = found(cloudtrail, "Username", name)
    assert event["errorCode"] == "AccessDenied" and name in event["errorMessage"]
    assert event["userIdentity"]["userName"] == name and event["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3" in event["userAgent"] and event["eventVersion"] == "1.11"
    assert [e["eventID"] for e in found(cloudtrail, "AccessKeyId", key["AccessKeyId"])] == [event["eventID"]]
    assert [e["eventName"] for e in found(cloudtrail, "EventId", event["eventID"])] == ["ListTables"]
    changes = found(cloudtrail, "ResourceName", name)
    assert [e["eventName"] for e in changes] == ["CreateAccessKey", "CreateUser"]
    assert key["SecretAccessKey"] not in json.dumps(changes)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)
    assert found(cloudtrail, "ResourceName", name)[0]["eventName"] == "DeleteUser"
    assert all(e["eventSource"] == "iam.amazonaws.com" for e in found(cloudtrail, "EventSource", "iam.amazonaws.com"))


def test_lookups_are_checked(cloudtrail):
    two = [{"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "EventId", "AttributeValue": "b"}]
    assert code_of(cloudtrail.lookup_events, LookupAttributes=two) == "InvalidLookupAttributesException"
    assert code_of(cloudtrail.lookup_events, NextToken="nonsense") == "InvalidNextTokenException"
    assert code_of(cloudtrail.lookup_events, MaxResults=51) == "InvalidMaxResultsException"
    wrong = [{"AttributeKey": "Colour", "AttributeValue": "a"}]
    assert code_of(cloudtrail.lookup_events, LookupAttributes=wrong) == "InvalidLookupAttributesException"
    # Nobody watches for unusual rates, so there are no Insights events.
    assert cloudtrail.lookup_events(EventCategory="insight")["Events"] == []
    now = datetime.datetime.now(datetime.UTC)
    assert code_of(
        cloudtrail.lookup_events, StartTime=now, EndTime=now - datetime.timedelta(hours=1)) == "InvalidTimeRangeException"
    assert code_of(cloudtrail.create_event_data_store, Name="lake") == "NotImplemented"
    insight = [{"InsightType": "ApiCallRateInsight"}]
    assert code_of(cloudtrail.put_insight_selectors, TrailName="any", InsightSelectors=insight) == "NotImplemented"


def test_what_cannot_be_made_is_not_there(cloudtrail, trail):
    """Inventories ask for these; none of them can be made here."""
    name, arn = trail
    assert cloudtrail.list_event_data_stores()["EventDataStores"] == []
    assert cloudtrail.list_channels()["Channels"] == []
    assert cloudtrail.list_imports()["Imports"] == []
    assert cloudtrail.list_dashboards()["Dashboards"] == []
    store = f"arn:aws:cloudtrail:us-east-1:{arn.split(':')[4]}:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE"
    assert code_of(cloudtrail.get_event_data_store, EventDataStore=store) == "EventDataStoreNotFoundException"
    assert code_of(cloudtrail.get_channel, Channel=store.replace("eventdatastore", "channel")) == "ChannelNotFoundException"
    assert code_of(cloudtrail.get_insight_selectors, TrailName=name) == "InsightNotEnabledException"
    assert cloudtrail.put_insight_selectors(TrailName=name, InsightSelectors=[])["InsightSelectors"] == []
    selector = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                                   {"Field": "resources.type", "Equals": ["AWS::Bogus::Thing"]}]}
    assert code_of(cloudtrail.put_event_selectors, TrailName=name, AdvancedEventSelectors=[selector]) == "NotImplemented"
    assert code_of(cloudtrail.update_trail, Name=name, SnsTopicName="no topic") == "InvalidSnsTopicNameException"


def test_a_trail_takes_what_services_do_by_themselves(cloudtrail, client_for, s3, bucket, trail, advance):
    name, _ = trail
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=[{"FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventType", "Equals": ["AwsServiceEvent"]}]}])
    cloudtrail.start_logging(Name=name)
    kms.rotate_key_on_demand(KeyId=key)
    advance(301)
    assert [(event["eventName"], event["resources"][0]["ARN"]) for event in records(s3, bucket)] == [("RotateKey", key)]


def test_a_topic_hears_of_each_file(cloudtrail, client_for, bucket, trail, dynamodb, advance, unique):
    name, arn = trail
    sns, sqs = client_for("sns"), client_for("sqs")
    topic = sns.create_topic(Name=unique("trail"))["TopicArn"]
    assert code_of(cloudtrail.update_trail, Name=name, SnsTopicName=topic) == "InsufficientSnsTopicPolicyException"
    assert code_of(cloudtrail.update_trail, Name=name, SnsTopicName=f"{topic}x") == "InsufficientSnsTopicPolicyException"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "SNS:Publish",
            "Resource": topic, "Condition": {"StringEquals": {"aws:SourceArn": arn}}}]}))
    queue = sqs.create_queue(QueueName=unique("trail"))["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue_arn}]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    assert cloudtrail.update_trail(Name=name, SnsTopicName=topic.rsplit(":", 1)[1])["SnsTopicARN"] == topic
    cloudtrail.start_logging(Name=name)
    dynamodb.list_tables()
    advance(301)
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])
    assert told["s3Bucket"] == bucket and told["s3ObjectKey"][0].endswith(".json.gz")
    assert cloudtrail.get_trail_status(Name=name)["LatestNotificationTime"]
    cloudtrail.stop_logging(Name=name)


def test_a_trail_delivers_what_it_selects(cloudtrail, s3, dynamodb, bucket, table, trail, advance):
    name, arn = trail
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[{
        "ReadWriteType": "WriteOnly", "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/in/"]}]}])
    s3.put_object(Bucket=bucket, Key="in/before", Body=b"1")
    cloudtrail.start_logging(Name=name)
    s3.put_object(Bucket=bucket, Key="in/one", Body=b"1")
    s3.put_object(Bucket=bucket, Key="out/two", Body=b"1")
    s3.get_object(Bucket=bucket, Key="in/one")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "x"}})
    dynamodb.tag_resource(ResourceArn=dynamodb.describe_table(TableName=table)["Table"]["TableArn"],
                          Tags=[{"Key": "a", "Value": "b"}])
    assert records(s3, bucket) == []
    advance(301)
    events = records(s3, bucket)
    assert [e["requestParameters"]["key"] for e in events if e["eventCategory"] == "Data"] == ["in/one"]
    assert [e["eventName"] for e in events if e["eventCategory"] == "Management"] == ["StartLogging", "TagResource"]
    status = cloudtrail.get_trail_status(Name=arn)
    assert status["IsLogging"] and "LatestDeliveryError" not in status
    cloudtrail.stop_logging(Name=name)
    s3.put_object(Bucket=bucket, Key="in/after", Body=b"1")
    advance(601)
    assert len(records(s3, bucket)) == len(events)


def test_the_cli_validates_the_chain_and_finds_what_was_changed(aws, cloudtrail, s3, bucket, trail, dynamodb, advance):
    name, arn = trail
    cloudtrail.start_logging(Name=name)
    for _ in range(2):
        dynamodb.list_tables()
        advance(3600)
    status = cloudtrail.get_trail_status(Name=name)
    hour = datetime.timedelta(hours=1)
    times = ["--start-time", (status["StartLoggingTime"] - hour).isoformat(),
             "--end-time", (status["LatestDigestDeliveryTime"] + hour).isoformat()]
    said = aws("cloudtrail", "validate-logs", "--trail-arn", arn, *times, "--verbose")
    assert "2/2 digest files valid" in said and "INVALID" not in said
    log = next(entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]
               if "/CloudTrail/us-east-1/" in entry["Key"] and entry["Key"].endswith(".gz"))
    s3.put_object(Bucket=bucket, Key=log, Body=gzip.compress(b'{"Records":[]}'))
    # The CLI tells by its exit code.
    aws("cloudtrail", "validate-logs", "--trail-arn", arn, *times, fails=True)


def test_a_bucket_that_does_not_trust_cloudtrail_is_refused(cloudtrail, s3, bucket, unique):
    name = unique("trail")
    assert code_of(cloudtrail.create_trail, Name=name, S3BucketName=unique("none")) == "S3BucketDoesNotExistException"
    assert code_of(cloudtrail.create_trail, Name=name, S3BucketName=bucket) == "InsufficientS3BucketPolicyException"
    assert code_of(cloudtrail.get_trail, Name=name) == "TrailNotFoundException"
    assert code_of(cloudtrail.create_trail, Name="x", S3BucketName=bucket) == "InvalidTrailNameException"
    assert cloudtrail.list_trails()["Trails"] == []


def test_the_documented_key_policy_is_enough(cloudtrail, client_for, iam, s3, bucket, trail, account, advance, unique):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    name, arn = trail
    kms = client_for("kms")
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*"}
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{account}:trail/*"}
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        own, {**service, "Action": "kms:DescribeKey"},
        {**service, "Action": "kms:GenerateDataKey*",
         "Condition": {"StringEquals": {"aws:SourceArn": arn}, "StringLike": context}},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt", "kms:ReEncryptFrom"], "Resource": "*",
         "Condition": {"StringEquals": {"kms:CallerAccount": account}, "StringLike": context}}]}))["KeyMetadata"]["Arn"]
    closed = kms.create_key()["KeyMetadata"]["Arn"]
    assert code_of(cloudtrail.update_trail, Name=name, KmsKeyId=closed) == "InsufficientEncryptionPolicyException"
    cloudtrail.update_trail(Name=name, KmsKeyId=key)
    cloudtrail.start_logging(Name=name)
    kms.create_key()
    advance(301)
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"] if entry["Key"].endswith(".json.gz")]
    reader = unique("reader")
    iam.create_user(UserName=reader)
    iam.put_user_policy(UserName=reader, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}))
    theirs = client_for("s3", iam.create_access_key(UserName=reader)["AccessKey"])
    for one in keys:
        got = theirs.get_object(Bucket=bucket, Key=one)
        assert got["SSEKMSKeyId"] == key and gzip.decompress(got["Body"].read())
    assert keys


def test_tags(cloudtrail, trail):
    _, arn = trail
    cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    cloudtrail.remove_tags(ResourceId=arn, TagsList=[{"Key": "a"}])
    assert cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"] == [
        {"ResourceId": arn, "TagsList": [{"Key": "b", "Value": "2"}]}]
    assert code_of(cloudtrail.add_tags, ResourceId=arn, TagsList=[{"Key": "aws:x", "Value": "1"}]) == "InvalidTagParameterException"


def test_every_acknowledged_change_is_found_after_kill_9(tmp_path: Path):
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    account = "123412341234"

    def client(service):
        return tarn_server.client(service, server.endpoint, account, "us-east-1", None, "test", account)

    server.start()
    try:
        made = [f"kept-{index}" for index in range(20)]
        s3 = client("s3")
        for name in made:
            s3.create_bucket(Bucket=name)
        server.kill()
        server.start()
        names = {e["requestParameters"]["bucketName"] for e in found(client("cloudtrail"), "EventName", "CreateBucket")}
        assert names == set(made)
    finally:
        server.stop()
