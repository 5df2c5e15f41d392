"""ExportTableToPointInTime with INCREMENTAL_EXPORT: the changes of a period, in S3."""

from __future__ import annotations

import datetime
import gzip
import json

import pytest
from botocore.exceptions import ClientError


def now_of(dynamodb, table):
    told = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return told["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]


def exported(dynamodb, s3, eventually, arn, bucket, **more):
    export = dynamodb.export_table_to_point_in_time(
        TableArn=arn, S3Bucket=bucket, S3Prefix="out", ExportType="INCREMENTAL_EXPORT", **more)["ExportDescription"]

    def done():
        told = dynamodb.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]
        assert told["ExportStatus"] != "FAILED", told
        return told if told["ExportStatus"] == "COMPLETED" else None

    told = eventually(done)

    def read(key):
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    summary = json.loads(read(told["ExportManifest"]))
    assert summary["version"] == "2023-08-01"
    lines = []
    for file in read(summary["manifestFilesS3Key"]).splitlines():
        lines += gzip.decompress(read(json.loads(file)["dataFileS3Key"])).decode().splitlines()
    return told, summary, lines


@pytest.fixture(scope="module")
def changed(dynamodb, s3, advance, unique):
    """A table, a bucket, and the period in which it changed. Items were put before, within and after it."""
    name, bucket = unique("changed"), unique("exports")
    s3.create_bucket(Bucket=bucket)
    arn = dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])["TableDescription"]["TableArn"]
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})

    def put(key, value):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, "v": {"N": str(value)}})

    for key in ("kept", "updated", "deleted"):
        put(key, 1)
    advance(10)
    start = now_of(dynamodb, name)
    advance(10)
    put("inserted", 2)
    put("updated", 2)
    advance(10)
    put("updated", 3)
    put("passing", 1)
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "deleted"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "passing"}})
    advance(900)
    end = now_of(dynamodb, name)
    advance(10)
    put("updated", 4)
    put("late", 1)
    advance(10)
    yield arn, bucket, start, end


def test_changes_with_both_images(dynamodb, s3, eventually, changed):
    arn, bucket, start, end = changed
    period = {"ExportFromTime": start, "ExportToTime": end}
    told, summary, lines = exported(dynamodb, s3, eventually, arn, bucket, IncrementalExportSpecification=period)
    assert told["ExportType"] == summary["exportType"] == "INCREMENTAL_EXPORT"
    assert told["IncrementalExportSpecification"]["ExportViewType"] == summary["outputView"] == "NEW_AND_OLD_IMAGES"
    assert told["ItemCount"] == summary["itemCount"] == 3 and "exportTime" not in summary and "ExportTime" not in told
    written = datetime.datetime.fromisoformat(summary["exportFromTime"].replace("Z", "+00:00"))
    assert abs((written - start).total_seconds()) < 1
    records = {line["Keys"]["pk"]["S"]: line for line in map(json.loads, lines)}

    def image(key, value):
        return {"pk": {"S": key}, "v": {"N": str(value)}}

    assert set(records) == {"inserted", "updated", "deleted"}
    assert records["inserted"]["NewImage"] == image("inserted", 2) and "OldImage" not in records["inserted"]
    assert records["updated"]["OldImage"] == image("updated", 1) and records["updated"]["NewImage"] == image("updated", 3)
    assert records["deleted"]["OldImage"] == image("deleted", 1) and "NewImage" not in records["deleted"]
    micros = {key: int(line["Metadata"]["WriteTimestampMicros"]["N"]) for key, line in records.items()}
    assert start.timestamp() * 1e6 <= micros["inserted"] < micros["updated"] <= micros["deleted"] < end.timestamp() * 1e6
    # The data of incremental exports share a folder.
    assert s3.list_objects_v2(Bucket=bucket, Prefix="out/AWSDynamoDB/data/")["KeyCount"] >= 1
    listed = dynamodb.list_exports(TableArn=arn)["ExportSummaries"]
    assert {each["ExportType"] for each in listed} == {"INCREMENTAL_EXPORT"}


def test_new_images_as_ion(dynamodb, s3, eventually, changed):
    arn, bucket, start, end = changed
    _, summary, lines = exported(
        dynamodb, s3, eventually, arn, bucket, ExportFormat="ION", IncrementalExportSpecification={
            "ExportFromTime": start, "ExportToTime": end, "ExportViewType": "NEW_IMAGE"})
    assert summary["outputFormat"] == "ION" and summary["outputView"] == "NEW_IMAGE"
    assert len(lines) == 3 and all(line.startswith("$ion_1_0 {Record:{") and "OldImage" not in line for line in lines)
    assert sum("NewImage" in line for line in lines) == 2


def test_periods_that_are_none(dynamodb, changed):
    arn, bucket, start, end = changed
    second = datetime.timedelta(seconds=1)

    def refused(**arguments):
        with pytest.raises(ClientError) as error:
            dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, **arguments)
        return error.value.response["Error"]["Code"]

    incremental = {"ExportType": "INCREMENTAL_EXPORT"}
    assert refused(**incremental) == "ValidationException"
    for period, code in [
        ({"ExportFromTime": start, "ExportToTime": start + 60 * second}, "ValidationException"),
        ({"ExportFromTime": end, "ExportToTime": start}, "ValidationException"),
        ({"ExportFromTime": start - 86_400 * second, "ExportToTime": end}, "InvalidExportTimeException"),
        ({"ExportFromTime": start, "ExportToTime": end + 86_400 * second}, "InvalidExportTimeException"),
    ]:
        assert refused(**incremental, IncrementalExportSpecification=period) == code
    period = {"ExportFromTime": start, "ExportToTime": end}
    assert refused(IncrementalExportSpecification=period) == "ValidationException"
    assert refused(**incremental, IncrementalExportSpecification=period, ExportTime=end) == "ValidationException"
