"""Secondary indexes: which items they hold, what of them, in which order, and that every change reaches them."""

from __future__ import annotations

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError


@pytest.fixture
def games(dynamodb_resource, unique):
    """A table with a local index on a number, and global ones of each projection."""
    table = dynamodb_resource.create_table(
        TableName=unique("games"), BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "user", "AttributeType": "S"}, {"AttributeName": "game", "AttributeType": "S"},
            {"AttributeName": "score", "AttributeType": "N"}, {"AttributeName": "played", "AttributeType": "B"}],
        KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}, {"AttributeName": "game", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{
            "IndexName": "by-score", "Projection": {"ProjectionType": "KEYS_ONLY"},
            "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[
            {"IndexName": "leaders", "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
             "KeySchema": [{"AttributeName": "game", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}]},
            {"IndexName": "played", "Projection": {"ProjectionType": "ALL"},
             "KeySchema": [{"AttributeName": "played", "KeyType": "HASH"}]}])
    table.wait_until_exists()
    yield table
    table.delete()


def leaders(table, **more):
    return table.query(IndexName="leaders", KeyConditionExpression=Key("game").eq("chess"), **more)


def test_order_and_projection(games):
    for user, score in (("a", 10), ("b", -5), ("c", 2), ("d", "1.5")):
        item = {"user": user, "game": "chess", "note": f"by {user}", "more": "left out"}
        games.put_item(Item={**item, "score": __import__("decimal").Decimal(score)})
    games.put_item(Item={"user": "e", "game": "chess", "note": "no score, so not in the index"})
    items = leaders(games)["Items"]
    assert [item["user"] for item in items] == ["b", "d", "c", "a"]
    assert set(items[0]) == {"user", "game", "score", "note"}
    assert [item["user"] for item in leaders(games, ScanIndexForward=False, Limit=2)["Items"]] == ["a", "c"]
    assert games.scan(IndexName="leaders")["Count"] == 4
    assert games.scan()["Count"] == 5


def test_every_change_reaches_the_indexes(games):
    key = {"user": "a", "game": "chess"}
    games.put_item(Item={**key, "score": 1, "played": b"\x01"})
    assert leaders(games)["Items"] == [{**key, "score": 1}]
    games.update_item(Key=key, UpdateExpression="SET score = :s, note = :n", ExpressionAttributeValues={":s": 7, ":n": "x"})
    assert leaders(games)["Items"] == [{**key, "score": 7, "note": "x"}]
    by_score = games.query(IndexName="by-score", KeyConditionExpression=Key("user").eq("a") & Key("score").gt(5))
    assert by_score["Items"] == [{**key, "score": 7}]
    games.update_item(Key=key, UpdateExpression="REMOVE score")
    assert leaders(games)["Count"] == 0
    played = games.query(IndexName="played", KeyConditionExpression=Key("played").eq(b"\x01"))
    assert played["Items"][0]["note"] == "x"
    games.delete_item(Key=key)
    assert games.query(IndexName="played", KeyConditionExpression=Key("played").eq(b"\x01"))["Count"] == 0


