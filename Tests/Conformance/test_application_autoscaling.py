"""Application Auto Scaling for DynamoDB: targets, policies, and a table that follows its use on the clock."""

from __future__ import annotations

import pytest
from refusals import refusal

WRITES = "dynamodb:table:WriteCapacityUnits"


@pytest.fixture(scope="module")
def scaling(client_for):
    return client_for("application-autoscaling")


@pytest.fixture
def provisioned(dynamodb, unique):
    name = unique("scaled")
    dynamodb.create_table(
        TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 1})
    yield name
    dynamodb.delete_table(TableName=name)


def place(name, dimension=WRITES):
    return {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{name}", "ScalableDimension": dimension}


def tracking(target=70.0, metric="DynamoDBWriteCapacityUtilization", **more):
    return {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": target, "PredefinedMetricSpecification": {"PredefinedMetricType": metric}, **more}}


def units(dynamodb, name):
    return dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"]


def test_registering_and_forgetting(scaling, dynamodb, provisioned, iam):
    arn = scaling.register_scalable_target(**place(provisioned), MinCapacity=3, MaxCapacity=10, Tags={"team": "a"})[
        "ScalableTargetARN"]
    assert units(dynamodb, provisioned) == 3  # below the minimum that was just set
    target, = scaling.describe_scalable_targets(ServiceNamespace="dynamodb", ResourceIds=[f"table/{provisioned}"])[
        "ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"], target["ScalableTargetARN"]) == (3, 10, arn)
    assert target["RoleARN"].endswith("AWSServiceRoleForApplicationAutoScaling_DynamoDBTable")
    assert iam.get_role(RoleName="AWSServiceRoleForApplicationAutoScaling_DynamoDBTable")
    assert scaling.register_scalable_target(**place(provisioned), MaxCapacity=20)["ScalableTargetARN"] == arn
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"team": "a"}
    scaling.tag_resource(ResourceARN=arn, Tags={"more": "b"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"more": "b"}
    policy = scaling.put_scaling_policy(PolicyName="p", **place(provisioned), **tracking())
    assert policy["PolicyARN"].endswith(f":resource/dynamodb/table/{provisioned}:policyName/p")
    found, = scaling.describe_scaling_policies(ServiceNamespace="dynamodb", ResourceId=f"table/{provisioned}")["ScalingPolicies"]
    assert found["PolicyARN"] == policy["PolicyARN"]
    assert found["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70.0
    scaling.delete_scaling_policy(PolicyName="p", **place(provisioned))
    assert refusal(scaling.delete_scaling_policy, PolicyName="p", **place(provisioned)).code == "ObjectNotFoundException"
    scaling.deregister_scalable_target(**place(provisioned))
    assert refusal(scaling.deregister_scalable_target, **place(provisioned)).error == {
        "Code": "ObjectNotFoundException", "Message":
            f"No scalable target registered for service namespace: dynamodb, resource ID: table/{provisioned}, scalable "
            f"dimension: {WRITES}"}


def test_what_is_refused(scaling, provisioned):
    register = scaling.register_scalable_target
    assert refusal(register, **place("no-such-table"), MinCapacity=1, MaxCapacity=2).error == {
        "Code": "ValidationException", "Message": "DynamoDB table does not exist: table/no-such-table"}
    assert refusal(register, **place(provisioned), MinCapacity=3, MaxCapacity=2).code == "ValidationException"
    assert refusal(register, **place(provisioned), MinCapacity=3).code == "ValidationException"
    assert refusal(register, **place(provisioned, "dynamodb:index:ReadCapacityUnits"), MinCapacity=1, MaxCapacity=2).error[
        "Code"] == "ValidationException"
    assert refusal(register, **{**place("x"), "ServiceNamespace": "ecs"}, MinCapacity=1, MaxCapacity=2).code == (
        "ValidationException")
    assert refusal(scaling.put_scaling_policy, PolicyName="p", **place(provisioned), **tracking()).code == (
        "ObjectNotFoundException")
    register(**place(provisioned), MinCapacity=1, MaxCapacity=2)
    for wrong in (tracking(target=95.0), tracking(metric="DynamoDBReadCapacityUtilization"), {"PolicyType": "StepScaling"}):
        assert refusal(scaling.put_scaling_policy, PolicyName="p", **place(provisioned), **wrong).code == "ValidationException"
    for count in (0, 51):
        assert refusal(scaling.describe_scalable_targets, ServiceNamespace="dynamodb", MaxResults=count).code == (
            "ValidationException")
    bare = {**tracking(), "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}}
    error = refusal(scaling.put_scaling_policy, PolicyName="p", **place(provisioned), **bare).error
    assert error["Code"] == "ValidationException" and "must be specified" in error["Message"]
    scaling.deregister_scalable_target(**place(provisioned))


def test_a_busy_table_grows(scaling, dynamodb, provisioned, advance, eventually):
    scaling.register_scalable_target(**place(provisioned), MinCapacity=1, MaxCapacity=8)
    scaling.put_scaling_policy(PolicyName="p", **place(provisioned), **tracking())
    for _ in range(4):
        for start in range(0, 75, 25):
            dynamodb.batch_write_item(RequestItems={provisioned: [
                {"PutRequest": {"Item": {"pk": {"S": str(start + n)}}}} for n in range(25)]})
        advance(60)
    eventually(lambda: units(dynamodb, provisioned) == 2)
    activity = scaling.describe_scaling_activities(ServiceNamespace="dynamodb", ResourceId=f"table/{provisioned}")[
        "ScalingActivities"][0]
    assert activity["StatusCode"] == "Successful" and activity["Description"] == "Setting write capacity units to 2."
    # A provisioned table whose writes scale may become global.
    dynamodb.update_table(TableName=provisioned, ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}])
    eventually(lambda: dynamodb.describe_table(TableName=provisioned)["Table"]["Replicas"][0]["ReplicaStatus"] == "ACTIVE")
    dynamodb.update_table(TableName=provisioned, ReplicaUpdates=[{"Delete": {"RegionName": "us-west-2"}}])
    scaling.deregister_scalable_target(**place(provisioned))
    advance(86_401)
