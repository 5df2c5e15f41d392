"""Puts the large record in S3 and sends a URL of it, good for an hour, through the stream."""

import json

import boto3
from botocore.config import Config

BUCKET = "oversized-stream-records"
STREAM = "test"
REGION = "ap-southeast-2"

# URLs of today's signature tell when they were signed, and so how long they live.
s3 = boto3.client("s3", region_name=REGION, config=Config(signature_version="s3v4"))
kinesis = boto3.client("kinesis", region_name=REGION)


def lambda_handler(event, context):
    partition_key = event["key"]
    name = f"air/{partition_key}.txt"
    s3.put_object(Bucket=BUCKET, Key=name, Body=event["line"].encode() * event["lines"])
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": name}, ExpiresIn=3600)
    answer = kinesis.put_record(StreamName=STREAM, Data=json.dumps({"message": url}), PartitionKey=partition_key)
    print(f"Record sent: {answer['SequenceNumber']}")
    return {"object": name, "sequenceNumber": answer["SequenceNumber"]}
