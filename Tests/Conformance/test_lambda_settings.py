"""What a function is told about its log and its traces, and what is refused because it is not built."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import zipped
from refusals import code_and_message, code_of, refusal

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
    name = function(SAYS)["FunctionName"]
    update = lambda_client.update_function_configuration
    assert code_of(update, FunctionName=name, LoggingConfig={"SystemLogLevel": "WARN"}) == "InvalidParameterValueException"
    assert code_of(update, FunctionName=name, SnapStart={"ApplyOn": "PublishedVersions"}) == "NotImplemented"
    assert code_of(lambda_client.update_function_code, FunctionName=name, ZipFile=b"", SourceKMSKeyArn=(
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


def test_limits_that_the_model_leaves_open(lambda_client: Any, function: Any, unique: Any) -> None:
    name = function("def handler(event, context): pass")["FunctionName"]
    code, message = code_and_message(lambda_client.update_function_configuration, FunctionName=name, Timeout=901)
    assert code == "ValidationException" and message == (
        "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
        "Member must have value less than or equal to 900")
    assert "10240" in refusal(lambda_client.update_function_configuration, FunctionName=name, MemorySize=10_241).message
    found = code_and_message(lambda_client.update_function_configuration, FunctionName=name, EphemeralStorage={"Size": 10_241})
    assert "ephemeralStorage.size" in found[1] and "10240" in found[1]
    with pytest.raises(ClientError, match="length less than or equal to 64"):
        function("def handler(event, context): pass", FunctionName="f" * 65)


def made_arn(lambda_client: Any, name: str) -> str:
    return lambda_client.get_function_configuration(FunctionName=name)["FunctionArn"]


def test_code_signing(lambda_client: Any, function: Any) -> None:
    source = "def handler(event, context): pass"
    profile = "arn:aws:signer:us-east-1:111122223333:/signing-profiles/profile/abcdefghij"
    made = lambda_client.create_code_signing_config(
        Description="d", AllowedPublishers={"SigningProfileVersionArns": [profile]})["CodeSigningConfig"]
    arn = made["CodeSigningConfigArn"]
    assert made["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"} and made["Description"] == "d"
    lambda_client.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    lambda_client.untag_resource(Resource=arn, TagKeys=["a"])
    assert lambda_client.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    name = function(source, CodeSigningConfigArn=arn)["FunctionName"]
    assert refusal(lambda_client.tag_resource, Resource=made_arn(lambda_client, name), Tags={
        f"k{number}": "v" for number in range(51)}).code == "InvalidParameterValueException"
    assert lambda_client.get_function_code_signing_config(FunctionName=name)["CodeSigningConfigArn"] == arn
    lambda_client.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})
    # Nothing is signed, so nothing passes now.
    assert refusal(lambda_client.update_function_code, FunctionName=name, ZipFile=zipped({"index.py": source})).code == (
        "CodeVerificationFailedException")
    with pytest.raises(lambda_client.exceptions.CodeVerificationFailedException):
        function(source, CodeSigningConfigArn=arn)
    (signed,) = lambda_client.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"]
    assert signed.endswith(f":function:{name}")
    assert refusal(lambda_client.delete_code_signing_config, CodeSigningConfigArn=arn).code == "ResourceConflictException"
    lambda_client.delete_function_code_signing_config(FunctionName=name)
    assert "CodeSigningConfigArn" not in lambda_client.get_function_code_signing_config(FunctionName=name)
    lambda_client.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": source}))
    lambda_client.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert refusal(lambda_client.get_code_signing_config, CodeSigningConfigArn=arn).code == "ResourceNotFoundException"
    assert refusal(lambda_client.put_function_code_signing_config, FunctionName=name, CodeSigningConfigArn=arn).code == (
        "CodeSigningConfigNotFoundException")


def test_switches_of_a_function(lambda_client: Any, function: Any) -> None:
    made = function("def handler(event, context): pass")
    name = made["FunctionName"]
    assert lambda_client.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "Auto"
    lambda_client.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="FunctionUpdate")
    assert lambda_client.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "FunctionUpdate"
    assert lambda_client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"
    lambda_client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    assert lambda_client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    assert lambda_client.invoke_async(FunctionName=name, InvokeArgs=b"{}")["Status"] == 202
    assert refusal(lambda_client.invoke_async, FunctionName=name, InvokeArgs=b"{x").code == "InvalidRequestContentException"
    assert refusal(lambda_client.get_function_recursion_config, FunctionName=f"{name}x").code == "ResourceNotFoundException"


def test_principals_of_permissions(lambda_client: Any, function: Any) -> None:
    name = function("def handler(event, context): pass")["FunctionName"]
    given = {"FunctionName": name, "StatementId": "a", "Action": "lambda:InvokeFunction"}
    assert code_and_message(lambda_client.add_permission, **given, Principal="somebody") == (
        "InvalidParameterValueException", "The provided principal was invalid. Please check the principal and try again.")
    made = lambda_client.add_permission(**given, Principal="alexa-appkit.amazon.com")
    assert json.loads(made["Statement"])["Principal"] == {"Service": "alexa-appkit.amazon.com"}


TELLS = "import os\ndef handler(event, context): return os.environ.get('WORD')"


def test_variables_under_a_customers_key(
    lambda_client: Any, iam: Any, client_for: Callable[..., Any], function: Any, lambda_role: Any, server: Any, unique: Any,
    account: str, eventually: Any,
) -> None:
    kms, word = client_for("kms"), unique("secret-word")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match="the KMS key is invalid for CreateGrant"):
        function(TELLS, KMSKeyArn=key[:-4] + "0000", Environment={"Variables": {"WORD": word}})
    made = function(TELLS, KMSKeyArn=key, Environment={"Variables": {"WORD": word}})
    name = made["FunctionName"]
    assert made["KMSKeyArn"] == key and made["Environment"] == {"Variables": {"WORD": word}}

    def said() -> Any:
        return json.loads(lambda_client.invoke(FunctionName=name)["Payload"].read())

    # The execution role may open them by a grant, and nobody else's policy changes.
    assert said() == word
    assert not any(word.encode() in file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    version = lambda_client.publish_version(FunctionName=name)
    assert version["Environment"] == {"Variables": {"WORD": word}}
    # Who may not use the key sees why instead of the variables.
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}))
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    theirs = client_for("lambda", keys)
    listed = next(each for page in theirs.get_paginator("list_functions").paginate() for each in page["Functions"]
                  if each["FunctionName"] == name)
    for seen in (theirs.get_function_configuration(FunctionName=name), listed):
        assert seen["Environment"]["Error"]["ErrorCode"] == "AccessDeniedException" and "Variables" not in seen["Environment"]
    assert all(each["Environment"] == {"Variables": {"WORD": word}}
               for each in lambda_client.list_versions_by_function(FunctionName=name)["Versions"])
    iam.delete_access_key(UserName=user, AccessKeyId=keys["AccessKeyId"])
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.delete_user(UserName=user)
    # Another role gets a grant of its own; without a key the variables lie open again.
    lambda_client.update_function_configuration(FunctionName=name, Role=lambda_role())
    assert said() == word
    back = lambda_client.update_function_configuration(FunctionName=name, KMSKeyArn="")
    assert "KMSKeyArn" not in back and back["Environment"] == {"Variables": {"WORD": word}} and said() == word
    lambda_client.update_function_configuration(
        FunctionName=name, KMSKeyArn=key, Environment={"Variables": {"WORD": "other"}})
    assert said() == "other"
    kms.disable_key(KeyId=key)
    assert lambda_client.get_function_configuration(FunctionName=name)["Environment"]["Error"]["ErrorCode"] == "DisabledException"
    # The version and $LATEST each have their grant, until they go.
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 2
    lambda_client.delete_function(FunctionName=name)
    assert eventually(lambda: not kms.list_grants(KeyId=key)["Grants"])


def test_lists_go_on_where_they_were_and_nowhere_else(lambda_client, function):
    names = sorted(function("def handler(event, context): pass")["FunctionName"] for _ in range(3))
    found, marker = [], None
    while True:
        page = lambda_client.list_functions(MaxItems=1, **({"Marker": marker} if marker else {}))
        found += [each["FunctionName"] for each in page["Functions"]]
        marker = page.get("NextMarker")
        if not marker:
            break
    assert [name for name in found if name in names] == names and len(found) == len(set(found))
    lambda_client.publish_version(FunctionName=names[0])
    page = lambda_client.list_versions_by_function(FunctionName=names[0], MaxItems=1)
    rest = lambda_client.list_versions_by_function(FunctionName=names[0], Marker=page["NextMarker"])
    assert [each["Version"] for each in page["Versions"] + rest["Versions"]] == ["$LATEST", "1"]
    for call, input in (
        (lambda_client.list_functions, {}), (lambda_client.list_layers, {}), (lambda_client.list_event_source_mappings, {}),
        (lambda_client.list_code_signing_configs, {}), (lambda_client.list_layer_versions, {"LayerName": "x"}),
        (lambda_client.list_versions_by_function, {"FunctionName": names[0]}), (lambda_client.list_aliases, {"FunctionName": names[0]}),
        (lambda_client.list_function_url_configs, {"FunctionName": names[0]}),
        (lambda_client.list_function_event_invoke_configs, {"FunctionName": names[0]}),
        (lambda_client.list_provisioned_concurrency_configs, {"FunctionName": names[0]}),
    ):
        assert refusal(call, Marker="made up", **input).code == "InvalidParameterValueException"
