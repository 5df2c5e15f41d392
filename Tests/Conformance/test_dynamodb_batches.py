"""Batches, and what a request must not do without saying so."""

from __future__ import annotations

from decimal import Decimal

import pytest
from refusals import refusal


def put(key, **attributes):
    return {"PutRequest": {"Item": {"pk": {"S": key}, **attributes}}}


def test_writes_and_gets_over_two_tables(dynamodb, table, unique):
    other = unique("other")
    dynamodb.create_table(
        TableName=other, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    answer = dynamodb.batch_write_item(
        RequestItems={table: [put("a"), put("b")], other: [put("a", n={"N": "1"})]}, ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedItems"] == {}
    assert {entry["TableName"]: entry["CapacityUnits"] for entry in answer["ConsumedCapacity"]} == {table: 2.0, other: 1.0}
    dynamodb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": {"pk": {"S": "b"}}}}, put("c")]})
    answer = dynamodb.batch_get_item(RequestItems={
        table: {"Keys": [{"pk": {"S": key}} for key in "abc"]},
        other: {"Keys": [{"pk": {"S": "a"}}], "ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "n"}}})
    assert sorted(item["pk"]["S"] for item in answer["Responses"][table]) == ["a", "c"]
    assert answer["Responses"][other] == [{"n": {"N": "1"}}]
    assert answer["UnprocessedKeys"] == {}
    dynamodb.delete_table(TableName=other)


def test_a_refused_batch_changes_nothing(dynamodb, table):
    error = refusal(dynamodb.batch_write_item, RequestItems={table: [put("a"), {"PutRequest": {"Item": {"x": {"S": "a"}}}}]}).error
    assert error["Code"] == "ValidationException"
    assert dynamodb.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize(("items", "message"), [
    ([put("a"), put("a")], "Provided list of item keys contains duplicates"),
    ([put(str(number)) for number in range(26)], None),
])
def test_what_a_batch_refuses(dynamodb, table, items, message):
    error = refusal(dynamodb.batch_write_item, RequestItems={table: items}).error
    assert error["Code"] == "ValidationException"
    if message:
        assert error["Message"] == message
    assert dynamodb.scan(TableName=table)["Count"] == 0


def test_a_large_get_is_cut_at_sixteen_megabytes(dynamodb, table):
    for number in range(48):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}, "text": {"S": "x" * 390_000}})
    request = {table: {"Keys": [{"pk": {"S": str(number)}} for number in range(48)]}}
    seen, rounds = [], 0
    while request:
        answer = dynamodb.batch_get_item(RequestItems=request)
        seen += [item["pk"]["S"] for item in answer["Responses"].get(table, [])]
        request, rounds = answer["UnprocessedKeys"], rounds + 1
    assert rounds == 2
    assert sorted(seen, key=int) == [str(number) for number in range(48)]


def test_item_collections_are_not_silently_ignored(dynamodb, table):
    for call, request in (
        (dynamodb.put_item, {"Item": {"pk": {"S": "a"}}}),
        (dynamodb.delete_item, {"Key": {"pk": {"S": "a"}}}),
        (dynamodb.update_item, {"Key": {"pk": {"S": "a"}}}),
    ):
        # A table without local indexes has no item collections, so there is nothing to tell of.
        assert "ItemCollectionMetrics" not in call(TableName=table, ReturnItemCollectionMetrics="SIZE", **request)


def test_item_collections_of_a_local_index(dynamodb, unique):
    name = unique("collections")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk", "other")],
        LocalSecondaryIndexes=[{
            "IndexName": "local", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "other", "KeyType": "RANGE"}]}])
    key = {"pk": {"S": "a"}, "sk": {"S": "a"}}
    told = {"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    for call, request in [
        (dynamodb.put_item, {"Item": {**key, "other": {"S": "x"}}}),
        (dynamodb.update_item, {"Key": key, "UpdateExpression": "REMOVE #o", "ExpressionAttributeNames": {"#o": "other"}}),
        (dynamodb.delete_item, {"Key": key}),
    ]:
        assert call(TableName=name, ReturnItemCollectionMetrics="SIZE", **request)["ItemCollectionMetrics"] == told
    assert "ItemCollectionMetrics" not in dynamodb.put_item(TableName=name, Item=key)
    # Several writes into one collection are told of once.
    answer = dynamodb.batch_write_item(ReturnItemCollectionMetrics="SIZE", RequestItems={name: [
        {"PutRequest": {"Item": {"pk": {"S": "a"}, "sk": {"S": str(number)}}}} for number in range(3)]})
    assert answer["ItemCollectionMetrics"] == {name: [told]}
    answer = dynamodb.transact_write_items(ReturnItemCollectionMetrics="SIZE", TransactItems=[
        {"Delete": {"TableName": name, "Key": {"pk": {"S": "a"}, "sk": {"S": "0"}}}},
        {"Put": {"TableName": name, "Item": {"pk": {"S": "b"}, "sk": {"S": "0"}}}}])
    assert [each["ItemCollectionKey"] for each in answer["ItemCollectionMetrics"][name]] == [
        {"pk": {"S": "a"}}, {"pk": {"S": "b"}}]
    dynamodb.delete_table(TableName=name)


COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


def test_values_are_compared_by_their_bytes(dynamodb, table):
    for key in (COMPOSED, DECOMPOSED):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "text": {"S": key}})
    assert dynamodb.scan(TableName=table)["Count"] == 2
    for key in (COMPOSED, DECOMPOSED):
        assert dynamodb.get_item(TableName=table, Key={"pk": {"S": key}})["Item"]["text"]["S"] == key


def test_names_that_look_alike_never_fall_together(dynamodb, table):
    """Names in Unicode's composed form are taken; others are refused, since they could not be told from those."""
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, COMPOSED: {"S": "kept"}})
    for item in (
        {"pk": {"S": "a"}, DECOMPOSED: {"S": "x"}},
        {"pk": {"S": "a"}, COMPOSED: {"S": "x"}, DECOMPOSED: {"S": "y"}},
        {"pk": {"S": "a"}, "map": {"M": {DECOMPOSED: {"S": "x"}}}},
    ):
        assert refusal(dynamodb.put_item, TableName=table, Item=item).code in (
            "ValidationException", "SerializationException")
    assert refusal(
        dynamodb.update_item, TableName=table, Key={"pk": {"S": "a"}}, UpdateExpression="SET #n = :v",
        ExpressionAttributeNames={"#n": DECOMPOSED}, ExpressionAttributeValues={":v": {"S": "x"}},
    ).code == "ValidationException"
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"] == {"pk": {"S": "a"}, COMPOSED: {"S": "kept"}}


def test_numbers_keep_their_precision(dynamodb_resource, table):
    numbers = [Decimal("12345678901234567890123456789012345678"), Decimal("-1E-130"), Decimal("9.99E37"), Decimal("0.10")]
    dynamodb_resource.Table(table).put_item(Item={"pk": "a", "numbers": numbers})
    assert dynamodb_resource.Table(table).get_item(Key={"pk": "a"})["Item"]["numbers"] == numbers
