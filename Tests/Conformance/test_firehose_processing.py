"""What happens to records on their way: functions, partition keys, de-aggregation, decompression, backup, conversion."""

from __future__ import annotations

import base64
import gzip
import io
import json

import pyarrow.orc
import pyarrow.parquet
import pytest
from refusals import message_of
from test_firehose import (  # noqa: F401
    body, delivered, delivery, describe, firehose, keys, put, role, role_for)

TRANSFORM = """
import base64, json
def handler(event, context):
    out = []
    for record in event["records"]:
        text = base64.b64decode(record["data"]).decode()
        answer = {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode((text.upper() + "\\n").encode()).decode()}
        if text == "drop": answer = {"recordId": record["recordId"], "result": "Dropped"}
        if text == "fail": answer["result"] = "ProcessingFailed"
        if text == "forget": continue
        if text == "raise": raise ValueError("no")
        if text.startswith("key"): answer["metadata"] = {"partitionKeys": {"team": text[3:]}}
        if text == "event": answer["data"] = base64.b64encode(json.dumps(event).encode()).decode()
        out.append(answer)
    return {"records": out}
"""


def processing(*processors):
    return {"Enabled": True, "Processors": [
        {"Type": kind, "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]}
        for kind, parameters in processors]}


def lines(data):
    return [json.loads(line) for line in data.splitlines()]


def test_a_function_transforms(firehose, s3, delivery, bucket, advance, eventually, function):  # noqa: F811
    arn = function(TRANSFORM)["FunctionArn"]
    name = delivery(
        Prefix="good/", ErrorOutputPrefix="bad/!{firehose:error-output-type}/",
        ProcessingConfiguration=processing(("Lambda", {"LambdaArn": arn, "NumberOfRetries": "1"})),
        S3BackupMode="Enabled", S3BackupConfiguration={
            "RoleARN": describe_role(delivery, firehose), "BucketARN": f"arn:aws:s3:::{bucket}", "Prefix": "source/",
            "CompressionFormat": "GZIP"})
    put(firehose, name, b"one", b"drop", b"fail", b"forget", b"two", b"event")
    advance(61)
    good = body(s3, bucket, delivered(s3, bucket, eventually, prefix="good/")[0])
    assert good.startswith(b"ONE\nTWO\n")
    event = json.loads(good[len(b"ONE\nTWO\n"):])
    assert event["deliveryStreamArn"].endswith(name) and event["region"] == "us-east-1" and event["invocationId"]
    assert base64.b64decode(event["records"][0]["data"]) == b"one" and event["records"][0]["approximateArrivalTimestamp"] > 1e12
    failed = lines(body(s3, bucket, delivered(s3, bucket, eventually, prefix="bad/processing-failed/")[0]))
    assert {base64.b64decode(each["rawData"]): each["errorCode"] for each in failed} == {
        b"fail": "Lambda.ProcessingFailedStatus", b"forget": "Lambda.MissingRecordId"}
    assert all(each["lambdaArn"] == arn and each["attemptsMade"] == 1 for each in failed)
    backup = body(s3, bucket, delivered(s3, bucket, eventually, prefix="source/")[0])
    assert gzip.decompress(backup) == b"onedropfailforgettwoevent"
    # A function that fails is asked again as often as was said; then its records are failed ones.
    put(firehose, name, b"raise")
    advance(61)
    found = delivered(s3, bucket, eventually, 2, "bad/processing-failed/")
    failed = [each for key in found for each in lines(body(s3, bucket, key)) if each["errorCode"] == "Lambda.FunctionError"]
    assert [(base64.b64decode(each["rawData"]), each["attemptsMade"]) for each in failed] == [(b"raise", 2)]


def describe_role(delivery, firehose):  # noqa: F811
    """The role that `delivery` gives its streams."""
    return describe(firehose, delivery())["Destinations"][0]["S3DestinationDescription"]["RoleARN"]


def test_partition_keys_from_a_query(firehose, s3, delivery, bucket, advance, eventually):  # noqa: F811
    name = delivery(
        Prefix="c=!{partitionKeyFromQuery:customer}/y=!{partitionKeyFromQuery:year}/", ErrorOutputPrefix="bad/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60}, DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration=processing(
            ("AppendDelimiterToRecord", {"Delimiter": "\\n"}), ("RecordDeAggregation", {"SubRecordType": "JSON"}),
            ("MetadataExtraction", {"JsonParsingEngine": "JQ-1.6", "MetadataExtractionQuery": (
                '{customer: .id, year: (.at/1000)|strftime("%Y")}')})))
    put(firehose, name, b'{"id":"a","at":1650827861000}{"id":"b","at":1650827861000}', b'{"id":"a","at":1750827861000}',
        b'{"id":"a","at":1650827861001}', b'{"id":"","at":1}', b"nonsense")
    advance(61)
    found = {key.rsplit("/", 1)[0]: body(s3, bucket, key) for key in delivered(s3, bucket, eventually, 3, "c=")}
    assert found == {
        "c=a/y=2022": b'{"id":"a","at":1650827861000}\n{"id":"a","at":1650827861001}\n',
        "c=b/y=2022": b'{"id":"b","at":1650827861000}\n', "c=a/y=2025": b'{"id":"a","at":1750827861000}\n'}
    key, = delivered(s3, bucket, eventually, prefix="bad/")
    assert key.startswith("bad/processing-failed/2")
    codes = {base64.b64decode(each["rawData"]): each["errorCode"] for each in lines(body(s3, bucket, key))}
    assert codes == {b'{"id":"","at":1}': "DynamicPartitioning.MetadataExtractionFailed",
                     b"nonsense": "DynamicPartitioning.DeaggregationFailed"}


