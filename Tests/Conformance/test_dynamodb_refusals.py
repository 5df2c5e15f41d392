"""What DynamoDB refuses at its edges, by the exact text."""

from __future__ import annotations
from functools import partial

import pytest
from botocore.exceptions import ClientError
from refusals import message_of

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


refused = partial(message_of, "ValidationException")


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
            "The provided starting key does not match the range key predicate")
    assert refused(
        client.query, TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "r"}},
        ExclusiveStartKey={"pk": {"S": "q"}, "sk": {"N": "1"}}) == (
            "The provided starting key is outside query boundaries based on provided conditions")
    # A query and a scan have each their own word for what is no key; a parallel scan names its segment.
    wrong = {"pk": {"S": "q"}, "sk": {"S": "1"}}
    assert refused(
        client.query, TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "q"}},
        ExclusiveStartKey=wrong) == "The provided starting key is invalid"
    assert refused(client.scan, TableName=table, ExclusiveStartKey=wrong) == (
        "The provided starting key is invalid: The provided key element does not match the schema")
    said = set()
    for segment in (0, 1):
        try:
            client.scan(
                TableName=table, ExclusiveStartKey={"pk": {"S": "q"}, "sk": {"N": "1"}}, Segment=segment, TotalSegments=2)
        except ClientError as error:
            said.add(error.response["Error"]["Message"].rpartition(" ")[0])
    assert said == {"The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
                    "correct Segment. TotalSegments: 2 Segment:"}


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
    ({"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
     "BillingMode is PAY_PER_REQUEST"),
    ({"GlobalSecondaryIndexes": [{
        "IndexName": "paid", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}]},
     "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: "
     "paid when BillingMode is PAY_PER_REQUEST"),
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


def test_an_index_added_to_an_on_demand_table(client, table):
    assert refused(
        client.update_table, TableName=table, AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "paid", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}]) == (
                "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                "for index: paid when BillingMode is PAY_PER_REQUEST")


def test_what_a_page_may_select(client, unique):
    name = unique("select")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "g")],
        GlobalSecondaryIndexes=[{
            "IndexName": "keys", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"}}])
    query = {"TableName": name, "IndexName": "keys", "KeyConditionExpression": "g = :g",
             "ExpressionAttributeValues": {":g": {"S": "x"}}}
    # A global index gives what it holds and nothing else.
    assert refused(client.query, **query, ProjectionExpression="pk, a, b.c") == (
        "One or more parameter values were invalid: Global secondary index keys does not project [a, b]")
    assert client.query(**query, ProjectionExpression="pk, g")["Items"] == []
    for select, message in [
        ("COUNT", "Cannot specify the ProjectionExpression when choosing to get only the Count"),
        ("ALL_ATTRIBUTES", "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
    ]:
        assert refused(client.scan, TableName=name, Select=select, ProjectionExpression="pk") == message
    assert refused(client.scan, TableName=name, Select="ALL_ATTRIBUTES", AttributesToGet=["pk"]) == (
        "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES")
    assert refused(client.scan, TableName=name, Select="SPECIFIC_ATTRIBUTES") == (
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
    assert refused(client.scan, TableName=name, ExpressionAttributeValues={":a": {"S": "a"}}) == (
        "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null")


def test_batches_refuse_as_a_whole(client, table):
    def put(**item):
        return {"PutRequest": {"Item": item}}

    good = put(pk={"S": "a"}, sk={"N": "1"})
    for bad in (put(pk={"N": "1"}, sk={"N": "1"}), put(pk={"S": "a"})):
        assert refused(client.batch_write_item, RequestItems={table: [good, bad]}) == (
            "The provided key element does not match the schema")
    many = [put(pk={"S": "a"}, sk={"N": str(number)}) for number in range(26)]
    for requests in (many, []):
        message = refused(client.batch_write_item, RequestItems={table: requests})
        assert message.startswith(f"1 validation error detected: Value '{{{table}=[")
        assert message.endswith(
            "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length "
            "less than or equal to 25, Member must have length greater than or equal to 1]")
    key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    assert refused(client.batch_get_item, RequestItems={
        table: {"Keys": [key], "ProjectionExpression": "pk"}, "other": {"Keys": [key], "AttributesToGet": ["pk"]}}).startswith(
            "Can not use both expression and non-expression parameters in the same request")
    assert "Item" not in client.get_item(TableName=table, Key=key)


def test_empty_keys_of_indexes(client, unique):
    name = unique("empty")
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "g")],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}])
    item = {"pk": {"S": "a"}, "g": {"S": ""}}
    put = ("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
           "AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-g, IndexKey: g")
    assert refused(client.put_item, TableName=name, Item=item) == put
    # It fails a transaction before that begins.
    assert refused(client.transact_write_items, TransactItems=[{"Put": {"TableName": name, "Item": item}}]) == put
    assert refused(
        client.update_item, TableName=name, Key={"pk": {"S": "a"}}, UpdateExpression="SET g = :g",
        ExpressionAttributeValues={":g": {"S": ""}}) == (
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key to "
            "a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.")


def test_functions_out_of_place(client, table):
    for text in ("size(v)", "attribute_exists(v) = :a", "attribute_exists(v) IN (:a)"):
        values = {"ExpressionAttributeValues": {":a": {"S": "a"}}} if ":a" in text else {}
        name = text.partition("(")[0]
        assert refused(client.scan, TableName=table, FilterExpression=text, **values) == (
            f"Invalid FilterExpression: The function is not allowed to be used this way in an expression; function: {name}")
    client.scan(TableName=table, FilterExpression="(size(v)) > :a AND (attribute_exists(v))",
                ExpressionAttributeValues={":a": {"N": "1"}})


def test_what_a_table_can_not_be_made_of(client, unique):
    name = unique("made")
    keys = [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"},
            {"AttributeName": "c", "KeyType": "RANGE"}]
    assert refused(
        client.create_table, TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in "abc"]) == (
            "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), "
            "KeySchemaElement(attributeName=b, keyType=RANGE), KeySchemaElement(attributeName=c, keyType=RANGE)]' at "
            "'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")
    indexes = [{"IndexName": f"index{number}", "KeySchema": keys[:1], "Projection": {
        "ProjectionType": "INCLUDE", "NonKeyAttributes": [f"x{number}-{each}" for each in range(20)]}} for number in range(6)]
    assert "per-table limit of 100" in refused(
        client.create_table, TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys[:1],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}], GlobalSecondaryIndexes=indexes)


def test_how_long_placeholders_may_be(client, table):
    key = {"pk": {"S": "long"}, "sk": {"N": "1"}}
    for length, mark in ((255, "#"), (255, ":"), (256, "#"), (256, ":")):
        name = mark + "x" * (length - 1)
        if mark == "#":
            arguments = {"UpdateExpression": f"REMOVE {name}", "ExpressionAttributeNames": {name: "a"}}
        else:
            arguments = {"UpdateExpression": f"SET a = {name}", "ExpressionAttributeValues": {name: {"N": "1"}}}
        if length == 255:
            client.update_item(TableName=table, Key=key, **arguments)
        else:
            assert "contains invalid key" in refused(client.update_item, TableName=table, Key=key, **arguments)
