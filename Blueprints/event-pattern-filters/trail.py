"""The checks on S3's calls through CloudTrail, on S3's own notifications, and on a topic as target."""

import json
import os

import boto3
from bus import (
    ACCOUNT, client_as, events, expect, function_arn, put, recorded, refusal, s3, wait_for, watch, watched,
)

IMAGES, UPLOADS, OTHER, READ = (os.environ[name] for name in ("IMAGES", "UPLOADS", "OTHER", "READ"))
SUBSCRIBERS = 3


def uploaded():
    return sorted(
        (event["detail"]["requestParameters"]["bucketName"], event["detail"]["requestParameters"]["key"])
        for event in recorded("uploads"))


def uploads_through_cloudtrail():
    pattern = {
        "source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["s3.amazonaws.com"], "eventName": ["PutObject"],
            "requestParameters": {"bucketName": [{"prefix": "myapp-"}]}}}
    events.put_rule(Name="uploads", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="uploads", Targets=[{"Id": "function", "Arn": function_arn("uploads")}])
    s3.put_object(Bucket=OTHER, Key="elsewhere.txt", Body=b"x")
    s3.put_object(Bucket=IMAGES, Key="image.png", Body=b"x")
    s3.put_object(Bucket=UPLOADS, Key="upload.txt", Body=b"x")
    wait_for("the function's events", uploaded, [(IMAGES, "image.png"), (UPLOADS, "upload.txt")])


def reads_by_user_agent():
    watch("reads", {
        "source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["s3.amazonaws.com"], "eventName": ["GetObject"], "userAgent": [{"wildcard": "*userAgent*"}],
            "requestParameters": {"bucketName": [READ]}}})
    s3.put_object(Bucket=READ, Key="read.txt", Body=b"x")
    s3.get_object(Bucket=READ, Key="read.txt")["Body"].read()
    client_as("userAgent", "s3").get_object(Bucket=READ, Key="read.txt")["Body"].read()
    wait_for("reads by the user agent", lambda: len(watched("reads")), 1)


def no_trail_no_events():
    boto3.client("cloudtrail").stop_logging(Name=os.environ["TRAIL"])
    before = uploaded()
    s3.put_object(Bucket=IMAGES, Key="unseen.png", Body=b"x")
    # Once an event that was sent later is through, the other would have been.
    boto3.client("cloudtrail").start_logging(Name=os.environ["TRAIL"])
    s3.put_object(Bucket=IMAGES, Key="seen.png", Body=b"x")
    wait_for("only the upload under the trail", uploaded, sorted([*before, (IMAGES, "seen.png")]))


def overlapping_notifications():
    def rule(name, prefix):
        return {
            "Id": name, "LambdaFunctionArn": function_arn("case-1"), "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}}

    both = {"LambdaFunctionConfigurations": [rule("one", "images/"), rule("two", "images/large/")]}
    code = refusal(s3.put_bucket_notification_configuration, Bucket=OTHER, NotificationConfiguration=both)
    expect("two overlapping notifications", "InvalidArgument", code)


def fan_out():
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name=os.environ["TOPIC"])["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic}]}))
    queues = []
    for number in range(SUBSCRIBERS):
        name = f"{os.environ['TOPIC']}-{number}"
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
        queues.append(sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})["QueueUrl"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    events.put_rule(Name="fan-out", EventPattern=json.dumps({"source": ["custom.fan-out"]}))
    events.put_targets(Rule="fan-out", Targets=[{"Id": "topic", "Arn": topic}])
    sent = put({"n": 1}, source="custom.fan-out")
    for queue in queues:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages", [])
        expect(f"messages of {queue}", [sent], [json.loads(message["Body"])["id"] for message in found])
