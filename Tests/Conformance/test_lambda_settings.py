"""What a function is told about its log and its traces, and what is refused because it is not built."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

SAYS = """
import logging
def handler(event, context):
    for level in ('debug', 'info', 'error'):
        getattr(logging.getLogger(), level)('said %s', level)
    if event.get('fail'):
        raise ValueError('no')
"""


@pytest.fixture
def lines(lambda_client: Any, logs: Any, eventually: Callable[..., Any]) -> Callable[..., list[str]]:
    """lines(function, group, event): what one more invocation has put into the group."""

    def read(group: str) -> list[str]:
        try:
            return [each["message"].strip() for each in logs.filter_log_events(logGroupName=group)["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def invoke(name: str, group: str, event: Any, last: str) -> list[str]:
        before = len(read(group))
        lambda_client.invoke(FunctionName=name, Payload=json.dumps(event))
        return eventually(lambda: any(last in each for each in read(group)[before:]) and read(group)[before:])

    return invoke


def test_a_log_of_json(lambda_client: Any, function: Any, lines: Any, unique: Any) -> None:
    group = f"/own/{unique('group')}"
    made = function(SAYS, LoggingConfig={"LogFormat": "JSON", "LogGroup": group, "ApplicationLogLevel": "ERROR"})
    assert made["LoggingConfig"] == {
        "LogFormat": "JSON", "LogGroup": group, "ApplicationLogLevel": "ERROR", "SystemLogLevel": "INFO"}
    name = made["FunctionName"]
    found = [json.loads(line) for line in lines(name, group, {}, "platform.report")]
    start, said, report = found
    assert start["type"] == "platform.start" and start["record"]["version"] == "$LATEST"
    assert said["level"] == "ERROR" and said["message"] == "said error" and said["requestId"] == start["record"]["requestId"]
    assert report["record"]["status"] == "success" and report["record"]["metrics"]["memorySizeMB"] == 128
    assert report["record"]["metrics"]["billedDurationMs"] >= 1 and "initDurationMs" in report["record"]["metrics"]
    # Less of the system, more of the function.
    changed = lambda_client.update_function_configuration(
        FunctionName=name, LoggingConfig={"ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN"})
    assert changed["LoggingConfig"]["LogGroup"] == group
    found = [json.loads(line) for line in lines(name, group, {}, "said error")]
    assert [each["level"] for each in found] == ["DEBUG", "INFO", "ERROR"]
    # Back to text, in the same group.
    back = lambda_client.update_function_configuration(FunctionName=name, LoggingConfig={"LogFormat": "Text"})
    assert back["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": group}
    assert lines(name, group, {}, "REPORT")[0].startswith("START RequestId: ")


def test_node_writes_json_too(function: Any, lines: Any) -> None:
    code = "exports.handler = async () => { console.debug('low'); console.log('n is', 1); console.warn({ a: 1 }); };"
    name = function({"index.js": code}, Runtime="nodejs20.x", LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"})[
        "FunctionName"]
    found = [json.loads(line) for line in lines(name, f"/aws/lambda/{name}", {}, "WARN")]
    assert [(each["level"], each["message"]) for each in found] == [("INFO", "n is 1"), ("WARN", {"a": 1})]


def test_tracing_is_kept(lambda_client: Any, function: Any) -> None:
    name = function(SAYS, TracingConfig={"Mode": "Active"}, SnapStart={"ApplyOn": "None"})["FunctionName"]
    assert lambda_client.get_function_configuration(FunctionName=name)["TracingConfig"] == {"Mode": "Active"}
    lambda_client.update_function_configuration(FunctionName=name, TracingConfig={"Mode": "PassThrough"})
    assert lambda_client.get_function_configuration(FunctionName=name)["TracingConfig"] == {"Mode": "PassThrough"}


def test_refusals(lambda_client: Any, function: Any, lambda_role: Any) -> None:
    def refused(call: Callable[..., Any], **members: Any) -> str:
        with pytest.raises(ClientError) as refusal:
            call(**members)
        return refusal.value.response["Error"]["Code"]

    name = function(SAYS)["FunctionName"]
    update = lambda_client.update_function_configuration
    assert refused(update, FunctionName=name, LoggingConfig={"SystemLogLevel": "WARN"}) == "InvalidParameterValueException"
    assert refused(update, FunctionName=name, SnapStart={"ApplyOn": "PublishedVersions"}) == "NotImplemented"
    assert refused(update, FunctionName=name, KMSKeyArn="arn:aws:kms:us-east-1:111122223333:key/x") == "NotImplemented"
    assert refused(lambda_client.update_function_code, FunctionName=name, ZipFile=b"", SourceKMSKeyArn=(
        "arn:aws:kms:us-east-1:111122223333:key/x")) == "NotImplemented"
    assert lambda_client.get_function_configuration(FunctionName=name)["LoggingConfig"] == {
        "LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}


def test_a_permission_for_calls_by_url_alone(lambda_client: Any, function: Any, client_for: Any) -> None:
    name = function("def handler(event, context): return 1")["FunctionName"]
    statement = json.loads(lambda_client.add_permission(
        FunctionName=name, StatementId="url", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)["Statement"])
    assert statement["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    arn = lambda_client.get_function_configuration(FunctionName=name)["FunctionArn"]
    with pytest.raises(ClientError) as refusal:
        client_for("lambda", "444455556666").invoke(FunctionName=arn)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
