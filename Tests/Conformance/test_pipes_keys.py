"""Pipes under customers' keys: the pipe's role uses the key for the pipe's patterns and templates
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-pipes-cmkey.html)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_of, message_of
from test_pipes import ALL, pipe, pipes, queue, receive, role, sqs  # noqa: F401

INVALID = "ValidationException"

kms = _client("kms")


@pytest.fixture
def key(kms: Any) -> Iterator[str]:
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    yield arn
    kms.enable_key(KeyId=arn)
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)


@pytest.fixture
def keyed_role(role: Any) -> str:  # noqa: F811
    """May use a key for pipes, and for nothing else."""
    return role(
        ALL, {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"},
        {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*", "Condition": {
            "ArnLike": {"kms:EncryptionContext:aws:pipes:arn": "arn:aws:pipes:*:*:pipe/*"}}})


def settings(source: str, target: str) -> dict[str, Any]:
    return {
        "Source": source, "Target": target, "TargetParameters": {"InputTemplate": '{"b": <$.body.n>}'},
        "SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": '{"body": {"n": [{"numeric": [">", 1]}]}}'}]}}}


def send(sqs: Any, url: str, *numbers: int) -> None:  # noqa: F811
    for number in numbers:
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"n": number}))


def test_a_pipe_under_a_key(
    sqs: Any, pipes: Any, queue: Any, keyed_role: str, key: str, pipe: Any, receive: Any, eventually: Any  # noqa: F811
) -> None:
    (source, source_arn), (target, target_arn) = queue("source"), queue("target")
    given = settings(source_arn, target_arn)
    name = pipe(RoleArn=keyed_role, KmsKeyIdentifier=key, **given)
    send(sqs, source, 1, 2)
    assert [json.loads(body) for body in receive(target)] == [{"b": 2}]
    shown = pipes.describe_pipe(Name=name)
    assert shown["KmsKeyIdentifier"] == key and shown["TargetParameters"] == given["TargetParameters"]
    assert shown["SourceParameters"]["FilterCriteria"] == given["SourceParameters"]["FilterCriteria"]
    # What is not named stays, under the same key.
    pipes.update_pipe(Name=name, RoleArn=keyed_role, TargetParameters={"InputTemplate": '{"c": <$.body.n>}'})
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    send(sqs, source, 0, 3)
    assert [json.loads(body) for body in receive(target)] == [{"c": 3}]
    assert pipes.describe_pipe(Name=name)["KmsKeyIdentifier"] == key
    # The empty name is AWS's own key again.
    pipes.update_pipe(Name=name, RoleArn=keyed_role, KmsKeyIdentifier="")
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    shown = pipes.describe_pipe(Name=name)
    assert "KmsKeyIdentifier" not in shown and shown["TargetParameters"]["InputTemplate"] == '{"c": <$.body.n>}'


def test_a_key_that_is_disabled(
    kms: Any, sqs: Any, pipes: Any, queue: Any, keyed_role: str, key: str, pipe: Any, receive: Any,  # noqa: F811
    eventually: Any,
) -> None:
    (source, source_arn), (target, target_arn) = queue("source"), queue("target")
    name = pipe(RoleArn=keyed_role, KmsKeyIdentifier=key, **settings(source_arn, target_arn))
    pipes.stop_pipe(Name=name)
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "STOPPED")
    kms.disable_key(KeyId=key)
    assert code_of(pipes.describe_pipe, Name=name) == INVALID
    pipes.start_pipe(Name=name)
    listed = eventually(lambda: [
        each for each in pipes.list_pipes(NamePrefix=name)["Pipes"] if each["CurrentState"] == "START_FAILED"])
    assert "is disabled" in listed[0]["StateReason"]
    kms.enable_key(KeyId=key)
    pipes.start_pipe(Name=name)
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    send(sqs, source, 5)
    assert [json.loads(body) for body in receive(target)] == [{"b": 5}]


def test_keys_that_are_refused(
    kms: Any, pipes: Any, queue: Any, role: Any, keyed_role: str, key: str, unique: Callable[[str], str]  # noqa: F811
) -> None:
    (_, source_arn), (_, target_arn) = queue("source"), queue("target")
    name, given = unique("pipe"), settings(source_arn, target_arn)

    def message(role: str, key: str) -> str:
        return message_of(INVALID, pipes.create_pipe, Name=name, RoleArn=role, KmsKeyIdentifier=key, **given)

    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert "symmetric" in message(keyed_role, signing)
    kms.schedule_key_deletion(KeyId=signing, PendingWindowInDays=7)
    assert "is not found" in message(keyed_role, "alias/none")
    assert "kms:DescribeKey" in message(role(), key)
    assert "cannot be assumed" in message(role(service="lambda.amazonaws.com"), key)
    assert code_of(pipes.describe_pipe, Name=name) == "NotFoundException"
