"""Filters of event source mappings under a customer's key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import _client
from test_lambda_sources import bodies, calls, left, mapping, queue, recorder, refused, sqs  # noqa: F401

kms = _client("kms")

ORDERS = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["order-of-secrets"]}})}]}


@pytest.fixture
def key(kms: Any, account: str) -> Callable[[bool], str]:
    def make(is_for_lambda: bool = True) -> str:
        """As the developer guide has it: the account as ever, and Lambda itself to open the filters."""
        statements: list[dict[str, Any]] = [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}]
        if is_for_lambda:
            mappings = f"arn:aws:lambda:us-east-1:{account}:event-source-mapping:*"
            statements.append({
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*",
                "Condition": {"ArnLike": {"aws:SourceArn": mappings}}})
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]

    return make


def test_sealed_filters(
    lambda_client: Any, sqs: Any, kms: Any, iam: Any, client_for: Any, recorder: Any, queue: Any, mapping: Any,  # noqa: F811
    calls: Any, key: Any, server: Any, unique: Any, eventually: Any  # noqa: F811
) -> None:
    url, arn = queue()
    under = key()
    made = mapping(
        FunctionName=recorder()["FunctionName"], EventSourceArn=arn, FilterCriteria=ORDERS, KMSKeyArn=under)
    identity = made["UUID"]
    assert made["KMSKeyArn"] == under and made["FilterCriteria"] == ORDERS
    assert not any(b"order-of-secrets" in file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    order = '{"kind": "order-of-secrets"}'
    for body in ["plain", order]:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: left(sqs, url) == 0 and len(calls()) == 1)
    assert bodies(calls()) == [order]
    # A list never has them; who may not use the key sees why.
    assert lambda_client.get_event_source_mapping(UUID=identity)["FilterCriteria"] == ORDERS
    [listed] = lambda_client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    assert listed["KMSKeyArn"] == under and "FilterCriteria" not in listed and "FilterCriteriaError" not in listed
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}))
    seen = client_for("lambda", iam.create_access_key(UserName=user)["AccessKey"]).get_event_source_mapping(UUID=identity)
    assert seen["FilterCriteriaError"]["ErrorCode"] == "AccessDeniedException" and "FilterCriteria" not in seen
    # Another key, other filters, another function: each keeps what it does not change.
    change = lambda_client.update_event_source_mapping
    second = key()
    assert change(UUID=identity, KMSKeyArn=second)["FilterCriteria"] == ORDERS
    assert change(UUID=identity, FunctionName=recorder()["FunctionName"])["FilterCriteria"] == ORDERS
    kms.disable_key(KeyId=under)
    other = {"Filters": [{"Pattern": '{"body": ["x"]}'}]}
    assert change(UUID=identity, FilterCriteria=other)["FilterCriteria"] == other
    sqs.send_message(QueueUrl=url, MessageBody="x")
    eventually(lambda: len(calls()) == 2)
    back = change(UUID=identity, KMSKeyArn="")
    assert "KMSKeyArn" not in back and back["FilterCriteria"] == other
    [listed] = lambda_client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    assert listed["FilterCriteria"] == other


def test_a_key_that_lambda_may_not_use(
    sqs: Any, kms: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, key: Any, advance: Any,  # noqa: F811
    lambda_client: Any, eventually: Any
) -> None:
    """Nothing is read until Lambda may open the filters."""
    url, arn = queue()
    under = key(False)
    name = recorder()["FunctionName"]
    mapping(FunctionName=name, EventSourceArn=arn, FilterCriteria=ORDERS, KMSKeyArn=under)
    sqs.send_message(QueueUrl=url, MessageBody='{"kind": "order-of-secrets"}')
    policy = json.loads(kms.get_key_policy(KeyId=under)["Policy"])
    policy["Statement"].append({
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"})
    assert calls() == [] and left(sqs, url) == 1
    kms.put_key_policy(KeyId=under, Policy=json.dumps(policy))
    advance(61)
    eventually(lambda: len(calls()) == 1)


def test_keys_that_are_none(lambda_client: Any, recorder: Any, queue: Any, key: Any) -> None:  # noqa: F811
    _, arn = queue()
    gone = key()[:-4] + "0000"
    message = refused(
        lambda_client.create_event_source_mapping, FunctionName=recorder()["FunctionName"], EventSourceArn=arn,
        FilterCriteria=ORDERS, KMSKeyArn=gone)
    assert "NotFoundException" in message
    assert lambda_client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"] == []
    with pytest.raises(ClientError, match="kmsKeyArn|kMSKeyArn"):
        lambda_client.create_event_source_mapping(
            FunctionName=recorder()["FunctionName"], EventSourceArn=arn, KMSKeyArn="alias/x")
