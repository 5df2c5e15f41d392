"""CloudWatch Logs: sensitive data is hidden where it comes in, and shown to those who may unmask."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_of

kinesis = _client("kinesis")
ARN = "arn:aws:dataprotection::aws:data-identifier/"
EMAIL, ADDRESS, CARD = f"{ARN}EmailAddress", f"{ARN}IpAddress", f"{ARN}CreditCardNumber"


def policy(*identifiers: str, **more: Any) -> dict[str, Any]:
    return {"Name": "protect", "Version": "2021-06-01", "Statement": [
        {"Sid": "audit", "DataIdentifier": list(identifiers), "Operation": {"Audit": {"FindingsDestination": {}}}},
        {"Sid": "mask", "DataIdentifier": list(identifiers), "Operation": {"Deidentify": {"MaskConfig": {}}}}], **more}


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("/protected/group")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="a")
    yield name
    logs.delete_log_group(logGroupName=name)


def write(logs: Any, group: str, *messages: str) -> None:
    now = int(time.time() * 1_000)
    logs.put_log_events(
        logGroupName=group, logStreamName="a", logEvents=[{"timestamp": now, "message": text} for text in messages])


def read(logs: Any, group: str, **more: Any) -> list[str]:
    found = logs.get_log_events(logGroupName=group, logStreamName="a", startFromHead=True, **more)["events"]
    return [event["message"] for event in found]


def protect(logs: Any, group: str, document: Any) -> dict[str, Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    return logs.put_data_protection_policy(logGroupIdentifier=group, policyDocument=text)


def test_messages_are_masked_from_then_on(logs: Any, group: str) -> None:
    write(logs, group, "early me@example.com")
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    made = protect(logs, arn, policy(EMAIL, ADDRESS))
    assert made["logGroupIdentifier"] == arn and json.loads(made["policyDocument"]) == policy(EMAIL, ADDRESS)
    got = logs.get_data_protection_policy(logGroupIdentifier=group)
    assert (got["policyDocument"], got["lastUpdatedTime"]) == (made["policyDocument"], made["lastUpdatedTime"])
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["dataProtectionStatus"] == "ACTIVATED"
    plain = ["me@example.com came from 10.1.2.3", "nothing here"]
    write(logs, group, *plain)
    masked = ["early me@example.com", "************** came from ********", "nothing here"]
    assert read(logs, group) == masked
    assert read(logs, group, unmask=True) == ["early me@example.com", *plain]

    def filtered(pattern: str, **more: Any) -> list[str]:
        found = logs.filter_log_events(logGroupName=group, filterPattern=pattern, **more)["events"]
        return [event["message"] for event in found]

    # Patterns see what their caller sees.
    assert filtered("came") == masked[1:2] and filtered("came", unmask=True) == plain[:1]
    assert filtered('"10.1.2.3"') == [] and filtered('"10.1.2.3"', unmask=True) == plain[:1]
    logs.delete_data_protection_policy(logGroupIdentifier=group)
    assert code_of(logs.delete_data_protection_policy, logGroupIdentifier=group) == "ResourceNotFoundException"
    assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier=group)
    write(logs, group, "late me@example.com")
    assert read(logs, group) == [*masked, "late me@example.com"]


def test_under_a_key_and_in_queries(
    logs: Any, group: str, client_for: Any, account: str, eventually: Any, iam: Any, unique: Any
) -> None:
    kms = client_for("kms")
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}]}))
    logs.associate_kms_key(logGroupName=group, kmsKeyId=key["KeyMetadata"]["Arn"])
    protect(logs, group, policy(EMAIL))
    write(logs, group, "me@example.com")
    assert (read(logs, group), read(logs, group, unmask=True)) == (["**************"], ["me@example.com"])
    now = int(time.time())
    ask = {"logGroupName": group, "startTime": now - 600, "endTime": now + 600}

    def first(text: str, client: Any = logs) -> dict[str, str]:
        query = client.start_query(**ask, queryString=text)["queryId"]
        answer = eventually(lambda: (got := logs.get_query_results(queryId=query))["status"] == "Complete" and got)
        return {cell["field"]: cell["value"] for cell in answer["results"][0]}

    row = first("fields @message, @ptr")
    assert row["@message"] == "**************"
    both = first("fields @message, unmask(@message) as whole, strlen(unmask(@logStream)) as size | filter whole like /me@/")
    assert (both["@message"], both["whole"], both["size"]) == ("**************", "me@example.com", "1")
    assert code_of(logs.start_query, **ask, queryString="fields unmask(1)") == "MalformedQueryException"
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:StartQuery", "Resource": "*"}}))
    own = client_for("logs", iam.create_access_key(UserName=user)["AccessKey"])
    assert first("fields @message", own)["@message"] == "**************"
    assert code_of(own.start_query, **ask, queryString="fields unmask(@message)") == "AccessDeniedException"
    record = logs.get_log_record(logRecordPointer=row["@ptr"])["logRecord"]
    assert record["@message"] == "**************"
    assert logs.get_log_record(logRecordPointer=row["@ptr"], unmask=True)["logRecord"]["@message"] == "me@example.com"


def test_the_accounts_policy_adds_to_the_groups(logs: Any, group: str) -> None:
    protect(logs, group, policy(EMAIL))
    document = json.dumps(policy(CARD))
    put = {"policyName": "all", "policyType": "DATA_PROTECTION_POLICY", "policyDocument": document}
    assert logs.put_account_policy(**put)["accountPolicy"]["policyDocument"] == document
    assert logs.describe_account_policies(policyType="DATA_PROTECTION_POLICY")["accountPolicies"][0]["policyName"] == "all"
    assert code_of(logs.put_account_policy, **{**put, "policyName": "more"}) == "LimitExceededException"
    assert code_of(logs.put_account_policy, **put, selectionCriteria='LogGroupNamePrefix="a"') == "InvalidParameterException"
    shown = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    assert shown["inheritedProperties"] == ["ACCOUNT_DATA_PROTECTION"]
    write(logs, group, "me@example.com pays by card 4111 1111 1111 1111")
    assert read(logs, group) == ["************** pays by card *******************"]
    logs.delete_account_policy(policyName="all", policyType="DATA_PROTECTION_POLICY")
    assert "inheritedProperties" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    write(logs, group, "me@example.com pays by card 4111 1111 1111 1111")
    assert read(logs, group)[1] == "************** pays by card 4111 1111 1111 1111"


def test_own_identifiers(logs: Any, group: str) -> None:
    own = {"CustomDataIdentifier": [{"Name": "EmployeeId", "Regex": "EmployeeID-[0-9]{4}"}]}
    protect(logs, group, policy("EmployeeId", EMAIL, Configuration=own))
    write(logs, group, "EmployeeID-1234 is me@example.com, EmployeeID-12 is not")
    assert read(logs, group) == ["*************** is **************, EmployeeID-12 is not"]


def test_subscriptions_get_masked_messages(
    logs: Any, group: str, kinesis: Any, iam: Any, unique: Any, eventually: Any
) -> None:
    stream, role = unique("stream"), unique("role")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    trust = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": "*"}
    iam.put_role_policy(
        RoleName=role, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    target = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    logs.put_subscription_filter(
        logGroupName=group, filterName="f", filterPattern="", destinationArn=target, roleArn=arn)
    protect(logs, group, policy(EMAIL))
    write(logs, group, "to me@example.com")

    def arrived() -> list[str]:
        begin = kinesis.get_shard_iterator(
            StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records = [json.loads(gzip.decompress(each["Data"])) for each in kinesis.get_records(ShardIterator=begin)["Records"]]
        return [event["message"] for record in records if record["messageType"] == "DATA_MESSAGE" for event in record["logEvents"]]

    assert eventually(arrived) == ["to **************"]


def test_what_is_refused(logs: Any, group: str) -> None:
    good = policy(EMAIL)
    audit, mask = good["Statement"]
    own = {"CustomDataIdentifier": [{"Name": "a", "Regex": "["}]}
    many = {"CustomDataIdentifier": [{"Name": f"a{number}", "Regex": "x"} for number in range(11)]}
    taken = {"CustomDataIdentifier": [{"Name": "EmailAddress", "Regex": "x"}]}
    for wrong in (
            "x", "[]", {}, {**good, "Statement": [audit]}, {**good, "Statement": [audit, audit]},
            {**good, "Statement": [audit, {**mask, "DataIdentifier": [ADDRESS]}]},
            {**good, "Statement": [{**audit, "Operation": {"Audit": {}}}, mask]},
            {**good, "Statement": [audit, {**mask, "Operation": {"Deidentify": {"MaskConfig": {"a": 1}}}}]},
            policy(), policy("EmailAddress"), policy(f"{ARN}Nothing"), policy("a", Configuration=own),
            policy("a0", Configuration=many), policy(EMAIL, Configuration=taken), policy(EMAIL, Name="x" * 31_000)):
        assert code_of(protect, logs, group, wrong) == "InvalidParameterException", wrong
    for unbuilt in (policy(f"{ARN}Address"), policy(f"{ARN}PhoneNumber-US"), {**good, "Statement": [
            {**audit, "Operation": {"Audit": {"FindingsDestination": {"S3": {"Bucket": "b"}}}}}, mask]}):
        assert code_of(protect, logs, group, unbuilt) == "NotImplemented", unbuilt
    assert code_of(protect, logs, "none", good) == "ResourceNotFoundException"
    assert code_of(logs.get_data_protection_policy, logGroupIdentifier="none") == "ResourceNotFoundException"


def test_who_may_unmask(logs: Any, group: str, iam: Any, client_for: Any, unique: Any) -> None:
    protect(logs, group, policy(EMAIL))
    write(logs, group, "me@example.com")

    def user(*actions: str) -> Any:
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": "*"}}))
        return client_for("logs", iam.create_access_key(UserName=name)["AccessKey"])

    reader = user("logs:GetLogEvents", "logs:FilterLogEvents")
    assert read(reader, group) == ["**************"]
    assert code_of(read, reader, group, unmask=True) == "AccessDeniedException"
    assert code_of(reader.filter_log_events, logGroupName=group, unmask=True) == "AccessDeniedException"
    seer = user("logs:GetLogEvents", "logs:FilterLogEvents", "logs:Unmask")
    assert read(seer, group, unmask=True) == ["me@example.com"]
    assert code_of(protect, seer, group, policy(EMAIL)) == "AccessDeniedException"
    protect(user("logs:PutDataProtectionPolicy"), group, policy(EMAIL))
