"""Global tables, version 2019.11.21: replicas in other Regions that follow each other."""

from __future__ import annotations

import json

import pytest
from refusals import refusal

WEST, EAST, NORTH = "us-west-2", "us-east-1", "eu-north-1"


@pytest.fixture(scope="module")
def west(client_for):
    return client_for("dynamodb", region=WEST)


@pytest.fixture(scope="module")
def north(client_for):
    return client_for("dynamodb", region=NORTH)


def items(client, name):
    found = [item for page in client.get_paginator("scan").paginate(TableName=name) for item in page["Items"]]
    return {item["pk"]["S"]: item.get("v", {}).get("S") for item in found}


def put(client, name, key, value):
    client.put_item(TableName=name, Item={"pk": {"S": key}, "v": {"S": value}})


def replicas(client, name):
    table = client.describe_table(TableName=name)["Table"]
    return {replica["RegionName"]: replica["ReplicaStatus"] for replica in table.get("Replicas", [])}


@pytest.fixture
def world(dynamodb, west, unique, eventually):
    name = unique("world")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    with_batches(dynamodb, name, range(600))
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
    eventually(lambda: replicas(dynamodb, name) == {WEST: "ACTIVE"})
    return name


def with_batches(client, name, numbers):
    numbers = list(numbers)
    for start in range(0, len(numbers), 25):
        client.batch_write_item(RequestItems={name: [
            {"PutRequest": {"Item": {"pk": {"S": f"{n:04}"}, "v": {"S": str(n)}}}} for n in numbers[start:start + 25]]})


def test_a_replica_is_filled_and_follows(dynamodb, west, world, eventually):
    assert items(west, world) == {f"{n:04}": str(n) for n in range(600)}
    put(dynamodb, world, "east", "1")
    put(west, world, "west", "2")
    west.delete_item(TableName=world, Key={"pk": {"S": "0001"}})
    west.transact_write_items(TransactItems=[
        {"Put": {"TableName": world, "Item": {"pk": {"S": f"t{n}"}, "v": {"S": "t"}}}} for n in range(3)])
    eventually(lambda: items(dynamodb, world) == items(west, world))
    found = items(dynamodb, world)
    assert found["east"] == "1" and found["west"] == "2" and "0001" not in found and found["t2"] == "t"
    assert "aws:rep:updatetime" not in dynamodb.get_item(TableName=world, Key={"pk": {"S": "west"}})["Item"]


def test_the_last_writer_wins(dynamodb, west, world, advance, eventually):
    for number in range(30):
        put(dynamodb if number % 2 else west, world, "contended", str(number))
    eventually(lambda: items(dynamodb, world)["contended"] == items(west, world)["contended"])
    put(west, world, "contended", "last")
    eventually(lambda: items(dynamodb, world)["contended"] == "last")


def test_what_is_described(dynamodb, west, world, iam):
    table = west.describe_table(TableName=world)["Table"]
    assert table["GlobalTableVersion"] == "2019.11.21" and table["MultiRegionConsistency"] == "EVENTUAL"
    assert [replica["RegionName"] for replica in table["Replicas"]] == [EAST]
    assert table["TableArn"].split(":")[3] == WEST
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    role = iam.get_role(RoleName="AWSServiceRoleForDynamoDBReplication")["Role"]
    assert role["Path"] == "/aws-service-role/replication.dynamodb.amazonaws.com/"


def test_a_third_replica_from_the_second(dynamodb, west, north, world, eventually):
    put(dynamodb, world, "before", "1")
    west.update_table(TableName=world, ReplicaUpdates=[{"Create": {"RegionName": NORTH}}])
    # A table tells of the others; whether it is filled itself, they tell.
    eventually(lambda: replicas(dynamodb, world) == {WEST: "ACTIVE", NORTH: "ACTIVE"})
    assert replicas(north, world) == {EAST: "ACTIVE", WEST: "ACTIVE"}
    put(north, world, "from-north", "n")
    put(dynamodb, world, "from-east", "e")
    eventually(lambda: items(dynamodb, world) == items(west, world) == items(north, world))
    assert items(west, world)["from-north"] == "n" and items(north, world)["before"] == "1"


