"""The policy simulator and real calls agree, for the same policies."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from refusals import is_allowed


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, action, resource, condition=None):
    made = {"Effect": effect, "Action": action, "Resource": resource}
    return made if condition is None else {**made, "Condition": condition}


@pytest.fixture(scope="module")
def user(iam, unique):
    name = unique("simulated")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return name, arn, key


@pytest.fixture
def things(s3, dynamodb, user, client_for, bucket, table, account):
    """Calls with the action and the resource that each is about; `key` names the object."""
    _, _, key = user
    own_s3, own_dynamodb = client_for("s3", key), client_for("dynamodb", key)
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="out/a", Body=b"x")
    arn = f"arn:aws:s3:::{bucket}"
    table_arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{table}"
    return [
        ("s3:GetObject", f"{arn}/in/a", lambda: is_allowed(own_s3.get_object, Bucket=bucket, Key="in/a")),
        ("s3:GetObject", f"{arn}/out/a", lambda: is_allowed(own_s3.get_object, Bucket=bucket, Key="out/a")),
        ("s3:PutObject", f"{arn}/in/b", lambda: is_allowed(own_s3.put_object, Bucket=bucket, Key="in/b", Body=b"y")),
        ("s3:GetBucketLocation", arn, lambda: is_allowed(own_s3.get_bucket_location, Bucket=bucket)),
        ("dynamodb:Scan", table_arn, lambda: is_allowed(own_dynamodb.scan, TableName=table)),
        ("dynamodb:DescribeTable", table_arn, lambda: is_allowed(own_dynamodb.describe_table, TableName=table)),
    ]


def policies(bucket):
    arn = f"arn:aws:s3:::{bucket}"
    yield "all", [policy(statement("Allow", "*", "*"))]
    yield "nothing", [policy(statement("Allow", "sqs:*", "*"))]
    yield "deny", [policy(statement("Allow", "*", "*")), policy(statement("Deny", "s3:Get*", f"{arn}/out/*"))]
    yield "wildcards", [policy(statement("Allow", "s3:?etObject", f"{arn}/*/?"))]
    yield "not action", [policy({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"})]
    yield "not resource", [policy({"Effect": "Allow", "Action": "*", "NotResource": f"{arn}/*"})]
    yield "user name", [policy(statement("Allow", "*", "*", {"StringLike": {"aws:username": "simulated-*"}}))]
    yield "other user name", [policy(statement("Allow", "*", "*", {"StringNotLike": {"aws:username": "simulated-*"}}))]
    yield "principal", [policy(statement("Allow", "*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}))]
    yield "Region", [policy(statement("Deny", "*", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}),
                            statement("Allow", "*", "*"))]
    yield "transport", [policy(statement("Allow", "*", "*", {"Bool": {"aws:SecureTransport": "false"}}))]
    yield "no second factor", [policy(statement("Allow", "*", "*"), statement(
        "Deny", "s3:*", "*", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))]
    yield "time", [policy(statement("Allow", "*", "*", {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}))]
    yield "address", [policy(statement("Allow", "s3:*", "*", {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}))]


CONTEXT = [
    {"ContextKeyName": "aws:RequestedRegion", "ContextKeyType": "string", "ContextKeyValues": ["us-east-1"]},
    {"ContextKeyName": "aws:SecureTransport", "ContextKeyType": "boolean", "ContextKeyValues": ["false"]},
    {"ContextKeyName": "aws:CurrentTime", "ContextKeyType": "date", "ContextKeyValues": ["2026-01-01T00:00:00Z"]},
    {"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip", "ContextKeyValues": ["127.0.0.1"]},
]


def test_the_simulator_and_real_calls_agree(iam, user, things, bucket):
    name, arn, _ = user
    answers = set()
    for title, documents in policies(bucket):
        for index, document in enumerate(documents):
            iam.put_user_policy(UserName=name, PolicyName=f"p{index}", PolicyDocument=document)
        for action, resource, call in things:
            wanted = {"ActionNames": [action], "ResourceArns": [resource], "ContextEntries": CONTEXT}
            custom = iam.simulate_custom_policy(PolicyInputList=documents, CallerArn=arn, **wanted)
            own = iam.simulate_principal_policy(PolicySourceArn=arn, **wanted)
            (result,), (again,) = custom["EvaluationResults"], own["EvaluationResults"]
            assert result["EvalDecision"] == again["EvalDecision"], (title, action)
            assert (result["EvalDecision"] == "allowed") == call(), (title, action, result["EvalDecision"])
            assert result["EvalActionName"] == action and result["EvalResourceName"] == resource
            answers.add(result["EvalDecision"])
        for index in range(len(documents)):
            iam.delete_user_policy(UserName=name, PolicyName=f"p{index}")
    assert answers == {"allowed", "implicitDeny", "explicitDeny"}


def test_matched_statements_have_their_place(iam):
    document = ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":'
                '{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}')
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document], ActionNames=["dynamodb:CreateBackup"], ContextEntries=[{
            "ContextKeyName": "aws:CurrentTime", "ContextKeyType": "date", "ContextKeyValues": ["2019-04-25T11:00:00Z"]}])
    (result,) = answer["EvaluationResults"]
    (matched,) = result["MatchedStatements"]
    assert (result["EvalDecision"], matched["SourcePolicyId"]) == ("allowed", "PolicyInputList.1")
    assert matched["StartPosition"] == {"Line": 1, "Column": 38} and matched["EndPosition"] == {"Line": 1, "Column": 167}
    assert result["MissingContextValues"] == [] and answer["IsTruncated"] is False


def test_resource_policies_boundaries_and_pages(iam, account):
    allow = policy(statement("Allow", "s3:*", "*"))
    bucket_policy = policy({**statement("Allow", "s3:GetObject", "arn:aws:s3:::b/*"), "Principal": {"AWS": account}})
    wanted = {"PolicyInputList": [allow], "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/k"],
              "CallerArn": f"arn:aws:iam::{account}:user/ann"}
    foreign = {**wanted, "ResourceOwner": "arn:aws:iam::111122223333:root"}
    decide = lambda request: iam.simulate_custom_policy(**request)["EvaluationResults"][0]  # noqa: E731
    assert decide(wanted)["EvalDecision"] == "allowed"
    assert decide({**foreign, "ResourcePolicy": bucket_policy})["EvalDecision"] == "allowed"
    other = policy({**statement("Allow", "s3:GetObject", "arn:aws:s3:::b/*"), "Principal": {"AWS": "999999999999"}})
    assert decide({**foreign, "ResourcePolicy": other})["EvalDecision"] == "implicitDeny"
    bounded = decide({**wanted, "PermissionsBoundaryPolicyInputList": [policy(statement("Allow", "sqs:*", "*"))]})
    assert bounded["EvalDecision"] == "implicitDeny"
    assert bounded["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[allow], ActionNames=["s3:GetObject", "s3:PutObject", "sqs:SendMessage"],
        PaginationConfig={"PageSize": 2})
    found = [(each["EvalActionName"], each["EvalDecision"]) for page in pages for each in page["EvaluationResults"]]
    assert found == [("s3:GetObject", "allowed"), ("s3:PutObject", "allowed"), ("sqs:SendMessage", "implicitDeny")]


def test_context_keys(iam, user):
    name, arn, _ = user
    document = policy(statement("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*", {"Bool": {"aws:SecureTransport": "true"}}))
    found = iam.get_context_keys_for_custom_policy(PolicyInputList=[document])["ContextKeyNames"]
    assert sorted(found) == ["aws:SecureTransport", "aws:username"]
    iam.put_user_policy(UserName=name, PolicyName="keys", PolicyDocument=document)
    assert sorted(iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"]) == sorted(found)
    iam.delete_user_policy(UserName=name, PolicyName="keys")


@pytest.mark.parametrize("request_, code", [
    ({"PolicyInputList": ["{"], "ActionNames": ["s3:GetObject"]}, "MalformedPolicyDocument"),
    ({"PolicyInputList": [policy(statement("Allow", "*", "*"))], "ActionNames": ["s3:Get*"]}, "InvalidInput"),
    ({"PolicyInputList": [policy(statement("Allow", "*", "*"))], "ActionNames": ["s3:GetObject"], "Marker": "!"},
     "ValidationError"),
    ({"PolicyInputList": [policy(statement("Allow", "*", "*"))], "ActionNames": ["s3:GetObject"],
      "CallerArn": "arn:aws:iam::111122223333:group/g"}, "InvalidInput"),
])
def test_refusals(iam, request_, code):
    with pytest.raises(ClientError) as refused:
        iam.simulate_custom_policy(**request_)
    assert refused.value.response["Error"]["Code"] == code
