"""Auto scaling of all replicas of a global table at once, and the settings of global tables of version 2017.11.29."""

from __future__ import annotations

import json

import pytest
from refusals import code_of

HERE, THERE = "us-east-1", "eu-west-1"
WRITES, READS = "dynamodb:table:WriteCapacityUnits", "dynamodb:table:ReadCapacityUnits"
OFF = {"AutoScalingDisabled": True}


@pytest.fixture(scope="module")
def clients(client_for):
    return {region: client_for("dynamodb", region=region) for region in (HERE, THERE)}


@pytest.fixture(scope="module")
def scaling(client_for):
    return {region: client_for("application-autoscaling", region=region) for region in (HERE, THERE)}


def make(client, name, **more):
    client.create_table(
        TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}, **more}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **(more or {"BillingMode": "PAY_PER_REQUEST"}))


def units(reads, writes):
    return {"ProvisionedThroughput": {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}}


def update(least, most, target=70.0, **more):
    return {"MinimumUnits": least, "MaximumUnits": most, "ScalingPolicyUpdate": {
        **more, "TargetTrackingScalingPolicyConfiguration": {"TargetValue": target}}}


def targets(scaling, region, name):
    return {(each["ResourceId"], each["ScalableDimension"]): (each["MinCapacity"], each["MaxCapacity"])
            for each in scaling[region].describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
            if each["ResourceId"].split("/")[1] == name}


