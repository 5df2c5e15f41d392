"""Lambda: a function's resource policy as one document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from refusals import assert_refused, code_and_status, code_of

OTHER = "665544332211"
NOBODY = "00000000-0000-0000-0000-000000000000"


def allow(sid: str, arn: str, principal: Any = OTHER, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "lambda:InvokeFunction",
            "Resource": arn, **more}


def policy(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


@pytest.fixture
def arn(function: Callable[..., Any]) -> str:
    return function("def handler(event, context): return 'hello'")["FunctionArn"]


def test_a_policy_is_put_read_and_deleted(lambda_client: Any, arn: str, client_for: Callable[..., Any]) -> None:
    stranger = client_for("lambda", OTHER)
    assert_refused(lambda_client.get_resource_policy, "ResourceNotFoundException", ResourceArn=arn)
    assert code_of(stranger.invoke, FunctionName=arn) == "AccessDeniedException"
    given = policy(allow("one", arn), Id="mine")
    made = lambda_client.put_resource_policy(ResourceArn=arn, Policy=given)
    assert json.loads(made["Policy"])["Id"] == "mine"
    got = lambda_client.get_resource_policy(ResourceArn=arn)
    assert json.loads(got["Policy"]) == json.loads(made["Policy"]) and got["RevisionId"] == made["RevisionId"]
    assert json.loads(lambda_client.get_policy(FunctionName=arn)["Policy"]) == json.loads(made["Policy"])
    assert stranger.invoke(FunctionName=arn)["Payload"].read() == b'"hello"'
    # Statements come and go one by one, too.
    lambda_client.add_permission(FunctionName=arn, StatementId="two", Action="lambda:GetFunction", Principal=OTHER)
    grown = lambda_client.get_resource_policy(ResourceArn=arn)
    assert [each["Sid"] for each in json.loads(grown["Policy"])["Statement"]] == ["one", "two"]
    lambda_client.remove_permission(FunctionName=arn, StatementId="one")
    assert code_of(stranger.invoke, FunctionName=arn) == "AccessDeniedException"
    # A new document takes the place of all there was, and may deny.
    denial = {**allow("no", arn), "Effect": "Deny"}
    lambda_client.put_resource_policy(ResourceArn=arn, Policy=policy(allow("yes", arn), denial))
    statements = json.loads(lambda_client.get_policy(FunctionName=arn)["Policy"])["Statement"]
    assert [each["Sid"] for each in statements] == ["yes", "no"]
    assert code_of(stranger.invoke, FunctionName=arn) == "AccessDeniedException"
    lambda_client.delete_resource_policy(ResourceArn=arn)
    for call in (lambda_client.get_resource_policy, lambda_client.delete_resource_policy):
        assert code_and_status(call, ResourceArn=arn) == ("ResourceNotFoundException", 404)
    # What is added afterwards stands in the usual frame.
    lambda_client.add_permission(FunctionName=arn, StatementId="three", Action="lambda:GetFunction", Principal=OTHER)
    assert json.loads(lambda_client.get_policy(FunctionName=arn)["Policy"])["Id"] == "default"


def test_revisions(lambda_client: Any, arn: str) -> None:
    first = lambda_client.put_resource_policy(ResourceArn=arn, Policy=policy(allow("a", arn)))["RevisionId"]
    assert_refused(
        lambda_client.put_resource_policy, "PreconditionFailedException", ResourceArn=arn, Policy=policy(allow("b", arn)),
        RevisionId=NOBODY)
    second = lambda_client.put_resource_policy(
        ResourceArn=arn, Policy=policy(allow("b", arn)), RevisionId=first)["RevisionId"]
    assert_refused(lambda_client.delete_resource_policy, "PreconditionFailedException", ResourceArn=arn, RevisionId=first)
    lambda_client.delete_resource_policy(ResourceArn=arn, RevisionId=second)


def test_aliases_have_their_own(lambda_client: Any, arn: str, client_for: Callable[..., Any]) -> None:
    version = lambda_client.publish_version(FunctionName=arn)["Version"]
    lambda_client.create_alias(FunctionName=arn, Name="live", FunctionVersion=version)
    stranger = client_for("lambda", OTHER)
    lambda_client.put_resource_policy(ResourceArn=f"{arn}:live", Policy=policy(allow("a", f"{arn}:live")))
    assert stranger.invoke(FunctionName=f"{arn}:live")["Payload"].read() == b'"hello"'
    for other in (arn, f"{arn}:{version}"):
        assert_refused(lambda_client.get_resource_policy, "ResourceNotFoundException", ResourceArn=other)
        assert code_of(stranger.invoke, FunctionName=other) == "AccessDeniedException"


def test_what_is_refused(lambda_client: Any, arn: str, client_for: Callable[..., Any], iam: Any, unique: Any) -> None:
    put = lambda_client.put_resource_policy
    for wrong in ("no JSON", "{}", policy(), policy({**allow("a", arn), "Action": "s3:GetObject"}),
                  policy({**allow("a", arn), "Principal": {}}), policy(allow("a", arn, "arn:aws:iam::123456789012:role/none"))):
        assert_refused(put, "InvalidParameterValueException", ResourceArn=arn, Policy=wrong)
    assert_refused(
        put, "InvalidParameterValueException", ResourceArn=f"{arn}:$LATEST", Policy=policy(allow("a", f"{arn}:$LATEST")))
    assert_refused(put, "ResourceNotFoundException", ResourceArn=f"{arn}-none", Policy=policy(allow("a", f"{arn}-none")))
    assert_refused(put, "ResourceNotFoundException", ResourceArn=f"{arn}:none", Policy=policy(allow("a", f"{arn}:none")))
    user = unique("user")
    iam.create_user(UserName=user)
    own = client_for("lambda", iam.create_access_key(UserName=user)["AccessKey"])
    assert code_of(own.get_resource_policy, ResourceArn=arn) == "AccessDeniedException"
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "lambda:PutResourcePolicy", "Resource": arn}}))
    own.put_resource_policy(ResourceArn=arn, Policy=policy(allow("a", arn)))
    assert code_of(own.delete_resource_policy, ResourceArn=arn) == "AccessDeniedException"
