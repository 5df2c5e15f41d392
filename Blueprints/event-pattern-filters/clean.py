"""Takes everything down. What is not there (an earlier run that stopped half-way) is no failure."""

import os

import boto3
from botocore.exceptions import ClientError

from bus import ACCOUNT, events, functions, logs, s3

GONE = (
    "NoSuchEntity", "NoSuchBucket", "ResourceNotFoundException", "TrailNotFoundException", "NotFound",
    "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
)


def gone(call, **arguments):
    """The call's answer, or nothing if what it takes away is not there."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        return {}


RULES = ("pattern-", "combined", "row-", "five", "uploads", "reads", "fan-out")
for page in events.get_paginator("list_rules").paginate():
    for rule in page["Rules"]:
        if not rule["Name"].startswith(RULES):
            continue
        targets = [target["Id"] for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
        if targets:
            events.remove_targets(Rule=rule["Name"], Ids=targets)
        events.delete_rule(Name=rule["Name"])
for prefix in ("/aws/events/filters/", *(f"/aws/lambda/{name}" for name in os.environ["FUNCTIONS"].split())):
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        for group in page["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
gone(logs.delete_resource_policy, policyName=os.environ["LOG_POLICY"])
gone(boto3.client("cloudtrail").delete_trail, Name=os.environ["TRAIL"])
for name in os.environ["FUNCTIONS"].split():
    gone(functions.delete_function, FunctionName=name)
iam = boto3.client("iam")
basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
gone(iam.detach_role_policy, RoleName=os.environ["ROLE"], PolicyArn=basic)
gone(iam.delete_role, RoleName=os.environ["ROLE"])
topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:{os.environ['TOPIC']}"
sns, sqs = boto3.client("sns"), boto3.client("sqs")
for subscription in gone(sns.list_subscriptions_by_topic, TopicArn=topic).get("Subscriptions", []):
    gone(sns.unsubscribe, SubscriptionArn=subscription["SubscriptionArn"])
gone(sns.delete_topic, TopicArn=topic)
for url in sqs.list_queues(QueueNamePrefix=os.environ["TOPIC"]).get("QueueUrls", []):
    gone(sqs.delete_queue, QueueUrl=url)
for bucket in ("IMAGES", "UPLOADS", "OTHER", "READ", "TRAIL_BUCKET"):
    name = os.environ[bucket]
    while found := gone(s3.list_objects_v2, Bucket=name).get("Contents", []):
        for entry in found:
            s3.delete_object(Bucket=name, Key=entry["Key"])
    gone(s3.delete_bucket, Bucket=name)