def test_all_replicas_are_scaled_at_once(clients, scaling, unique, eventually):
    here, name = clients[HERE], unique("scaled")
    make(here, name, **units(5, 5))
    alone = here.describe_table_replica_auto_scaling(TableName=name)["TableAutoScalingDescription"]
    assert (alone["TableName"], alone["TableStatus"], [each["RegionName"] for each in alone["Replicas"]]) == (
        name, "ACTIVE", [HERE])
    assert alone["Replicas"][0]["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == OFF
    here.update_table_replica_auto_scaling(TableName=name, ProvisionedWriteCapacityAutoScalingUpdate=update(5, 50))
    here.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
    assert eventually(lambda: here.describe_table(TableName=name)["Table"]["Replicas"][0]["ReplicaStatus"] == "ACTIVE")
    told = here.update_table_replica_auto_scaling(
        TableName=here.describe_table(TableName=name)["Table"]["TableArn"],
        ProvisionedWriteCapacityAutoScalingUpdate=update(6, 60),
        GlobalSecondaryIndexUpdates=[{"IndexName": "by-g", "ProvisionedWriteCapacityAutoScalingUpdate": update(6, 30)}],
        ReplicaUpdates=[{"RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": update(7, 70, PolicyName="mine"),
                         "ReplicaGlobalSecondaryIndexUpdates": [
                             {"IndexName": "by-g", "ProvisionedReadCapacityAutoScalingUpdate": update(7, 35, 50.0)}]}])
    assert told["TableAutoScalingDescription"]["TableStatus"] == "UPDATING"
    index = f"table/{name}/index/by-g"
    both = {(f"table/{name}", WRITES): (6, 60), (index, "dynamodb:index:WriteCapacityUnits"): (6, 30)}
    assert targets(scaling, HERE, name) == both
    assert targets(scaling, THERE, name) == {
        **both, (f"table/{name}", READS): (7, 70), (index, "dynamodb:index:ReadCapacityUnits"): (7, 35)}
    assert clients[THERE].describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    described = clients[THERE].describe_table_replica_auto_scaling(TableName=name)["TableAutoScalingDescription"]
    assert described["TableStatus"] == "ACTIVE"
    replicas = {each["RegionName"]: each for each in described["Replicas"]}
    assert set(replicas) == {HERE, THERE} and replicas[HERE]["ReplicaStatus"] == "ACTIVE"
    writes = replicas[HERE]["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert (writes["MinimumUnits"], writes["MaximumUnits"]) == (6, 60) and "AutoScalingRoleArn" in writes
    assert writes["ScalingPolicies"] == [{
        "PolicyName": f"DynamoDBWriteCapacityUtilization:table/{name}",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}}]
    reads = replicas[THERE]["ReplicaProvisionedReadCapacityAutoScalingSettings"]
    assert [each["PolicyName"] for each in reads["ScalingPolicies"]] == ["mine"]
    assert replicas[HERE]["ReplicaProvisionedReadCapacityAutoScalingSettings"] == OFF
    by_g, = replicas[THERE]["GlobalSecondaryIndexes"]
    assert (by_g["IndexName"], by_g["IndexStatus"]) == ("by-g", "ACTIVE")
    assert by_g["ProvisionedReadCapacityAutoScalingSettings"]["ScalingPolicies"][0][
        "TargetTrackingScalingPolicyConfiguration"] == {"TargetValue": 50.0}
    # Turned off where it is asked, and another name takes the place of a policy.
    here.update_table_replica_auto_scaling(TableName=name, ReplicaUpdates=[
        {"RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": update(8, 80, PolicyName="other")}])
    policies = scaling[THERE].describe_scaling_policies(
        ServiceNamespace="dynamodb", ResourceId=f"table/{name}", ScalableDimension=READS)["ScalingPolicies"]
    assert [each["PolicyName"] for each in policies] == ["other"]
    here.update_table_replica_auto_scaling(TableName=name, ReplicaUpdates=[
        {"RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": OFF}])
    assert (f"table/{name}", READS) not in targets(scaling, THERE, name)


def test_replica_scaling_is_refused(clients, scaling, iam, client_for, unique):
    here, name = clients[HERE], unique("scaled")
    change = here.update_table_replica_auto_scaling
    assert code_of(here.describe_table_replica_auto_scaling, TableName=name) == "ResourceNotFoundException"
    make(here, name, **units(5, 5))
    assert code_of(change, TableName=name) == "ValidationException"
    assert code_of(change, TableName=name, ProvisionedWriteCapacityAutoScalingUpdate=update(9, 3)) == "ValidationException"
    assert code_of(change, TableName=name, ReplicaUpdates=[{
        "RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": update(1, 2)}]) == "ValidationException"
    assert code_of(change, TableName=name, GlobalSecondaryIndexUpdates=[{
        "IndexName": "none", "ProvisionedWriteCapacityAutoScalingUpdate": update(1, 2)}]) == "ResourceNotFoundException"
    assert targets(scaling, HERE, name) == {}
    # Application Auto Scaling is asked in the caller's name.
    user = unique("user")
    iam.create_user(UserName=user)
    own = client_for("dynamodb", iam.create_access_key(UserName=user)["AccessKey"])
    assert code_of(own.describe_table_replica_auto_scaling, TableName=name) == "AccessDeniedException"
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}))
    assert code_of(own.describe_table_replica_auto_scaling, TableName=name) == "AccessDeniedException"
    iam.put_user_policy(UserName=user, PolicyName="q", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "application-autoscaling:Describe*", "Resource": "*"}}))
    own.describe_table_replica_auto_scaling(TableName=name)
    assert code_of(
        own.update_table_replica_auto_scaling, TableName=name,
        ProvisionedWriteCapacityAutoScalingUpdate=update(1, 2)) == "AccessDeniedException"


def settings(answer):
    return {each["RegionName"]: each for each in answer["ReplicaSettings"]}


