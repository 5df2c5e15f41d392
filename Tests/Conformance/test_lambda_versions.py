"""Versions, aliases, layers, packages' links, and what becomes of asynchronous invocations."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import _client, zipped
from refusals import code_of

sqs = _client("sqs")
sns = _client("sns")
events = _client("events")
cloudtrail = _client("cloudtrail")

SEND = {
    "Effect": "Allow", "Resource": "*",
    "Action": ["sqs:SendMessage", "sns:Publish", "s3:PutObject", "events:PutEvents", "lambda:InvokeFunction"],
}
FAILS = "def handler(event, context):\n    raise ValueError('no')"
TELLS = "import os\ndef handler(event, context):\n    return [{}, context.function_version, context.invoked_function_arn]"


BOOTSTRAP = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  id=$(curl -s -D - -o /dev/null "$api/next" | tr -d '\\r' | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
  curl -s -o /dev/null -d "\\"$(ls /opt)\\"" "$api/$id/response"
done
"""


def answer(response: dict[str, Any]) -> Any:
    return json.loads(response["Payload"].read())


@pytest.fixture
def queue(sqs: Any, unique: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    yield url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def received(sqs: Any, queue: tuple[str, str], eventually: Any) -> Callable[[], Any]:
    def receive() -> Any:
        return eventually(lambda: sqs.receive_message(
            QueueUrl=queue[0], WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages"))[0]

    return receive


def test_versions(lambda_client: Any, function: Callable[..., Any]) -> None:
    made = function(TELLS.format("'one'"))
    name, arn = made["FunctionName"], made["FunctionArn"]
    first = lambda_client.publish_version(FunctionName=name, Description="first")
    assert first["Version"] == "1" and first["FunctionArn"] == f"{arn}:1" and first["Description"] == "first"
    assert lambda_client.publish_version(FunctionName=name, Description="first")["Version"] == "1"  # nothing has changed
    lambda_client.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": TELLS.format("'two'")}))
    assert lambda_client.publish_version(FunctionName=name)["Version"] == "2"
    assert answer(lambda_client.invoke(FunctionName=name)) == ["two", "$LATEST", arn]
    response = lambda_client.invoke(FunctionName=name, Qualifier="1")
    assert response["ExecutedVersion"] == "1" and answer(response) == ["one", "1", f"{arn}:1"]
    assert answer(lambda_client.invoke(FunctionName=f"{arn}:2")) == ["two", "2", f"{arn}:2"]
    versions = lambda_client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]
    assert lambda_client.get_function_configuration(FunctionName=name, Qualifier="1")["CodeSha256"] == first["CodeSha256"]
    assert code_of(lambda_client.publish_version, FunctionName=name, CodeSha256="x") == "InvalidParameterValueException"
    lambda_client.delete_function(FunctionName=name, Qualifier="1")
    assert code_of(lambda_client.invoke, FunctionName=name, Qualifier="1") == "ResourceNotFoundException"
    assert lambda_client.publish_version(FunctionName=name, Description="third")["Version"] == "3"


def test_aliases(lambda_client: Any, function: Callable[..., Any]) -> None:
    made = function(TELLS.format("1"), Publish=True)
    name, arn = made["FunctionName"], made["FunctionArn"].removesuffix(":1")
    assert made["Version"] == "1"
    lambda_client.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": TELLS.format("2")}), Publish=True)
    alias = lambda_client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert alias["AliasArn"] == f"{arn}:live"
    assert answer(lambda_client.invoke(FunctionName=name, Qualifier="live")) == [1, "1", f"{arn}:live"]
    assert code_of(lambda_client.create_alias, FunctionName=name, Name="live", FunctionVersion="1") == "ResourceConflictException"
    assert code_of(lambda_client.create_alias, FunctionName=name, Name="x", FunctionVersion="9") == "ResourceNotFoundException"
    lambda_client.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    seen = {lambda_client.invoke(FunctionName=name, Qualifier="live")["ExecutedVersion"] for _ in range(40)}
    assert seen == {"1", "2"}
    lambda_client.update_alias(
        FunctionName=name, Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in lambda_client.get_alias(FunctionName=name, Name="live")
    assert code_of(lambda_client.delete_function, FunctionName=name, Qualifier="2") == "ResourceConflictException"
    assert [each["Name"] for each in lambda_client.list_aliases(FunctionName=name)["Aliases"]] == ["live"]
    assert lambda_client.get_function(FunctionName=name, Qualifier="live")["Configuration"]["Version"] == "2"
    lambda_client.delete_alias(FunctionName=name, Name="live")
    assert code_of(lambda_client.get_alias, FunctionName=name, Name="live") == "ResourceNotFoundException"


def test_a_policy_of_an_alias_allows_the_alias_alone(
    lambda_client: Any, function: Callable[..., Any], client_for: Callable[..., Any]
) -> None:
    name = function(TELLS.format("1"), Publish=True)["FunctionName"]
    arn = lambda_client.create_alias(FunctionName=name, Name="open", FunctionVersion="1")["AliasArn"]
    lambda_client.add_permission(
        FunctionName=name, Qualifier="open", StatementId="all", Action="lambda:InvokeFunction", Principal="222222222222")
    other = client_for("lambda", "222222222222")
    assert answer(other.invoke(FunctionName=arn))[0] == 1
    assert code_of(other.invoke, FunctionName=arn.replace(":open", ":1")) == "AccessDeniedException"
    assert code_of(other.invoke, FunctionName=arn.removesuffix(":open")) == "AccessDeniedException"
    policy = json.loads(lambda_client.get_policy(FunctionName=name, Qualifier="open")["Policy"])
    assert policy["Statement"][0]["Resource"] == arn
    assert code_of(lambda_client.get_policy, FunctionName=name) == "ResourceNotFoundException"


def test_package_can_be_fetched(lambda_client: Any, function: Callable[..., Any]) -> None:
    made = function("def handler(event, context): pass")
    code = lambda_client.get_function(FunctionName=made["FunctionName"])["Code"]
    assert code["RepositoryType"] == "S3"
    with urllib.request.urlopen(code["Location"], timeout=10) as response:
        assert base64.b64encode(hashlib.sha256(response.read()).digest()).decode() == made["CodeSha256"]
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(code["Location"].replace("expires=", "expires=9"), timeout=10)


def test_layers(lambda_client: Any, function: Callable[..., Any], unique: Callable[[str], str]) -> None:
    name = unique("layer")
    archive = zipped({"python/shared.py": "word = 'one'", "python/more.py": "word = 'more'"})
    first = lambda_client.publish_layer_version(
        LayerName=name, Content={"ZipFile": archive}, CompatibleRuntimes=["python3.11"], Description="words")
    assert first["Version"] == 1 and first["LayerVersionArn"] == f"{first['LayerArn']}:1"
    other = lambda_client.publish_layer_version(
        LayerName=unique("layer"), Content={"ZipFile": zipped({"python/shared.py": "word = 'two'"})})
    made = function(
        "import shared, more\ndef handler(event, context): return [shared.word, more.word]",
        Layers=[first["LayerVersionArn"], other["LayerVersionArn"]])
    assert [each["Arn"] for each in made["Layers"]] == [first["LayerVersionArn"], other["LayerVersionArn"]]
    assert answer(lambda_client.invoke(FunctionName=made["FunctionName"])) == ["two", "more"]
    got = lambda_client.get_layer_version(LayerName=name, VersionNumber=1)
    with urllib.request.urlopen(got["Content"]["Location"], timeout=10) as response:
        assert response.read() == archive
    assert lambda_client.publish_layer_version(LayerName=name, Content={"ZipFile": archive})["Version"] == 2
    assert [each["Version"] for each in lambda_client.list_layer_versions(LayerName=name)["LayerVersions"]] == [2, 1]
    assert {each["LayerName"]: each["LatestMatchingVersion"]["Version"] for each in lambda_client.list_layers()["Layers"]}[name] == 2
    # Functions keep what they use.
    lambda_client.delete_layer_version(LayerName=name, VersionNumber=1)
    assert code_of(lambda_client.get_layer_version, LayerName=name, VersionNumber=1) == "ResourceNotFoundException"
    lambda_client.update_function_configuration(FunctionName=made["FunctionName"], Timeout=7)
    assert answer(lambda_client.invoke(FunctionName=made["FunctionName"])) == ["two", "more"]
    lambda_client.update_function_configuration(FunctionName=made["FunctionName"], Layers=[])
    assert "Layers" not in lambda_client.get_function_configuration(FunctionName=made["FunctionName"])
    assert code_of(
        lambda_client.update_function_configuration, FunctionName=made["FunctionName"], Layers=[first["LayerVersionArn"]]
    ) == "InvalidParameterValueException"


def test_layers_count_as_code(lambda_client: Any, unique: Callable[[str], str]) -> None:
    def used() -> int:
        return lambda_client.get_account_settings()["AccountUsage"]["TotalCodeSize"]

    before, name = used(), unique("counted")
    sizes = [lambda_client.publish_layer_version(
        LayerName=name, Content={"ZipFile": zipped({"python/counted.py": text})})["Content"]["CodeSize"]
        for text in ("one = 1", "two = 2\nthree = 3")]
    assert min(sizes) > 0 and used() == before + sum(sizes)
    lambda_client.delete_layer_version(LayerName=name, VersionNumber=1)
    assert used() == before + sizes[1]
    lambda_client.delete_layer_version(LayerName=name, VersionNumber=2)
    assert used() == before


def test_layers_stand_under_opt(lambda_client: Any, function: Callable[..., Any], unique: Callable[[str], str]) -> None:
    helper = Path(os.environ.get("TARN_HOME", Path(__file__).parents[2])) / ".setup/functions/tarnopt"
    if not helper.exists() or b"bin\n" not in subprocess.run([helper, "/usr", "/bin/ls", "/opt"], capture_output=True, check=True).stdout:
        pytest.skip("this system gives no mount namespace")
    layers = [
        lambda_client.publish_layer_version(LayerName=unique("opt"), Content={"ZipFile": zipped(files)})["LayerVersionArn"]
        for files in ({"data/a.txt": "first", "python/own.py": "V = 1"}, {"data/a.txt": "second", "extensions.txt": "x"})]
    reads = "import os, own\ndef handler(event, context): return [open('/opt/data/a.txt').read(), own.V, sorted(os.listdir('/opt'))]"
    name = function(reads, Layers=layers)["FunctionName"]
    assert answer(lambda_client.invoke(FunctionName=name)) == ["second", 1, ["data", "extensions.txt", "python"]]
    # Another function's /opt is the machine's.
    plain = function("import os\ndef handler(event, context): return os.path.exists('/opt/data/a.txt')")["FunctionName"]
    assert answer(lambda_client.invoke(FunctionName=plain)) is False
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        bundle.writestr(entry, BOOTSTRAP)
    layer = lambda_client.publish_layer_version(LayerName=unique("opt"), Content={"ZipFile": archive.getvalue()})
    shell = function({"none": ""}, Runtime="provided.al2023", Layers=[layer["LayerVersionArn"]])["FunctionName"]
    assert answer(lambda_client.invoke(FunctionName=shell)) == "bootstrap"


def test_layers_of_another_account_need_permission(
    lambda_client: Any, function: Callable[..., Any], client_for: Callable[..., Any], unique: Callable[[str], str]
) -> None:
    other = client_for("lambda", "333333333333")
    layer = other.publish_layer_version(LayerName=unique("theirs"), Content={"ZipFile": zipped({"python/x.py": "a = 1"})})
    name = function("import x\ndef handler(event, context): return x.a")["FunctionName"]
    arn = layer["LayerVersionArn"]
    change = lambda_client.update_function_configuration
    assert code_of(change, FunctionName=name, Layers=[arn]) == "AccessDeniedException"
    other.add_layer_version_permission(
        LayerName=layer["LayerArn"], VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*")
    change(FunctionName=name, Layers=[arn])
    assert answer(lambda_client.invoke(FunctionName=name)) == 1


def test_success_goes_to_its_destination(
    lambda_client: Any, function: Callable[..., Any], queue: tuple[str, str], received: Any
) -> None:
    made = function("def handler(event, context): return {'seen': event}", [SEND])
    name = made["FunctionName"]
    put = lambda_client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnSuccess": {"Destination": queue[1]}})
    assert put["FunctionArn"] == f"{made['FunctionArn']}:$LATEST" and put["MaximumRetryAttempts"] == 0
    lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    told = json.loads(received()["Body"])
    assert told["requestContext"]["condition"] == "Success" and told["requestContext"]["approximateInvokeCount"] == 1
    assert told["requestPayload"] == {"a": 1} and told["responsePayload"] == {"seen": {"a": 1}}
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"} and told["version"] == "1.0"
    configs = lambda_client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [each["FunctionArn"] for each in configs] == [put["FunctionArn"]]
    lambda_client.delete_function_event_invoke_config(FunctionName=name)
    assert code_of(lambda_client.get_function_event_invoke_config, FunctionName=name) == "ResourceNotFoundException"


def test_a_large_record_keeps_its_payload_where_it_fits(
    lambda_client: Any, function: Callable[..., Any], queue: tuple[str, str], received: Any
) -> None:
    """A queue takes a mebibyte; what is larger goes without the payloads."""
    name = function("def handler(event, context): return 'x' * event['n']", [SEND])["FunctionName"]
    lambda_client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": queue[1]}})
    for size in (600_000, 1_100_000):
        lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"n": size}).encode())
        told = json.loads(received()["Body"])
        assert told["requestContext"]["condition"] == "Success"
        assert len(told.get("responsePayload", "")) == (size if size < 1 << 20 else 0)


def test_failure_goes_to_its_destination_and_the_dead_letter_queue(
    lambda_client: Any, s3: Any, bucket: str, function: Callable[..., Any], queue: tuple[str, str], received: Any, eventually: Any
) -> None:
    made = function(FAILS, [SEND], DeadLetterConfig={"TargetArn": queue[1]})
    assert made["DeadLetterConfig"] == {"TargetArn": queue[1]}
    name = made["FunctionName"]
    lambda_client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}})
    lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    message = received()
    assert json.loads(message["Body"]) == {"a": 1}
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes["ErrorCode"] == "200" and attributes["ErrorMessage"] == "no" and "RequestID" in attributes
    found = eventually(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))
    assert found[0]["Key"].startswith(f"aws/lambda/async/{name}/")
    told = json.loads(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read())
    assert told["requestContext"]["condition"] == "RetriesExhausted"
    assert told["responseContext"]["functionError"] == "Unhandled" and told["responsePayload"]["errorMessage"] == "no"


