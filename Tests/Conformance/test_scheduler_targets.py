"""EventBridge Scheduler: what reaches targets, when, and what becomes of invocations that fail."""

from __future__ import annotations

import datetime
import json
import time

import pytest

OFF = {"Mode": "OFF"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


@pytest.fixture(scope="module")
def scheduler(client_for):
    return client_for("scheduler")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture(scope="module")
def role(iam, unique):
    name = unique("role")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=ALL)
    return arn


@pytest.fixture
def queue(sqs, unique):
    return make_queue(sqs, unique("queue"))


def make_queue(sqs, name, **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.fixture
def now(advance):
    return lambda: datetime.datetime.fromisoformat(advance(0)["now"].replace("Z", "+00:00"))


@pytest.fixture
def schedule(scheduler, role, unique):
    """Makes schedules and takes them away again."""
    made = []

    def make(expression, target, **more):
        name = unique("schedule")
        arn = scheduler.create_schedule(
            Name=name, ScheduleExpression=expression, Target={"RoleArn": role, **target},
            **{"FlexibleTimeWindow": OFF, **more})["ScheduleArn"]
        made.append(name)
        return name, arn

    yield make
    for name in made:
        try:
            scheduler.delete_schedule(Name=name)
        except scheduler.exceptions.ResourceNotFoundException:
            pass


def at(moment):
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


def receive(sqs, url, count=1, seconds=5):
    messages = []
    until = time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < until:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in answer.get("Messages", []):
            messages.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def test_one_time_and_gone(scheduler, sqs, schedule, queue, now, advance):
    url, arn = queue
    due = now() + datetime.timedelta(minutes=30)
    text = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> <aws.scheduler.other>"
    name, schedule_arn = schedule(at(due), {"Arn": arn, "Input": text}, ActionAfterCompletion="DELETE")
    kept, _ = schedule(at(due), {"Arn": arn, "Input": "kept"})
    advance(29 * 60)
    assert receive(sqs, url, seconds=0.3) == []
    advance(90)
    bodies = sorted(message["Body"] for message in receive(sqs, url, 2))
    assert bodies == [f"{schedule_arn} {due:%Y-%m-%dT%H:%M:%SZ} 1 <aws.scheduler.other>", "kept"]
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name=name)
    assert scheduler.get_schedule(Name=kept)["State"] == "ENABLED"


def test_a_rate_begins_at_once_and_ends(scheduler, sqs, schedule, queue, now, advance):
    url, arn = queue
    end = now() + datetime.timedelta(minutes=11)
    name, schedule_arn = schedule("rate(5 minutes)", {"Arn": arn}, EndDate=end, ActionAfterCompletion="DELETE")
    first = json.loads(receive(sqs, url)[0]["Body"])
    assert first["detail-type"] == "Scheduled Event" and first["resources"] == [schedule_arn]
    advance(6 * 60)
    assert len(receive(sqs, url)) == 1
    scheduler.get_schedule(Name=name)
    advance(5 * 60)
    assert len(receive(sqs, url)) == 1
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name=name)
    advance(10 * 60)
    assert receive(sqs, url, seconds=0.3) == []


def test_a_flexible_window(sqs, schedule, queue, now, advance):
    url, arn = queue
    schedule(at(now() + datetime.timedelta(minutes=1)), {"Arn": arn, "Input": "late"},
             FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15})
    advance(17 * 60)
    assert [message["Body"] for message in receive(sqs, url)] == ["late"]


def test_a_disabled_schedule_rests_until_it_is_enabled(scheduler, sqs, schedule, role, queue, now, advance):
    url, arn = queue
    target = {"Arn": arn, "RoleArn": role, "Input": "x"}
    when = at(now() + datetime.timedelta(minutes=5))
    name, _ = schedule(when, {"Arn": arn, "Input": "x"}, State="DISABLED")
    scheduler.update_schedule(Name=name, ScheduleExpression=when, Target=target, FlexibleTimeWindow=OFF, State="ENABLED")
    scheduler.update_schedule(Name=name, ScheduleExpression=when, Target=target, FlexibleTimeWindow=OFF, State="DISABLED")
    advance(6 * 60)
    assert receive(sqs, url, seconds=0.3) == []


