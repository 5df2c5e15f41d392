"""Functions as real processes: invoked, retried, fed by buckets and streams, changed and deleted."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import zipped

STREAM_READ = {
    "Effect": "Allow", "Resource": "*",
    "Action": ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"],
}
PUT_ITEMS = {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem"], "Resource": "*"}

# Keeps each event in the table, under a number of its own, and fails as often as FAIL says.
RECORDER = """
import json, os, boto3
table = boto3.resource('dynamodb').Table(os.environ['TABLE'])
def handler(event, context):
    count = int(table.update_item(Key={'pk': 'count'}, UpdateExpression='ADD n :one',
        ExpressionAttributeValues={':one': 1}, ReturnValues='UPDATED_NEW')['Attributes']['n'])
    table.put_item(Item={'pk': f'event-{count:04}', 'event': json.dumps(event), 'request': context.aws_request_id})
    if count <= int(os.environ.get('FAIL', '0')):
        raise RuntimeError(f'failure {count}')
    return count
"""


@pytest.fixture
def events(dynamodb: Any, table: str) -> Callable[[], list[dict[str, Any]]]:
    """What the recorder has been called with, in order."""

    def read() -> list[dict[str, Any]]:
        items = [item for item in dynamodb.scan(TableName=table, ConsistentRead=True)["Items"] if "event" in item]
        return [json.loads(item["event"]["S"]) for item in sorted(items, key=lambda item: item["pk"]["S"])]

    return read


@pytest.fixture
def recorder(function: Callable[..., Any], table: str) -> Callable[..., Any]:
    def make(fail: int = 0, **settings: Any) -> Any:
        variables = {"TABLE": table, "FAIL": str(fail)}
        return function(RECORDER, [PUT_ITEMS, STREAM_READ], Environment={"Variables": variables}, **settings)

    return make


@pytest.fixture
def stream(dynamodb: Any, unique: Callable[[str], str]) -> Any:
    """A table with a stream: (name, stream ARN)."""
    name = unique("streamed")
    made = dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    yield name, made["TableDescription"]["LatestStreamArn"]
    dynamodb.delete_table(TableName=name)


@pytest.fixture
def mapping(lambda_client: Any) -> Any:
    made: list[str] = []

    def make(**settings: Any) -> Any:
        answer = lambda_client.create_event_source_mapping(**settings)
        made.append(answer["UUID"])
        return answer

    yield make
    for each in made:
        lambda_client.delete_event_source_mapping(UUID=each)


def put(dynamodb: Any, table: str, key: str, value: int) -> None:
    dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "n": {"N": str(value)}})


def numbers(events: list[dict[str, Any]]) -> list[list[int]]:
    return [[int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in event["Records"]] for event in events]


def answer(response: dict[str, Any]) -> Any:
    return json.loads(response["Payload"].read())


def test_synchronous(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context):\n    print('seen', event)\n    return {'sum': sum(event)}")["FunctionName"]
    response = lambda_client.invoke(FunctionName=name, Payload=b"[1, 2, 3]", LogType="Tail")
    assert response["StatusCode"] == 200 and "FunctionError" not in response
    assert response["ExecutedVersion"] == "$LATEST"
    assert answer(response) == {"sum": 6}
    log = base64.b64decode(response["LogResult"]).decode()
    assert "seen [1, 2, 3]" in log and "REPORT RequestId: " in log


def test_errors_are_told(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context):\n    raise KeyError('gone')")["FunctionName"]
    response = lambda_client.invoke(FunctionName=name)
    assert response["StatusCode"] == 200 and response["FunctionError"] == "Unhandled"
    assert answer(response)["errorType"] == "KeyError"


def test_dry_run_and_missing_function(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context): pass")["FunctionName"]
    assert lambda_client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.invoke(FunctionName="no-such-function")
    with pytest.raises(lambda_client.exceptions.InvalidRequestContentException):
        lambda_client.invoke(FunctionName=name, Payload=b"{")


def test_invoked_with_command_line(aws: Callable[..., str], function: Callable[..., Any], tmp_path: Any) -> None:
    name = function("def handler(event, context): return event['n'] + 1")["FunctionName"]
    out = tmp_path / "out.json"
    aws("lambda", "invoke", "--function-name", name, "--payload", '{"n": 41}', str(out))
    assert json.loads(out.read_text()) == 42


def test_acts_as_its_role(lambda_client: Any, function: Callable[..., Any]) -> None:
    code = "import boto3\ndef handler(event, context): return boto3.client('sts').get_caller_identity()['Arn']"
    made = function(code)
    arn = answer(lambda_client.invoke(FunctionName=made["FunctionName"]))
    assert arn == made["Role"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/" + made["FunctionName"]


def test_asynchronous(lambda_client: Any, recorder: Any, events: Any, eventually: Any) -> None:
    name = recorder()["FunctionName"]
    assert lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')["StatusCode"] == 202
    eventually(lambda: events() == [{"a": 1}])


def test_asynchronous_is_retried_twice(
    lambda_client: Any, recorder: Any, events: Any, eventually: Any, advance: Callable[[int], Any]
) -> None:
    name = recorder(fail=99)["FunctionName"]
    lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    eventually(lambda: len(events()) == 1)
    # The retry is set a moment after the function has failed: so the clock may have to be moved again.
    for count, seconds in [(2, 61), (3, 121)]:

        def retried(count: int = count, seconds: int = seconds) -> bool:
            advance(seconds)
            return len(events()) >= count

        eventually(retried, interval=2)
    advance(600)
    assert events() == [{"a": 1}] * 3


def test_bucket_notifies(
    lambda_client: Any, s3: Any, bucket: str, account: str, recorder: Any, events: Any, eventually: Any
) -> None:
    made = recorder()
    configuration = {"LambdaFunctionConfigurations": [
        {"LambdaFunctionArn": made["FunctionArn"], "Events": ["s3:ObjectCreated:*"]}]}
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    assert refusal.value.response["Error"]["Code"] == "InvalidArgument"
    lambda_client.add_permission(
        FunctionName=made["FunctionName"], StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=account)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    s3.put_object(Bucket=bucket, Key="a b/ü.txt", Body=b"hello")

    def told() -> bool:
        records = [record for event in events() for record in event.get("Records", [])]
        return [record["s3"]["object"]["key"] for record in records] == ["a+b/%C3%BC.txt"]

    eventually(told)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})


def test_permissions(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context): pass")["FunctionName"]
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_policy(FunctionName=name)
    added = lambda_client.add_permission(
        FunctionName=name, StatementId="one", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    assert json.loads(added["Statement"])["Principal"] == {"Service": "s3.amazonaws.com"}
    with pytest.raises(lambda_client.exceptions.ResourceConflictException):
        lambda_client.add_permission(
            FunctionName=name, StatementId="one", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    policy = json.loads(lambda_client.get_policy(FunctionName=name)["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["one"]
    lambda_client.remove_permission(FunctionName=name, StatementId="one")
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.remove_permission(FunctionName=name, StatementId="one")


def test_stream_from_its_beginning(dynamodb: Any, recorder: Any, events: Any, stream: Any, mapping: Any, eventually: Any) -> None:
    table, arn = stream
    for value in range(3):
        put(dynamodb, table, "a", value)
    made = mapping(
        EventSourceArn=arn, FunctionName=recorder()["FunctionName"], BatchSize=1, StartingPosition="TRIM_HORIZON")
    assert made["State"] == "Creating" and made["BatchSize"] == 1
    for value in range(3, 6):
        put(dynamodb, table, "a", value)
    eventually(lambda: len(events()) >= 6)
    assert numbers(events()) == [[value] for value in range(6)]
    first = events()[0]["Records"][0]
    assert first["eventSource"] == "aws:dynamodb" and first["eventSourceARN"] == arn and first["eventName"] == "INSERT"
    assert first["dynamodb"]["Keys"] == {"pk": {"S": "a"}}


def test_stream_batch_is_retried_until_it_succeeds(
    dynamodb: Any, lambda_client: Any, recorder: Any, events: Any, stream: Any, mapping: Any, eventually: Any
) -> None:
    table, arn = stream
    made = mapping(
        EventSourceArn=arn, FunctionName=recorder(fail=2)["FunctionName"], BatchSize=1, StartingPosition="TRIM_HORIZON")
    for value in range(2):
        put(dynamodb, table, "a", value)
    eventually(lambda: len(events()) >= 4)
    assert numbers(events()) == [[0], [0], [0], [1]]
    eventually(lambda: lambda_client.get_event_source_mapping(UUID=made["UUID"])["LastProcessingResult"] == "OK")


def test_stream_from_now(dynamodb: Any, recorder: Any, events: Any, stream: Any, mapping: Any, eventually: Any) -> None:
    table, arn = stream
    put(dynamodb, table, "a", 0)
    mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"], StartingPosition="LATEST")
    put(dynamodb, table, "a", 1)
    eventually(lambda: numbers(events()) == [[1]])


def test_stream_goes_on_after_two_days(
    dynamodb: Any, recorder: Any, events: Any, stream: Any, mapping: Any, eventually: Any, advance: Callable[[int], Any]
) -> None:
    table, arn = stream
    mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"], StartingPosition="TRIM_HORIZON", BatchSize=1)
    put(dynamodb, table, "a", 0)
    eventually(lambda: numbers(events()) == [[0]])
    advance(48 * 3_600)
    put(dynamodb, table, "a", 1)
    eventually(lambda: numbers(events()) == [[0], [1]], timeout=40)


def test_mapping_operations(lambda_client: Any, recorder: Any, stream: Any, mapping: Any, eventually: Any) -> None:
    _, arn = stream
    name = recorder()["FunctionName"]
    made = mapping(EventSourceArn=arn, FunctionName=name, StartingPosition="LATEST")
    with pytest.raises(lambda_client.exceptions.ResourceConflictException):
        lambda_client.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, StartingPosition="LATEST")
    assert [each["UUID"] for each in lambda_client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]] == [
        made["UUID"]]
    lambda_client.update_event_source_mapping(UUID=made["UUID"], Enabled=False, BatchSize=7)
    got = lambda_client.get_event_source_mapping(UUID=made["UUID"])
    assert got["State"] == "Disabled" and got["BatchSize"] == 7
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_event_source_mapping(UUID=str(uuid.uuid4()))


def test_mapping_needs_the_role_to_read(
    lambda_client: Any, function: Callable[..., Any], stream: Any
) -> None:
    name = function("def handler(event, context): pass")["FunctionName"]
    with pytest.raises(lambda_client.exceptions.InvalidParameterValueException):
        lambda_client.create_event_source_mapping(EventSourceArn=stream[1], FunctionName=name, StartingPosition="LATEST")


def test_reserved_concurrency(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context): return 1")["FunctionName"]
    lambda_client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert lambda_client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
    with pytest.raises(lambda_client.exceptions.TooManyRequestsException):
        lambda_client.invoke(FunctionName=name)
    lambda_client.delete_function_concurrency(FunctionName=name)
    assert answer(lambda_client.invoke(FunctionName=name)) == 1


def test_code_and_configuration_change(lambda_client: Any, function: Callable[..., Any]) -> None:
    made = function("import os\ndef handler(event, context): return os.environ.get('MODE')")
    name = made["FunctionName"]
    assert answer(lambda_client.invoke(FunctionName=name)) is None
    changed = lambda_client.update_function_configuration(FunctionName=name, Environment={"Variables": {"MODE": "1"}}, Timeout=9)
    assert changed["RevisionId"] != made["RevisionId"] and changed["Timeout"] == 9
    assert answer(lambda_client.invoke(FunctionName=name)) == "1"
    lambda_client.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": "def handler(e, c): return 'new'"}))
    lambda_client.get_waiter("function_updated").wait(FunctionName=name)
    assert answer(lambda_client.invoke(FunctionName=name)) == "new"
    with pytest.raises(lambda_client.exceptions.PreconditionFailedException):
        lambda_client.update_function_configuration(FunctionName=name, Timeout=5, RevisionId=made["RevisionId"])
    with pytest.raises(lambda_client.exceptions.InvalidParameterValueException):
        lambda_client.update_function_code(FunctionName=name, ZipFile=b"not a zip")


def test_deleted(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context): return 1")["FunctionName"]
    lambda_client.invoke(FunctionName=name)
    lambda_client.delete_function(FunctionName=name)
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_function(FunctionName=name)
    assert name not in [each["FunctionName"] for each in lambda_client.list_functions()["Functions"]]


PYTHON_CLOCK = """
import threading, time
def handler(event, context):
    begin = time.monotonic()
    time.sleep(0.05)
    threading.Event().wait(0.05)
    return {'now': time.time(), 'waited': time.monotonic() - begin, 'left': context.get_remaining_time_in_millis()}
