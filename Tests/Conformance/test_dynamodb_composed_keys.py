"""Global indexes whose partition and sort keys have several attributes each."""

from __future__ import annotations
from functools import partial

import json

import pytest
from botocore.exceptions import ClientError
from refusals import message_of

HASH, RANGE = "HASH", "RANGE"


def keys(*parts):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in parts]


def definitions(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


INDEX = {
    "IndexName": "rounds", "Projection": {"ProjectionType": "ALL"},
    "KeySchema": keys(("cup", HASH), ("region", HASH), ("round", RANGE), ("match", RANGE)),
}
TYPES = {"id": "S", "cup": "S", "region": "S", "round": "N", "match": "N"}


def make(client, name, **more):
    return client.create_table(**{
        "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys(("id", HASH)),
        "AttributeDefinitions": definitions(**TYPES), "GlobalSecondaryIndexes": [INDEX], **more})


def put(client, table, number, **item):
    client.put_item(TableName=table, Item={"id": {"S": f"{number:02}"}, **item})


def fill(client, table):
    number = 0
    for cup, region in (("a", "bc"), ("ab", "c"), ("x", "y")):
        for a_round in (1, 2, 10):
            for match in (1, 2):
                number += 1
                put(client, table, number, cup={"S": cup}, region={"S": region}, round={"N": str(a_round)},
                    match={"N": str(match)})
    # Whoever lacks a part of the key is not in the index.
    put(client, table, 99, cup={"S": "a"}, region={"S": "bc"}, round={"N": "1"})


@pytest.fixture(scope="module")
def table(dynamodb, unique):
    name = unique("cups")
    make(dynamodb, name)
    fill(dynamodb, name)
    return name


NAMES = {"#c": "cup", "#r": "region", "#o": "round", "#m": "match"}


def named(text):
    return {name: full for name, full in NAMES.items() if name in text}


def query(client, table, condition, values, **more):
    text = "#c = :c AND #r = :r" + condition
    return client.query(
        TableName=table, IndexName="rounds", KeyConditionExpression=text, ExpressionAttributeNames=named(text),
        ExpressionAttributeValues={
            ":c": {"S": "a"}, ":r": {"S": "bc"}, **{name: {"N": str(value)} for name, value in values.items()}}, **more)


def found(answer):
    return [(int(item["round"]["N"]), int(item["match"]["N"])) for item in answer["Items"]]


refused = partial(message_of, "ValidationException")


def test_the_description_is_what_was_asked(dynamodb, table):
    index, = dynamodb.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert index["KeySchema"] == INDEX["KeySchema"]


def test_queries_go_from_the_left(dynamodb, table):
    every = [(1, 1), (1, 2), (2, 1), (2, 2), (10, 1), (10, 2)]
    for condition, values, wanted in [
        ("", {}, every),
        (" AND #o = :o", {":o": 2}, [(2, 1), (2, 2)]),
        (" AND #o > :o", {":o": 1}, every[2:]),
        (" AND #o BETWEEN :o AND :p", {":o": 2, ":p": 9}, [(2, 1), (2, 2)]),
        (" AND #o = :o AND #m = :m", {":o": 10, ":m": 2}, [(10, 2)]),
        (" AND #o = :o AND #m < :m", {":o": 10, ":m": 2}, [(10, 1)]),
        (" AND #o = :o AND #m >= :m", {":o": 1, ":m": 1}, [(1, 1), (1, 2)]),
    ]:
        answer = query(dynamodb, table, condition, values)
        assert found(answer) == wanted, condition
    assert found(query(dynamodb, table, "", {}, ScanIndexForward=False)) == every[::-1]
    assert dynamodb.scan(TableName=table, IndexName="rounds", Select="COUNT")["Count"] == 18


def test_pages_begin_where_the_last_ended(dynamodb, table):
    seen, start = [], {}
    while True:
        answer = query(dynamodb, table, "", {}, Limit=4, **start)
        seen += found(answer)
        if "LastEvaluatedKey" not in answer:
            break
        assert set(answer["LastEvaluatedKey"]) == set(TYPES)
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert seen == [(1, 1), (1, 2), (2, 1), (2, 2), (10, 1), (10, 2)]


def test_conditions_that_are_none(dynamodb, table):
    def ask(text, **values):
        return refused(
            dynamodb.query, TableName=table, IndexName="rounds", KeyConditionExpression=text,
            ExpressionAttributeNames=named(text),
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()})

    text, number = {"S": "a"}, {"N": "1"}
    assert ask("#c = :c", c=text) == "Query condition missed key schema element: region"
    assert ask("#c = :c AND #r > :r", c=text, r=text) == "Query key condition not supported"
    assert ask("#c = :c AND #r = :r AND #m = :m", c=text, r=text, m=number) == (
        "Query condition missed key schema element: round")
    assert ask("#c = :c AND #r = :r AND #o > :o AND #m = :m", c=text, r=text, o=number, m=number) == (
        "Query key condition not supported")


