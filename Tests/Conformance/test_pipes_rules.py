"""What a pipe's settings can't be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from refusals import code_and_message
from conftest import _client
from test_pipes import kinesis, left, pipe, queue, receive, role, sns, sqs, stream  # noqa: F401

pipes = _client("pipes")


@pytest.fixture
def refused(pipes: Any, queue: Any, role: Any, unique: Callable[[str], str]) -> Callable[..., tuple[str, str]]:  # noqa: F811
    common = {"Name": unique("refused"), "RoleArn": role(), "Source": queue("source")[1], "Target": queue("target")[1]}

    def call(**settings: Any) -> tuple[str, str]:
        return code_and_message(pipes.create_pipe, **{**common, **settings})

    return call


@pytest.mark.parametrize("member, arn", [
    ("Source", "arn:aws:sns:us-east-1:111122223333:topic"), ("Target", "arn:aws:s3:::bucket"),
    ("Target", "arn:aws:sns:us-east-1:111122223333:topic.fifo"), ("Enrichment", "arn:aws:sqs:us-east-1:111122223333:queue")])
def test_what_aws_does_not_take_either(refused: Any, member: str, arn: str) -> None:
    assert refused(**{member: arn}) == ("ValidationException", f"{member} ARN {arn} is not supported.")


@pytest.mark.parametrize("member, arn", [
    ("Source", "smk://broker.example.com:9092"), ("Source", "arn:aws:kafka:us-east-1:111122223333:cluster/x/1"),
    ("Target", "arn:aws:ecs:us-east-1:111122223333:cluster/x")])
def test_what_is_not_built(refused: Any, member: str, arn: str) -> None:
    assert refused(**{member: arn})[0] == "NotImplemented"


def test_parameters_of_other_targets(refused: Any) -> None:
    for name, value in (
        ("LambdaFunctionParameters", {"InvocationType": "FIRE_AND_FORGET"}), ("KinesisStreamParameters", {"PartitionKey": "x"}),
        ("HttpParameters", {"HeaderParameters": {"a": "b"}}),
    ):
        code, message = refused(TargetParameters={name: value})
        assert code == "ValidationException" and message.startswith(f"{name} is not valid for the target arn:aws:sqs:")


def test_a_bus_must_be_near(refused: Any, account: str) -> None:
    for bus in (f"arn:aws:events:eu-west-1:{account}:event-bus/default", "arn:aws:events:us-east-1:111122223333:event-bus/x"):
        assert refused(Target=bus)[0] == "ValidationException"


def test_the_age_of_records(refused: Any, stream: Any) -> None:  # noqa: F811
    settings = {"KinesisStreamParameters": {"StartingPosition": "LATEST", "MaximumRecordAgeInSeconds": 59}}
    code, message = refused(Source=stream[1], SourceParameters=settings)
    assert code == "ValidationException" and message == "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."


def test_batches_that_are_too_large_for_one_call(
    sqs: Any, queue: Any, pipe: Any, receive: Any, unique: Callable[[str], str], eventually: Any  # noqa: F811
) -> None:
    """Ten messages of a queue may be ten times what SendMessageBatch takes."""
    (source, arn), (target, target_arn) = queue("source"), queue("target")
    for letter in "abc":
        sqs.send_message(QueueUrl=source, MessageBody=letter * 600_000)
    pipe(Source=arn, Target=target_arn, TargetParameters={"InputTemplate": "<$.body>"})
    assert sorted(body[0] for body in receive(target, 3)) == ["a", "b", "c"]
    eventually(lambda: left(sqs, source) == 0)


def test_a_topic_takes_less(
    sqs: Any, sns: Any, logs: Any, queue: Any, pipe: Any, unique: Callable[[str], str], eventually: Any  # noqa: F811
) -> None:
    source, arn = queue("source")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    for letter in "abc":
        sqs.send_message(QueueUrl=source, MessageBody=letter * 200_000)
    pipe(Source=arn, Target=topic, TargetParameters={"InputTemplate": "<$.body>"})
    eventually(lambda: left(sqs, source) == 0)
    sns.delete_topic(TopicArn=topic)
