"""Policies of tables, and policies that cut items and attributes."""

from __future__ import annotations

import json

import pytest
from refusals import code_of


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def user(iam, client_for, unique):
    """user(statement...) makes a user with such a policy and a DynamoDB client of theirs."""
    def make(*statements):
        name = unique("user")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        return arn, client_for("dynamodb", iam.create_access_key(UserName=name)["AccessKey"])
    return make


def key(value):
    return {"pk": {"S": value}}


def test_leading_keys_and_attributes(dynamodb, table, user):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    _, reader = user({
        "Effect": "Allow", "Resource": arn,
        "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem",
                   "dynamodb:PartiQLSelect"],
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"],
                                                    "dynamodb:Attributes": ["pk", "open"]},
                      "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:ReturnValues": "NONE"}}})
    for owner in ("mine", "theirs"):
        dynamodb.put_item(TableName=table, Item={**key(owner), "open": {"S": "o"}, "secret": {"S": "s"}})
    got = reader.get_item(TableName=table, Key=key("mine"), ProjectionExpression="pk, #o", ExpressionAttributeNames={"#o": "open"})
    assert got["Item"] == {**key("mine"), "open": {"S": "o"}}
    denied = "AccessDeniedException"
    assert code_of(reader.get_item, TableName=table, Key=key("theirs"), ProjectionExpression="pk") == denied
    assert code_of(reader.get_item, TableName=table, Key=key("mine")) == denied
    assert code_of(reader.get_item, TableName=table, Key=key("mine"), ProjectionExpression="secret") == denied
    reader.put_item(TableName=table, Item={**key("mine"), "open": {"S": "new"}})
    assert code_of(reader.put_item, TableName=table, Item={**key("mine"), "secret": {"S": "x"}}) == denied
    assert code_of(reader.update_item, TableName=table, Key=key("mine"), UpdateExpression="SET secret = :x",
                ExpressionAttributeValues={":x": {"S": "x"}}) == denied
    assert code_of(reader.update_item, TableName=table, Key=key("mine"), UpdateExpression="REMOVE #o",
                ExpressionAttributeNames={"#o": "open"}, ReturnValues="ALL_OLD") == denied
    query = {"TableName": table, "KeyConditionExpression": "pk = :k", "ProjectionExpression": "pk"}
    assert reader.query(**query, ExpressionAttributeValues={":k": {"S": "mine"}})["Count"] == 1
    assert code_of(reader.query, **query, ExpressionAttributeValues={":k": {"S": "theirs"}}) == denied
    assert code_of(reader.batch_get_item, RequestItems={table: {
        "Keys": [key("mine"), key("theirs")], "ProjectionExpression": "pk"}}) == denied
    assert reader.execute_statement(Statement=f"SELECT pk FROM \"{table}\" WHERE pk = 'mine'")["Items"] == [key("mine")]
    assert code_of(reader.execute_statement, Statement=f"SELECT pk FROM \"{table}\" WHERE pk = 'theirs'") == denied


def test_a_policy_of_a_table(dynamodb, table, user):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    principal, guest = user()
    assert code_of(guest.get_item, TableName=table, Key=key("a")) == "AccessDeniedException"
    assert code_of(dynamodb.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"
    policy = document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "dynamodb:GetItem", "Resource": arn})
    revision = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy)["RevisionId"]
    assert dynamodb.get_resource_policy(ResourceArn=arn) ["RevisionId"] == revision
    assert json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]) == json.loads(policy)
    assert "Item" not in guest.get_item(TableName=table, Key=key("a"))
    assert code_of(guest.put_item, TableName=table, Item=key("a")) == "AccessDeniedException"
    assert code_of(dynamodb.put_resource_policy, ResourceArn=arn, Policy=policy, ExpectedRevisionId="NO_POLICY") == (
        "PolicyNotFoundException")
    assert code_of(dynamodb.put_resource_policy, ResourceArn=arn, Policy="{}") == "ValidationException"
    dynamodb.delete_resource_policy(ResourceArn=arn)
    assert code_of(guest.get_item, TableName=table, Key=key("a")) == "AccessDeniedException"


def test_another_accounts_table_by_its_arn(dynamodb, table, client_for):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    other = client_for("dynamodb", "987654321098")
    assert code_of(other.get_item, TableName=arn, Key=key("a")) == "AccessDeniedException"
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=document({
        "Effect": "Allow", "Principal": {"AWS": "987654321098"}, "Action": "dynamodb:PutItem", "Resource": arn}))
    other.put_item(TableName=arn, Item=key("from-other"))
    assert dynamodb.get_item(TableName=table, Key=key("from-other"))["Item"] == key("from-other")
