"""What answers say of a function's state, what versions and aliases do not have, and loops that are stopped."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from conftest import _client, zipped
from refusals import code_and_message, refusal

sqs = _client("sqs")

NOTHING = "def handler(event, context):\n    return None\n"

# Sends each message on to the queue that it came from, by the SDK, and counts.
LOOP = """
import os, boto3
def handler(event, context):
    queue = boto3.client('sqs', endpoint_url=os.environ['ENDPOINT'])
    for record in event['Records']:
        queue.send_message(QueueUrl=os.environ['QUEUE'], MessageBody=str(int(record['body']) + 1))
"""

# Calls itself by the SDK until it is refused; answers how deep it came and why it went no further.
DEEP = """
import json, os, boto3
from botocore.config import Config
def handler(event, context):
    if event['depth'] == 4:
        return [4, 'allowed']
    client = boto3.client('lambda', endpoint_url=os.environ['ENDPOINT'], config=Config(retries={'max_attempts': 0}))
    try:
        answer = client.invoke(FunctionName=context.function_name, Payload=json.dumps({'depth': event['depth'] + 1}))
        return json.loads(answer['Payload'].read())
    except client.exceptions.ClientError as error:
        return [event['depth'], error.response['Error']['Code']]
"""


def test_states_of_a_function(lambda_client: Any, function: Any) -> None:
    made = function(NOTHING)
    name = made["FunctionName"]
    assert (made["State"], made["StateReasonCode"], made.get("LastUpdateStatus")) == ("Pending", "Creating", None)
    shown = lambda_client.get_function_configuration(FunctionName=name)
    assert (shown["State"], shown["LastUpdateStatus"], shown.get("StateReason")) == ("Active", "Successful", None)
    assert shown["RuntimeVersionConfig"]["RuntimeVersionArn"].startswith("arn:aws:lambda:us-east-1::runtime:")
    changed = lambda_client.update_function_configuration(FunctionName=name, Timeout=9)
    assert (changed["State"], changed["LastUpdateStatus"], changed["LastUpdateStatusReasonCode"]) == (
        "Active", "InProgress", "Creating")
    lambda_client.get_waiter("function_updated_v2").wait(FunctionName=name)
    for listed in (lambda_client.list_functions()["Functions"], lambda_client.list_versions_by_function(FunctionName=name)["Versions"]):
        assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & set(listed[0])


def test_versions_have_no_settings_of_their_own(lambda_client: Any, function: Any) -> None:
    name = function(NOTHING)["FunctionName"]
    arn = lambda_client.publish_version(FunctionName=name)["FunctionArn"]
    only = "This operation is permitted on Lambda functions only."
    for call, more in (
        (lambda_client.update_function_configuration, {"Timeout": 4}),
        (lambda_client.update_function_code, {"ZipFile": zipped({"index.py": NOTHING})}),
        (lambda_client.put_function_concurrency, {"ReservedConcurrentExecutions": 1}),
    ):
        code, message = code_and_message(call, FunctionName=arn, **more)
        assert code == "InvalidParameterValueException" and message.startswith(only)
    tags = "Tags on function aliases and versions are not supported. Please specify a function ARN."
    assert refusal(lambda_client.tag_resource, Resource=arn, Tags={"a": "b"}).message == tags
    permission = {
        "FunctionName": name, "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    assert refusal(lambda_client.add_permission, **permission, Qualifier="$LATEST").message == (
        "We currently do not support adding policies for $LATEST.")
    assert refusal(lambda_client.add_permission, **permission, FunctionUrlAuthType="NONE").message == (
        "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    assert refusal(lambda_client.add_permission, **permission, Qualifier="none").code == "ResourceNotFoundException"


def test_refusals_in_lambdas_words(lambda_client: Any, function: Any, account: str) -> None:
    name = function(NOTHING)["FunctionName"]
    role = lambda_client.get_function_configuration(FunctionName=name)["Role"]
    wanted = {"FunctionName": "old", "Role": role, "Handler": "index.handler", "Code": {"ZipFile": zipped({"index.py": NOTHING})}}
    assert code_and_message(lambda_client.create_function, Runtime="python2.7", **wanted) == (
        "InvalidParameterValueException", "The runtime parameter of python2.7 is no longer supported for creating or updating "
        "AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.")
    code, message = code_and_message(lambda_client.create_function, Runtime="python3.99", **wanted)
    assert code == "InvalidParameterValueException"
    assert message.startswith(
        "Value python3.99 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [")
    assert ", python3.12, " in message and message.endswith("] or be a valid ARN")
    for runtime in ("java21", "dotnet8", "ruby3.3"):
        code, message = code_and_message(lambda_client.create_function, Runtime=runtime, **wanted)
        assert code == "NotImplemented"
        assert message.startswith(f"Tarn does not implement Runtime {runtime} of lambda:CreateFunction yet. It has python3.*")
    assert code_and_message(lambda_client.tag_resource, Resource=f"arn:aws:lambda:us-east-1:{account}:function:{name}", Tags={}) == (
        "InvalidParameterValueException", "An error occurred and the request cannot be processed.")
    nowhere = f"arn:aws:sqs:us-east-1:{account}:nowhere"
    assert refusal(
        lambda_client.put_function_event_invoke_config, FunctionName=name, DestinationConfig={"OnFailure": {"Destination": nowhere}}
    ).code == "InvalidParameterValueException"
    assert code_and_message(lambda_client.create_event_source_mapping, EventSourceArn=nowhere, FunctionName="none") == (
        "InvalidParameterValueException", "Function does not exist")
    assert refusal(lambda_client.create_event_source_mapping, FunctionName=name).message == "Unrecognized event source."
    elsewhere = f"arn:aws:lambda:eu-west-1:{account}:function:{name}"
    assert code_and_message(lambda_client.get_function, FunctionName=elsewhere) == (
        "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
    layer = f"arn:aws:lambda:us-east-1:{account}:layer:none:1"
    assert code_and_message(lambda_client.get_layer_version_policy, LayerName="none", VersionNumber=1) == (
        "ResourceNotFoundException", f"Layer version {layer} does not exist.")
    assert code_and_message(lambda_client.get_layer_version, LayerName="none", VersionNumber=0) == (
        "InvalidParameterValueException", "Layer Version Cannot be less than 1")


def test_a_loop_over_a_queue_ends_in_its_dead_letter_queue(
    lambda_client: Any, sqs: Any, function: Any, unique: Any, eventually: Any, endpoint: str
) -> None:
    def queue(name: str, **attributes: str) -> tuple[str, str]:
        url = sqs.create_queue(QueueName=unique(name), Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    dead, dead_arn = queue("dead")
    source, source_arn = queue(
        "loop", VisibilityTimeout="2", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}))
    name = function(
        LOOP, [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}], Timeout=2, MemorySize=256,
        Environment={"Variables": {"ENDPOINT": endpoint, "QUEUE": source}})["FunctionName"]
    mapping = lambda_client.create_event_source_mapping(EventSourceArn=source_arn, FunctionName=name)["UUID"]
    try:
        sqs.send_message(QueueUrl=source, MessageBody="0")
        # Sixteen invocations have each sent one message; the seventeenth is stopped.
        found = eventually(
            lambda: sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1, AttributeNames=["AWSTraceHeader"]).get("Messages"),
            timeout=60)
        assert found[0]["Body"] == "16"
        assert ";Lineage=" in found[0]["Attributes"]["AWSTraceHeader"]
    finally:
        lambda_client.delete_event_source_mapping(UUID=mapping)


def test_a_function_that_calls_itself_is_stopped_unless_it_may(lambda_client: Any, function: Any, endpoint: str) -> None:
    name = function(
        DEEP, [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}], Timeout=60, MemorySize=256,
        Environment={"Variables": {"ENDPOINT": endpoint}})["FunctionName"]
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
    given: list[str] = []
    lambda_client.meta.events.register("before-sign.lambda.Invoke", lambda request, **_: request.headers.add_header(
        "X-Amzn-Trace-Id", given[-1]) if given else None)
    # Fourteen invocations lie behind it: two more, and no third one.
    arn = lambda_client.get_function_configuration(FunctionName=name)["FunctionArn"]
    given.append(f"{header};Lineage={hashlib.sha256(arn.encode()).hexdigest()[:8]}:14")
    answer = lambda_client.invoke(FunctionName=name, Payload=json.dumps({"depth": 1}))
    assert json.load(answer["Payload"]) == [2, "RecursiveInvocationException"]
    given[-1] = given[-1].replace(":14", ":16")
    assert refusal(lambda_client.invoke, FunctionName=name, Payload=json.dumps({"depth": 1})).code == "RecursiveInvocationException"
    lambda_client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    answer = lambda_client.invoke(FunctionName=name, Payload=json.dumps({"depth": 1}))
    assert json.load(answer["Payload"]) == [4, "allowed"]


FAILING = {
    "python3.12": {
        "index.py": "import traceback\nfrom own import deep\ndef handler(event, context):\n    try: deep.fail()\n"
        "    except RuntimeError:\n        traceback.print_exc()\n        raise\n",
        "own/__init__.py": "", "own/deep.py": "def fail():\n    raise RuntimeError('as wished ' + __file__)\n",
    },
    "nodejs20.x": {
        "index.mjs": "import { fail } from './own/deep.js';\nexport const handler = async () => {\n"
        "  try { fail(); } catch (error) { console.error(error.stack); throw error; }\n};\n",
        "own/deep.js": "exports.fail = () => { throw new Error('as wished ' + __filename); };\n",
    },
}


@pytest.mark.parametrize("runtime", FAILING)
def test_stack_traces_name_lambdas_directories(lambda_client: Any, function: Any, runtime: str, server: Any) -> None:
    name = function(FAILING[runtime], Runtime=runtime)["FunctionName"]
    answer = lambda_client.invoke(FunctionName=name, LogType="Tail")
    failure = json.load(answer["Payload"])
    log = base64.b64decode(answer["LogResult"]).decode().replace("\r", "\n")
    trace = "\n".join(failure.get("stackTrace") or failure["trace"])
    assert "/var/task/index." in trace and "/var/task/own/deep." in trace
    # In what the function has written itself as well. A module knows where it really is.
    data = str(server.data)
    frames = [line for text in (trace, log) for line in text.splitlines() if line.strip().startswith(("File ", "at "))]
    assert len(frames) >= 4 and not any(data in line for line in frames)
    assert failure["errorMessage"].startswith(f"as wished {data}")
    if runtime == "python3.12":
        # The lines of the source stand there too.
        assert failure["stackTrace"][-1] == (
            '  File "/var/task/own/deep.py", line 2, in fail\n    raise RuntimeError(\'as wished \' + __file__)\n')


def test_a_syntax_error_names_its_file(lambda_client: Any, function: Any) -> None:
    name = function("def handler(:\n")["FunctionName"]
    failure = json.load(lambda_client.invoke(FunctionName=name)["Payload"])
    assert failure["errorType"] == "Runtime.UserCodeSyntaxError"
    assert failure["stackTrace"][0].startswith('  File "/var/task/index.py" Line 1')
