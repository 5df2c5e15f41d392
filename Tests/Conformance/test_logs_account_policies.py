"""CloudWatch Logs: policies for all log groups of an account, field index policies, and who may make a group with tags."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_and_message, code_of

kinesis = _client("kinesis")
SUBSCRIPTION, INDEX = "SUBSCRIPTION_FILTER_POLICY", "FIELD_INDEX_POLICY"


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("/policed/group")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="a")
    yield name
    logs.delete_log_group(logGroupName=name)


@pytest.fixture
def stream(kinesis: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("stream")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    yield kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.delete_stream(StreamName=name)


@pytest.fixture
def role(iam: Any, unique: Callable[[str], str]) -> str:
    name = unique("role")
    trust = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": "*"}
    iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    return arn


def arrived(kinesis: Any, stream: str) -> list[dict[str, Any]]:
    begin = kinesis.get_shard_iterator(
        StreamName=stream.split("/")[1], ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = [json.loads(gzip.decompress(each["Data"])) for each in kinesis.get_records(ShardIterator=begin)["Records"]]
    return [record for record in records if record["messageType"] == "DATA_MESSAGE"]


def write(logs: Any, group: str, *messages: str) -> None:
    now = int(time.time() * 1_000)
    logs.put_log_events(
        logGroupName=group, logStreamName="a", logEvents=[{"timestamp": now, "message": text} for text in messages])


def put(logs: Any, name: str, kind: str, document: Any, **more: Any) -> dict[str, Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    return logs.put_account_policy(policyName=name, policyType=kind, policyDocument=text, **more)["accountPolicy"]


def test_a_subscription_of_all_groups(
    logs: Any, kinesis: Any, group: str, stream: str, role: str, account: str, unique: Any, eventually: Any
) -> None:
    left_out = unique("/left/out")
    logs.create_log_group(logGroupName=left_out)
    logs.create_log_stream(logGroupName=left_out, logStreamName="a")
    document = {"DestinationArn": stream, "RoleArn": role, "FilterPattern": "ERROR", "Distribution": "Random"}
    made = put(logs, "all", SUBSCRIPTION, document, scope="ALL", selectionCriteria=f'LogGroupName NOT IN ["{left_out}"]')
    assert (made["policyName"], made["policyType"], made["scope"], made["accountId"]) == ("all", SUBSCRIPTION, "ALL", account)
    assert json.loads(made["policyDocument"]) == document
    assert logs.describe_account_policies(policyType=SUBSCRIPTION)["accountPolicies"] == [made]
    assert logs.describe_account_policies(policyType=SUBSCRIPTION, policyName="none")["accountPolicies"] == []
    # It comes on top of the group's own.
    logs.put_subscription_filter(
        logGroupName=group, filterName="own", filterPattern="", destinationArn=stream, roleArn=role)
    write(logs, group, "ERROR one", "fine")
    write(logs, left_out, "ERROR two")
    records = eventually(lambda: len(arrived(kinesis, stream)) == 2 and arrived(kinesis, stream))
    both = {record["subscriptionFilters"][0]: record for record in records}
    assert [event["message"] for event in both["all"]["logEvents"]] == ["ERROR one"]
    assert both["all"]["policyLevel"] == "ACCOUNT_LEVEL_POLICY" and "policyLevel" not in both["own"]
    assert len(both["own"]["logEvents"]) == 2
    assert code_of(put, logs, "another", SUBSCRIPTION, document) == "LimitExceededException"
    logs.delete_account_policy(policyName="all", policyType=SUBSCRIPTION)
    assert code_of(logs.delete_account_policy, policyName="all", policyType=SUBSCRIPTION) == "ResourceNotFoundException"
    write(logs, group, "ERROR three")
    assert eventually(lambda: len(arrived(kinesis, stream)) == 3)
    assert arrived(kinesis, stream)[-1]["subscriptionFilters"] == ["own"]
    logs.delete_log_group(logGroupName=left_out)


def test_what_is_refused_of_subscriptions(logs: Any, stream: str, role: str) -> None:
    good = {"DestinationArn": stream, "RoleArn": role, "FilterPattern": ""}

    def refused(document: Any, **more: Any) -> str:
        return code_of(put, logs, more.pop("name", "all"), more.pop("kind", SUBSCRIPTION), document, **more)

    for document in ("no JSON", "[]", {"RoleArn": role}, {**good, "More": 1}, {**good, "Distribution": "Even"},
                     {**good, "FilterPattern": "{ $.a ="}, {**good, "DestinationArn": "arn:aws:sqs:us-east-1:123456789012:q"}):
        assert refused(document) == "InvalidParameterException", document
    assert code_and_message(put, logs, "all", SUBSCRIPTION, {"DestinationArn": stream}) == (
        "InvalidParameterException", "destinationArn for vendor kinesis cannot be used without roleArn")
    for criteria in ("LogGroupName IN [\"a\"]", "LogGroupName NOT IN []", "LogGroupNamePrefix=\"a\"", "anything"):
        assert refused(good, selectionCriteria=criteria) == "InvalidParameterException", criteria
    assert refused(good, name="aws/own") == "InvalidParameterException"
    assert refused(good, dryRun=True) == "InvalidParameterException"
    assert refused({**good, "FilterPattern": "x" * 31_000}) == "InvalidParameterException"
    for kind in ("METRIC_EXTRACTION_POLICY", "TRANSFORMER_POLICY", "RETENTION_POLICY"):
        assert refused(good, kind=kind) == "NotImplemented"
        assert logs.describe_account_policies(policyType=kind)["accountPolicies"] == []


def test_field_indexes(logs: Any, group: str) -> None:
    def shown() -> list[dict[str, Any]]:
        return logs.describe_index_policies(logGroupIdentifiers=[group])["indexPolicies"]

    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    assert shown() == []
    put(logs, "policed", INDEX, {"Fields": ["account"]}, selectionCriteria='LogGroupNamePrefix="/policed/"')
    of_account, = shown()
    assert (of_account["source"], of_account["policyName"], of_account["logGroupIdentifier"]) == ("ACCOUNT", "policed", arn)
    document = json.dumps({"Fields": ["requestId"], "FieldsV2": {"status": {"type": "FACET"}}})
    made = logs.put_index_policy(logGroupIdentifier=arn, policyDocument=document)["indexPolicy"]
    assert (made["source"], made["logGroupIdentifier"], made["policyDocument"]) == ("LOG_GROUP", arn, document)
    assert shown() == [made] and "policyName" not in made
    logs.delete_index_policy(logGroupIdentifier=group)
    assert shown() == [of_account]
    assert code_of(logs.delete_index_policy, logGroupIdentifier=group) == "ResourceNotFoundException"
    many = {"Fields": [f"field{number}" for number in range(21)]}
    for wrong in ("x", "[]", {}, {"Fields": []}, {"Fields": "a"}, {"Fields": [1]}, {"Fields": ["a" * 101]}, many,
                  {"Fields": ["a"], "FieldsV2": {"a": {"type": "FACET"}}}, {"FieldsV2": {"a": {"type": "OTHER"}}}, {"More": []}):
        text = wrong if isinstance(wrong, str) else json.dumps(wrong)
        assert code_of(logs.put_index_policy, logGroupIdentifier=group, policyDocument=text) == (
            "InvalidParameterException"), wrong
    assert code_of(logs.put_index_policy, logGroupIdentifier="none", policyDocument=document) == "ResourceNotFoundException"
    # Prefixes of two policies must not overlap.
    for criteria in ('LogGroupNamePrefix="/policed/group"', 'LogGroupNamePrefix="/pol"', None):
        more = {"selectionCriteria": criteria} if criteria else {}
        assert code_of(put, logs, "other", INDEX, {"Fields": ["a"]}, **more) == "InvalidParameterException"
    put(logs, "other", INDEX, {"Fields": ["a"]}, selectionCriteria='LogGroupNamePrefix=="/elsewhere"')
    assert [each["policyName"] for each in logs.describe_account_policies(policyType=INDEX)["accountPolicies"]] == [
        "other", "policed"]
    for name in ("other", "policed"):
        logs.delete_account_policy(policyName=name, policyType=INDEX)
    # What a group had goes with it.
    logs.put_index_policy(logGroupIdentifier=group, policyDocument=document)
    logs.delete_log_group(logGroupName=group)
    logs.create_log_group(logGroupName=group)
    assert shown() == []


def user(iam: Any, client_for: Any, name: str, *statements: dict[str, Any]) -> Any:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": list(statements)}))
    return client_for("logs", iam.create_access_key(UserName=name)["AccessKey"])


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def test_permissions(iam: Any, client_for: Any, stream: str, role: str, unique: Any) -> None:
    document = {"DestinationArn": stream, "RoleArn": role, "FilterPattern": ""}
    half = user(iam, client_for, unique("half"), allow("logs:PutAccountPolicy", "iam:PassRole"))
    assert code_of(put, half, "all", SUBSCRIPTION, document) == "AccessDeniedException"
    assert code_of(half.describe_account_policies, policyType=SUBSCRIPTION) == "AccessDeniedException"
    whole = user(
        iam, client_for, unique("whole"),
        allow("logs:*AccountPolicy", "logs:PutSubscriptionFilter", "logs:DeleteSubscriptionFilter", "iam:PassRole"))
    put(whole, "all", SUBSCRIPTION, document)
    whole.delete_account_policy(policyName="all", policyType=SUBSCRIPTION)


@pytest.mark.parametrize("action", ["logs:TagResource", "logs:TagLogGroup"])
def test_making_a_group_with_tags(logs: Any, iam: Any, client_for: Any, unique: Any, action: str) -> None:
    name = unique("/tagged")
    plain = user(iam, client_for, unique("plain"), allow("logs:CreateLogGroup"))
    assert code_of(plain.create_log_group, logGroupName=name, tags={"team": "a"}) == "AccessDeniedException"
    only = {"Condition": {"StringEquals": {"aws:RequestTag/team": "a"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}}
    tagger = user(iam, client_for, unique("tagger"), allow("logs:CreateLogGroup"), allow(action, **only))
    assert code_of(tagger.create_log_group, logGroupName=name, tags={"team": "b"}) == "AccessDeniedException"
    assert code_of(tagger.create_log_group, logGroupName=name, tags={"team": "a", "x": "y"}) == "AccessDeniedException"
    tagger.create_log_group(logGroupName=name, tags={"team": "a"})
    assert logs.list_tags_log_group(logGroupName=name)["tags"] == {"team": "a"}
    logs.delete_log_group(logGroupName=name)
    plain.create_log_group(logGroupName=name)
    logs.delete_log_group(logGroupName=name)
