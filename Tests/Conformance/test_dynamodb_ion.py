"""Exports to Ion text and imports from it."""

from __future__ import annotations

import gzip
import json

import pytest

ITEMS = [
    {"pk": {"S": "one"}, "authors": {"SS": ["a", "b"]}, "n": {"N": "600"}, "small": {"N": "0.25"}, "b": {"B": b"\x00\xff"},
     "numbers": {"NS": ["1", "20"]}, "blobs": {"BS": [b"x", b"y"]}, "no": {"BOOL": False}, "nothing": {"NULL": True},
     "l": {"L": [{"M": {"two words": {"S": 'said "so"\n'}}}, {"N": "-1"}]}},
    {"pk": {"S": "two"}},
]


@pytest.fixture
def bucket(s3, unique):
    name = unique("ion")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def imported(dynamodb, bucket, unique, eventually):
    def run(prefix, **more):
        name = unique("imported")
        arn = dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix}, InputFormat="ION", TableCreationParameters={
                "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}, **more)[
            "ImportTableDescription"]["ImportArn"]

        def ended():
            description = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
            return description if description["ImportStatus"] != "IN_PROGRESS" else None

        return sorted(dynamodb.scan(TableName=name)["Items"] if eventually(ended) else [], key=lambda each: each["pk"]["S"]), ended()

    return run


def test_there_and_back(dynamodb, s3, bucket, unique, imported, eventually):
    name = unique("table")
    arn = dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])["TableDescription"]["TableArn"]
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    for item in ITEMS:
        dynamodb.put_item(TableName=name, Item=item)
    export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, ExportFormat="ION")["ExportDescription"]
    assert export["ExportFormat"] == "ION"
    done = eventually(lambda: (lambda each: each if each["ExportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]))
    assert (done["ExportStatus"], done["ItemCount"], done["ExportFormat"]) == ("COMPLETED", 2, "ION"), done
    summary = json.loads(s3.get_object(Bucket=bucket, Key=done["ExportManifest"])["Body"].read())
    assert summary["outputFormat"] == "ION"
    files = s3.get_object(Bucket=bucket, Key=summary["manifestFilesS3Key"])["Body"].read().splitlines()
    keys = [json.loads(line)["dataFileS3Key"] for line in files]
    assert all(key.endswith(".ion.gz") for key in keys)
    lines = sorted(gzip.decompress(s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read()).decode().splitlines())
    assert '$ion_1_0 {Item:{pk:"two"}}' in lines
    one = next(line for line in lines if '"one"' in line)
    for part in ['authors:$dynamodb_SS::["a","b"]', "n:6d2", "small:2.5d-1", "b:{{AP8=}}", "numbers:$dynamodb_NS::[1.,2d1]",
                 "no:false", "nothing:null", r"""'two words':"said \"so\"\n\"""".replace('\\"\\n\\"', '\\"\\n"')]:
        assert part in one, (part, one)
    items, description = imported(keys[0].rsplit("/", 1)[0] + "/", InputCompressionType="GZIP")
    assert items == ITEMS and description["ErrorCount"] == 0


def test_what_can_not_be_read_is_counted(s3, bucket, imported):
    s3.put_object(Bucket=bucket, Key="in/file.ion", Body=(
        '$ion_1_0 {Item:{pk:"a", n:5, when:2007-02-23T}}\n'
        '{ Item : { pk : \'\'\'lo\'\'\' \'\'\'ng\'\'\', n: 1_0.50d1 } } // a comment\n'
        '$ion_1_0 {Item:{n:1.}}\n'
        '$ion_1_0 {Item:{pk:"a", twice:$dynamodb_NS::[1., 1.0]}}\n').encode())
    items, done = imported("in/")
    assert items == [{"pk": {"S": "long"}, "n": {"N": "105"}}]
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (4, 1, 3)
    # Errors of single items do not fail an import.
    assert done["ImportStatus"] == "COMPLETED"
