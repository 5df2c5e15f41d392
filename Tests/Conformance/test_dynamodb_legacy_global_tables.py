"""Global tables of version 2017.11.29: tables made in each Region, and joined."""

from __future__ import annotations

import pytest
from refusals import code_of

HERE, THERE, ELSEWHERE = "us-east-1", "eu-west-1", "ap-south-1"


@pytest.fixture(scope="module")
def clients(client_for):
    return {region: client_for("dynamodb", region=region) for region in (HERE, THERE, ELSEWHERE)}


def make(client, name, key="pk", stream="NEW_AND_OLD_IMAGES"):
    more = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": stream}} if stream else {}
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}], **more)


def group(*regions):
    return [{"RegionName": region} for region in regions]


def value(client, name):
    item = client.get_item(TableName=name, Key={"pk": {"S": "a"}}).get("Item")
    return item and item["v"]["S"]


def put(client, name, text):
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"S": text}})


def test_tables_join_and_leave(clients, unique, eventually):
    name = unique("world")
    for client in clients.values():
        make(client, name)
    here, there, elsewhere = clients.values()
    told = here.create_global_table(GlobalTableName=name, ReplicationGroup=group(HERE, THERE))["GlobalTableDescription"]
    assert told["GlobalTableArn"].endswith(f":global-table/{name}") and "::" in told["GlobalTableArn"]
    assert {each["RegionName"] for each in told["ReplicationGroup"]} == {HERE, THERE}
    assert there.describe_global_table(GlobalTableName=name)["GlobalTableDescription"] == told
    assert here.describe_table(TableName=name)["Table"]["GlobalTableVersion"] == "2017.11.29"
    listed = here.list_global_tables(RegionName=THERE)["GlobalTables"]
    assert {"GlobalTableName": name, "ReplicationGroup": group(HERE, THERE)} in listed
    assert name not in [each["GlobalTableName"] for each in here.list_global_tables(RegionName=ELSEWHERE)["GlobalTables"]]
    put(here, name, "from here")
    assert eventually(lambda: value(there, name) == "from here")
    put(there, name, "from there")
    assert eventually(lambda: value(here, name) == "from there")
    # An empty table that joins later is filled.
    here.update_global_table(GlobalTableName=name, ReplicaUpdates=[{"Create": {"RegionName": ELSEWHERE}}])
    assert eventually(lambda: here.describe_global_table(GlobalTableName=name)["GlobalTableDescription"][
        "GlobalTableStatus"] == "ACTIVE")
    assert value(elsewhere, name) == "from there"
    put(elsewhere, name, "from elsewhere")
    assert eventually(lambda: value(here, name) == value(there, name) == "from elsewhere")
    assert code_of(here.update_global_table, GlobalTableName=name, ReplicaUpdates=[
        {"Create": {"RegionName": ELSEWHERE}}]) == "ReplicaAlreadyExistsException"
    # A table that leaves keeps what it has, and gets no more.
    here.update_global_table(GlobalTableName=name, ReplicaUpdates=[{"Delete": {"RegionName": ELSEWHERE}}])
    assert code_of(here.update_global_table, GlobalTableName=name, ReplicaUpdates=[
        {"Delete": {"RegionName": ELSEWHERE}}]) == "ReplicaNotFoundException"
    put(here, name, "without")
    assert eventually(lambda: value(there, name) == "without")
    assert value(elsewhere, name) == "from elsewhere"
    assert "GlobalTableVersion" not in elsewhere.describe_table(TableName=name)["Table"]
    assert code_of(here.update_table, TableName=name, ReplicaUpdates=[
        {"Create": {"RegionName": "eu-central-1"}}]) == "ValidationException"


def test_tables_that_can_not_join(clients, unique):
    here, there, _ = clients.values()
    name = unique("world")
    create = {"GlobalTableName": name, "ReplicationGroup": group(HERE, THERE)}
    assert code_of(here.create_global_table, **create) == "TableNotFoundException"
    make(here, name)
    assert code_of(here.create_global_table, **create) == "TableNotFoundException"
    make(there, name, stream=None)
    assert code_of(here.create_global_table, **create) == "ValidationException"
    there.delete_table(TableName=name)
    make(there, name, key="other")
    assert code_of(here.create_global_table, **create) == "ValidationException"
    there.delete_table(TableName=name)
    make(there, name)
    put(there, name, "not empty")
    assert code_of(here.create_global_table, **create) == "ValidationException"
    assert code_of(here.describe_global_table, GlobalTableName=name) == "GlobalTableNotFoundException"
    there.delete_item(TableName=name, Key={"pk": {"S": "a"}})
    here.create_global_table(**create)
    assert code_of(here.create_global_table, **create) == "GlobalTableAlreadyExistsException"
    assert code_of(here.update_global_table, GlobalTableName=unique("none"), ReplicaUpdates=[]) == (
        "GlobalTableNotFoundException")
