"""What policies can say about Lambda's requests: tags, principals, layers, and the functions of mappings
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from conftest import _client, zipped
from refusals import message_of
from test_lambda_sources import queue, sqs  # noqa: F401

pipes = _client("pipes")

NOTHING = "def handler(event, context): pass"


@pytest.fixture
def user(iam: Any, unique: Callable[[str], str], client_for: Any) -> Iterator[Callable[..., Any]]:
    """user(service, *statements): a client of a user who may do what the statements say."""
    made: list[tuple[str, str]] = []

    def make(service: str, *statements: dict[str, Any]) -> Any:
        name = unique("user")
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]}
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, key["AccessKeyId"]))
        return client_for(service, key)

    yield make
    for name, key in made:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user_policy(UserName=name, PolicyName="own")
        iam.delete_user(UserName=name)


denied = partial(message_of, "AccessDeniedException")


def test_tags_need_leave(
    user: Any, lambda_client: Any, function: Any, lambda_role: Any, queue: Any, unique: Any  # noqa: F811
) -> None:
    theirs = user("lambda", {"Action": ["lambda:Create*", "iam:PassRole"]})
    wanted = {
        "FunctionName": unique("function"), "Runtime": "python3.12", "Role": lambda_role(), "Handler": "index.handler",
        "Code": {"ZipFile": zipped({"index.py": NOTHING})}}
    assert "lambda:TagResource" in denied(theirs.create_function, Tags={"a": "b"}, **wanted)
    theirs.create_function(**wanted)
    lambda_client.delete_function(FunctionName=wanted["FunctionName"])
    mapped = {"FunctionName": function(NOTHING)["FunctionName"], "EventSourceArn": queue()[1]}
    assert "lambda:TagResource" in denied(theirs.create_event_source_mapping, Tags={"a": "b"}, **mapped)
    pipe = user("pipes", {"Action": ["pipes:CreatePipe", "iam:PassRole"]})
    settings = {"Name": unique("pipe"), "Source": queue()[1], "Target": queue()[1], "RoleArn": wanted["Role"]}
    assert "pipes:TagResource" in denied(pipe.create_pipe, Tags={"a": "b"}, **settings)


def test_whom_a_permission_is_for(user: Any, function: Any) -> None:
    name = function(NOTHING)["FunctionName"]
    add = user("lambda", {
        "Action": "lambda:AddPermission", "Condition": {"StringEquals": {"lambda:Principal": "s3.amazonaws.com"}}}).add_permission
    grant = {"FunctionName": name, "StatementId": "one", "Action": "lambda:InvokeFunction"}
    denied(add, Principal="*", **grant)
    add(Principal="s3.amazonaws.com", **grant)
    byURL = user("lambda", {
        "Action": "lambda:AddPermission", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}).add_permission
    open_to_all = {"FunctionName": name, "StatementId": "two", "Action": "lambda:InvokeFunctionUrl", "Principal": "*"}
    denied(byURL, FunctionUrlAuthType="NONE", **open_to_all)
    byURL(FunctionUrlAuthType="AWS_IAM", **open_to_all)


def test_which_layers(user: Any, lambda_client: Any, function: Any, unique: Any) -> None:
    def layer(name: str) -> str:
        return lambda_client.publish_layer_version(
            LayerName=unique(name), Content={"ZipFile": zipped({"python/x.py": "x = 1"})})["LayerVersionArn"]

    name, good, other = function(NOTHING)["FunctionName"], layer("approved"), layer("other")
    change = user(
        "lambda", {"Action": ["lambda:UpdateFunctionConfiguration", "lambda:GetLayerVersion"]},
        {"Effect": "Deny", "Action": "lambda:UpdateFunctionConfiguration",
         "Condition": {"ForAnyValue:StringNotLike": {"lambda:Layer": "*:layer:approved-*"}}}).update_function_configuration
    change(FunctionName=name, Layers=[good])
    denied(change, FunctionName=name, Layers=[good, other])
    change(FunctionName=name, Timeout=5)


def test_the_function_of_a_mapping(user: Any, lambda_client: Any, function: Any, queue: Any) -> None:  # noqa: F811
    reads = {"Effect": "Allow", "Resource": "*", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]}
    own, other = function(NOTHING, [reads]), function(NOTHING, [reads])
    mappings = [
        lambda_client.create_event_source_mapping(FunctionName=each["FunctionName"], EventSourceArn=queue()[1], Enabled=False)["UUID"]
        for each in (own, other)]
    theirs = user("lambda", {
        "Action": "lambda:*EventSourceMapping", "Condition": {"ArnEquals": {"lambda:FunctionArn": own["FunctionArn"]}}})
    assert theirs.get_event_source_mapping(UUID=mappings[0])["FunctionArn"] == own["FunctionArn"]
    denied(theirs.get_event_source_mapping, UUID=mappings[1])
    theirs.update_event_source_mapping(UUID=mappings[0], BatchSize=5)
    denied(theirs.update_event_source_mapping, UUID=mappings[0], FunctionName=other["FunctionName"])
    denied(theirs.update_event_source_mapping, UUID=mappings[1], FunctionName=own["FunctionName"])
    denied(theirs.delete_event_source_mapping, UUID=mappings[1])
    theirs.delete_event_source_mapping(UUID=mappings[0])
    lambda_client.delete_event_source_mapping(UUID=mappings[1])