def test_an_event_that_is_too_old(
    lambda_client: Any, function: Callable[..., Any], queue: tuple[str, str], received: Any, advance: Any
) -> None:
    name = function(FAILS, [SEND])["FunctionName"]
    lambda_client.put_function_event_invoke_config(
        FunctionName=name, MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": queue[1]}})
    lambda_client.invoke(FunctionName=name, InvocationType="Event")
    advance(90)
    told = json.loads(received()["Body"])
    assert told["requestContext"]["condition"] == "EventAgeExceeded"


def test_a_function_that_is_switched_off(
    lambda_client: Any, function: Callable[..., Any], queue: tuple[str, str], received: Any
) -> None:
    """Nothing waits for it: the event goes to the destination at once, without a retry."""
    name = function(FAILS, [SEND])["FunctionName"]
    lambda_client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    lambda_client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": queue[1]}})
    lambda_client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    told = json.loads(received()["Body"])
    assert told["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert told["requestContext"]["approximateInvokeCount"] == 0
    assert told["requestPayload"] == {"a": 1} and "responsePayload" not in told


def test_a_chain_of_functions_and_a_bus(
    lambda_client: Any, events: Any, function: Callable[..., Any], queue: tuple[str, str], received: Any, sqs: Any,
    unique: Callable[[str], str]
) -> None:
    bus = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
    rule = unique("rule")
    events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source": ["lambda"]}')
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue[1]}]}
    sqs.set_queue_attributes(QueueUrl=queue[0], Attributes={"Policy": json.dumps(policy)})
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "q", "Arn": queue[1]}])
    second = function("def handler(event, context): return event['responsePayload'] + 1", [SEND])
    first = function("def handler(event, context): return event['n'] + 1", [SEND])
    configure = lambda_client.put_function_event_invoke_config
    configure(FunctionName=second["FunctionName"], DestinationConfig={"OnSuccess": {"Destination": bus}})
    configure(FunctionName=first["FunctionName"], DestinationConfig={"OnSuccess": {"Destination": second["FunctionArn"]}})
    lambda_client.invoke(FunctionName=first["FunctionName"], InvocationType="Event", Payload=b'{"n": 1}')
    event = json.loads(received()["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Success" and event["detail"]["responsePayload"] == 3


def test_destinations_are_checked(lambda_client: Any, function: Callable[..., Any], queue: tuple[str, str]) -> None:
    name = function("def handler(event, context): pass")["FunctionName"]
    configure = lambda_client.put_function_event_invoke_config
    for target in (queue[1], "arn:aws:codecommit:us-east-1:123456789012:x"):
        destination = {"OnSuccess": {"Destination": target}}
        assert code_of(configure, FunctionName=name, DestinationConfig=destination) == "InvalidParameterValueException"
    change = lambda_client.update_function_configuration
    assert code_of(change, FunctionName=name, DeadLetterConfig={"TargetArn": queue[1]}) == "InvalidParameterValueException"


def test_buckets_take_failures_alone(lambda_client: Any, function: Callable[..., Any], bucket: str) -> None:
    name = function("def handler(event, context): pass", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])["FunctionName"]
    target = {"Destination": f"arn:aws:s3:::{bucket}"}
    configure = lambda_client.put_function_event_invoke_config
    configure(FunctionName=name, DestinationConfig={"OnFailure": target})
    refused = code_of(configure, FunctionName=name, DestinationConfig={"OnSuccess": target})
    assert refused == "InvalidParameterValueException"


def test_a_destination_must_be_there(
    lambda_client: Any, function: Callable[..., Any], events: Any, cloudtrail: Any, account: str, eventually: Callable[..., Any]
) -> None:
    allowed = ["sqs:SendMessage", "sns:Publish", "events:PutEvents", "lambda:InvokeFunction"]
    name = function("def handler(event, context): pass", [{"Effect": "Allow", "Action": allowed, "Resource": "*"}])["FunctionName"]
    for service, resource in (("sqs", "none"), ("sns", "none"), ("events", "event-bus/none"), ("lambda", "function:none")):
        target = f"arn:aws:{service}:us-east-1:{account}:{resource}"
        with pytest.raises(ClientError, match=f"The destination ARN {target} is invalid.") as refused:
            lambda_client.put_function_event_invoke_config(
                FunctionName=name, DestinationConfig={"OnFailure": {"Destination": target}})
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    default = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    lambda_client.put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnFailure": {"Destination": default}})

    # Lambda looks for itself: nobody is seen to have asked, but who did.
    def described() -> list[str]:
        asked = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DescribeEventBus"}])
        return [json.loads(event["CloudTrailEvent"])["requestParameters"]["name"] for event in asked["Events"]]

    events.describe_event_bus(Name="default")
    eventually(lambda: "default" in described())
    assert default not in described() and not any(bus.endswith("none") for bus in described())