def test_equal_index_keys_are_paged_without_loss(games):
    with games.batch_writer() as batch:
        for number in range(25):
            batch.put_item(Item={"user": f"u{number:02}", "game": "chess", "score": number // 10})
    seen, start = [], {}
    while True:
        page = leaders(games, Limit=4, **start)
        seen += [item["user"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"user", "game", "score"}
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorted(seen) == [f"u{number:02}" for number in range(25)]
    assert len(seen) == len(set(seen))


def test_a_local_index_fetches_what_it_does_not_hold(games):
    games.put_item(Item={"user": "a", "game": "chess", "score": 3, "note": "n", "more": "m"})
    condition = {"IndexName": "by-score", "KeyConditionExpression": Key("user").eq("a")}
    assert set(games.query(**condition)["Items"][0]) == {"user", "game", "score"}
    full = games.query(Select="ALL_ATTRIBUTES", ConsistentRead=True, **condition)["Items"]
    assert full == [{"user": "a", "game": "chess", "score": 3, "note": "n", "more": "m"}]
    part = games.query(ProjectionExpression="more", **condition)["Items"]
    assert part == [{"more": "m"}]


def test_filters_see_what_the_index_holds(games):
    games.put_item(Item={"user": "a", "game": "chess", "score": 1, "note": "yes"})
    games.put_item(Item={"user": "b", "game": "chess", "score": 2, "note": "no"})
    page = leaders(games, FilterExpression=Attr("note").eq("yes"))
    assert (page["Count"], page["ScannedCount"]) == (1, 2)


@pytest.mark.parametrize(("request_", "message"), [
    ({"IndexName": "leaders", "KeyConditionExpression": Key("game").eq("chess"), "ConsistentRead": True},
     "Consistent reads are not supported on global secondary indexes"),
    ({"IndexName": "leaders", "KeyConditionExpression": Key("game").eq("chess"), "Select": "ALL_ATTRIBUTES"},
     "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index"),
    ({"IndexName": "none", "KeyConditionExpression": Key("game").eq("chess")},
     "The table does not have the specified index: none"),
    ({"IndexName": "leaders", "KeyConditionExpression": Key("user").eq("a")},
     "Query condition missed key schema element: game"),
])
def test_what_an_index_refuses(games, request_, message):
    with pytest.raises(ClientError) as error:
        games.query(**request_)
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert error.value.response["Error"]["Message"].startswith(message)


def test_an_index_key_of_the_wrong_type_is_refused(games):
    with pytest.raises(ClientError) as error:
        games.put_item(Item={"user": "a", "game": "chess", "score": "many"})
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert "Type mismatch for Index Key score Expected: N Actual: S" in error.value.response["Error"]["Message"]
    assert "Item" not in games.get_item(Key={"user": "a", "game": "chess"})


def test_counts_of_an_index(games, dynamodb):
    games.put_item(Item={"user": "a", "game": "chess", "score": 1})
    description = dynamodb.describe_table(TableName=games.name)["Table"]
    indexes = {index["IndexName"]: index for index in description["GlobalSecondaryIndexes"]}
    assert indexes["leaders"]["IndexStatus"] == "ACTIVE"
    assert indexes["leaders"]["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]}
    assert indexes["leaders"]["IndexArn"] == f"{description['TableArn']}/index/leaders"


def test_an_index_counts_what_it_holds(games, dynamodb):
    def counts():
        table = dynamodb.describe_table(TableName=games.name)["Table"]
        return {index["IndexName"]: (index["ItemCount"], index["IndexSizeBytes"])
                for index in table["LocalSecondaryIndexes"] + table["GlobalSecondaryIndexes"]}

    assert counts() == {"by-score": (0, 0), "leaders": (0, 0), "played": (0, 0)}
    key = {"user": "a", "game": "chess"}
    games.put_item(Item={**key, "score": 1, "note": "four"})
    games.put_item(Item={"user": "b", "game": "chess", "more": "in no index"})
    first = counts()
    assert first["played"] == (0, 0) and first["by-score"][0] == first["leaders"][0] == 1
    # A name and its text beside what the other index has.
    assert first["leaders"][1] - first["by-score"][1] == len("note" + "four")
    games.update_item(Key=key, UpdateExpression="SET note = :n", ExpressionAttributeValues={":n": "longer"})
    assert counts() == {**first, "leaders": (1, first["leaders"][1] + 2)}
    games.put_item(Item={"user": "b", "game": "chess", "score": 7, "played": b"\x01"})
    assert {name: count for name, (count, _) in counts().items()} == {"by-score": 2, "leaders": 2, "played": 1}
    games.update_item(Key=key, UpdateExpression="SET score = :s", ExpressionAttributeValues={":s": 9})
    assert counts()["leaders"][0] == 2
    games.update_item(Key=key, UpdateExpression="REMOVE score")
    assert {name: count for name, (count, _) in counts().items()} == {"by-score": 1, "leaders": 1, "played": 1}
    games.delete_item(Key={"user": "b", "game": "chess"})
    assert counts() == {"by-score": (0, 0), "leaders": (0, 0), "played": (0, 0)}
