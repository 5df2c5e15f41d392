"""An ORM (PynamoDB) and boto3's resource layer, as programs use them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

pynamodb_models = pytest.importorskip("pynamodb.models")
from pynamodb.attributes import (  # noqa: E402
    BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute,
    VersionAttribute)
from pynamodb.connection import Connection  # noqa: E402
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError  # noqa: E402
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex  # noqa: E402
from pynamodb.transactions import TransactGet, TransactWrite  # noqa: E402


@pytest.fixture(scope="module")
def thread(endpoint, account):
    """A model of forum threads, with its table."""

    class Views(GlobalSecondaryIndex):
        class Meta:
            index_name, projection = "views", AllProjection()
        forum = UnicodeAttribute(hash_key=True)
        views = NumberAttribute(range_key=True)

    class Details(MapAttribute):
        closed = BooleanAttribute(default=False)
        at = UTCDateTimeAttribute(null=True)

    class Thread(pynamodb_models.Model):
        class Meta:
            table_name, region, host, billing_mode = "orm-threads", "us-east-1", endpoint, "PAY_PER_REQUEST"
            aws_access_key_id, aws_secret_access_key = account, "test"
        forum = UnicodeAttribute(hash_key=True)
        subject = UnicodeAttribute(range_key=True)
        views = NumberAttribute(default=0)
        tags = UnicodeSetAttribute(null=True)
        replies = ListAttribute(default=list)
        details = Details(default=dict)
        version = VersionAttribute()
        by_views = Views()

    Thread.create_table(wait=True)
    yield Thread
    Thread.delete_table()


def test_models(thread):
    thread("f", "a", views=1, tags={"x", "y"}, replies=["one", 2]).save()
    with thread.batch_write() as batch:
        for number in range(40):
            batch.save(thread("f", f"s{number:02}", views=number))
    assert thread.count("f") == 41
    found = thread.get("f", "a")
    assert found.tags == {"x", "y"} and found.replies == ["one", 2] and found.details.closed is False
    found.update(actions=[thread.views.add(5), thread.details.closed.set(True), thread.tags.delete({"x"})],
                 condition=thread.views == 1)
    found.refresh()
    assert (found.views, found.details.closed, found.tags, found.version) == (6, True, {"y"}, 2)
    with pytest.raises(PutError):
        thread("f", "a").save(condition=thread.subject.does_not_exist())
    assert [each.subject for each in thread.query("f", thread.subject.between("s10", "s12"))] == ["s10", "s11", "s12"]
    top = list(thread.by_views.query("f", thread.views >= 30, scan_index_forward=False, limit=3))
    assert [each.views for each in top] == [39, 38, 37]
    assert len(list(thread.scan(thread.tags.contains("y")))) == 1
    assert len(list(thread.batch_get([("f", f"s{number:02}") for number in range(40)]))) == 40
    found.delete()
    with pytest.raises(DoesNotExist):
        thread.get("f", "a")


def test_transactions_of_models(thread, endpoint, account):
    connection = Connection(region="us-east-1", host=endpoint)
    connection.session.set_credentials(account, "test")
    with TransactWrite(connection=connection) as transaction:
        transaction.save(thread("t", "a", views=1))
        transaction.save(thread("t", "b", views=2))
    with TransactGet(connection=connection) as transaction:
        first = transaction.get(thread, "t", "a")
    assert first.get().views == 1
    with pytest.raises(TransactWriteError) as error:
        with TransactWrite(connection=connection) as transaction:
            transaction.condition_check(thread, "t", "missing", condition=thread.subject.exists())
            transaction.delete(thread("t", "b"), add_version_condition=False)
    assert error.value.cancellation_reasons[0].code == "ConditionalCheckFailed"
    assert thread.get("t", "b").views == 2


def test_the_resource_layer(dynamodb_resource, table):
    things = dynamodb_resource.Table(table)
    with things.batch_writer(overwrite_by_pkeys=["pk"]) as batch:
        for number in range(60):
            batch.put_item(Item={"pk": str(number % 50), "n": Decimal(number) / 8, "nested": {"list": [number, None, True]}})
    assert things.scan(Select="COUNT")["Count"] == 50
    found = things.scan(FilterExpression=Attr("n").gte(Decimal("5.5")) & Attr("nested.list[2]").eq(True))["Items"]
    assert {item["n"] for item in found} == {Decimal(n) / 8 for n in range(50, 60) if n / 8 >= 5.5} | {
        Decimal(n) / 8 for n in range(44, 50)}
    precise = Decimal("12345678901234567890123456789012345678")
    things.put_item(Item={"pk": "precise", "n": precise, "tiny": Decimal("1E-130")})
    item = things.get_item(Key={"pk": "precise"})["Item"]
    assert item["n"] == precise and item["tiny"] == Decimal("1E-130")
    assert things.query(KeyConditionExpression=Key("pk").eq("precise"))["Count"] == 1
    with pytest.raises(ClientError):
        things.put_item(Item={"pk": "precise"}, ConditionExpression=Attr("pk").not_exists())


def test_parameters_from_before_expressions(dynamodb, table):
    key = {"pk": {"S": "a"}}
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "1"}}, Expected={"pk": {"Exists": False}})
    with pytest.raises(ClientError) as error:
        dynamodb.put_item(TableName=table, Item=key, Expected={"n": {"Value": {"N": "2"}}})
    assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    answer = dynamodb.update_item(
        TableName=table, Key=key, ReturnValues="ALL_NEW",
        AttributeUpdates={"n": {"Value": {"N": "4"}, "Action": "ADD"}, "s": {"Value": {"S": "x"}},
                          "gone": {"Action": "DELETE"}},
        Expected={"n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "0"}, {"N": "1"}]}})
    assert answer["Attributes"] == {**key, "n": {"N": "5"}, "s": {"S": "x"}}
    got = dynamodb.query(TableName=table, AttributesToGet=["n"], KeyConditions={
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}},
        QueryFilter={"s": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "x"}]}})
    assert got["Items"] == [{"n": {"N": "5"}}]
    conditions = {"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "9"}]}, "none": {"ComparisonOperator": "NULL"}}
    assert dynamodb.scan(TableName=table, ScanFilter=conditions, ConditionalOperator="OR")["Count"] == 1
    assert dynamodb.scan(TableName=table, ScanFilter=conditions)["Count"] == 0
    with pytest.raises(ClientError) as error:
        dynamodb.scan(TableName=table, ScanFilter=conditions, ProjectionExpression="n")
    assert error.value.response["Error"]["Message"] == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {ScanFilter} Expression parameters: {ProjectionExpression}")
