"""ImportTable: DynamoDB JSON and CSV, in every compression, and what goes wrong with it."""

from __future__ import annotations

import gzip
import json

import pyarrow
import pytest
from botocore.exceptions import ClientError


def zstd(data: bytes, level: int) -> bytes:
    return pyarrow.Codec("zstd", compression_level=level).compress(data, asbytes=True)


@pytest.fixture
def importing(dynamodb, bucket, unique, eventually):
    def run(form, compression="NONE", *, csv=None, prefix="", **table):
        name = unique("imported")
        parameters = {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **table}
        more = {"InputFormatOptions": {"Csv": csv}} if csv else {}
        arn = dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix}, InputFormat=form, InputCompressionType=compression,
            TableCreationParameters=parameters, **more)["ImportTableDescription"]["ImportArn"]

        def ended():
            description = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
            return description if description["ImportStatus"] != "IN_PROGRESS" else None

        return name, eventually(ended)

    return run


def scan(dynamodb, name):
    return [item for page in dynamodb.get_paginator("scan").paginate(TableName=name) for item in page["Items"]]


def lines(count):
    # Text with long and short repeats, and a binary value.
    return b"".join(
        json.dumps({"Item": {
            "pk": {"S": f"{number:05}"}, "n": {"N": str(number ** 3)}, "b": {"B": "AP8="},
            "t": {"S": " ".join(str((number * k) % 977) for k in range(number % 40))},
            "l": {"L": [{"M": {"B": {"BOOL": True}}}, {"NULL": True}, {"SS": ["a", "b"]}, {"BS": ["AQ=="]}]},
        }}).encode() + b"\n" for number in range(count))


@pytest.mark.parametrize("compression,pack", [
    ("NONE", lambda data: data), ("GZIP", gzip.compress), ("ZSTD", lambda data: zstd(data, 1)),
    ("ZSTD", lambda data: zstd(data, 3)), ("ZSTD", lambda data: zstd(data, 19))])
def test_dynamodb_json(dynamodb, s3, bucket, importing, compression, pack):
    s3.put_object(Bucket=bucket, Key="in/one", Body=pack(lines(1200)))
    s3.put_object(Bucket=bucket, Key="in/two", Body=pack(
        b'{"Item":{"pk":{"S":"last"}}}\n\n{"Item":{"pk":{"S":"00007"},"changed":{"BOOL":true}}}'))
    s3.put_object(Bucket=bucket, Key="other", Body=b"not read")
    name, done = importing("DYNAMODB_JSON", compression, prefix="in/")
    assert done["ImportStatus"] == "COMPLETED", done
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (1202, 1202, 0)
    assert done["ProcessedSizeBytes"] > len(lines(1200))
    found = {item["pk"]["S"]: item for item in scan(dynamodb, name)}
    assert len(found) == 1201
    assert found["00007"] == {"pk": {"S": "00007"}, "changed": {"BOOL": True}}
    assert found["01199"] == {
        "pk": {"S": "01199"}, "n": {"N": str(1199 ** 3)}, "b": {"B": b"\x00\xff"},
        "t": {"S": " ".join(str((1199 * k) % 977) for k in range(1199 % 40))},
        "l": {"L": [{"M": {"B": {"BOOL": True}}}, {"NULL": True}, {"SS": ["a", "b"]}, {"BS": [b"\x01"]}]}}
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["TableStatus"] == "ACTIVE" and table["TableId"] == done["TableId"]
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "after"}})
    dynamodb.delete_table(TableName=name)


