"""Puts one expiring item into the table for each object that lands in the lake."""

import datetime
import os
import urllib.parse

import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
DELAY_SECONDS = int(os.environ.get("DELAY_SECONDS", "300"))
# Switched off only to show the loop that it prevents.
TAG_GUARD = os.environ.get("TAG_GUARD", "on") == "on"


def already_processed(bucket: str, key: str) -> bool:
    tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {"Key": "PROCESSED", "Value": "True"} in tags


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        if s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == 0:
            print(f"empty, not scheduled: {key}")
            continue
        if TAG_GUARD and already_processed(bucket, key):
            print(f"already processed, not scheduled: {key}")
            continue
        # From the event's time, so that a retried event gives the same item.
        landed = datetime.datetime.fromisoformat(record["eventTime"].replace("Z", "+00:00"))
        expires = int(landed.timestamp()) + DELAY_SECONDS
        table.put_item(Item={"path": f"s3://{bucket}/{key}", "ttl": expires})
        print(f"scheduled: {key} at {expires}")
