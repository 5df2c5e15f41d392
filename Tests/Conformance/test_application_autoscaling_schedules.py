"""Scheduled actions of Application Auto Scaling on DynamoDB's tables: limits that the clock sets."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from refusals import code_of, refusal

WRITES = "dynamodb:table:WriteCapacityUnits"


@pytest.fixture(scope="module")
def scaling(client_for):
    return client_for("application-autoscaling")


@pytest.fixture
def scaled(dynamodb, scaling, unique):
    name = unique("scaled")
    dynamodb.create_table(
        TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
    scaling.register_scalable_target(**place(name), MinCapacity=1, MaxCapacity=8)
    yield name
    dynamodb.delete_table(TableName=name)


def place(name, dimension=WRITES):
    return {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{name}", "ScalableDimension": dimension}


def units(dynamodb, name):
    return dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"]


def limits(scaling, name):
    target, = scaling.describe_scalable_targets(ServiceNamespace="dynamodb", ResourceIds=[f"table/{name}"])["ScalableTargets"]
    return target["MinCapacity"], target["MaxCapacity"]


def actions(scaling, name):
    return scaling.describe_scheduled_actions(ServiceNamespace="dynamodb", ResourceId=f"table/{name}")["ScheduledActions"]


def put(scaling, name, action, schedule, least=None, most=None, **more):
    capacity = {key: value for key, value in [("MinCapacity", least), ("MaxCapacity", most)] if value is not None}
    scaling.put_scheduled_action(
        **place(name), ScheduledActionName=action, Schedule=schedule, ScalableTargetAction=capacity, **more)


def moment(scaling, name):
    """What the server takes for the present: the creation of an action that never runs."""
    put(scaling, name, "clock", "at(2001-01-01T00:00:00)", 1)
    found, = [each for each in actions(scaling, name) if each["ScheduledActionName"] == "clock"]
    scaling.delete_scheduled_action(**place(name), ScheduledActionName="clock")
    return found["CreationTime"].astimezone(timezone.utc)


def test_an_action_sets_limits_once(scaling, dynamodb, scaled, advance):
    at = moment(scaling, scaled) + timedelta(minutes=10)
    put(scaling, scaled, "grow", f"at({at:%Y-%m-%dT%H:%M:%S})", 15, 20)
    found, = actions(scaling, scaled)
    assert found["ScheduledActionARN"].endswith(f":resource/dynamodb/table/{scaled}:scheduledActionName/grow")
    assert ":scheduledAction:" in found["ScheduledActionARN"] and "Timezone" not in found and "StartTime" not in found
    assert found["ScalableTargetAction"] == {"MinCapacity": 15, "MaxCapacity": 20}
    advance(540)
    assert (units(dynamodb, scaled), limits(scaling, scaled)) == (5, (1, 8))
    advance(120)
    assert (units(dynamodb, scaled), limits(scaling, scaled)) == (15, (15, 20))
    change, told = scaling.describe_scaling_activities(ServiceNamespace="dynamodb", ResourceId=f"table/{scaled}")[
        "ScalingActivities"][:2]
    assert (change["Description"], change["Cause"]) == ("Setting write capacity units to 15.", "minimum capacity was set to 15")
    assert told["Description"] == "Setting min capacity to 15 and max capacity to 20"
    assert told["Cause"] == "scheduled action name grow was triggered"
    assert told["StatusMessage"] == "Successfully set min capacity to 15 and max capacity to 20"
    assert told["StatusCode"] == "Successful" and "EndTime" not in told
    # A single turn is over, the action stays until it is deleted.
    assert [each["ScheduledActionName"] for each in actions(scaling, scaled)] == ["grow"]
    scaling.delete_scheduled_action(**place(scaled), ScheduledActionName="grow")
    assert refusal(scaling.delete_scheduled_action, **place(scaled), ScheduledActionName="grow").error == {
        "Code": "ObjectNotFoundException", "Message":
            f"No scheduled action found for service namespace: dynamodb, resource ID: table/{scaled}, scalable dimension: "
            f"{WRITES}, scheduled action name: grow"}


def test_a_rate_within_its_time(scaling, dynamodb, scaled, advance):
    begin = moment(scaling, scaled).replace(microsecond=0) + timedelta(minutes=5)
    put(scaling, scaled, "often", "rate(10 minutes)", 6, 8, StartTime=begin, EndTime=begin + timedelta(minutes=15))
    advance(240)
    assert limits(scaling, scaled) == (1, 8)
    advance(90)
    assert limits(scaling, scaled) == (6, 8)
    scaling.register_scalable_target(**place(scaled), MinCapacity=1, MaxCapacity=8)
    advance(600)
    assert limits(scaling, scaled) == (6, 8)
    scaling.register_scalable_target(**place(scaled), MinCapacity=1, MaxCapacity=8)
    advance(1_200)
    assert limits(scaling, scaled) == (1, 8)
    # An update keeps what it does not name, but for the beginning and the end.
    scaling.put_scheduled_action(
        **place(scaled), ScheduledActionName="often", ScalableTargetAction={"MinCapacity": 7})
    found, = actions(scaling, scaled)
    assert found["Schedule"] == "rate(10 minutes)" and "StartTime" not in found and "EndTime" not in found
    advance(601)
    assert limits(scaling, scaled) == (7, 8)


def test_a_cron_in_its_time_zone(scaling, dynamodb, scaled, advance):
    zone = ZoneInfo("Asia/Kolkata")
    local = (moment(scaling, scaled) + timedelta(minutes=90)).astimezone(zone)
    put(scaling, scaled, "daily", f"cron({local.minute} {local.hour} * * ? *)", most=3, Timezone="Asia/Kolkata")
    assert actions(scaling, scaled)[0]["Timezone"] == "Asia/Kolkata"
    advance(85 * 60)
    assert limits(scaling, scaled) == (1, 8)
    advance(6 * 60)
    assert (units(dynamodb, scaled), limits(scaling, scaled)) == (3, (1, 3))


def test_suspended_and_contradicting_turns_change_nothing(scaling, dynamodb, scaled, advance):
    scaling.register_scalable_target(**place(scaled), SuspendedState={"ScheduledScalingSuspended": True})
    put(scaling, scaled, "grow", "rate(1 minute)", 7)
    advance(90)
    assert limits(scaling, scaled) == (1, 8)
    put(scaling, scaled, "grow", "rate(1 minute)", 9)
    scaling.register_scalable_target(**place(scaled), SuspendedState={"ScheduledScalingSuspended": False})
    advance(61)
    assert limits(scaling, scaled) == (1, 8)
    told = scaling.describe_scaling_activities(ServiceNamespace="dynamodb", ResourceId=f"table/{scaled}")[
        "ScalingActivities"][0]
    assert (told["StatusCode"], told["Description"]) == ("Failed", "Setting min capacity to 9")
    scaling.delete_scheduled_action(**place(scaled), ScheduledActionName="grow")


def test_what_is_refused(scaling, dynamodb, scaled, unique):
    def refused(schedule="rate(1 hour)", action=None, **more):
        return code_of(
            scaling.put_scheduled_action, **place(scaled), ScheduledActionName="a", Schedule=schedule,
            ScalableTargetAction={"MinCapacity": 1} if action is None else action, **more)

    for schedule in ("every day", "rate(0 minutes)", "rate(5 weeks)", "cron(* * * * *)", "at(2026-01-01)"):
        assert refused(schedule) == "ValidationException", schedule
    assert refused(Timezone="Mars/Olympus") == "ValidationException"
    for action in ({}, {"MinCapacity": 0}, {"MaxCapacity": 0}, {"MinCapacity": 5, "MaxCapacity": 4}):
        assert refused(action=action) == "ValidationException", action
    present = moment(scaling, scaled)
    assert refused(EndTime=present - timedelta(days=1)) == "ValidationException"
    assert refused(StartTime=present + timedelta(days=2), EndTime=present + timedelta(days=1)) == "ValidationException"
    assert code_of(
        scaling.put_scheduled_action, **place(scaled), ScheduledActionName="a", Schedule="rate(1 hour)") == "ValidationException"
    assert code_of(
        scaling.put_scheduled_action, **place(scaled, "dynamodb:table:ReadCapacityUnits"), ScheduledActionName="a",
        Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 1}) == "ObjectNotFoundException"
    # A list is narrowed to a dimension of one resource.
    for describe in (scaling.describe_scheduled_actions, scaling.describe_scaling_policies, scaling.describe_scaling_activities,
                     scaling.describe_scalable_targets):
        assert code_of(describe, ServiceNamespace="dynamodb", ScalableDimension=WRITES) == "ValidationException"
    assert actions(scaling, scaled) == []


def test_lists_have_pages_and_go_with_their_target(scaling, scaled):
    for number in range(3):
        put(scaling, scaled, f"action-{number}", "rate(1 day)", 1)
    ask = {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{scaled}", "MaxResults": 2}
    first = scaling.describe_scheduled_actions(**ask)
    rest = scaling.describe_scheduled_actions(**ask, NextToken=first["NextToken"])
    assert [each["ScheduledActionName"] for each in first["ScheduledActions"] + rest["ScheduledActions"]] == [
        "action-0", "action-1", "action-2"]
    assert "NextToken" not in rest
    assert code_of(scaling.describe_scheduled_actions, **ask, NextToken="x") == "InvalidNextTokenException"
    assert code_of(scaling.describe_scalable_targets, ServiceNamespace="dynamodb", NextToken=first["NextToken"]) == (
        "InvalidNextTokenException")
    named = scaling.describe_scheduled_actions(ServiceNamespace="dynamodb", ScheduledActionNames=["action-1"])
    assert [each["ScheduledActionName"] for each in named["ScheduledActions"]] == ["action-1"]
    scaling.deregister_scalable_target(**place(scaled))
    assert actions(scaling, scaled) == []


def test_permissions(scaling, client_for, iam, scaled, unique):
    user = unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = client_for("application-autoscaling", key)
    assert code_of(own.describe_scheduled_actions, ServiceNamespace="dynamodb") == "AccessDeniedException"
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Resource": "*", "Action": ["application-autoscaling:PutScheduledAction"],
            "Condition": {"StringEquals": {"application-autoscaling:scalable-dimension": WRITES}}}}))
    put(own, scaled, "a", "rate(1 day)", 1)
    assert code_of(own.delete_scheduled_action, **place(scaled), ScheduledActionName="a") == "AccessDeniedException"
