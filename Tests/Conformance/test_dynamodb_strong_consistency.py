"""Global tables with multi-Region strong consistency: what is written in one Region is there in the others."""

from __future__ import annotations
from functools import partial

import pytest
from botocore.exceptions import ClientError
from refusals import message_of

OHIO, WEST, EAST = "us-east-2", "us-west-2", "us-east-1"


@pytest.fixture(scope="module")
def ohio(client_for):
    return client_for("dynamodb", region=OHIO)


@pytest.fixture(scope="module")
def west(client_for):
    return client_for("dynamodb", region=WEST)


@pytest.fixture
def make(dynamodb, unique):
    def table(**more):
        name = unique("strong")
        dynamodb.create_table(**{
            "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **more})
        return name

    return table


def strong(client, name, *regions, witness=None):
    more = {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": witness}}]} if witness else {}
    return client.update_table(
        TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}} for region in regions],
        MultiRegionConsistency="STRONG", **more)


refused = partial(message_of, "ValidationException")


def item(key, **more):
    return {"pk": {"S": key}, **more}


def test_three_replicas(dynamodb, ohio, west, make):
    name = make(
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[{"IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    strong(dynamodb, name, OHIO, WEST)
    for client, others in [(dynamodb, {OHIO, WEST}), (ohio, {EAST, WEST}), (west, {EAST, OHIO})]:
        table = client.describe_table(TableName=name)["Table"]
        assert (table["TableStatus"], table["MultiRegionConsistency"]) == ("ACTIVE", "STRONG")
        assert {each["RegionName"]: each["ReplicaStatus"] for each in table["Replicas"]} == dict.fromkeys(others, "ACTIVE")
        assert "GlobalTableWitnesses" not in table
    dynamodb.put_item(TableName=name, Item=item("a", n={"N": "1"}, kind={"S": "x"}))
    assert west.get_item(TableName=name, Key=item("a"), ConsistentRead=True)["Item"]["n"] == {"N": "1"}
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    for client in (west, ohio, dynamodb, west):
        client.update_item(TableName=name, Key=item("a"), **add)
    assert ohio.get_item(TableName=name, Key=item("a"))["Item"]["n"] == {"N": "5"}
    with pytest.raises(ClientError) as error:
        ohio.put_item(TableName=name, Item=item("a"), ConditionExpression="attribute_not_exists(pk)")
    assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    ohio.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item("b", kind={"S": "x"})}}]})
    west.execute_statement(Statement=f"INSERT INTO \"{name}\" VALUE {{'pk': 'c', 'kind': 'x'}}")
    for client in (dynamodb, ohio, west):
        found = client.query(TableName=name, IndexName="kinds", KeyConditionExpression="kind = :k",
                             ExpressionAttributeValues={":k": {"S": "x"}})["Items"]
        assert sorted(each["pk"]["S"] for each in found) == ["a", "b", "c"]
    west.delete_item(TableName=name, Key=item("a"))
    assert "Item" not in dynamodb.get_item(TableName=name, Key=item("a"))


def test_what_is_not_supported(dynamodb, ohio, west, make):
    name = make()
    strong(dynamodb, name, OHIO, WEST)
    put = {"Put": {"TableName": name, "Item": item("a")}}
    assert "Transactional operations" in refused(ohio.transact_write_items, TransactItems=[put])
    assert "Transactional operations" in refused(
        ohio.transact_get_items, TransactItems=[{"Get": {"TableName": name, "Key": item("a")}}])
    assert "Time to Live" in refused(
        west.update_time_to_live, TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "t"})
    assert "together with all others" in refused(west.delete_table, TableName=name)
    assert "together with all others" in refused(
        dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": OHIO}}])
    assert "cannot be added" in refused(
        dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])


def test_how_one_is_made(dynamodb, make):
    name = make()
    three = "needs three Regions"
    assert three in refused(strong, dynamodb, name, OHIO)
    assert three in refused(strong, dynamodb, name, OHIO, witness=OHIO)
    assert "one Region set" in refused(strong, dynamodb, name, OHIO, "eu-west-1")
    assert "only for a new global table" in refused(
        dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Create": {"RegionName": OHIO}}],
        GlobalTableWitnessUpdates=[{"Create": {"RegionName": WEST}}])
    assert "Create action" in refused(dynamodb.update_table, TableName=name, MultiRegionConsistency="STRONG")
    dynamodb.put_item(TableName=name, Item=item("a"))
    assert "must be empty" in refused(strong, dynamodb, name, OHIO, WEST)
    local = make(
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        LocalSecondaryIndexes=[{"IndexName": "same", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}])
    assert "Local secondary indexes" in refused(strong, dynamodb, local, OHIO, WEST)
    assert "Replicas" not in dynamodb.describe_table(TableName=name)["Table"]


def test_a_witness_and_the_end(dynamodb, ohio, make):
    name = make()
    strong(dynamodb, name, OHIO, witness=WEST)
    table = ohio.describe_table(TableName=name)["Table"]
    assert table["GlobalTableWitnesses"] == [{"RegionName": WEST, "WitnessStatus": "ACTIVE"}]
    ohio.put_item(TableName=name, Item=item("a"))
    assert "together with all others" in refused(
        dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": OHIO}}])
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": OHIO}}],
                          GlobalTableWitnessUpdates=[{"Delete": {"RegionName": WEST}}])
    with pytest.raises(ohio.exceptions.ResourceNotFoundException):
        ohio.describe_table(TableName=name)
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert "Replicas" not in table and "MultiRegionConsistency" not in table
    assert dynamodb.get_item(TableName=name, Key=item("a"))["Item"] == item("a")
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": item("b")}}])
    dynamodb.delete_table(TableName=name)


def test_under_keys_of_each_region(dynamodb, ohio, west, client_for, make, advance):
    keys = {region: client_for("kms", region=region).create_key()["KeyMetadata"]["Arn"] for region in (EAST, OHIO, WEST)}
    name = make(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": keys[EAST]})
    dynamodb.update_table(TableName=name, MultiRegionConsistency="STRONG", ReplicaUpdates=[
        {"Create": {"RegionName": region, "KMSMasterKeyId": keys[region]}} for region in (OHIO, WEST)])
    advance(301)
    for client, key in [(dynamodb, "a"), (ohio, "b"), (west, "c")]:
        client.put_item(TableName=name, Item=item(key))
    for client in (dynamodb, ohio, west):
        assert sorted(each["pk"]["S"] for each in client.scan(TableName=name)["Items"]) == ["a", "b", "c"]
