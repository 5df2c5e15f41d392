"""Provisioned throughput that throttles, consumed capacity in its three forms, and indexes made while in use."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from refusals import refusal


@pytest.fixture
def slow(client_for):
    """A client that does not try again when it is throttled."""
    return client_for("dynamodb", retries={"total_max_attempts": 1})


@pytest.fixture
def provisioned(dynamodb, unique):
    name = unique("provisioned")
    dynamodb.create_table(
        TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "kind")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}])
    yield name
    dynamodb.delete_table(TableName=name)


def large(key, **more):
    """An item of 100 write units."""
    return {"pk": {"S": key}, "v": {"B": b"x" * (100 * 1024 - 40)}, **more}


def until_throttled(client, table, item, most):
    """The clock runs meanwhile, so a few more writes go in."""
    for number in range(most):
        try:
            client.put_item(TableName=table, Item={**item, "pk": {"S": f"more-{number}"}})
        except ClientError as error:
            assert "Item" not in client.get_item(TableName=table, Key={"pk": {"S": f"more-{number}"}})
            return error.response
    pytest.fail("never throttled")


def test_the_burst_is_300_seconds_and_recovers_on_the_clock(slow, provisioned, advance):
    for number in range(3):
        slow.put_item(TableName=provisioned, Item=large(str(number)))
    answer = until_throttled(slow, provisioned, {"pk": {"S": "one"}}, 10)
    assert answer["Error"] == {
        "Code": "ProvisionedThroughputExceededException",
        "Message": "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
                   "provisioning level with the UpdateTable API."}
    assert answer["ThrottlingReasons"][0]["reason"] == "TableWriteProvisionedThroughputExceeded"
    answer = refusal(slow.transact_write_items, TransactItems=[{"Put": {"TableName": provisioned, "Item": {"pk": {"S": "t"}}}}]).response
    assert answer["CancellationReasons"][0]["Code"] == "ProvisionedThroughputExceeded"
    assert refusal(slow.batch_write_item, RequestItems={provisioned: [{"PutRequest": {"Item": {"pk": {"S": "b"}}}}]}).response[
        "Error"]["Code"] == "ProvisionedThroughputExceededException"
    advance(10)
    writes = [{"PutRequest": {"Item": {"pk": {"S": f"b{number}"}}}} for number in range(25)]
    rest = slow.batch_write_item(RequestItems={provisioned: writes})["UnprocessedItems"][provisioned]
    assert 10 <= len(rest) <= 20
    slow.update_table(TableName=provisioned, BillingMode="PAY_PER_REQUEST")
    slow.batch_write_item(RequestItems={provisioned: writes})


def test_a_table_that_was_on_demand_says_so(slow, provisioned):
    def summary():
        return slow.describe_table(TableName=provisioned)["Table"].get("BillingModeSummary")

    assert summary() is None
    slow.update_table(TableName=provisioned, BillingMode="PAY_PER_REQUEST")
    since = summary()["LastUpdateToPayPerRequestDateTime"]
    assert summary()["BillingMode"] == "PAY_PER_REQUEST"
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    answer = slow.update_table(
        TableName=provisioned, BillingMode="PROVISIONED", ProvisionedThroughput=units,
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "kinds", "ProvisionedThroughput": units}}])
    expected = {"BillingMode": "PROVISIONED", "LastUpdateToPayPerRequestDateTime": since}
    assert answer["TableDescription"]["BillingModeSummary"] == summary() == expected


def test_an_index_that_is_out_of_capacity_stops_its_tables_writes(slow, provisioned):
    slow.update_table(TableName=provisioned, ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1000})
    for number in range(300):
        slow.put_item(TableName=provisioned, Item={"pk": {"S": str(number)}, "kind": {"S": "k"}})
    answer = until_throttled(slow, provisioned, {"kind": {"S": "k"}}, 40)
    assert answer["Error"]["Message"].startswith(
        "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded.")


def test_consumed_capacity(dynamodb, unique):
    name = unique("capacity")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "sk", "kind", "local")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{
            "IndexName": "locals", "Projection": {"ProjectionType": "KEYS_ONLY"},
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "local", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[{"IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])

    def put(**item):
        return dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "sk": {"S": "b"}, **{k: {"S": v} for k, v in item.items()}},
                                 ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]

    assert put(kind="k", local="l") == {
        "TableName": name, "CapacityUnits": 3.0, "Table": {"CapacityUnits": 1.0},
        "LocalSecondaryIndexes": {"locals": {"CapacityUnits": 1.0}}, "GlobalSecondaryIndexes": {"kinds": {"CapacityUnits": 1.0}}}
    # Another index key: the old entry goes, the new one comes. The local index does not hold what changed.
    assert put(kind="k2", local="l")["GlobalSecondaryIndexes"] == {"kinds": {"CapacityUnits": 2.0}}
    assert put(kind="k2", local="l", more="x").get("LocalSecondaryIndexes") is None
    total = dynamodb.get_item(TableName=name, Key={"pk": {"S": "a"}, "sk": {"S": "b"}}, ReturnConsumedCapacity="TOTAL")
    assert total["ConsumedCapacity"] == {"TableName": name, "CapacityUnits": 0.5}
    query = dynamodb.query(
        TableName=name, IndexName="kinds", KeyConditionExpression="kind = :k", ExpressionAttributeValues={":k": {"S": "k2"}},
        ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert query == {"TableName": name, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0},
                     "GlobalSecondaryIndexes": {"kinds": {"CapacityUnits": 0.5}}}
    assert "ConsumedCapacity" not in dynamodb.scan(TableName=name, ReturnConsumedCapacity="NONE")
    dynamodb.delete_table(TableName=name)


def test_consumed_capacity_names_the_table_as_the_request_does(dynamodb, table):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    key, total = {"pk": {"S": "a"}}, {"ReturnConsumedCapacity": "TOTAL"}
    for name in (arn, table):
        one, values = {"TableName": name, **total}, {"ExpressionAttributeValues": {":a": {"S": "a"}}}
        text = f"SELECT * FROM \"{name}\" WHERE pk = 'a'"
        for answer in (
            dynamodb.put_item(Item=key, **one), dynamodb.get_item(Key=key, **one), dynamodb.scan(**one),
            dynamodb.query(KeyConditionExpression="pk = :a", **values, **one),
            dynamodb.update_item(Key=key, UpdateExpression="SET v = :a", **values, **one),
            dynamodb.delete_item(Key=key, **one), dynamodb.execute_statement(Statement=text, **total),
        ):
            assert answer["ConsumedCapacity"]["TableName"] == name
        for answer in (
            dynamodb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": key}}]}, **total),
            dynamodb.batch_get_item(RequestItems={name: {"Keys": [key]}}, **total),
            dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": key}}], **total),
            dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": key}}], **total),
            dynamodb.batch_execute_statement(Statements=[{"Statement": text}], **total),
            dynamodb.execute_transaction(TransactStatements=[{"Statement": text}], **total),
        ):
            assert [each["TableName"] for each in answer["ConsumedCapacity"]] == [name]


def test_an_index_is_made_and_dropped_in_use(dynamodb, table, eventually):
    for number in range(1200):
        if number % 25 == 0:
            dynamodb.batch_write_item(RequestItems={table: [
                {"PutRequest": {"Item": {"pk": {"S": str(n)}, "kind": {"S": f"k{n % 3}"}}}} for n in range(number, number + 25)]})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "misfit"}, "kind": {"N": "1"}})
    create = [{"Create": {"IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                          "Projection": {"ProjectionType": "KEYS_ONLY"}}}]
    definitions = [{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "kind")]
    answer = dynamodb.update_table(TableName=table, AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=create)
    index = answer["TableDescription"]["GlobalSecondaryIndexes"][0]
    assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", True)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "meanwhile"}, "kind": {"S": "k0"}})

    def described():
        return dynamodb.describe_table(TableName=table)["Table"]

    eventually(lambda: described()["TableStatus"] == "ACTIVE" and described()["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")

    def count(kind):
        return dynamodb.query(TableName=table, IndexName="kinds", KeyConditionExpression="kind = :k", Select="COUNT",
                              ExpressionAttributeValues={":k": {"S": kind}})["Count"]

    assert [count(f"k{n}") for n in range(3)] == [401, 400, 400]
    index = described()["GlobalSecondaryIndexes"][0]
    assert index["ItemCount"] == 1201 and index["IndexSizeBytes"] > 1201 * len("pkkindk0")
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "meanwhile"}})
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "misfit"}})
    assert described()["GlobalSecondaryIndexes"][0]["ItemCount"] == 1200
    dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "kinds"}}])
    eventually(lambda: "GlobalSecondaryIndexes" not in described())
    assert [each["AttributeName"] for each in described()["AttributeDefinitions"]] == ["pk"]
    with pytest.raises(ClientError) as error:
        count("k0")
    assert error.value.response["Error"]["Message"] == "The table does not have the specified index: kinds"
    with pytest.raises(ClientError) as error:
        dynamodb.update_table(TableName=table, AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=create + [
            {"Create": {**create[0]["Create"], "IndexName": "other"}}])
    assert error.value.response["Error"]["Code"] == "LimitExceededException"