def test_settings_go_along(dynamodb, west, world, eventually):
    dynamodb.update_time_to_live(TableName=world, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    assert west.describe_time_to_live(TableName=world)["TimeToLiveDescription"]["AttributeName"] == "ttl"
    west.update_table(
        TableName=world, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                               {"AttributeName": "v", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "values", "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}}])

    def index(client):
        return [each["IndexStatus"] for each in client.describe_table(TableName=world)["Table"]["GlobalSecondaryIndexes"]]

    eventually(lambda: index(dynamodb) == index(west) == ["ACTIVE"])
    found = dynamodb.query(TableName=world, IndexName="values", KeyConditionExpression="v = :v",
                           ExpressionAttributeValues={":v": {"S": "77"}})["Items"]
    assert found == [{"pk": {"S": "0077"}, "v": {"S": "77"}}]


def test_replicas_leave(dynamodb, west, world, advance, eventually):
    error = refusal(dynamodb.delete_table, TableName=world).error
    assert error["Code"] == "ValidationException" and error["Message"] == (
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in "
        "the last 24 hours.")
    assert refusal(dynamodb.update_table, TableName=world, StreamSpecification={"StreamEnabled": False}).message == (
        "Disabling Stream is not allowed for a Global Table replica")
    dynamodb.update_table(TableName=world, ReplicaUpdates=[{"Delete": {"RegionName": WEST}}])
    assert refusal(west.describe_table, TableName=world).code == "ResourceNotFoundException"
    assert "GlobalTableVersion" not in dynamodb.describe_table(TableName=world)["Table"]
    assert len(items(dynamodb, world)) == 600
    put(dynamodb, world, "alone", "1")
    dynamodb.delete_table(TableName=world)


def test_what_replica_updates_refuse(dynamodb, west, table, unique):
    def update(*updates):
        return refusal(dynamodb.update_table, TableName=table, ReplicaUpdates=list(updates)).message

    assert update({"Create": {"RegionName": EAST}}) == (
        "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable "
        "as required.")
    assert update({"Delete": {"RegionName": WEST}}) == (
        "Replica specified in the Replica Update or Replica Delete action of the request was not found.")
    west.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                      AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    assert update({"Create": {"RegionName": WEST}}) == (
        f"Failed to create a the new replica of table with name: '{table}' because one or more replicas already existed as "
        "tables.")
    west.delete_table(TableName=table)
    provisioned = unique("provisioned")
    dynamodb.create_table(
        TableName=provisioned, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    assert refusal(dynamodb.update_table, TableName=provisioned, ReplicaUpdates=[{"Create": {"RegionName": WEST}}]).error[
        "Message"] == "Table write capacity should either be Pay-Per-Request or AutoScaled."
    dynamodb.delete_table(TableName=provisioned)
    assert dynamodb.list_global_tables()["GlobalTables"] == []
    assert refusal(dynamodb.describe_global_table, GlobalTableName=table).code == "GlobalTableNotFoundException"
    # A table without a stream is none for the version before.
    legacy = refusal(dynamodb.create_global_table, GlobalTableName=table, ReplicationGroup=[{"RegionName": EAST}]).error
    assert legacy["Code"] == "ValidationException"


def test_a_user_needs_permissions_there(dynamodb, iam, client_for, table, unique):
    user = unique("user")
    iam.create_user(UserName=user)
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": arn}]}))
    error = refusal(client_for("dynamodb", keys).update_table, TableName=table,
                    ReplicaUpdates=[{"Create": {"RegionName": WEST}}]).error
    assert error["Code"] == "AccessDeniedException" and "dynamodb:CreateTable" in error["Message"] and WEST in error["Message"]
