"""Reserved and provisioned concurrency, and what an account has of it."""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_message, refusal

# Says what kind of environment it runs in, and when its module was loaded.
WHERE = """
import os, time
loaded = time.monotonic()
def handler(event, context):
    time.sleep(event.get('sleep', 0))
    return [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], loaded, os.getpid()]
"""


def call(lambda_client: Any, name: str, event: Any, qualifier: str | None = None) -> Any:
    more = {"Qualifier": qualifier} if qualifier else {}
    answer = lambda_client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


@pytest.fixture
def ready(lambda_client: Any, eventually: Callable[..., Any]) -> Callable[..., Any]:
    def wait(name: str, qualifier: str) -> Any:
        def look() -> Any:
            state = lambda_client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)
            return state if state["Status"] != "IN_PROGRESS" else None

        return eventually(look)

    return wait


def test_provisioned(lambda_client: Any, function: Callable[..., Any], ready: Callable[..., Any]) -> None:
    name = function(WHERE, Publish=True)["FunctionName"]
    lambda_client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    put = lambda_client.put_provisioned_concurrency_config
    made = put(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202 and made["RequestedProvisionedConcurrentExecutions"] == 1
    state = ready(name, "live")
    assert state["Status"] == "READY" and state["AllocatedProvisionedConcurrentExecutions"] == 1
    kind, loaded, pid = call(lambda_client, name, {}, "live")
    assert kind == "provisioned-concurrency"
    # The same one again; beside it, calls spill over.
    assert call(lambda_client, name, {}, "live")[2] == pid
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        kinds = [each[0] for each in threads.map(lambda _: call(lambda_client, name, {"sleep": 1}, "live"), range(2))]
    assert sorted(kinds) == ["on-demand", "provisioned-concurrency"]
    assert call(lambda_client, name, {})[0] == "on-demand"
    listed = lambda_client.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    assert [each["FunctionArn"].rsplit(":", 1)[1] for each in listed] == ["live"]
    # Its alias goes on to another version, and the environments with it.
    lambda_client.update_function_configuration(FunctionName=name, Description="two")
    assert lambda_client.publish_version(FunctionName=name)["Version"] == "2"
    lambda_client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert ready(name, "live")["Status"] == "READY"
    kind, _, other = call(lambda_client, name, {}, "live")
    assert kind == "provisioned-concurrency" and other != pid
    lambda_client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    assert code_and_message(lambda_client.get_provisioned_concurrency_config, FunctionName=name, Qualifier="live") == (
        "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
    assert call(lambda_client, name, {}, "live")[0] == "on-demand"


def test_provisioned_that_fails(lambda_client: Any, function: Callable[..., Any], ready: Callable[..., Any]) -> None:
    name = function("import nothing_of_that_name\ndef handler(event, context): return 1", Publish=True)["FunctionName"]
    lambda_client.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2)
    state = ready(name, "1")
    assert state["Status"] == "FAILED" and state["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"


def test_refusals(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function(WHERE, Publish=True)["FunctionName"]
    put = lambda_client.put_provisioned_concurrency_config
    wrong = "InvalidParameterValueException"
    assert code_and_message(put, FunctionName=name, Qualifier="$LATEST", ProvisionedConcurrentExecutions=1) == (
        wrong, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    assert refusal(put, FunctionName=name, Qualifier="9", ProvisionedConcurrentExecutions=1).code == "ResourceNotFoundException"
    lambda_client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    assert refusal(put, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2).message.startswith(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution")
    put(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert refusal(lambda_client.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=0).code == wrong
    lambda_client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert refusal(put, FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1).message.startswith("Alias can't be used")
    lambda_client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    lambda_client.delete_function_concurrency(FunctionName=name)


def test_reserved(lambda_client: Any, function: Callable[..., Any]) -> None:
    first, second = (function(WHERE)["FunctionName"] for _ in range(2))
    before = lambda_client.get_account_settings()
    assert before["AccountLimit"]["ConcurrentExecutions"] == 1000 and before["AccountUsage"]["FunctionCount"] >= 2
    assert before["AccountUsage"]["TotalCodeSize"] > 0
    lambda_client.put_function_concurrency(FunctionName=first, ReservedConcurrentExecutions=500)
    after = lambda_client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    assert after == before["AccountLimit"]["UnreservedConcurrentExecutions"] - 500
    # A hundred stay for the functions that reserve none.
    code, message = code_and_message(lambda_client.put_function_concurrency, FunctionName=second, ReservedConcurrentExecutions=401)
    assert code == "InvalidParameterValueException" and "below its minimum value of [100]" in message
    lambda_client.put_function_concurrency(FunctionName=first, ReservedConcurrentExecutions=1)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(call, lambda_client, first, {"sleep": 1.5}) for _ in range(2)]
        failed = [job.exception() for job in jobs if job.exception()]
    assert len(failed) == 1 and isinstance(failed[0], ClientError)
    assert failed[0].response["Error"]["Code"] == "TooManyRequestsException"
    assert failed[0].response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_after_a_start(server: Any, lambda_client: Any, function: Callable[..., Any], ready: Callable[..., Any]) -> None:
    name = function(WHERE, Publish=True)["FunctionName"]
    lambda_client.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert ready(name, "1")["Status"] == "READY"
    server.stop()
    server.start()
    assert ready(name, "1")["Status"] == "READY"
    assert call(lambda_client, name, {}, "1")[0] == "provisioned-concurrency"
