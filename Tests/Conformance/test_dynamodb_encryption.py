"""Tables under KMS keys: the key's policy and state decide, for requests and for DynamoDB's own work."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from refusals import refusal


@pytest.fixture(scope="module")
def kms(client_for):
    return client_for("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def under(key):
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}


@pytest.fixture
def make(dynamodb, unique):
    def table(**more):
        name = unique("sealed")
        dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], **more)
        return name

    return table


def item(key, **more):
    return {"pk": {"S": key}, **more}


def everything(client, name):
    return sorted(each["pk"]["S"] for page in client.get_paginator("scan").paginate(TableName=name) for each in page["Items"])


def test_every_way_in_and_out(dynamodb, dynamodbstreams, make, key):
    name = make(SSESpecification=under(key), StreamSpecification={
        "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert described["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
    dynamodb.put_item(TableName=name, Item=item("a", n={"N": "1"}))
    dynamodb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item("b")}}, {"PutRequest": {"Item": item("c")}}]})
    dynamodb.transact_write_items(TransactItems=[
        {"Put": {"TableName": name, "Item": item("d")}},
        {"Update": {"TableName": name, "Key": item("a"), "UpdateExpression": "SET n = n + :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}}}}])
    dynamodb.execute_statement(Statement=f"INSERT INTO \"{name}\" VALUE {{'pk': 'e'}}")
    dynamodb.delete_item(TableName=name, Key=item("b"))
    assert everything(dynamodb, name) == ["a", "c", "d", "e"]
    assert dynamodb.get_item(TableName=name, Key=item("a"))["Item"]["n"] == {"N": "2"}
    assert dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": item("d")}}])["Responses"][0]["Item"]
    assert len(dynamodb.batch_get_item(RequestItems={name: {"Keys": [item("c"), item("e")]}})["Responses"][name]) == 2
    assert dynamodb.execute_statement(Statement=f"SELECT * FROM \"{name}\" WHERE pk = 'c'")["Items"] == [item("c")]
    answers = dynamodb.batch_execute_statement(Statements=[{"Statement": f"SELECT * FROM \"{name}\" WHERE pk = 'd'"}])
    assert answers["Responses"][0]["Item"] == item("d")
    stream = described["LatestStreamArn"]
    shard = dynamodbstreams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = dynamodbstreams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records] == ["INSERT"] * 4 + ["MODIFY", "INSERT", "REMOVE"]
    assert records[-1]["dynamodb"]["OldImage"] == item("b")


def test_the_keys_policy_and_state_decide(dynamodb, kms, iam, client_for, make, key, unique, advance):
    name = make(SSESpecification=under(key))
    dynamodb.put_item(TableName=name, Item=item("a"))
    user = unique("user")
    iam.create_user(UserName=user)
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [statement]}))
    theirs = client_for("dynamodb", keys)
    error = refusal(theirs.get_item, TableName=name, Key=item("a")).error
    assert error["Code"] == "AccessDeniedException" and error["Message"].startswith("KMS key access denied error: ")
    assert refusal(theirs.put_item, TableName=name, Item=item("b")).code == "AccessDeniedException"
    decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": {"StringEquals": {
        "kms:ViaService": "dynamodb.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:dynamodb:tableName": name}}}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [statement, decrypt]}))
    assert theirs.get_item(TableName=name, Key=item("a"))["Item"] == item("a")
    kms.disable_key(KeyId=key)
    dynamodb.get_item(TableName=name, Key=item("a"))  # the table key is kept for five minutes
    advance(301)
    error = refusal(dynamodb.get_item, TableName=name, Key=item("a")).error
    assert error["Code"] == "AccessDeniedException" and error["Message"].startswith("KMS key disabled error: ")
    assert refusal(dynamodb.put_item, TableName=name, Item=item("c")).code == "AccessDeniedException"
    kms.enable_key(KeyId=key)
    assert everything(dynamodb, name) == ["a"]


def test_dynamodbs_own_work(dynamodb, make, key, unique, advance, eventually):
    name = make(SSESpecification=under(key))
    created = int(dynamodb.describe_table(TableName=name)["Table"]["CreationDateTime"].timestamp())
    dynamodb.put_item(TableName=name, Item=item("short", ttl={"N": str(created + 700)}, kind={"S": "x"}))
    dynamodb.put_item(TableName=name, Item=item("long", kind={"S": "x"}))
    advance(400)  # nobody's key is at hand any more
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    dynamodb.update_table(
        TableName=name, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                              {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}}])
    eventually(lambda: dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")

    def kinds():
        return dynamodb.query(TableName=name, IndexName="kinds", KeyConditionExpression="kind = :k",
                              ExpressionAttributeValues={":k": {"S": "x"}})["Count"]

    assert kinds() == 2
    backup = dynamodb.create_backup(TableName=name, BackupName="bbb")["BackupDetails"]["BackupArn"]
    eventually(lambda: dynamodb.describe_backup(BackupArn=backup)["BackupDescription"]["BackupDetails"]["BackupStatus"]
               == "AVAILABLE")
    advance(400)
    eventually(lambda: everything(dynamodb, name) == ["long"])
    assert kinds() == 1
    dynamodb.delete_table(TableName=name)
    target = unique("restored")
    dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=backup)
    eventually(lambda: dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] == "ACTIVE")
    assert everything(dynamodb, target) == ["long", "short"]
    assert dynamodb.describe_table(TableName=target)["Table"]["SSEDescription"]["KMSMasterKeyArn"] == key


def lies_open(server, text):
    return any(text.encode() in path.read_bytes() for path in server.data.rglob("*") if path.is_file())


def test_nothing_but_keys_lies_open(server, dynamodb, s3, client_for, make, key, unique, eventually):
    open_text, secret = unique("in-the-open"), unique("under-seal")
    dynamodb.put_item(TableName=make(), Item=item("a", text={"S": open_text}))
    assert lies_open(server, open_text)
    stream = unique("changes")
    kinesis = client_for("kinesis")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    name = make(SSESpecification=under(key), StreamSpecification={
        "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.put_item(TableName=name, Item=item("a", text={"S": secret}, kind={"S": "x"}))
    dynamodb.update_table(
        TableName=name, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                              {"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}}])
    eventually(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    dynamodb.update_item(TableName=name, Key=item("a"), UpdateExpression="SET #t = :t, n = :n", ExpressionAttributeNames={
        "#t": "text"}, ExpressionAttributeValues={":t": {"S": secret + "!"}, ":n": {"N": "1"}}, ReturnValues="ALL_OLD")
    dynamodb.delete_item(TableName=name, Key=item("a"))
    dynamodb.transact_write_items(ClientRequestToken="once", TransactItems=[
        {"Put": {"TableName": name, "Item": item("b", text={"S": secret}, kind={"S": "x"})}}])
    backup = dynamodb.create_backup(TableName=name, BackupName="bbb")["BackupDetails"]["BackupArn"]
    eventually(lambda: dynamodb.describe_backup(BackupArn=backup)["BackupDescription"]["BackupDetails"]["BackupStatus"]
               == "AVAILABLE")
    bucket = unique("exports")
    s3.create_bucket(Bucket=bucket)
    export = dynamodb.export_table_to_point_in_time(
        TableArn=dynamodb.describe_table(TableName=name)["Table"]["TableArn"], S3Bucket=bucket)["ExportDescription"]["ExportArn"]
    eventually(lambda: dynamodb.describe_export(ExportArn=export)["ExportDescription"]["ExportStatus"] == "COMPLETED")
    s3.put_object(Bucket=bucket, Key="in/file.json", Body=json.dumps({"Item": item("a", text={"S": secret})}).encode())
    target = unique("imported")
    imported = dynamodb.import_table(
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": "in/"}, InputFormat="DYNAMODB_JSON", TableCreationParameters={
            "TableName": target, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": under(key)})["ImportTableDescription"]["ImportArn"]
    eventually(lambda: dynamodb.describe_import(ImportArn=imported)["ImportTableDescription"]["ImportStatus"] == "COMPLETED")
    assert dynamodb.get_item(TableName=target, Key=item("a"))["Item"]["text"]["S"] == secret
    dynamodb.enable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    eventually(lambda: dynamodb.describe_kinesis_streaming_destination(
        TableName=name)["KinesisDataStreamDestinations"][0]["DestinationStatus"] == "ACTIVE")
    dynamodb.put_item(TableName=name, Item=item("c", text={"S": secret}))
    shard = kinesis.get_shard_iterator(
        StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = eventually(lambda: kinesis.get_records(ShardIterator=shard)["Records"])
    assert json.loads(records[0]["Data"])["dynamodb"]["NewImage"]["text"]["S"] == secret
    assert not lies_open(server, secret)


def test_a_change_to_the_same_is_none(dynamodb, dynamodbstreams, make, key):
    name = make(SSESpecification=under(key), StreamSpecification={
        "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    for _ in range(2):
        dynamodb.put_item(TableName=name, Item=item("a", n={"N": "1"}))
    stream = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    shard = dynamodbstreams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [each["eventName"] for each in dynamodbstreams.get_records(ShardIterator=iterator)["Records"]] == ["INSERT"]


def test_turning_it_on_and_changing_the_key(dynamodb, kms, make, key, advance, eventually):
    name = make()
    for number in range(60):
        dynamodb.put_item(TableName=name, Item=item(f"{number:02}"))
    dynamodb.update_table(TableName=name, SSESpecification={"Enabled": True})
    managed = dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    assert kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"] == managed
    assert len(everything(dynamodb, name)) == 60
    dynamodb.update_table(TableName=name, SSESpecification=under(key))
    advance(301)
    assert len(everything(dynamodb, name)) == 60
    kms.disable_key(KeyId=key)
    advance(301)
    assert refusal(dynamodb.scan, TableName=name).code == "AccessDeniedException"
    kms.enable_key(KeyId=key)
    error = refusal(dynamodb.update_table, TableName=name, SSESpecification=under(key)).error
    assert error["Message"] == ("One or more parameter values were invalid: Table is already encrypted with given "
                                "KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key")
    # Back to DynamoDB's own key: once the items are rewritten, KMS's is not needed any more.
    assert "SSEDescription" not in dynamodb.update_table(
        TableName=name, SSESpecification={"Enabled": False})["TableDescription"]
    assert len(everything(dynamodb, name)) == 60
    eventually(lambda: free_of(dynamodb, kms, key, name, advance))


def free_of(dynamodb, kms, key, name, advance):
    kms.disable_key(KeyId=key)
    advance(301)
    try:
        return len(everything(dynamodb, name)) == 60
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
        return False
    finally:
        kms.enable_key(KeyId=key)


def test_a_replica_has_a_key_of_its_region(dynamodb, client_for, make, key, eventually):
    name = make(SSESpecification=under(key))
    dynamodb.put_item(TableName=name, Item=item("a"))
    assert "KMSMasterKeyId must be specified" in refusal(
        dynamodb.update_table, TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}]).message
    other = client_for("kms", region="us-west-2").create_key()["KeyMetadata"]["Arn"]
    west = client_for("dynamodb", region="us-west-2")
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "us-west-2", "KMSMasterKeyId": other}}])
    eventually(lambda: dynamodb.describe_table(TableName=name)["Table"]["Replicas"][0]["ReplicaStatus"] == "ACTIVE")
    assert west.describe_table(TableName=name)["Table"]["SSEDescription"]["KMSMasterKeyArn"] == other
    west.put_item(TableName=name, Item=item("b"))
    eventually(lambda: everything(dynamodb, name) == everything(west, name) == ["a", "b"])


def test_keys_that_can_not_be_used(dynamodb, kms, make, key, unique):
    kms.disable_key(KeyId=key)
    for wrong in (key, key[:-4] + "0000", "alias/no-such-alias"):
        with pytest.raises(ClientError) as error:
            make(SSESpecification=under(wrong))
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert not [name for name in dynamodb.list_tables()["TableNames"] if name.startswith("sealed-") and dynamodb.describe_table(
        TableName=name)["Table"].get("SSEDescription", {}).get("KMSMasterKeyArn") == key]
