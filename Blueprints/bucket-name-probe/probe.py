"""Probes buckets by name, unsigned, as a stranger would. One step per argument."""

import json
import os
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml

import boto3

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
PRIVATE, OPEN, NOBODYS = "probe-private", "probe-open", "probe-nobodys"
STRANGER = "222222222222"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

s3 = boto3.client("s3")


def expect(what, expected, seen):
    if expected != seen:
        sys.exit(f"{what}\n  expected: {expected}\n  seen:     {seen}")


def probe(path, method="GET"):
    """Status and error code of an unsigned request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/{path}", method=method)) as answer:
            return answer.status, None
    except urllib.error.HTTPError as refused:
        body = refused.read()
        return refused.code, xml.fromstring(body).findtext("Code") if body else None


def block(**settings):
    s3.put_public_access_block(
        Bucket=OPEN, PublicAccessBlockConfiguration={**dict.fromkeys(FLAGS, False), **settings})


def deploy():
    for bucket in (PRIVATE, OPEN):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="report.txt", Body=b"figures")
    block()
    s3.put_bucket_policy(Bucket=OPEN, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{OPEN}"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{OPEN}/*"}]}))


def missing():
    expect("GET", (404, "NoSuchBucket"), probe(NOBODYS))
    expect("HEAD", (404, None), probe(NOBODYS, "HEAD"))
    expect("an object", (404, "NoSuchBucket"), probe(f"{NOBODYS}/report.txt"))


def private():
    expect("GET", (403, "AccessDenied"), probe(PRIVATE))
    expect("HEAD", (403, None), probe(PRIVATE, "HEAD"))
    for key in ("report.txt", "nothing"):
        expect(f"the key {key}", (403, "AccessDenied"), probe(f"{PRIVATE}/{key}"))
    expect("a write", (403, "AccessDenied"), probe(f"{PRIVATE}/mine", "PUT"))


def open_bucket():
    expect("GET", (200, None), probe(OPEN))
    expect("HEAD", (200, None), probe(OPEN, "HEAD"))
    expect("an object", (200, None), probe(f"{OPEN}/report.txt"))
    expect("a missing key, for one who may list", (404, "NoSuchKey"), probe(f"{OPEN}/nothing"))
    expect("a write", (403, "AccessDenied"), probe(f"{OPEN}/mine", "PUT"))
    expect("public by policy", True, s3.get_bucket_policy_status(Bucket=OPEN)["PolicyStatus"]["IsPublic"])


def own_buckets():
    stranger = boto3.client("s3", aws_access_key_id=STRANGER, aws_secret_access_key="test")
    names = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    expect("the owner sees both", {PRIVATE, OPEN}, names & {PRIVATE, OPEN})
    others = {bucket["Name"] for bucket in stranger.list_buckets()["Buckets"]}
    expect("another account sees neither", set(), others & {PRIVATE, OPEN})


def blocked():
    block(RestrictPublicBuckets=True)
    expect("restricted", (403, "AccessDenied"), probe(OPEN))
    block(BlockPublicPolicy=True)
    expect("what was there before BlockPublicPolicy", (200, None), probe(OPEN))
    try:
        s3.put_bucket_policy(Bucket=OPEN, Policy=s3.get_bucket_policy(Bucket=OPEN)["Policy"])
        sys.exit("a public policy was taken under BlockPublicPolicy")
    except s3.exceptions.ClientError as error:
        expect("a public policy under BlockPublicPolicy", "AccessDenied", error.response["Error"]["Code"])
    block()
    expect("open again", (200, None), probe(OPEN))


def clean():
    for bucket in (PRIVATE, OPEN):
        try:
            for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=entry["Key"])
            s3.delete_bucket(Bucket=bucket)
        except s3.exceptions.NoSuchBucket:
            pass


STEPS = {"deploy": deploy, "missing": missing, "private": private, "open": open_bucket, "own-buckets": own_buckets,
         "blocked": blocked, "clean": clean}

if __name__ == "__main__":
    STEPS[sys.argv[1]]()
