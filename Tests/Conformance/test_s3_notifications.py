"""A bucket's notifications reach a real function."""

import json
import urllib.parse

import pytest
from botocore.exceptions import ClientError

ECHO = """
import json

def handler(event, context):
    for record in event["Records"]:
        print("RECORD " + json.dumps(record))
"""


@pytest.fixture
def watched(s3, lambda_client, function, account, bucket):
    """A bucket, and the name of a function that it may invoke and is set to invoke for `in/*.txt`."""
    made = function(ECHO)
    lambda_client.add_permission(
        FunctionName=made["FunctionName"], StatementId="s3", Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com", SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=account)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        "LambdaFunctionConfigurations": [{
            "Id": "watch", "LambdaFunctionArn": made["FunctionArn"],
            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".txt"}]}},
        }]})
    return bucket, made["FunctionName"]


def test_events_reach_the_function(s3, logs, watched, eventually):
    bucket, name = watched
    key = "in/ä b+c.txt"
    s3.put_object(Bucket=bucket, Key="out.txt", Body=b"no")
    s3.put_object(Bucket=bucket, Key="in/x.bin", Body=b"no")
    put = s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
    s3.delete_object(Bucket=bucket, Key=key)

    def records():
        try:
            page = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="RECORD")
        except logs.exceptions.ResourceNotFoundException:
            return None
        found = [json.loads(event["message"].split("RECORD ", 1)[1]) for event in page["events"]
                 if event["message"].startswith("RECORD ")]
        return found if len(found) >= 2 else None

    found = {record["eventName"]: record for record in eventually(records)}
    assert set(found) == {"ObjectCreated:Put", "ObjectRemoved:Delete"}
    created = found["ObjectCreated:Put"]
    assert created["eventSource"] == "aws:s3"
    assert created["s3"]["configurationId"] == "watch"
    assert created["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert created["s3"]["object"]["key"] == urllib.parse.quote_plus(key, safe="/")
    assert created["s3"]["object"]["size"] == 5
    assert created["s3"]["object"]["eTag"] == put["ETag"].strip('"')
    assert created["s3"]["object"]["sequencer"] < found["ObjectRemoved:Delete"]["s3"]["object"]["sequencer"]


def test_a_function_that_the_bucket_may_not_invoke_is_refused(s3, function, bucket):
    made = function(ECHO)
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": made["FunctionArn"], "Events": ["s3:ObjectCreated:*"]}]})
    assert caught.value.response["Error"]["Code"] == "InvalidArgument"
    assert s3.get_bucket_notification_configuration(Bucket=bucket).get("LambdaFunctionConfigurations") is None
