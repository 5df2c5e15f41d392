"""What the checks share: the AWS CLI as different people, key policies, and how a mismatch is told."""

import json
import os
import subprocess
from pathlib import Path

import boto3

BUCKET, DEFAULTS_BUCKET = os.environ["BUCKET"], os.environ["DEFAULTS_BUCKET"]
ACCOUNT, KEY_ACCOUNT = os.environ["ACCOUNT"], os.environ["KEY_ACCOUNT"]
BUCKET_ADMIN, KEY_ADMIN, USERS = os.environ["BUCKET_ADMIN"], os.environ["KEY_ADMIN"], os.environ["USERS"]
DOCUMENT, ALIAS, REGION = os.environ["DOCUMENT"], os.environ["ALIAS"], os.environ["AWS_REGION"]
WORK = Path(os.environ["WORK"])
SOURCE = WORK / DOCUMENT

s3, kms, iam, sts = (boto3.client(name) for name in ("s3", "kms", "iam", "sts"))

ADMINISTRATION = [
    "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*",
    "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
]
USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


class Mismatch(Exception):
    """A check that did not hold."""

    def __init__(self, what, expected, seen):
        super().__init__(f"{what}\n  expected: {expected}\n  seen:     {seen}")


def expect(what, expected, seen):
    if expected != seen:
        raise Mismatch(what, expected, seen)


def role_arn(name, account=ACCOUNT):
    return f"arn:aws:iam::{account}:role/{name}"


def key_arn():
    return kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"]


def key_policy(*users, account=ACCOUNT, more=()):
    """The policy that the console makes: the account, the administrators, the users."""
    statements = [
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
         "Action": "kms:*", "Resource": "*"},
        *more,
    ]
    if account == ACCOUNT:
        statements.append({"Sid": "Allow access for Key Administrators", "Effect": "Allow",
                           "Principal": {"AWS": role_arn(KEY_ADMIN)}, "Action": ADMINISTRATION, "Resource": "*"})
    if users:
        statements.append({"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {"AWS": list(users)},
                           "Action": USE, "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Id": "key-consolepolicy-3", "Statement": statements})


def session(name, account=ACCOUNT):
    """A boto3 session as a role."""
    keys = sts.assume_role(RoleArn=role_arn(name, account), RoleSessionName="check")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)


def set_key_users(*users):
    """The key's administrator edits the key's users; nothing of S3 or IAM is touched."""
    session(KEY_ADMIN).client("kms").put_key_policy(KeyId=key_arn(), PolicyName="default", Policy=key_policy(*users))


def on_instance(*words, role=USERS):
    """A command on the instance that carries the role: its keys come from instance metadata. Output and status."""
    done = subprocess.run(
        [os.environ["TARN"], "imds", "--role", role, "--", *words], cwd=WORK, text=True, capture_output=True)
    return (done.stdout + done.stderr).replace("\r", "\n"), done.returncode


def copy(*words, role=USERS):
    return on_instance("aws", "s3", "cp", "--no-progress", *words, role=role)


def printed(what, answer, line, succeeds):
    """The line stands in the output, and the command ended as it must."""
    output, status = answer
    if line not in output or (status == 0) != succeeds:
        raise Mismatch(what, f"{line!r}, status {'0' if succeeds else 'not 0'}", f"{output.strip()!r}, status {status}")
    print(next(text for text in output.splitlines() if line in text))


def keys(bucket=BUCKET):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def refused(what, code, call, **arguments):
    try:
        call(**arguments)
    except s3.exceptions.ClientError as error:
        return expect(what, code, error.response["Error"]["Code"])
    raise Mismatch(what, code, "it was allowed")