def test_partition_keys_from_a_function_and_too_many(firehose, s3, delivery, bucket, advance, eventually, function):  # noqa: F811
    arn = function(TRANSFORM)["FunctionArn"]
    name = delivery(
        Prefix="team/!{partitionKeyFromLambda:team}/", ErrorOutputPrefix="bad/!{firehose:error-output-type}/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60}, DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration=processing(("Lambda", {"LambdaArn": arn})))
    put(firehose, name, *(b"key%d" % number for number in range(500)))
    put(firehose, name, b"key500", b"key7", b"none")
    advance(61)
    delivered(s3, bucket, eventually, prefix="bad/activePartitionExceeded/")
    delivered(s3, bucket, eventually, 500, "team/")
    assert body(s3, bucket, keys(s3, bucket, "team/7/")[0]) == b"KEY7\nKEY7\n"
    failed = lines(body(s3, bucket, delivered(s3, bucket, eventually, prefix="bad/processing-failed/")[0]))
    assert [(base64.b64decode(each["rawData"]), each["errorMessage"]) for each in failed] == [
        (b"none", "partitionKeys values must not be null or empty")]


@pytest.mark.parametrize("settings", [
    {"Prefix": "!{partitionKeyFromQuery:a}/"},
    {"ErrorOutputPrefix": "e/"},
    {"Prefix": "!{partitionKeyFromQuery:a}/", "ErrorOutputPrefix": "e/",
     "ProcessingConfiguration": processing(("MetadataExtraction", {"MetadataExtractionQuery": "{b:.b}", "JsonParsingEngine": "JQ-1.6"}))},
    {"Prefix": "!{partitionKeyFromQuery:a}/", "ErrorOutputPrefix": "e/",
     "ProcessingConfiguration": processing(("MetadataExtraction", {"MetadataExtractionQuery": "{a:.a", "JsonParsingEngine": "JQ-1.6"}))},
    {"Prefix": "!{partitionKeyFromLambda:a}/", "ErrorOutputPrefix": "e/"},
    {"Prefix": "!{partitionKeyFromQuery:a}/", "ErrorOutputPrefix": "e/", "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
     "ProcessingConfiguration": processing(("MetadataExtraction", {"MetadataExtractionQuery": "{a:.a}", "JsonParsingEngine": "JQ-1.6"}))},
])
def test_partitioning_that_is_refused(firehose, role, bucket, unique, settings):  # noqa: F811
    message_of("InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName=unique("refused"),
            ExtendedS3DestinationConfiguration={
                "RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
                "DynamicPartitioningConfiguration": {"Enabled": True}, **settings})


def test_log_events_are_unpacked(firehose, s3, delivery, bucket, advance, eventually):  # noqa: F811
    name = delivery(
        Prefix="logs/", ProcessingConfiguration=processing(
            ("Decompression", {"CompressionFormat": "GZIP"}), ("CloudWatchLogProcessing", {"DataMessageExtraction": "true"})))
    event = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": "a"}, {"id": "2", "message": "b"}]}
    put(firehose, name, gzip.compress(json.dumps(event).encode()), b"not packed")
    advance(61)
    assert body(s3, bucket, delivered(s3, bucket, eventually, prefix="logs/2")[0]) == b"a\nb\n"
    failed = lines(body(s3, bucket, delivered(s3, bucket, eventually, prefix="logs/decompression-failed/")[0]))
    assert [base64.b64decode(each["rawData"]) for each in failed] == [b"not packed"]


@pytest.mark.parametrize("form", ["Parquet", "Orc"])
def test_conversion_by_a_tables_columns(firehose, s3, glue, delivery, bucket, advance, eventually, unique, role, form):  # noqa: F811
    database = unique("db").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(DatabaseName=database, TableInput={"Name": "events", "StorageDescriptor": {"Columns": [
        {"Name": "id", "Type": "int"}, {"Name": "name", "Type": "string"}, {"Name": "tags", "Type": "array<string>"},
        {"Name": "price", "Type": "decimal(8,2)"}]}})
    name = delivery(
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60}, DataFormatConversionConfiguration={
            "SchemaConfiguration": {"RoleARN": role, "DatabaseName": database, "TableName": "events"},
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {f"{form}SerDe": {}}}})
    put(firehose, name, b'{"ID":1,"name":"a","tags":["x"],"price":1.5}', b'{"id":2}{"id":3,"name":"c"}', b"{nonsense", b'{"id":"x"}')
    advance(61)
    key, = delivered(s3, bucket, eventually, prefix="2")
    assert key.endswith(f".{form.lower()}")
    reader = pyarrow.parquet if form == "Parquet" else pyarrow.orc
    rows = reader.read_table(io.BytesIO(body(s3, bucket, key))).to_pylist()
    assert [(row["id"], row["name"], row["tags"], str(row["price"])) for row in rows] == [
        (1, "a", ["x"], "1.50"), (2, None, None, "None"), (3, "c", None, "None")]
    failed = lines(body(s3, bucket, delivered(s3, bucket, eventually, prefix="format-conversion-failed/")[0]))
    assert {base64.b64decode(each["rawData"]): each["errorCode"] for each in failed} == {
        b"{nonsense": "DataFormatConversion.ParseError", b'{"id":"x"}': "DataFormatConversion.MalformedData"}
    assert failed[0]["dataCatalogTable"]["tableName"] == "events" and failed[0]["sequenceNumber"] is None


def test_conversions_that_are_refused(firehose, role, bucket, unique):  # noqa: F811
    conversion = {
        "SchemaConfiguration": {"RoleARN": role, "DatabaseName": "d", "TableName": "t"},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}}
    for settings in (
        {"CompressionFormat": "GZIP"}, {"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}},
        {"DataFormatConversionConfiguration": {**conversion, "SchemaConfiguration": {}}},
        {"DataFormatConversionConfiguration": {**conversion, "OutputFormatConfiguration": {"Serializer": {}}}},
    ):
        message_of("InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName=unique("refused"),
                ExtendedS3DestinationConfiguration={
                    "RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", "DataFormatConversionConfiguration": conversion, **settings})