def test_settings_of_a_legacy_global_table(clients, scaling, unique):
    here, name = clients[HERE], unique("world")
    assert code_of(here.describe_global_table_settings, GlobalTableName=name) == "GlobalTableNotFoundException"
    for client in clients.values():
        make(client, name, **units(10, 5))
    assert code_of(here.describe_global_table_settings, GlobalTableName=name) == "GlobalTableNotFoundException"
    here.create_global_table(GlobalTableName=name, ReplicationGroup=[{"RegionName": HERE}, {"RegionName": THERE}])
    found = here.describe_global_table_settings(GlobalTableName=name)
    assert found["GlobalTableName"] == name
    assert settings(found)[THERE] == {
        "RegionName": THERE, "ReplicaStatus": "ACTIVE", "ReplicaProvisionedReadCapacityUnits": 10,
        "ReplicaProvisionedReadCapacityAutoScalingSettings": OFF, "ReplicaProvisionedWriteCapacityUnits": 5,
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": OFF, "ReplicaGlobalSecondaryIndexSettings": [{
            "IndexName": "by-g", "IndexStatus": "ACTIVE", "ProvisionedReadCapacityUnits": 10,
            "ProvisionedReadCapacityAutoScalingSettings": OFF, "ProvisionedWriteCapacityUnits": 5,
            "ProvisionedWriteCapacityAutoScalingSettings": OFF}]}
    changed = here.update_global_table_settings(
        GlobalTableName=name, GlobalTableProvisionedWriteCapacityUnits=15,
        GlobalTableGlobalSecondaryIndexSettingsUpdate=[{"IndexName": "by-g", "ProvisionedWriteCapacityUnits": 12}],
        ReplicaSettingsUpdate=[{
            "RegionName": THERE, "ReplicaProvisionedReadCapacityUnits": 20, "ReplicaTableClass": "STANDARD_INFREQUENT_ACCESS",
            "ReplicaGlobalSecondaryIndexSettingsUpdate": [{"IndexName": "by-g", "ProvisionedReadCapacityUnits": 11}]}])
    assert {each["ReplicaStatus"] for each in changed["ReplicaSettings"]} == {"UPDATING"}
    for client, reads, index in ((clients[HERE], 10, (10, 12)), (clients[THERE], 20, (11, 12))):
        table = client.describe_table(TableName=name)["Table"]
        assert (table["ProvisionedThroughput"]["ReadCapacityUnits"], table["ProvisionedThroughput"]["WriteCapacityUnits"]) == (
            reads, 15)
        own = table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]
        assert (own["ReadCapacityUnits"], own["WriteCapacityUnits"]) == index
    assert settings(changed)[THERE]["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    here.update_global_table_settings(
        GlobalTableName=name, GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate=update(15, 40),
        ReplicaSettingsUpdate=[{
            "RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate": update(20, 30)}])
    assert targets(scaling, HERE, name) == {(f"table/{name}", WRITES): (15, 40)}
    assert targets(scaling, THERE, name) == {(f"table/{name}", WRITES): (15, 40), (f"table/{name}", READS): (20, 30)}
    described = settings(here.describe_global_table_settings(GlobalTableName=name))
    assert described[THERE]["ReplicaProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"] == 30
    # All tables go on demand, and back with units for each.
    here.update_global_table_settings(GlobalTableName=name, GlobalTableBillingMode="PAY_PER_REQUEST")
    modes = settings(here.describe_global_table_settings(GlobalTableName=name))
    assert {each["ReplicaBillingModeSummary"]["BillingMode"] for each in modes.values()} == {"PAY_PER_REQUEST"}
    change = here.update_global_table_settings
    assert code_of(change, GlobalTableName=name, GlobalTableProvisionedWriteCapacityUnits=5) == "ValidationException"
    assert code_of(change, GlobalTableName=name, GlobalTableBillingMode="PROVISIONED") == "ValidationException"
    assert code_of(change, GlobalTableName=name, ReplicaSettingsUpdate=[{"RegionName": "ap-south-1"}]) == (
        "ReplicaNotFoundException")
    assert code_of(change, GlobalTableName=name, GlobalTableGlobalSecondaryIndexSettingsUpdate=[{"IndexName": "none"}]) == (
        "IndexNotFoundException")
    assert code_of(change, GlobalTableName=unique("none"), GlobalTableBillingMode="PROVISIONED") == (
        "GlobalTableNotFoundException")
    assert code_of(here.describe_table_replica_auto_scaling, TableName=name) == "ValidationException"