def test_universal_targets(sqs, dynamodb, s3, lambda_client, schedule, unique, account, now, advance):
    table, bucket, name = unique("table"), unique("bucket"), unique("made")
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    s3.create_bucket(Bucket=bucket)
    due = now() + datetime.timedelta(minutes=2)
    sdk = "arn:aws:scheduler:::aws-sdk"
    inputs = {
        "sqs:createQueue": {"QueueName": name, "Attributes": {"VisibilityTimeout": "77"}},
        "dynamodb:putItem": {"TableName": table, "Item": {"Id": {"S": "1"}, "id": {"S": "<aws.scheduler.scheduled-time>"}}},
        "s3:putObject": {"Bucket": bucket, "Key": "made", "Body": "by a schedule"},
    }
    for action, value in inputs.items():
        schedule(at(due), {"Arn": f"{sdk}:{action}", "Input": json.dumps(value)})
    advance(3 * 60)
    for _ in range(50):
        if sqs.list_queues(QueueNamePrefix=name).get("QueueUrls") and s3.list_objects_v2(Bucket=bucket)["KeyCount"]:
            if dynamodb.scan(TableName=table)["Count"]:
                break
        time.sleep(0.1)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes == {"VisibilityTimeout": "77"}
    assert dynamodb.scan(TableName=table)["Items"][0]["id"]["S"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    assert s3.get_object(Bucket=bucket, Key="made")["Body"].read() == b"by a schedule"


def test_templated_targets(client_for, sqs, schedule, unique, account, now, advance):
    sns, events, kinesis = client_for("sns"), client_for("events"), client_for("kinesis")
    fifo_url, fifo = make_queue(sqs, unique("q") + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    url, arn = make_queue(sqs, unique("queue"))
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    bus = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
    rule = unique("rule")
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"source": ["my.schedule"]}))
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "q", "Arn": arn, "InputPath": "$.detail"}])
    stream = unique("stream")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    stream_arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    due = at(now() + datetime.timedelta(minutes=2))
    schedule(due, {"Arn": fifo, "Input": "in order", "SqsParameters": {"MessageGroupId": "g"}})
    schedule(due, {"Arn": topic, "Input": "by topic"})
    schedule(due, {"Arn": bus, "Input": "{\"by\":\"bus\"}",
                   "EventBridgeParameters": {"DetailType": "tick", "Source": "my.schedule"}})
    schedule(due, {"Arn": stream_arn, "Input": "by stream", "KinesisParameters": {"PartitionKey": "k"}})
    advance(3 * 60)
    assert [message["Body"] for message in receive(sqs, fifo_url)] == ["in order"]
    assert sorted(message["Body"] for message in receive(sqs, url, 2)) == ["by topic", "{\"by\":\"bus\"}"]
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = []
    for _ in range(30):
        answer = kinesis.get_records(ShardIterator=iterator)
        records += answer["Records"]
        if records:
            break
        iterator = answer["NextShardIterator"]
        time.sleep(0.1)
    assert [(record["Data"], record["PartitionKey"]) for record in records] == [(b"by stream", "k")]


def test_what_fails_goes_to_the_dead_letter_queue(sqs, schedule, queue, account, now, advance):
    url, arn = queue
    gone = f"arn:aws:sqs:us-east-1:{account}:gone"
    machine = f"arn:aws:states:us-east-1:{account}:stateMachine:m"
    due = now() + datetime.timedelta(minutes=2)
    name, schedule_arn = schedule(at(due), {"Arn": gone, "Input": "lost", "DeadLetterConfig": {"Arn": arn}})
    advance(3 * 60)
    (letter,) = receive(sqs, url)
    attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert letter["Body"] == "lost"
    assert attributes["ERROR_CODE"] == "QueueDoesNotExist"
    assert attributes["SCHEDULE_ARN"] == schedule_arn and attributes["TARGET_ARN"] == gone
    assert attributes["SCHEDULED_TIME"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    assert (attributes["RETRY_ATTEMPTS"], attributes["IS_PAYLOAD_TRUNCATED"]) == ("0", "false")
    assert len(attributes["EXECUTION_ID"]) == 16
    del machine


def test_the_role_decides(iam, scheduler, sqs, queue, unique, now, advance):
    """A role that may write the dead-letter queue alone; and one that trusts another group's schedules."""
    url, arn = queue
    _, other = make_queue(sqs, unique("queue"))
    name = unique("role")
    narrow = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}]}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    target = {"Arn": other, "RoleArn": narrow, "Input": "no", "DeadLetterConfig": {"Arn": arn}}
    scheduler.create_schedule(
        Name=unique("schedule"), ScheduleExpression=at(now() + datetime.timedelta(minutes=2)), Target=target,
        FlexibleTimeWindow=OFF)
    advance(3 * 60)
    (letter,) = receive(sqs, url)
    assert "AccessDenied" in letter["MessageAttributes"]["ERROR_CODE"]["StringValue"]

    trust = json.loads(TRUST)
    trust["Statement"][0]["Condition"] = {"ArnEquals": {"aws:SourceArn": "arn:aws:scheduler:us-east-1:1:schedule-group/x"}}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    with pytest.raises(scheduler.exceptions.ValidationException, match="must allow AWS EventBridge Scheduler"):
        scheduler.create_schedule(
            Name=unique("schedule"), ScheduleExpression="rate(1 day)", Target=target, FlexibleTimeWindow=OFF)


def test_a_customers_key(client_for, iam, scheduler, sqs, schedule, queue, unique, account, now, advance):
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    url, arn = queue
    name, _ = schedule(at(now() + datetime.timedelta(minutes=2)), {"Arn": arn, "Input": "secret"}, KmsKeyArn=key)
    shown = scheduler.get_schedule(Name=name)
    assert (shown["KmsKeyArn"], shown["Target"]["Input"]) == (key, "secret")
    missing = key.rsplit("/", 1)[0] + "/00000000-0000-0000-0000-000000000000"
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    for wrong in (missing, signing):
        with pytest.raises(scheduler.exceptions.ValidationException):  # without an input, too
            schedule("rate(1 day)", {"Arn": arn}, KmsKeyArn=wrong)
    user = unique("user")
    iam.create_user(UserName=user)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "scheduler:*", "Resource": "*"}]}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(policy))
    theirs = client_for("scheduler", iam.create_access_key(UserName=user)["AccessKey"])
    with pytest.raises(theirs.exceptions.ClientError, match="kms:Decrypt"):
        theirs.get_schedule(Name=name)
    advance(3 * 60)
    assert [message["Body"] for message in receive(sqs, url)] == ["secret"]