def test_an_index_is_filled_afterwards(dynamodb, unique, eventually):
    name = unique("cups")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys(("id", HASH)),
        AttributeDefinitions=definitions(id="S"))
    fill(dynamodb, name)
    dynamodb.update_table(
        TableName=name, AttributeDefinitions=definitions(**TYPES), GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    eventually(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    assert found(query(dynamodb, name, " AND #o = :o", {":o": 2})) == [(2, 1), (2, 2)]
    # A changed part moves the entry; one of another type is refused.
    dynamodb.update_item(
        TableName=name, Key={"id": {"S": "03"}}, UpdateExpression="SET #o = :o", ExpressionAttributeNames={"#o": "round"},
        ExpressionAttributeValues={":o": {"N": "3"}})
    assert found(query(dynamodb, name, " AND #o >= :o", {":o": 2})) == [(2, 2), (3, 1), (10, 1), (10, 2)]
    assert "Type mismatch for Index Key match" in refused(put, dynamodb, name, 50, match={"S": "x"})


def test_statements_read_it(dynamodb, table):
    answer = dynamodb.execute_statement(Statement=(
        f"SELECT * FROM \"{table}\".\"rounds\" WHERE cup = 'a' AND \"region\" = 'bc' AND \"round\" = 10"))
    assert sorted(found(answer)) == [(10, 1), (10, 2)]


def test_keys_that_can_not_be_made(dynamodb, unique):
    types = {name: "S" for name in ("id", "a", "b", "c", "d", "e")}

    def ask(*parts):
        used = {name: "S" for name in types if name == "id" or any(name == part for part, _ in parts)}
        return refused(make, dynamodb, unique("none"), AttributeDefinitions=definitions(**used), GlobalSecondaryIndexes=[
            {**INDEX, "KeySchema": keys(*parts)}])

    five = [(name, HASH) for name in "abcde"]
    assert "limit of 4" in ask(*five)
    assert "limit of 4" in ask(("id", HASH), *[(name, RANGE) for name, _ in five])
    assert "must come before" in ask(("a", HASH), ("b", RANGE), ("c", HASH))
    assert "same name" in ask(("a", HASH), ("b", HASH), ("a", RANGE))
    # Tables keep to one attribute each.
    assert refused(
        make, dynamodb, unique("none"), KeySchema=keys(("a", HASH), ("b", HASH)), AttributeDefinitions=definitions(
            a="S", b="S"), GlobalSecondaryIndexes=[{**INDEX, "KeySchema": keys(("a", HASH))}]) == (
                "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def test_the_first_attribute_leads(dynamodb, iam, client_for, table, unique):
    """`dynamodb:LeadingKeys` of a query of such an index is the first part of its partition key."""
    user = unique("user")
    iam.create_user(UserName=user)
    credentials = iam.create_access_key(UserName=user)["AccessKey"]
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["dynamodb:Query", "dynamodb:PartiQLSelect"], "Resource": [arn, f"{arn}/index/*"],
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["x"]}}}]}))
    own = client_for("dynamodb", credentials)

    def ask(cup):
        return own.query(
            TableName=table, IndexName="rounds", KeyConditionExpression="#c = :c AND #r = :r", ExpressionAttributeNames=named(
                "#c #r"), ExpressionAttributeValues={":c": {"S": cup}, ":r": {"S": "y"}})

    def state(cup):
        return own.execute_statement(
            Statement=f"SELECT * FROM \"{table}\".\"rounds\" WHERE cup = '{cup}' AND \"region\" = 'y'")

    assert len(ask("x")["Items"]) == len(state("x")["Items"]) == 6
    for call in (ask, state):
        with pytest.raises(ClientError) as error:
            call("a")
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
