"""What DynamoDB refuses at its edges, by the exact text."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

NESTED = ("Nesting Levels have exceeded supported limits: "
          "Attributes in the item have nested levels beyond supported limit")


@pytest.fixture(scope="module")
def client(client_for):
    return client_for("dynamodb", parameter_validation=False)


@pytest.fixture(scope="module")
def table(client, unique):
    name = unique("edges")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}])
    return name


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == "ValidationException", error.value
    return error.value.response["Error"]["Message"]


def nested(levels):
    value = {"S": "x"}
    for number in range(levels):
        value = {"L": [value]} if number % 2 else {"M": {"a": value}}
    return value


def test_nesting(client, table):
    """31 lists and maps around a value are its 32 levels."""
    def item(levels):
        return {"pk": {"S": "deep"}, "sk": {"N": str(levels)}, "v": nested(levels)}

    client.put_item(TableName=table, Item=item(31))
    client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item(31)}}])
    client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item(31)}}]})
    assert client.get_item(TableName=table, Key={"pk": {"S": "deep"}, "sk": {"N": "31"}})["Item"]["v"] == nested(31)
    assert refused(client.put_item, TableName=table, Item=item(32)) == NESTED
    assert refused(client.transact_write_items, TransactItems=[{"Put": {"TableName": table, "Item": item(32)}}]) == NESTED
    assert refused(client.batch_write_item, RequestItems={table: [{"PutRequest": {"Item": item(32)}}]}) == NESTED
    # An update may not build deeper ones either.
    assert refused(
        client.update_item, TableName=table, Key={"pk": {"S": "deep"}, "sk": {"N": "31"}}, UpdateExpression="SET v.a[0] = :v",
        ExpressionAttributeValues={":v": nested(31)}) == NESTED


def test_starting_keys_stand_within_the_condition(client, table):
    for number in range(4):
        client.put_item(TableName=table, Item={"pk": {"S": "q"}, "sk": {"N": str(number)}})

    def query(start):
        return client.query(
            TableName=table, KeyConditionExpression="pk = :p AND sk BETWEEN :a AND :b", ExclusiveStartKey={
                "pk": {"S": "q"}, "sk": {"N": start}}, ExpressionAttributeValues={
                ":p": {"S": "q"}, ":a": {"N": "1"}, ":b": {"N": "2"}})

    assert query("1")["Count"] == 1 and query("2")["Count"] == 0
    for start in ("0", "3"):
        with pytest.raises(ClientError) as error:
            query(start)
        assert error.value.response["Error"]["Message"] == (
            "The provided starting key is outside query boundaries based on provided conditions")


def test_parts_of_transactions(client, table):
    put = {"TableName": table, "Item": {"pk": {"S": "t"}, "sk": {"N": "1"}}}
    # Placeholders without an expression are refused elsewhere, not here.
    idle = {"ExpressionAttributeNames": {"#a": "a"}, "ExpressionAttributeValues": {":a": {"N": "1"}}}
    client.transact_write_items(TransactItems=[{"Put": {**put, **idle}}])
    assert "can only be specified when using expressions" in refused(client.put_item, **put, **idle)
    # An empty key fails the request, a key of another type cancels the transaction.
    empty = {"TableName": table, "Item": {"pk": {"S": ""}, "sk": {"N": "1"}}}
    assert refused(client.transact_write_items, TransactItems=[{"Put": empty}]) == (
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
        "value. Key: pk")
    with pytest.raises(ClientError) as error:
        client.transact_write_items(TransactItems=[{"Put": put}, {"Put": {
            "TableName": table, "Item": {"pk": {"S": "t"}, "sk": {"S": "1"}}}}])
    assert [each["Code"] for each in error.value.response["CancellationReasons"]] == ["None", "ValidationError"]


@pytest.mark.parametrize("changes, message", [
    ({"GlobalSecondaryIndexes": []}, "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"),
    ({"LocalSecondaryIndexes": []}, "One or more parameter values were invalid: List of LocalSecondaryIndexes is empty"),
    ({"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 10**13, "WriteCapacityUnits": 1}},
     "Given value 10000000000000 for ReadCapacityUnits is out of bounds"),
    ({"Tags": [{"Key": "aws:mine", "Value": "x"}]},
     "One or more parameter values were invalid: Tag keys with the prefix aws: are reserved: aws:mine"),
    ({"SSESpecification": {"Enabled": True, "SSEType": "AES256"}},
     "One or more parameter values were invalid: SSEType must be KMS"),
])
def test_tables(client, unique, changes, message):
    assert refused(
        client.create_table, **{
            "TableName": unique("never"), "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **changes}) == message