"""
NODE_CLOCK = """
exports.handler = async (event, context) => {
  const begin = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { now: Date.now() / 1000, waited: (performance.now() - begin) / 1000, left: context.getRemainingTimeInMillis() };
};
"""


@pytest.mark.parametrize("runtime", ["python3.11", "nodejs20.x"])
def test_sees_the_platforms_clock(
    lambda_client: Any, function: Callable[..., Any], advance: Callable[[int], Any], server: Any, runtime: str
) -> None:
    code = {"index.py": PYTHON_CLOCK} if runtime.startswith("python") else {"index.js": NODE_CLOCK}
    name = function(code, Runtime=runtime)["FunctionName"]
    before = answer(lambda_client.invoke(FunctionName=name))
    advance(48 * 3_600)
    after = answer(lambda_client.invoke(FunctionName=name))
    assert 48 * 3_600 <= after["now"] - before["now"] < 48 * 3_600 + 120
    for each in (before, after):
        assert 0.05 <= each["waited"] < 10
        assert 5_000 < each["left"] <= 20_000
    # The keys of the environment before would have ended; those of now work.


def test_calls_are_accepted_after_the_clock_has_moved(
    lambda_client: Any, function: Callable[..., Any], advance: Callable[[int], Any]
) -> None:
    code = "import boto3\ndef handler(event, context): return boto3.client('sts').get_caller_identity()['Account']"
    made = function(code)
    first = answer(lambda_client.invoke(FunctionName=made["FunctionName"]))
    advance(48 * 3_600)
    assert answer(lambda_client.invoke(FunctionName=made["FunctionName"])) == first
