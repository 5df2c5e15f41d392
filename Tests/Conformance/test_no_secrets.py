"""What is secret stands in no log, in no trail, and where the service encrypts, in no file of the data directory."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

MARK = "never-to-be-seen"


class Secrets:
    """Secrets as they were made, with a name for the one who reads a failure."""

    def __init__(self) -> None:
        self.logged: dict[str, list[bytes]] = {}
        self.stored: dict[str, list[bytes]] = {}

    def add(self, name: str, secret: str | bytes, rests: bool = True) -> Any:
        """`rests`: neither in the files of the data directory."""
        raw = secret.encode() if isinstance(secret, str) else secret
        forms = [raw, base64.b64encode(raw)]
        self.logged[name] = forms
        if rests:
            self.stored[name] = forms
        return secret


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture(scope="module")
def made(
    secrets: Secrets, client_for: Callable[..., Any], unique: Callable[[str], str], iam: Any, s3: Any, sts: Any, account: str
) -> None:
    """Secrets of every service that takes or makes some."""
    make_identities(secrets, client_for, unique, iam, sts, account)
    make_keys(secrets, client_for, unique)
    make_stored(secrets, client_for, unique, s3)
    make_endpoints(secrets, client_for, unique, iam, s3)


def make_identities(
    secrets: Secrets, client_for: Callable[..., Any], unique: Callable[[str], str], iam: Any, sts: Any, account: str
) -> None:
    name = unique("user")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    secrets.add("access key", key["SecretAccessKey"])
    password = secrets.add("password", f"{MARK}-Password-1!")
    iam.create_login_profile(UserName=name, Password=password)
    iam.update_login_profile(UserName=name, Password=secrets.add("new password", f"{MARK}-Password-2!"))
    git = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    secrets.add("service password", git["ServiceSpecificCredential"]["ServicePassword"])
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    secrets.add("device's seed", device["Base32StringSeed"])
    session = client_for("sts", key).get_session_token()["Credentials"]
    secrets.add("session's key", session["SecretAccessKey"])
    secrets.add("session's token", session["SessionToken"])
    client_for("s3", session).list_buckets()
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]})
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assumed = client_for("sts", key).assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    secrets.add("role's key", assumed["SecretAccessKey"])
    secrets.add("role's token", assumed["SessionToken"])
    federated = client_for("sts", key).get_federation_token(Name="someone", Policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))["Credentials"]
    secrets.add("federated key", federated["SecretAccessKey"])


def make_keys(secrets: Secrets, client_for: Callable[..., Any], unique: Callable[[str], str]) -> None:
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=secrets.add("plain text", f"{MARK}-by-kms"))["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=sealed)
    secrets.add("data key", kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"])
    secrets.add("data key pair", kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")["PrivateKeyPlaintext"])
    secrets.add("random bytes", kms.generate_random(NumberOfBytes=32)["Plaintext"])
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    kms.generate_mac(KeyId=mac, MacAlgorithm="HMAC_SHA_256", Message=secrets.add("message", f"{MARK}-by-mac"))
    manager = client_for("secretsmanager")
    name = unique("secret")
    manager.create_secret(Name=name, SecretString=secrets.add("secret", f"{MARK}-by-manager"))
    manager.put_secret_value(SecretId=name, SecretBinary=secrets.add("binary secret", f"{MARK}-binary".encode()))
    manager.update_secret(SecretId=name, SecretString=secrets.add("updated secret", f"{MARK}-updated"))
    manager.get_secret_value(SecretId=name)
    secrets.add("random password", manager.get_random_password()["RandomPassword"])
    ssm = client_for("ssm")
    name = "/" + unique("parameter")
    ssm.put_parameter(Name=name, Type="SecureString", Value=secrets.add("parameter", f"{MARK}-by-ssm"))
    ssm.put_parameter(Name=name, Type="SecureString", Overwrite=True, Value=secrets.add("new parameter", f"{MARK}-again"))
    ssm.get_parameter(Name=name, WithDecryption=True)
    ssm.get_parameter_history(Name=name, WithDecryption=True)


def make_stored(secrets: Secrets, client_for: Callable[..., Any], unique: Callable[[str], str], s3: Any) -> None:
    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})
    s3.put_object(Bucket=bucket, Key="a", Body=secrets.add("object", f"{MARK}-in-s3"))
    s3.put_object(Bucket=bucket, Key="b", Body=secrets.add("KMS object", f"{MARK}-in-kms-s3"), ServerSideEncryption="aws:kms")
    key = secrets.add("customer's key", hashlib.sha256(MARK.encode()).digest())
    s3.put_object(Bucket=bucket, Key="c", Body=secrets.add("sealed object", f"{MARK}-in-sse-c"), SSECustomerAlgorithm="AES256",
                  SSECustomerKey=key)
    s3.get_object(Bucket=bucket, Key="c", SSECustomerAlgorithm="AES256", SSECustomerKey=key)
    sqs = client_for("sqs")
    for encryption in ({"SqsManagedSseEnabled": "true"}, {"KmsMasterKeyId": "alias/aws/sqs"}):
        queue = sqs.create_queue(QueueName=unique("queue"), Attributes=encryption)["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody=secrets.add(f"message {encryption}", f"{MARK}-in-{list(encryption)[0]}"))
    stream = unique("stream")
    kinesis = client_for("kinesis")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    # Contents that are data events' own, encrypted or not, are in no log.
    kinesis.put_record(StreamName=stream, PartitionKey="a", Data=secrets.add("record", f"{MARK}-in-kinesis", rests=False))
    dynamodb = client_for("dynamodb")
    table = unique("table")
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    dynamodb.put_item(TableName=table, Item={
        "pk": {"S": "a"}, "value": {"S": secrets.add("item", f"{MARK}-in-dynamodb", rests=False)}})
    logs = client_for("logs")
    group = unique("group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[
        {"timestamp": 1, "message": secrets.add("log event", f"{MARK}-in-logs", rests=False)}])
    sns = client_for("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.publish(TopicArn=topic, Message=secrets.add("notification", f"{MARK}-in-sns", rests=False))


def make_endpoints(
    secrets: Secrets, client_for: Callable[..., Any], unique: Callable[[str], str], iam: Any, s3: Any
) -> None:
    events = client_for("events")
    name = unique("connection")
    events.create_connection(Name=name, AuthorizationType="BASIC", AuthParameters={
        "BasicAuthParameters": {"Username": "me", "Password": secrets.add("connection", f"{MARK}-in-events")},
        "InvocationHttpParameters": {"HeaderParameters": [
            {"Key": "x-token", "Value": secrets.add("header", f"{MARK}-in-header"), "IsValueSecret": True}]}})
    events.update_connection(Name=name, AuthorizationType="API_KEY", AuthParameters={
        "ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": secrets.add("API key", f"{MARK}-in-api-key")}})
    events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": json.dumps(
        {"a": secrets.add("event", f"{MARK}-in-event", rests=False)})}])
    bucket, role = unique("bucket"), unique("role")
    s3.create_bucket(Bucket=bucket)
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": ["firehose.amazonaws.com", "lambda.amazonaws.com"]}, "Action": "sts:AssumeRole"}]})
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    client_for("firehose").create_delivery_stream(DeliveryStreamName=unique("stream"), HttpEndpointDestinationConfiguration={
        "EndpointConfiguration": {
            "Url": "https://localhost:1/", "AccessKey": secrets.add("endpoint's key", f"{MARK}-in-firehose")},
        "RoleARN": arn, "S3Configuration": {"RoleARN": arn, "BucketARN": f"arn:aws:s3:::{bucket}"}})


def test_no_secret_in_any_log_or_file(made: None, secrets: Secrets, server: Any) -> None:
    log = server.log.read_bytes()
    assert log
    for name, forms in secrets.logged.items():
        assert not any(form in log for form in forms), f"{name} is in the server's log"
    for path in [each for each in server.data.rglob("*") if each.is_file()]:
        content = path.read_bytes()
        for name, forms in secrets.stored.items():
            assert not any(form in content for form in forms), f"{name} is in {path}"


def test_no_secret_in_the_trail(made: None, secrets: Secrets, client_for: Callable[..., Any]) -> None:
    pages = client_for("cloudtrail").get_paginator("lookup_events").paginate()
    events = [event for page in pages for event in page["Events"]]
    names = {event["EventName"] for event in events}
    assert {"CreateAccessKey", "CreateLoginProfile", "Encrypt", "CreateSecret", "PutParameter", "CreateConnection",
            "CreateDeliveryStream", "AssumeRole"} <= names
    for event in events:
        text = event["CloudTrailEvent"].encode()
        for name, forms in secrets.logged.items():
            assert not any(form in text for form in forms), f"{name} is in {event['EventName']}"
