"""Transactions: all or nothing, reasons in order, tokens, and what they cost."""

from __future__ import annotations

import uuid

from refusals import refusal


def put(table, key, **more):
    return {"Put": {"TableName": table, "Item": {"pk": {"S": key}, **more.pop("item", {})}, **more}}


def check(table, key, **more):
    return {"ConditionCheck": {
        "TableName": table, "Key": {"pk": {"S": key}}, "ConditionExpression": "attribute_exists(pk)", **more}}


def keys(dynamodb, table):
    return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"])


def test_all_kinds_together(dynamodb, table):
    for key in ("old", "counter", "there"):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "n": {"N": "1"}})
    dynamodb.transact_write_items(TransactItems=[
        put(table, "new"), {"Delete": {"TableName": table, "Key": {"pk": {"S": "old"}}}},
        {"Update": {"TableName": table, "Key": {"pk": {"S": "counter"}}, "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}}}},
        check(table, "there")])
    assert keys(dynamodb, table) == ["counter", "new", "there"]
    got = dynamodb.transact_get_items(TransactItems=[
        {"Get": {"TableName": table, "Key": {"pk": {"S": key}}, "ProjectionExpression": "n"}} for key in ("counter", "nothing")])
    assert got["Responses"] == [{"Item": {"n": {"N": "2"}}}, {}]


def test_reasons_stand_in_order_and_nothing_changes(dynamodb, table):
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "there"}, "v": {"S": "x"}})
    answer = refusal(dynamodb.transact_write_items, TransactItems=[
        put(table, "a"),
        put(table, "there", ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        check(table, "missing"),
        {"Update": {"TableName": table, "Key": {"pk": {"S": "b"}}, "UpdateExpression": "SET x = y"}}]).response
    assert answer["Error"]["Code"] == "TransactionCanceledException"
    assert answer["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, ConditionalCheckFailed, ValidationError]")
    assert answer["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed",
         "Item": {"pk": {"S": "there"}, "v": {"S": "x"}}},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
        {"Code": "ValidationError",
         "Message": "The provided expression refers to an attribute that does not exist in the item"}]
    assert keys(dynamodb, table) == ["there"]


def test_keys_come_first_and_the_first_wrong_one_alone(dynamodb, table):
    """Before conditions, and before two writes of one item."""
    answer = refusal(dynamodb.transact_write_items, TransactItems=[
        put(table, "a"), put(table, "a"), check(table, "missing"),
        {"Delete": {"TableName": table, "Key": {"pk": {"N": "1"}}}},
        {"Put": {"TableName": table, "Item": {"pk": {"N": "1"}}}}]).response
    assert answer["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, None, None, ValidationError, None]")
    assert answer["CancellationReasons"][3] == {
        "Code": "ValidationError", "Message": "The provided key element does not match the schema"}
    assert keys(dynamodb, table) == []


def test_of_statements_every_wrong_key_is_told(dynamodb, table):
    answer = refusal(dynamodb.execute_transaction, TransactStatements=[
        {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': {value}}}"} for value in ("'fine'", "1", "2")]).response
    assert [each["Code"] for each in answer["CancellationReasons"]] == ["None", "ValidationError", "ValidationError"]
    assert keys(dynamodb, table) == []


def test_a_read_of_nothing_has_no_item(dynamodb, table):
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "there"}})
    get = {"TableName": table, "Key": {"pk": {"S": "there"}}}
    assert dynamodb.transact_get_items(TransactItems=[
        {"Get": {**get, "ProjectionExpression": "nothing"}}])["Responses"] == [{}]


def test_what_a_transaction_refuses_as_a_whole(dynamodb, table):
    twice = refusal(dynamodb.transact_write_items, TransactItems=[put(table, "a"), check(table, "a")]).error
    assert twice == {"Code": "ValidationException",
                     "Message": "Transaction request cannot include multiple operations on one item"}
    both = {**put(table, "a"), **check(table, "b")}
    assert refusal(dynamodb.transact_write_items, TransactItems=[both]).message == (
        "TransactItems can only contain one of Check, Put, Update or Delete")
    many = refusal(dynamodb.transact_write_items, TransactItems=[put(table, str(n)) for n in range(101)]).error
    assert many["Code"] == "ValidationException"
    assert "Member must have length less than or equal to 100" in many["Message"]
    big = [put(table, str(n), item={"v": {"B": b"x" * 390_000}}) for n in range(12)]
    assert refusal(dynamodb.transact_write_items, TransactItems=big).code == "ValidationException"
    missing = refusal(dynamodb.transact_write_items, TransactItems=[put(f"missing-{uuid.uuid4().hex}", "a")]).error
    assert missing["Code"] == "ResourceNotFoundException"
    twice = refusal(dynamodb.transact_get_items, TransactItems=[{"Get": {"TableName": table, "Key": {"pk": {"S": "a"}}}}] * 2).response
    assert twice["Error"]["Message"] == "Transaction request cannot include multiple operations on one item"
    assert keys(dynamodb, table) == []


def test_a_token_makes_the_same_request_harmless_for_ten_minutes(dynamodb, table, advance):
    add = {"Update": {"TableName": table, "Key": {"pk": {"S": "n"}}, "UpdateExpression": "ADD n :one",
                      "ExpressionAttributeValues": {":one": {"N": "1"}}}}
    token = uuid.uuid4().hex

    def count():
        return dynamodb.get_item(TableName=table, Key={"pk": {"S": "n"}})["Item"]["n"]["N"]

    first = dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken=token, ReturnConsumedCapacity="TOTAL")
    assert first["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}]
    again = dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken=token, ReturnConsumedCapacity="TOTAL")
    assert again["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
    assert count() == "1"
    error = refusal(dynamodb.transact_write_items, TransactItems=[put(table, "x")], ClientRequestToken=token).error
    assert error["Code"] == "IdempotentParameterMismatchException"
    advance(601)
    dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken=token)
    assert count() == "2"


def test_what_transactions_cost(dynamodb, table):
    answer = dynamodb.transact_write_items(
        TransactItems=[put(table, "a", item={"v": {"S": "x" * 1500}}), put(table, "b")], ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [{
        "TableName": table, "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0,
        "Table": {"CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}}]
    answer = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": {"pk": {"S": key}}}} for key in "ab"], ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]
