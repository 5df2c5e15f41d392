"""Time to live: what the clock takes away, and what it leaves."""

from __future__ import annotations

import datetime
import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def now(dynamodb, table):
    """The server's clock, in epoch seconds: the creation time of a table that was just made."""
    return int(dynamodb.describe_table(TableName=table)["Table"]["CreationDateTime"].timestamp())


def switch(dynamodb, table, enabled, attribute="ttl"):
    return dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute})


def put(dynamodb, table, key, value):
    item = {"pk": {"S": key}}
    if value is not None:
        item["ttl"] = value
    dynamodb.put_item(TableName=table, Item=item)


def keys(dynamodb, table):
    return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"])


def test_only_what_is_due_goes(dynamodb, table, now, advance):
    switch(dynamodb, table, True)
    put(dynamodb, table, "due", {"N": str(now + 100)})
    put(dynamodb, table, "fraction", {"N": str(now + 100) + ".5"})
    put(dynamodb, table, "later", {"N": str(now + 1000)})
    put(dynamodb, table, "none", None)
    put(dynamodb, table, "text", {"S": str(now + 100)})
    put(dynamodb, table, "long-ago", {"N": str(now - 6 * 366 * 86400)})
    put(dynamodb, table, "milliseconds", {"N": str((now + 100) * 1000)})
    advance(110)
    assert keys(dynamodb, table) == ["later", "long-ago", "milliseconds", "none", "text"]
    advance(1000)
    assert keys(dynamodb, table) == ["long-ago", "milliseconds", "none", "text"]


def test_a_moved_expiry_counts(dynamodb, table, now, advance):
    switch(dynamodb, table, True)
    put(dynamodb, table, "moved", {"N": str(now + 100)})
    put(dynamodb, table, "removed", {"N": str(now + 100)})
    put(dynamodb, table, "set", None)
    dynamodb.update_item(
        TableName=table, Key={"pk": {"S": "moved"}}, UpdateExpression="SET #t = :t",
        ExpressionAttributeNames={"#t": "ttl"}, ExpressionAttributeValues={":t": {"N": str(now + 5000)}})
    dynamodb.update_item(
        TableName=table, Key={"pk": {"S": "removed"}}, UpdateExpression="REMOVE #t", ExpressionAttributeNames={"#t": "ttl"})
    dynamodb.update_item(
        TableName=table, Key={"pk": {"S": "set"}}, UpdateExpression="SET #t = :t",
        ExpressionAttributeNames={"#t": "ttl"}, ExpressionAttributeValues={":t": {"N": str(now + 100)}})
    advance(200)
    assert keys(dynamodb, table) == ["moved", "removed"]


def test_items_from_before_it_was_switched_on(dynamodb, table, now, advance, eventually):
    put(dynamodb, table, "old", {"N": str(now + 100)})
    put(dynamodb, table, "older", {"N": str(now - 100)})
    switch(dynamodb, table, True)
    advance(200)
    eventually(lambda: keys(dynamodb, table) == [])


def test_more_items_than_one_transaction_takes(dynamodb, dynamodb_resource, table, now, advance):
    switch(dynamodb, table, True)
    with dynamodb_resource.Table(table).batch_writer() as batch:
        for number in range(230):
            batch.put_item(Item={"pk": str(number), "ttl": now + 100})
    advance(200)
    assert keys(dynamodb, table) == []
    assert dynamodb.describe_table(TableName=table)["Table"]["ItemCount"] == 0


def test_switching_off_keeps_items(dynamodb, table, now, advance):
    switch(dynamodb, table, True)
    put(dynamodb, table, "kept", {"N": str(now + 4000)})
    advance(3601)  # a change is refused for an hour after the last
    switch(dynamodb, table, False)
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    advance(1000)
    assert keys(dynamodb, table) == ["kept"]


def test_what_the_switch_refuses(dynamodb, table):
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    answer = switch(dynamodb, table, True)["TimeToLiveSpecification"]
    assert answer == {"Enabled": True, "AttributeName": "ttl"}
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    with pytest.raises(ClientError) as error:
        switch(dynamodb, table, True)
    assert error.value.response["Error"] == {"Code": "ValidationException", "Message": "TimeToLive is already enabled"}
    with pytest.raises(ClientError, match="active on a different AttributeName: current AttributeName is ttl"):
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "other"})
    with pytest.raises(ClientError) as error:
        switch(dynamodb, f"missing-{uuid.uuid4().hex}", True)
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_indexes_lose_expired_items_too(dynamodb, unique, advance):
    name = unique("indexed")
    created = dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[{"IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])["TableDescription"]["CreationDateTime"]
    assert isinstance(created, datetime.datetime)
    switch(dynamodb, name, True)
    dynamodb.put_item(TableName=name, Item={
        "pk": {"S": "a"}, "kind": {"S": "k"}, "ttl": {"N": str(int(created.timestamp()) + 50)}})

    def count():
        return dynamodb.query(
            TableName=name, IndexName="kinds", KeyConditionExpression="kind = :k",
            ExpressionAttributeValues={":k": {"S": "k"}})["Count"]

    assert count() == 1
    advance(100)
    assert count() == 0
    dynamodb.delete_table(TableName=name)
