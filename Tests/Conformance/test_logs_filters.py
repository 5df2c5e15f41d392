"""CloudWatch Logs: filter patterns, metric filters, tags and other settings of groups, and what belongs to the account."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from refusals import code_and_message, refusal


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("/filters/group")
    logs.create_log_group(logGroupName=name)
    yield name
    logs.delete_log_group(logGroupName=name)


def test_patterns(logs: Any, group: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    lines = ['{"level": "error", "ms": 12}', '{"level": "info", "ms": 3}', '10.0.0.1 - GET 404 7', "plain ERROR text"]
    now = int(time.time() * 1_000)
    logs.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now + i, "message": m} for i, m in enumerate(lines)])

    def found(pattern: str) -> list[int]:
        return [lines.index(e["message"]) for e in logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]]

    assert found('{ $.level = "error" }') == [0]
    assert found("{ $.ms < 10 || $.level = err* }") == [0, 1]
    assert found("[ip, dash, verb, code = 4*, ...]") == [2]
    assert found("%[0-9]+\\.[0-9]+% ") == [2]
    assert refusal(logs.filter_log_events, logGroupName=group, filterPattern="{ $.a }").code == "InvalidParameterException"
    event = logs.filter_log_events(logGroupName=group, limit=1)["events"][0]
    assert len(event["eventId"]) == 56 and event["eventId"].isdigit()
    assert refusal(logs.filter_log_events, logGroupName=group, startTime=2, endTime=1).code == "InvalidParameterException"
    assert refusal(logs.get_log_events, logGroupName=group, logGroupIdentifier=group, logStreamName="s").code == (
        "InvalidParameterException")


def test_metric_filters(logs: Any, group: str) -> None:
    tested = logs.test_metric_filter(
        filterPattern="[ip, user, code = 4*]", logEventMessages=["1.1.1.1 me 200", "2.2.2.2 you 404"])
    assert tested["matches"] == [{
        "eventNumber": 2, "eventMessage": "2.2.2.2 you 404",
        "extractedValues": {"$ip": "2.2.2.2", "$user": "you", "$code": "404"}}]
    value = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    where = {"logGroupName": group}
    logs.put_metric_filter(**where, filterName="b", filterPattern="ERROR", metricTransformations=[{**value, "defaultValue": 0.0}])
    logs.put_metric_filter(**where, filterName="a", filterPattern="", metricTransformations=[{**value, "metricName": "o"}])
    first = logs.describe_metric_filters(**where, limit=1)
    assert [f["filterName"] for f in first["metricFilters"]] == ["a"]
    (second,) = logs.describe_metric_filters(**where, limit=1, nextToken=first["nextToken"])["metricFilters"]
    assert second["filterName"] == "b" and second["logGroupName"] == group and second["filterPattern"] == "ERROR"
    assert second["metricTransformations"] == [{**value, "defaultValue": 0.0}] and second["creationTime"] > 0
    (named,) = logs.describe_metric_filters(metricName="o", metricNamespace="n")["metricFilters"]
    assert named["filterName"] == "a"
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 2
    code, message = code_and_message(
        logs.put_metric_filter, **where, filterName="c", filterPattern="",
        metricTransformations=[{**value, "defaultValue": 1.0, "dimensions": {"d": "$.d"}}])
    assert code == "InvalidParameterException" and "mutually exclusive" in message
    logs.delete_metric_filter(**where, filterName="a")
    assert code_and_message(logs.delete_metric_filter, **where, filterName="a") == (
        "ResourceNotFoundException", "The specified metric filter does not exist.")
    assert refusal(logs.describe_metric_filters, logGroupName="none").code == "ResourceNotFoundException"


def test_groups_settings(logs: Any, unique: Callable[[str], str]) -> None:
    name = unique("/settings/group")
    logs.create_log_group(
        logGroupName=name, logGroupClass="INFREQUENT_ACCESS", deletionProtectionEnabled=True, tags={"a": "1"})
    (found,) = logs.describe_log_groups(logGroupIdentifiers=[name])["logGroups"]
    assert found["logGroupClass"] == "INFREQUENT_ACCESS" and found["deletionProtectionEnabled"] is True
    assert logs.describe_log_groups(logGroupNamePrefix=name, logGroupClass="STANDARD")["logGroups"] == []
    (listed,) = logs.list_log_groups(logGroupNamePattern=f"^{name[:14]}|nothing")["logGroups"]
    assert listed == {"logGroupName": name, "logGroupArn": found["logGroupArn"], "logGroupClass": "INFREQUENT_ACCESS"}
    assert refusal(logs.delete_log_group, logGroupName=name).code == "ValidationException"
    # The old form of tags and the new one are the same tags.
    logs.tag_log_group(logGroupName=name, tags={"b": "2"})
    assert logs.list_tags_log_group(logGroupName=name)["tags"] == {"a": "1", "b": "2"}
    logs.untag_log_group(logGroupName=name, tags=["a"])
    assert logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"] == {"b": "2"}
    assert refusal(logs.tag_log_group, logGroupName=name, tags={"aws:x": "1"}).code == "InvalidParameterException"
    assert code_and_message(logs.create_log_group, logGroupName="a b") == (
        "InvalidParameterException", "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+")
    logs.put_log_group_deletion_protection(logGroupIdentifier=found["logGroupArn"], deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName=name)
    assert refusal(logs.list_tags_log_group, logGroupName=name).code == "ResourceNotFoundException"


def test_resource_policies(logs: Any, client_for: Callable[..., Any], group: str, account: str) -> None:
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    other = "998877665544"
    strangers = client_for("logs", other)
    ask = {"logGroupIdentifier": arn, "filterPattern": ""}
    assert refusal(strangers.filter_log_events, **ask).code == "AccessDeniedException"
    document = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": other}, "Action": "logs:FilterLogEvents", "Resource": f"{arn}:*"}})
    made = logs.put_resource_policy(policyName="open", policyDocument=document)["resourcePolicy"]
    assert made["policyName"] == "open" and made["policyDocument"] == document and made["lastUpdatedTime"] > 0
    assert strangers.filter_log_events(**ask)["events"] == []
    assert logs.describe_resource_policies()["resourcePolicies"] == [made]
    assert refusal(logs.put_resource_policy, policyName="bad", policyDocument="{").code == "InvalidParameterException"
    for number in range(9):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument=document)
    assert code_and_message(logs.put_resource_policy, policyName="p9", policyDocument=document) == (
        "LimitExceededException", "Resource limit exceeded.")
    for number in range(9):
        logs.delete_resource_policy(policyName=f"p{number}")
    logs.delete_resource_policy(policyName="open")
    assert code_and_message(logs.delete_resource_policy, policyName="open") == (
        "ResourceNotFoundException", "Policy with name [open] does not exist")
    assert refusal(strangers.filter_log_events, **ask).code == "AccessDeniedException"


def test_query_definitions(logs: Any, group: str) -> None:
    made = logs.put_query_definition(name="n/one", queryString="fields @message", logGroupNames=[group])["queryDefinitionId"]
    logs.put_query_definition(name="n/one", queryString="fields @timestamp", queryDefinitionId=made)
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="n/")["queryDefinitions"]
    assert found["queryDefinitionId"] == made and found["queryString"] == "fields @timestamp" and found["logGroupNames"] == []
    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True
    assert refusal(logs.delete_query_definition, queryDefinitionId=made).code == "ResourceNotFoundException"
    assert refusal(logs.put_query_definition, name="x", queryString="y", queryDefinitionId=made).code == (
        "ResourceNotFoundException")


def test_a_customers_key(
    logs: Any, client_for: Callable[..., Any], server: Any, unique: Callable[[str], str], account: str
) -> None:
    kms, name = client_for("kms"), unique("/sealed/group")
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{name}"
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Resource": "*",
         "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
         "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}}}]}
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName=name, kmsKeyId=key)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == key
    # The key is for this group alone.
    code, message = code_and_message(logs.create_log_group, logGroupName=f"{name}-other", kmsKeyId=key)
    assert code == "InvalidParameterException" and "is not allowed to be used with LogGroup" in message
    assert refusal(logs.create_log_group, logGroupName=f"{name}-other", kmsKeyId="key").code == "InvalidParameterException"
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    secret = unique("very-secret-line").encode()

    def put() -> None:
        now = int(time.time() * 1_000)
        logs.put_log_events(
            logGroupName=name, logStreamName="s", logEvents=[{"timestamp": now, "message": f"ERROR {secret.decode()}"}])

    def lies_open() -> bool:
        return any(secret in file.read_bytes() for file in server.data.rglob("*") if file.is_file())

    put()
    assert not lies_open()
    (event,) = logs.get_log_events(logGroupName=name, logStreamName="s", startFromHead=True)["events"]
    assert event["message"] == f"ERROR {secret.decode()}"
    logs.disassociate_kms_key(logGroupName=name)
    put()
    assert lies_open() and "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert len(logs.filter_log_events(logGroupName=name, filterPattern="ERROR")["events"]) == 2
    logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == key
    logs.delete_log_group(logGroupName=name)


def test_what_cannot_be_made_is_not_there(logs: Any, group: str) -> None:
    assert logs.describe_account_policies(policyType="TRANSFORMER_POLICY")["accountPolicies"] == []
    assert logs.list_log_anomaly_detectors()["anomalyDetectors"] == [] and logs.describe_deliveries()["deliveries"] == []
    assert logs.describe_field_indexes(logGroupIdentifiers=[group])["fieldIndexes"] == []
