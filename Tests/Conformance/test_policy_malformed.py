"""Policies are refused when they are put, with AWS's messages, and what was there before stays."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

GOOD = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def deep(levels):
    return '{"Version":"2012-10-17","Statement":' + '{"a":' * levels + "1" + "}" * levels + "}"


SYNTAX = "Syntax errors in policy."
IDENTITY = [
    ("{", SYNTAX), ("[]", SYNTAX), (deep(1_000), SYNTAX), ('{"Version":"2012-10-17","Version":"2012-10-17"}', SYNTAX),
    (document([]), SYNTAX), (document({**GOOD, "Effekt": "Allow"}), SYNTAX),
    (document({**GOOD, "Resource": " arn:aws:kms:*:111122223333:key/*"}),
     'Resource  arn:aws:kms:*:111122223333:key/* must be in ARN format or "*".'),
    (document({**GOOD, "Resource": "box"}), 'Resource box must be in ARN format or "*".'),
    (document({**GOOD, "Resource": "arn:awz:s3:::b"}), 'Partition "awz" is not valid for resource "arn:awz:s3:::b".'),
    (document({**GOOD, "Action": "GetObject"}), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    (document({**GOOD, "Condition": {"StringEqualz": {"aws:a": "b"}}}), "Invalid Condition type : StringEqualz."),
    (document({**GOOD, "Principal": "*"}), "Policy document should not specify a principal."),
    (document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}),
     "Policy document should not specify a principal."),
    (document({**GOOD, "Action": "s3:Get:Object"}), "Actions/Condition can contain only one colon."),
    (document({**GOOD, "Resource": "arn:aws:s3:us-east-1::b"}),
     "Resource arn:aws:s3:us-east-1::b can not contain region information."),
    (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
    (document({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
    (document({**GOOD, "Sid": "a b"}),
     "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"),
    (document([{**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}]), "Statement IDs (SID) in a single policy must be unique."),
]


@pytest.mark.parametrize("text, message", IDENTITY)
def test_identity_policies(iam, unique, text, message):
    name = unique("malformed")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(GOOD))
    with pytest.raises(ClientError) as refused:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=text)
    error = refused.value.response
    assert error["Error"]["Code"] == "MalformedPolicyDocument" and error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Message"] == message
    assert iam.get_user_policy(UserName=name, PolicyName="own")["PolicyDocument"]["Statement"] == GOOD
    iam.delete_user_policy(UserName=name, PolicyName="own")
    iam.delete_user(UserName=name)


def test_bucket_policies(s3, bucket):
    own = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject",
           "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=document(own))
    rows = [
        ("{", "Policies must be valid JSON and the first byte must be '{'"),
        (deep(1_000), "Policies must be valid JSON and the first byte must be '{'"),
        (document({**own, "Resource": "arn:aws:s3:::another/*"}), "Policy has invalid resource"),
        (document({**own, "Action": "sqs:SendMessage"}), "Policy has invalid action"),
        (document({**own, "Principal": {"AWS": "somebody"}}), "Invalid principal in policy"),
        (document({**own, "Condition": {"StringEqualz": {"aws:a": "b"}}}), "Invalid Condition type : StringEqualz"),
        (document({key: value for key, value in own.items() if key != "Principal"}), "Missing required field Principal"),
        (document({key: value for key, value in own.items() if key != "Action"}), "Missing required field Action"),
    ]
    for text, message in rows:
        with pytest.raises(ClientError) as refused:
            s3.put_bucket_policy(Bucket=bucket, Policy=text)
        assert refused.value.response["Error"]["Code"] == "MalformedPolicy", text
        assert refused.value.response["Error"]["Message"] == message, text
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"] == own
    s3.delete_bucket_policy(Bucket=bucket)
