"""EventBridge Scheduler: schedules and groups, what is refused, and invocations in a role's name on the movable clock."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError
from refusals import refusal

OFF = {"Mode": "OFF"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


@pytest.fixture(scope="module")
def scheduler(client_for):
    return client_for("scheduler")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture(scope="module")
def role(iam, unique):
    """A role that Scheduler may take on and that may do everything."""
    name = unique("role")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
    return arn


@pytest.fixture
def queue(sqs, unique):
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def refused(call, code, status, message="", **arguments):
    found = refusal(call, **arguments)
    assert (found.code, found.status) == (code, status) and message in found.message, found


def test_a_schedule_from_its_making_to_its_end(scheduler, role, queue, unique, account):
    name = unique("schedule")
    target = {"Arn": queue[1], "RoleArn": role, "Input": "hello"}
    arn = scheduler.create_schedule(
        Name=name, ScheduleExpression="rate(5 minutes)", Target=target, FlexibleTimeWindow=OFF, State="DISABLED",
        Description="a test")["ScheduleArn"]
    assert arn == f"arn:aws:scheduler:us-east-1:{account}:schedule/default/{name}"
    shown = scheduler.get_schedule(Name=name)
    assert shown["Target"] == {
        **target, "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}
    assert (shown["State"], shown["ScheduleExpressionTimezone"], shown["ActionAfterCompletion"]) == ("DISABLED", "UTC", "NONE")
    assert (shown["GroupName"], shown["FlexibleTimeWindow"], shown["Description"]) == ("default", OFF, "a test")

    refused(scheduler.create_schedule, "ConflictException", 409, f"Schedule {name} already exists.", Name=name,
            ScheduleExpression="rate(5 minutes)", Target=target, FlexibleTimeWindow=OFF)
    # An update replaces everything.
    scheduler.update_schedule(
        Name=name, ScheduleExpression="cron(0 9 ? * MON-FRI *)", ScheduleExpressionTimezone="Europe/Berlin", Target=target,
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}, State="DISABLED")
    shown = scheduler.get_schedule(Name=name)
    assert "Description" not in shown
    assert shown["FlexibleTimeWindow"]["MaximumWindowInMinutes"] == 15
    assert shown["CreationDate"] <= shown["LastModificationDate"]

    listed = scheduler.list_schedules(NamePrefix=name, State="DISABLED")["Schedules"]
    assert [(entry["Name"], entry["Target"]) for entry in listed] == [(name, {"Arn": queue[1]})]
    assert scheduler.list_schedules(NamePrefix=name, State="ENABLED")["Schedules"] == []
    scheduler.delete_schedule(Name=name)
    refused(scheduler.get_schedule, "ResourceNotFoundException", 404, f"Schedule {name} does not exist.", Name=name)
    refused(scheduler.delete_schedule, "ResourceNotFoundException", 404, Name=name)


def test_pages_of_schedules(scheduler, role, queue, unique):
    group = unique("group")
    scheduler.create_schedule_group(Name=group)
    names = sorted(unique("page") for _ in range(5))
    for name in names:
        scheduler.create_schedule(
            Name=name, GroupName=group, ScheduleExpression="rate(1 day)", State="DISABLED",
            Target={"Arn": queue[1], "RoleArn": role}, FlexibleTimeWindow=OFF)
    pages = scheduler.get_paginator("list_schedules").paginate(GroupName=group, PaginationConfig={"PageSize": 2})
    found = [[entry["Name"] for entry in page["Schedules"]] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sum(found, []) == names
    refused(scheduler.list_schedules, "ResourceNotFoundException", 404, GroupName="nowhere")


def test_groups_and_their_tags(scheduler, role, queue, unique, account, advance):
    group = unique("group")
    arn = scheduler.create_schedule_group(Name=group, Tags=[{"Key": "team", "Value": "a"}])["ScheduleGroupArn"]
    assert arn == f"arn:aws:scheduler:us-east-1:{account}:schedule-group/{group}"
    assert scheduler.get_schedule_group(Name=group)["State"] == "ACTIVE"
    assert scheduler.get_schedule_group(Name="default")["State"] == "ACTIVE"
    refused(scheduler.create_schedule_group, "ConflictException", 409, Name=group)
    refused(scheduler.create_schedule_group, "ConflictException", 409, Name="default")
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    names = [entry["Name"] for entry in scheduler.list_schedule_groups()["ScheduleGroups"]]
    assert "default" in names and group in names

    name = unique("schedule")
    scheduler.create_schedule(
        Name=name, GroupName=group, ScheduleExpression="rate(1 day)", State="DISABLED",
        Target={"Arn": queue[1], "RoleArn": role}, FlexibleTimeWindow=OFF)
    refused(scheduler.delete_schedule_group, "ValidationException", 400, Name="default")
    scheduler.delete_schedule_group(Name=group)
    for _ in range(50):
        try:
            assert scheduler.get_schedule_group(Name=group)["State"] == "DELETING"
            time.sleep(0.05)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceNotFoundException"
            break
    else:
        pytest.fail("the group stays")
    refused(scheduler.get_schedule, "ResourceNotFoundException", 404, f"Schedule group {group} does not exist.", Name=name,
            GroupName=group)


def test_a_client_token_makes_one_schedule(scheduler, role, queue, unique):
    wanted = {"Name": unique("schedule"), "ScheduleExpression": "rate(1 day)", "State": "DISABLED", "FlexibleTimeWindow": OFF,
              "Target": {"Arn": queue[1], "RoleArn": role}, "ClientToken": unique("token")}
    assert scheduler.create_schedule(**wanted)["ScheduleArn"] == scheduler.create_schedule(**wanted)["ScheduleArn"]
    refused(scheduler.create_schedule, "ConflictException", 409, **{**wanted, "ScheduleExpression": "rate(2 days)"})
    token = unique("token")
    scheduler.delete_schedule(Name=wanted["Name"], ClientToken=token)
    scheduler.delete_schedule(Name=wanted["Name"], ClientToken=token)


@pytest.mark.parametrize("change, message", [
    ({"ScheduleExpression": "rate(5 fortnights)"}, "Invalid Schedule Expression rate(5 fortnights)."),
    ({"ScheduleExpression": "cron(0 9 * * *)"}, "Invalid Schedule Expression"),
    ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Invalid ScheduleExpressionTimezone"),
    ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes"),
    ({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "MaximumWindowInMinutes"),
    ({"StartDate": 1_000_000_000}, "cannot be earlier than 5 minutes ago"),
    ({"EndDate": 1_000_000_000}, "cannot be in the past"),
    ({"Target": {"Arn": "arn:aws:nosuch:us-east-1:000000000000:thing"}}, "is not a supported service for a target."),
    ({"Target": {"Arn": "nonsense"}}, "Provided Arn is not in correct format."),
    ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:receiveMessage"}}, "is not a supported API action"),
    ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": "{\"QueueUrl\":\"x\"}"}}, "MessageBody"),
    ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:createQueue", "Input": "{\"QueueName\":\"x\",\"Colour\":1}"}},
     "Colour"),
    ({"Target": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q.fifo"}}, "MessageGroupId"),
    ({"Target": {"Arn": "arn:aws:events:us-east-1:000000000000:event-bus/default"}}, "EventBridgeParameters"),
    ({"Target": {"Arn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}}, "KinesisParameters"),
    ({"Target": {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:f", "Input": "{"}}, "JSON"),
    ({"Target": {"RoleArn": "arn:aws:iam::ACCOUNT:role/nobody"}}, "must allow AWS EventBridge Scheduler to assume the role"),
])
def test_refusals(scheduler, role, queue, unique, account, change, message):
    name = unique("schedule")
    wanted = {"Name": name, "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": OFF,
              "Target": {"Arn": queue[1], "RoleArn": role}}
    target = {**wanted["Target"], **change.get("Target", {})}
    target["RoleArn"] = target["RoleArn"].replace("ACCOUNT", account)
    refused(scheduler.create_schedule, "ValidationException", 400, message, **{**wanted, **change, "Target": target})
    refused(scheduler.get_schedule, "ResourceNotFoundException", 404, Name=name)


def test_unknown_group(scheduler, role, queue, unique):
    refused(scheduler.create_schedule, "ResourceNotFoundException", 404, "Schedule group nowhere does not exist.",
            Name=unique("schedule"), GroupName="nowhere", ScheduleExpression="rate(1 day)", FlexibleTimeWindow=OFF,
            Target={"Arn": queue[1], "RoleArn": role})


def test_passing_the_role_must_be_allowed(client_for, iam, role, queue, unique):
    user = unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    statements = [{"Effect": "Allow", "Action": "scheduler:*", "Resource": "*"}]

    def grant():
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(policy))

    grant()
    theirs = client_for("scheduler", key)
    wanted = {"Name": unique("schedule"), "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": OFF, "State": "DISABLED",
              "Target": {"Arn": queue[1], "RoleArn": role}}
    refused(theirs.create_schedule, "AccessDeniedException", 403, "iam:PassRole", **wanted)
    statements.append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": {
        "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}})
    grant()
    theirs.create_schedule(**wanted)
    theirs.delete_schedule(Name=wanted["Name"])
