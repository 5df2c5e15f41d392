"""The article's variations: default encryption, roles that work one way only, a key of another account."""

import json

import boto3

from locks import (
    ACCOUNT, BUCKET, DEFAULTS_BUCKET, DOCUMENT, KEY_ACCOUNT, REGION, SOURCE, USERS, expect, iam, key_arn, key_policy, kms,
    refused, role_arn, s3, session,
)


def default_encryption():
    """A default in place of the Deny: what says nothing is encrypted, and who names another key gets that one."""
    arn = key_arn()
    put = s3.put_object(Bucket=DEFAULTS_BUCKET, Key="silent", Body=SOURCE.read_bytes())
    expect("without headers", ("aws:kms", arn), (put["ServerSideEncryption"], put["SSEKMSKeyId"]))
    other = kms.create_key(Description="another key")["KeyMetadata"]
    try:
        put = s3.put_object(Bucket=DEFAULTS_BUCKET, Key="other", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=other["Arn"])
        expect("under another key", ("aws:kms", other["Arn"]), (put["ServerSideEncryption"], put["SSEKMSKeyId"]))
        expect("it reads back", b"x", s3.get_object(Bucket=DEFAULTS_BUCKET, Key="other")["Body"].read())
    finally:
        s3.delete_object(Bucket=DEFAULTS_BUCKET, Key="other")
        kms.schedule_key_deletion(KeyId=other["KeyId"], PendingWindowInDays=7)


def one_way_roles():
    """kms:GenerateDataKey alone puts and cannot get; kms:Decrypt alone gets and cannot put."""
    arn = key_arn()
    one_way = [
        {"Sid": name, "Effect": "Allow", "Principal": {"AWS": role_arn(name)}, "Action": action, "Resource": "*"}
        for name, action in (("encrypt-only", "kms:GenerateDataKey"), ("decrypt-only", "kms:Decrypt"))]
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=key_policy(role_arn(USERS), more=one_way))
    given = {"Bucket": BUCKET, "Key": "one-way", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
    writer, reader = session("encrypt-only").client("s3"), session("decrypt-only").client("s3")
    try:
        refused("decrypt-only puts", "AccessDenied", reader.put_object, **given)
        writer.put_object(**given)
        refused("encrypt-only gets", "AccessDenied", writer.get_object, Bucket=BUCKET, Key="one-way")
        expect("decrypt-only gets", b"x", reader.get_object(Bucket=BUCKET, Key="one-way")["Body"].read())
    finally:
        s3.delete_object(Bucket=BUCKET, Key="one-way")
        kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=key_policy(role_arn(USERS)))


def key_in_another_account():
    """The key in account A, the bucket in B: A's key policy must name B, and B cannot change it."""
    theirs = boto3.client("kms", aws_access_key_id=KEY_ACCOUNT, aws_secret_access_key="test", region_name=REGION)
    arn = theirs.create_key(Policy=key_policy(account=KEY_ACCOUNT))["KeyMetadata"]["Arn"]
    given = {"Bucket": DEFAULTS_BUCKET, "Key": "crossing", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
    try:
        refused("before A's policy names B", "AccessDenied", s3.put_object, **given)
        ours = {"Sid": "B", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}
        theirs.put_key_policy(KeyId=arn, PolicyName="default", Policy=key_policy(account=KEY_ACCOUNT, more=[ours]))
        s3.put_object(**given)
        expect("B reads it", b"x", s3.get_object(Bucket=DEFAULTS_BUCKET, Key="crossing")["Body"].read())
        refused("B's root changes A's key policy", "AccessDeniedException", kms.put_key_policy, KeyId=arn, PolicyName="default",
                Policy=key_policy(account=KEY_ACCOUNT))
        # B's people need B's leave as well: the role has S3 rights and none for KMS.
        refused("B's role without its account's leave", "AccessDenied", session("decrypt-only").client("s3").get_object,
                Bucket=DEFAULTS_BUCKET, Key="crossing")
        leave = {"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": arn}]}
        iam.put_role_policy(RoleName="decrypt-only", PolicyName="crossing",
                            PolicyDocument=json.dumps({"Version": "2012-10-17", **leave}))
        expect("B's role with it", b"x", session("decrypt-only").client("s3").get_object(
            Bucket=DEFAULTS_BUCKET, Key="crossing")["Body"].read())
        iam.delete_role_policy(RoleName="decrypt-only", PolicyName="crossing")
    finally:
        s3.delete_object(Bucket=DEFAULTS_BUCKET, Key="crossing")
        theirs.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)


def what_was_there_stays():
    """The Deny is not retroactive: an object from before is fetched and deleted as ever."""
    policy = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="before", Body=b"x")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    client = session(USERS).client("s3")
    head = client.head_object(Bucket=BUCKET, Key="before")
    expect("its encryption", "AES256", head["ServerSideEncryption"])
    expect("it reads", b"x", client.get_object(Bucket=BUCKET, Key="before")["Body"].read())
    refused("it is written again", "AccessDenied", client.put_object, Bucket=BUCKET, Key="before", Body=b"y")
    client.delete_object(Bucket=BUCKET, Key="before")
    expect("what is left", [DOCUMENT], [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]])
