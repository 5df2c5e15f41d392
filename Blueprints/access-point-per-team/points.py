"""What the checks share: clients of AWS's real host names, and how a mismatch is told."""

import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

ACCOUNT, BUCKET, WORK = os.environ["ACCOUNT"], os.environ["BUCKET"], Path(os.environ["WORK"])
POINT, TEAM_POINT = os.environ["POINT"], os.environ["TEAM_POINT"]
VPC_POINT, PUBLIC_POINT = os.environ["VPC_POINT"], os.environ["PUBLIC_POINT"]
REGION, PROXY = os.environ["AWS_REGION"], os.environ["HTTP_PROXY"]
ENDPOINT = os.environ.pop("AWS_ENDPOINT_URL")
CONFIG = Config(proxies={"http": PROXY}, retries={"max_attempts": 0})


class Mismatch(Exception):
    """A check that did not hold."""

    def __init__(self, what, expected, seen):
        super().__init__(f"{what}\n  expected: {expected}\n  seen:     {seen}")


def expect(what, expected, seen):
    if expected != seen:
        raise Mismatch(what, expected, seen)


def keys(name):
    return (WORK / f"{name}.keys").read_text().split()


def client(service, name=None):
    """A client of the account's root, or of a user."""
    found = keys(name) if name else (None, None)
    return boto3.client(
        service, region_name=REGION, use_ssl=False, config=CONFIG, aws_access_key_id=found[0], aws_secret_access_key=found[1])


def arn(name):
    return f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/{name}"


def host(name):
    return f"{name}-{ACCOUNT}.s3-accesspoint.{REGION}.amazonaws.com"


def anonymous(name, key):
    """The status of an unsigned request to the access point's own host."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": PROXY}))
    try:
        return opener.open(f"http://{host(name)}/{key}").status
    except urllib.error.HTTPError as refused:
        return refused.code


def cli(name, *words):
    """The AWS CLI as a user: output and status."""
    key, secret = keys(name)
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    done = subprocess.run(
        ["aws", "--endpoint-url", f"http://s3-accesspoint.{REGION}.amazonaws.com", "s3api", *words], cwd=WORK,
        env=environment, text=True, capture_output=True)
    return done.stdout + done.stderr, done.returncode


def refused(what, call, code="AccessDenied", **arguments):
    try:
        call(**arguments)
    except boto3.client("sts", region_name=REGION).exceptions.ClientError as error:
        return expect(what, code, error.response["Error"]["Code"])
    raise Mismatch(what, code, "it was allowed")
