"""Backups on demand and point-in-time restore on the clock."""

from __future__ import annotations

import base64
import datetime
import hashlib

from refusals import code_of


def fill(dynamodb, table, numbers):
    numbers = list(numbers)
    for start in range(0, len(numbers), 25):
        dynamodb.batch_write_item(RequestItems={table: [
            {"PutRequest": {"Item": {"pk": {"S": f"{n:04}"}, "n": {"N": str(n)}}}} for n in numbers[start:start + 25]]})


def items(dynamodb, table):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    return {item["pk"]["S"]: item["n"]["N"] for page in pages for item in page["Items"]}


def test_a_backup_and_its_restore(dynamodb, table, unique, eventually):
    fill(dynamodb, table, range(500))
    arn = dynamodb.create_backup(TableName=table, BackupName="first")["BackupDetails"]["BackupArn"]
    fill(dynamodb, table, [1000, 1001])
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "0000"}})

    def details():
        return dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]

    eventually(lambda: details()["BackupDetails"]["BackupStatus"] == "AVAILABLE")
    assert details()["SourceTableDetails"]["ItemCount"] == 500
    listed = dynamodb.list_backups(TableName=table)["BackupSummaries"]
    assert [backup["BackupName"] for backup in listed] == ["first"]
    assert dynamodb.list_backups(TableName=table, ExclusiveStartBackupArn=arn)["BackupSummaries"] == []
    made_up = ("made-up-but-long-enough-for-the-model-to-take-it", arn.replace("/backup/", "/export/"))
    for wrong in (*made_up, arn.replace("us-east-1", "eu-west-1")):
        assert code_of(dynamodb.list_backups, ExclusiveStartBackupArn=wrong) == "ValidationException"
    assert code_of(
        dynamodb.list_tags_of_resource, ResourceArn=arn.split("/backup/")[0], NextToken="made-up") == "ValidationException"
    for name in (table, "x"):
        assert code_of(dynamodb.list_tags_of_resource, ResourceArn=name) == "ValidationException"
        assert code_of(
            dynamodb.tag_resource, ResourceArn=name, Tags=[{"Key": "a", "Value": "b"}]) == "ValidationException"
    target = unique("restored")
    assert code_of(dynamodb.restore_table_from_backup, TargetTableName=table, BackupArn=arn) == "TableAlreadyExistsException"
    made = dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)["TableDescription"]
    assert made["TableStatus"] == "CREATING" and made["RestoreSummary"]["SourceBackupArn"] == arn
    eventually(lambda: dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] == "ACTIVE")
    assert items(dynamodb, target) == {f"{n:04}": str(n) for n in range(500)}
    assert dynamodb.describe_table(TableName=target)["Table"]["ItemCount"] == 500
    assert dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
    assert code_of(dynamodb.describe_backup, BackupArn=arn) == "BackupNotFoundException"
    dynamodb.delete_table(TableName=target)


def test_restoring_a_moment(dynamodb, table, unique, advance, eventually):
    assert code_of(dynamodb.restore_table_to_point_in_time, SourceTableName=table, TargetTableName=unique("t"),
                   UseLatestRestorableTime=True) == "PointInTimeRecoveryUnavailableException"
    fill(dynamodb, table, range(300))
    description = dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})["ContinuousBackupsDescription"]
    recovery = description["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED" and recovery["RecoveryPeriodInDays"] == 35
    advance(60)
    moment = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
    advance(60)
    for _ in range(2):
        dynamodb.update_item(TableName=table, Key={"pk": {"S": "0001"}}, UpdateExpression="SET n = n + :one",
                             ExpressionAttributeValues={":one": {"N": "1"}})
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "0002"}})
    fill(dynamodb, table, range(300, 600))
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "0300"}})
    for name in (table, "x"):
        assert code_of(dynamodb.list_tags_of_resource, ResourceArn=name) == "ValidationException"
        assert code_of(
            dynamodb.tag_resource, ResourceArn=name, Tags=[{"Key": "a", "Value": "b"}]) == "ValidationException"
    target = unique("restored")
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=target, RestoreDateTime=moment)
    eventually(lambda: dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] == "ACTIVE")
    assert items(dynamodb, target) == {f"{n:04}": str(n) for n in range(300)}
    latest = unique("latest")
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=latest, UseLatestRestorableTime=True)
    eventually(lambda: dynamodb.describe_table(TableName=latest)["Table"]["TableStatus"] == "ACTIVE")
    assert items(dynamodb, latest) == items(dynamodb, table)
    assert code_of(dynamodb.restore_table_to_point_in_time, SourceTableName=table, TargetTableName=unique("t"),
                   RestoreDateTime=moment - datetime.timedelta(days=1)) == "InvalidRestoreTimeException"
    advance(36 * 86400)
    assert code_of(dynamodb.restore_table_to_point_in_time, SourceTableName=table, TargetTableName=unique("t"),
                   RestoreDateTime=moment) == "InvalidRestoreTimeException"
    for name in (target, latest):
        dynamodb.delete_table(TableName=name)


def test_an_export(dynamodb, table, s3, bucket, eventually):
    import gzip
    import json
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    assert code_of(dynamodb.export_table_to_point_in_time, TableArn=arn, S3Bucket=bucket) == (
        "PointInTimeRecoveryUnavailableException")
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, table, range(700))
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "blob"}, "n": {"N": "1"}, "b": {"B": b"\x00\xff"}})
    export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, S3Prefix="out")["ExportDescription"]
    fill(dynamodb, table, [9000])

    def described():
        return dynamodb.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]

    eventually(lambda: described()["ExportStatus"] == "COMPLETED")
    assert described()["ItemCount"] == 701

    def read(key):
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    summary = json.loads(read(described()["ExportManifest"]))
    assert summary["itemCount"] == 701 and summary["s3Prefix"] == "out" and summary["exportArn"] == export["ExportArn"]
    assert summary["version"] == "2020-06-30"
    for manifest in (described()["ExportManifest"], summary["manifestFilesS3Key"]):
        checksum = base64.b64encode(hashlib.md5(read(manifest)).digest())
        assert read(manifest.removesuffix(".json") + ".checksum") == checksum
    files = [json.loads(line) for line in read(summary["manifestFilesS3Key"]).splitlines()]
    lines = [json.loads(line) for file in files for line in gzip.decompress(read(file["dataFileS3Key"])).splitlines()]
    assert len(lines) == 701
    assert {"Item": {"pk": {"S": "blob"}, "n": {"N": "1"}, "b": {"B": "AP8="}}} in lines
    assert {line["Item"]["pk"]["S"] for line in lines} == {f"{n:04}" for n in range(700)} | {"blob"}
    assert [each["ExportArn"] for each in dynamodb.list_exports(TableArn=arn)["ExportSummaries"]] == [export["ExportArn"]]
    failed = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="no-such-bucket-here")["ExportDescription"]["ExportArn"]
    eventually(lambda: dynamodb.describe_export(ExportArn=failed)["ExportDescription"]["ExportStatus"] == "FAILED")
    assert dynamodb.describe_export(ExportArn=failed)["ExportDescription"]["FailureCode"] == "S3NoSuchBucket"
