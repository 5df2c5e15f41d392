"""Hostile policy documents, wherever a policy can be put: refused as the sender's mistake, quickly, and nothing changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

# A decision that looks along every way a pattern can match would take years for these.
SLOW = "*a" * 30 + "b"
SECONDS = 20


def wrapped(statement: str) -> str:
    return '{"Version":"2012-10-17","Statement":' + statement + "}"


def hostile(good: dict[str, Any]) -> dict[str, str]:
    """Texts that no policy may be, made of one that would do."""
    text = json.dumps(good)
    many = ",".join([text] * 2_000)
    return {
        "deep": wrapped("[" * 3_000 + text + "]" * 3_000),
        "deep maps": wrapped('{"a":' * 3_000 + "1" + "}" * 3_000),
        "not closed": wrapped("[" * 5_000)[:-1],
        "large": wrapped(json.dumps({**good, "Resource": ["arn:aws:s3:::" + "x" * 100] * 2_500})),
        "many statements": wrapped(f"[{many}]"),
        "a key twice": wrapped(text[:-1] + ',"Effect":"Deny"}'),
        "a key twice, once escaped": wrapped(text[:-1] + ',"\\u0045ffect":"Deny"}'),
        "statements twice": wrapped(text)[:-1] + ',"Statement":[]}',
        "half of a pair": wrapped(text.replace("Allow", "\\ud800")),
        "a zero byte": wrapped(text.replace('"Effect"', '"Eff\\u0000ect"')),
        "full width letters": wrapped(text.replace("Effect", "\uff25ffect")),
        "another letter that looks alike": wrapped(text.replace("Allow", "\u0391llow")),
        "an invisible letter": wrapped(text.replace("Allow", "Al\u200blow")),
        "a mark before it": "\ufeff" + wrapped(text),
        "an endless number": wrapped(text[:-1] + ',"Condition":{"NumericEquals":{"aws:a":1' + "0" * 5_000 + "}}}"),
        "not a number": wrapped(text[:-1] + ',"Condition":{"NumericEquals":{"aws:a":NaN}}}'),
        "something behind it": wrapped(text) + wrapped(text),
        "a comment": wrapped(text + "/**/"),
    }


def holders(
    client_for: Callable[..., Any], unique: Callable[[str], str], account: str
) -> dict[str, tuple[dict[str, Any], Callable[[str], Any], Callable[[], Any]]]:
    """For each kind of policy: a good statement, how to put a text, and how to read what is there."""
    iam, s3, sqs, sns, kms = (client_for(name) for name in ("iam", "s3", "sqs", "sns", "kms"))
    identity = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    role = unique("role")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=wrapped(json.dumps(trust)))
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=wrapped(json.dumps(identity)))
    managed = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=wrapped(json.dumps(identity)))["Policy"]["Arn"]
    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    manager, secret = client_for("secretsmanager"), unique("secret")
    manager.create_secret(Name=secret, SecretString="x")
    dynamodb, table = client_for("dynamodb"), unique("table")
    arn = dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])["TableDescription"]["TableArn"]
    session = client_for("sts", iam_key(iam, unique("user")))
    own = {"Effect": "Allow", "Principal": {"AWS": account}}
    return {
        "role": (identity, lambda text: iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=text),
                 lambda: iam.get_role_policy(RoleName=role, PolicyName="own")["PolicyDocument"]),
        "trust": (trust, lambda text: iam.update_assume_role_policy(RoleName=role, PolicyDocument=text),
                  lambda: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]),
        "managed": (identity, lambda text: iam.create_policy_version(PolicyArn=managed, PolicyDocument=text),
                    lambda: iam.list_policy_versions(PolicyArn=managed)["Versions"]),
        "bucket": ({**own, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
                   lambda text: s3.put_bucket_policy(Bucket=bucket, Policy=text), lambda: policy_of(s3, bucket)),
        "queue": ({**own, "Action": "sqs:SendMessage", "Resource": queue_arn},
                  lambda text: sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text}),
                  lambda: sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"]).get("Attributes")),
        "topic": ({**own, "Action": "sns:Publish", "Resource": topic},
                  lambda text: sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text),
                  lambda: sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]),
        "key": ({**own, "Action": "kms:*", "Resource": "*"},
                lambda text: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=text),
                lambda: kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]),
        "secret": ({**own, "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
                   lambda text: manager.put_resource_policy(SecretId=secret, ResourcePolicy=text),
                   lambda: manager.get_resource_policy(SecretId=secret).get("ResourcePolicy")),
        "table": ({**own, "Action": "dynamodb:GetItem", "Resource": arn},
                  lambda text: dynamodb.put_resource_policy(ResourceArn=arn, Policy=text), lambda: None),
        "session": (identity, lambda text: session.get_federation_token(Name="someone", Policy=text), lambda: None),
    }


def iam_key(iam: Any, name: str) -> dict[str, Any]:
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return iam.create_access_key(UserName=name)["AccessKey"]


def policy_of(s3: Any, bucket: str) -> str | None:
    try:
        return s3.get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError:
        return None


@pytest.fixture(scope="module")
def places(client_for: Callable[..., Any], unique: Callable[[str], str], account: str) -> dict[str, Any]:
    def unchecked(service: str, credentials: Any = None) -> Any:
        return client_for(service, credentials, parameter_validation=False, retries={"total_max_attempts": 1})

    return holders(unchecked, unique, account)


@pytest.mark.parametrize("kind", [
    "role", "trust", "managed", "bucket", "queue", "topic", "key", "secret", "table", "session"])
def test_hostile_documents_are_refused(places: dict[str, Any], kind: str) -> None:
    good, put, read = places[kind]
    put(wrapped(json.dumps(good)))
    before = read()
    for name, text in hostile(good).items():
        began = time.monotonic()
        with pytest.raises(ClientError) as refused:
            put(text)
        response = refused.value.response
        assert 400 <= response["ResponseMetadata"]["HTTPStatusCode"] < 500, (kind, name, response["Error"])
        assert time.monotonic() - began < SECONDS, (kind, name)
    assert read() == before


def test_patterns_that_match_in_many_ways_are_decided_at_once(
    client_for: Callable[..., Any], iam: Any, s3: Any, bucket: str, unique: Callable[[str], str]
) -> None:
    name = unique("user")
    iam.create_user(UserName=name)
    statements = [
        {"Effect": "Deny", "Action": f"s3:{SLOW}", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/{SLOW}"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:UserAgent": SLOW}}},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=wrapped(json.dumps(statements)))
    s3.put_object(Bucket=bucket, Key="a" * 1_000, Body=b"x")
    theirs = client_for("s3", iam.create_access_key(UserName=name)["AccessKey"], user_agent="a" * 4_000)
    began = time.monotonic()
    assert theirs.get_object(Bucket=bucket, Key="a" * 1_000)["Body"].read() == b"x"
    assert time.monotonic() - began < SECONDS