def test_csv(dynamodb, s3, bucket, importing):
    s3.put_object(Bucket=bucket, Key="data.csv", Body=(
        'pk,sk,note,kind\r\na,1,"said ""no"", twice",x\r\nb,2.50,two\r\nc,three,bad number,x\r\nd,4,,y\r\n').encode())
    name, done = importing(
        "CSV", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"},
                              {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[{"IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (2, 2), done
    assert sorted(scan(dynamodb, name), key=lambda item: item["pk"]["S"]) == [
        {"pk": {"S": "a"}, "sk": {"N": "1"}, "note": {"S": 'said "no", twice'}, "kind": {"S": "x"}},
        {"pk": {"S": "d"}, "sk": {"N": "4"}, "note": {"S": ""}, "kind": {"S": "y"}}]
    assert dynamodb.query(TableName=name, IndexName="kinds", KeyConditionExpression="kind = :k",
                          ExpressionAttributeValues={":k": {"S": "y"}})["Count"] == 1


def test_csv_without_a_header(dynamodb, s3, bucket, importing):
    s3.put_object(Bucket=bucket, Key="data.csv", Body=b"a;1\nb;2")
    name, done = importing("CSV", csv={"Delimiter": ";", "HeaderList": ["pk", "n"]})
    assert done["InputFormatOptions"] == {"Csv": {"Delimiter": ";", "HeaderList": ["pk", "n"]}}
    assert {item["pk"]["S"]: item["n"]["S"] for item in scan(dynamodb, name)} == {"a": "1", "b": "2"}


def test_errors_are_counted_and_logged(dynamodb, logs, s3, bucket, importing):
    s3.put_object(Bucket=bucket, Key="bad", Body=b'{"Item":{"pk":{"S":"good"}}}\n{"Item":{"pk":{"N":"1"}}}\nnot json\n{"x":1}\n')
    name, done = importing("DYNAMODB_JSON")
    assert (done["ImportStatus"], done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (
        "COMPLETED", 4, 1, 3)
    group = done["CloudWatchLogGroupArn"].split(":log-group:")[1].removesuffix(":*")
    assert group == "/aws-dynamodb/imports"
    stream = done["ImportArn"].rsplit("/", 1)[1]
    events = [json.loads(event["message"]) for event in logs.get_log_events(
        logGroupName=group, logStreamName=stream, startFromHead=True)["events"]]
    assert [event["itemS3Pointer"] for event in events] == [
        {"bucket": bucket, "key": "bad", "itemIndex": index} for index in (1, 2, 3)]
    assert "Type mismatch for key pk expected: S actual: N" in events[0]["errorMessages"][0]
    assert [item["pk"]["S"] for item in scan(dynamodb, name)] == ["good"]


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_a_damaged_object_is_skipped(dynamodb, s3, bucket, importing, compression):
    pack = gzip.compress if compression == "GZIP" else lambda data: zstd(data, 3)
    s3.put_object(Bucket=bucket, Key="a", Body=b"this is not compressed at all")
    s3.put_object(Bucket=bucket, Key="b", Body=pack(lines(50))[:-20])
    s3.put_object(Bucket=bucket, Key="c", Body=pack(lines(3)))
    _, done = importing("DYNAMODB_JSON", compression)
    assert done["ImportStatus"] == "COMPLETED" and done["ErrorCount"] == 2 and done["ImportedItemCount"] >= 3


def test_what_imports_refuse(dynamodb, s3, bucket, importing, table, unique):
    _, done = importing("DYNAMODB_JSON", prefix="nothing-here/")
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchKey")

    def refused(**changes):
        wanted = {
            "S3BucketSource": {"S3Bucket": bucket}, "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": {
                "TableName": table, "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}, **changes}
        with pytest.raises(ClientError) as error:
            dynamodb.import_table(**wanted)
        return error.value.response["Error"]["Code"]

    assert refused() == "ResourceInUseException"
    arn = done["ImportArn"]
    with pytest.raises(ClientError) as error:
        dynamodb.describe_import(ImportArn=arn[:-1] + ("0" if arn[-1] != "0" else "1"))
    assert error.value.response["Error"]["Code"] == "ImportNotFoundException"


def test_tokens_and_pages(dynamodb, s3, bucket, unique, eventually):
    s3.put_object(Bucket=bucket, Key="one", Body=lines(1))
    token, name = unique("token"), unique("again")

    def start(name):
        return dynamodb.import_table(
            ClientToken=token, S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON", TableCreationParameters={
                "TableName": name, "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]})["ImportTableDescription"]

    first = start(name)
    assert start(name)["ImportArn"] == first["ImportArn"]
    with pytest.raises(ClientError) as error:
        start(unique("other"))
    assert error.value.response["Error"]["Code"] == "ImportConflictException"
    eventually(lambda: dynamodb.describe_import(ImportArn=first["ImportArn"])["ImportTableDescription"]["ImportStatus"]
               == "COMPLETED")
    pages, more = [], {}
    while True:
        page = dynamodb.list_imports(PageSize=2, **more)
        pages += page["ImportSummaryList"]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert first["ImportArn"] in [each["ImportArn"] for each in pages]
    assert len({each["ImportArn"] for each in pages}) == len(pages)
    assert [each["ImportArn"] for each in dynamodb.list_imports(TableArn=first["TableArn"])["ImportSummaryList"]] == [
        first["ImportArn"]]
