"""What must not happen: expiry by a string, half an upload, a rewrite without permission."""

import http.client
import json
import os
import urllib.parse

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from lake import BUCKET, advance, dynamodb, expect, functions, iam, items, keys, s3, versions, wait_for


def string_ttl_never_expires():
    table = "string-ttl"
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "path", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "path", "KeyType": "HASH"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    try:
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
        # In the past for any clock, and young enough that a number would expire.
        moment = str(int(s3.head_object(Bucket=BUCKET, Key=keys()[0])["LastModified"].timestamp()))
        dynamodb.put_item(TableName=table, Item={"path": {"S": "text"}, "ttl": {"S": moment}})
        dynamodb.put_item(TableName=table, Item={"path": {"S": "number"}, "ttl": {"N": moment}})
        advance("48h")
        wait_for("only the string is left", lambda: [item["path"]["S"] for item in items(table)], ["text"])
    finally:
        dynamodb.delete_table(TableName=table)


def aborted_upload_changes_nothing():
    key = keys()[0]
    before = s3.head_object(Bucket=BUCKET, Key=key)["ETag"], len(versions(key))
    endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
    request = AWSRequest("PUT", f"{endpoint.geturl()}/{BUCKET}/{key}", headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    S3SigV4Auth(boto3.Session().get_credentials(), "s3", os.environ["AWS_REGION"]).add_auth(request)
    connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port)
    connection.putrequest("PUT", f"/{BUCKET}/{key}")
    for name, value in request.headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "1000000")
    connection.endheaders(b"half of it" * 1000)
    connection.close()

    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=1, Body=b"x" * 1024)
    s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)
    expect("ETag and versions", before, (s3.head_object(Bucket=BUCKET, Key=key)["ETag"], len(versions(key))))


def missing_permission_is_refused():
    key = keys()[0]
    before = len(versions(key))
    name = "blank-without-permission"
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    read = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"} | trust))
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=json.dumps({"Version": "2012-10-17"} | read))
    try:
        with open(os.path.join(os.environ["WORK"], "blank.zip"), "rb") as code:
            functions.create_function(
                FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role["Role"]["Arn"],
                Code={"ZipFile": code.read()}, Timeout=30)
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        record = {"eventName": "REMOVE", "dynamodb": {"Keys": {"path": {"S": f"s3://{BUCKET}/{key}"}}}}
        answer = functions.invoke(FunctionName=name, Payload=json.dumps({"Records": [record]}))
        told = json.loads(answer["Payload"].read())
        expect("the function's outcome", "Unhandled", answer.get("FunctionError"))
        message = told["errorMessage"]
        print(message)
        expect("AccessDenied for PutObject", True, "AccessDenied" in message and "PutObject" in message)
        expect(f"versions of {key}", before, len(versions(key)))
    finally:
        functions.delete_function(FunctionName=name)
        iam.delete_role_policy(RoleName=name, PolicyName="read")
        iam.delete_role(RoleName=name)
