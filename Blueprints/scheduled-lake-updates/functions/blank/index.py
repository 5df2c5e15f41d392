"""Rewrites an object when its item has expired: the same key, every file_contents blank."""

import json

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] != "REMOVE":
            print(f"Invalid event: {record['eventName']}")
            continue
        bucket, _, key = record["dynamodb"]["Keys"]["path"]["S"].removeprefix("s3://").partition("/")
        lines = []
        for line in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_lines():
            upload = json.loads(line)
            upload["file_contents"] = ""
            lines.append(json.dumps(upload, separators=(",", ":")))
        body = ("\n".join(lines) + "\n").encode()
        s3.put_object(Bucket=bucket, Key=key, Body=body, Tagging="PROCESSED=True")
        print(f"rewritten: {key}, {len(lines)} records")
