"""DynamoDB through boto3, as any program uses it."""

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError


@pytest.fixture
def table(dynamodb_resource, request):
    name = f"conformance-{request.node.name}"[:200].replace("[", "-").replace("]", "")
    table = dynamodb_resource.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "p", "KeyType": "HASH"},
            {"AttributeName": "s", "KeyType": "RANGE"},
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    table.wait_until_exists()
    yield table
    table.delete()


def test_all_types_come_back(table):
    item = {
        "p": "a",
        "s": Decimal("1.5"),
        "binary": b"\x00\xff",
        "nested": {"list": [Decimal(1), "two", None, True]},
        "strings": {"x", "y"},
        "numbers": {Decimal(1), Decimal("2.5")},
    }
    table.put_item(Item=item)
    got = table.get_item(Key={"p": "a", "s": Decimal("1.5")})["Item"]
    assert got["binary"].value == b"\x00\xff"
    assert {k: v for k, v in got.items() if k != "binary"} == {k: v for k, v in item.items() if k != "binary"}


def test_conditions_hold(table):
    table.put_item(Item={"p": "a", "s": 1, "count": 1})
    with pytest.raises(ClientError) as error:
        table.put_item(
            Item={"p": "a", "s": 1},
            ConditionExpression=Attr("p").not_exists(),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    answer = error.value.response
    assert answer["Error"]["Code"] == "ConditionalCheckFailedException"
    assert answer["Error"]["Message"] == "The conditional request failed"
    assert answer["Item"]["count"] == {"N": "1"}


def test_updates_return_what_changed(table):
    answer = table.update_item(
        Key={"p": "a", "s": 1},
        UpdateExpression="SET #n = :name ADD hits :one",
        ExpressionAttributeNames={"#n": "name"},
        ExpressionAttributeValues={":name": "first", ":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    assert answer["Attributes"] == {"name": "first", "hits": 1}


@pytest.mark.parametrize("change, makes", [
    ({"UpdateExpression": "REMOVE x"}, False),
    ({"UpdateExpression": "DELETE x :x", "ExpressionAttributeValues": {":x": {"y"}}}, False),
    ({"AttributeUpdates": {"x": {"Action": "DELETE"}}}, False),
    ({"UpdateExpression": "REMOVE x SET y = :y", "ExpressionAttributeValues": {":y": 1}}, True),
    ({}, True),
])
def test_taking_away_makes_no_item(table, dynamodb, dynamodbstreams, change, makes):
    """AttributeValueUpdate, "if no item with the specified key is found": DELETE lets nothing happen."""
    key = {"p": "absent", "s": 1}
    answer = table.update_item(Key=key, ReturnValues="ALL_NEW", ReturnConsumedCapacity="TOTAL", **change)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1
    assert ("Attributes" in answer) == makes == ("Item" in table.get_item(Key=key))
    stream = dynamodbstreams.describe_stream(StreamArn=table.latest_stream_arn)["StreamDescription"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=stream["Shards"][0]["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert len(dynamodbstreams.get_records(ShardIterator=iterator)["Records"]) == (1 if makes else 0)


def test_reserved_words_are_refused(table):
    with pytest.raises(ClientError) as error:
        table.update_item(
            Key={"p": "a", "s": 1}, UpdateExpression="SET name = :n", ExpressionAttributeValues={":n": "x"}
        )
    assert error.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name",
    }


def test_query_pages_in_order(table):
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"p": "a", "s": number, "odd": number % 2 == 1})
    seen, start = [], {}
    while True:
        page = table.query(
            KeyConditionExpression=Key("p").eq("a") & Key("s").gte(10),
            FilterExpression=Attr("odd").eq(True),
            Limit=7,
            **start,
        )
        seen += [int(item["s"]) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert seen == [number for number in range(10, 60) if number % 2]


def test_expiry_on_the_clock(table, dynamodb, dynamodbstreams, advance):
    dynamodb.update_time_to_live(
        TableName=table.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    table.put_item(Item={"p": "number", "s": 1, "ttl": 1})  # more than five years ago: left alone
    table.put_item(Item={"p": "text", "s": 1, "ttl": "1999999999"})
    stream = table.latest_stream_arn
    shard = dynamodbstreams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = dynamodbstreams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "INSERT"]
    now = int(records[0]["dynamodb"]["ApproximateCreationDateTime"].timestamp())
    table.put_item(Item={"p": "due", "s": 1, "ttl": now + 300})
    advance(310)
    assert "Item" not in table.get_item(Key={"p": "due", "s": 1})
    assert table.scan()["Count"] == 2
    records = dynamodbstreams.get_records(
        ShardIterator=dynamodbstreams.get_shard_iterator(
            StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
    )["Records"]
    assert records[-1]["eventName"] == "REMOVE"
    assert records[-1]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
