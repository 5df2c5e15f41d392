"""EventBridge: whose leave it needs to write to log groups and to other buses, and the roles that it is given."""

from __future__ import annotations

import json

import pytest
from refusals import code_and_message, refusal

OTHER = "210987654322"


@pytest.fixture(scope="module")
def events(client_for):
    return client_for("events")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture
def queue(sqs, unique):
    """A queue that EventBridge may write to: its URL and ARN."""
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    return url, arn


def put(events, source, kind="t"):
    answer = events.put_events(Entries=[{"Source": source, "DetailType": kind, "Detail": "{}"}])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


def receive(sqs, url, eventually):
    return eventually(lambda: sqs.receive_message(
        QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages"))


def test_a_log_group_is_written_by_leave_of_its_policy(events, logs, sqs, queue, unique, account, eventually):
    url, dead = queue
    group = unique("/granted/group")
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    source = unique("logged")
    rule = events.put_rule(Name=unique("rule"), EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    name = rule.split("/")[-1]
    target = {"Id": "l", "Arn": arn, "DeadLetterConfig": {"Arn": dead}}
    events.put_targets(Rule=name, Targets=[target])
    closed = put(events, source)
    (message,) = receive(sqs, url, eventually)
    assert json.loads(message["Body"])["id"] == closed
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []

    def allow(rule_arn):
        logs.put_resource_policy(policyName="granted", policyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "logs:CreateLogStream",
                 "Resource": f"{arn}:*"},
                {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "logs:PutLogEvents",
                 "Resource": f"{arn}:*:*", "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}}}]}))

    allow(rule + "-other")
    put(events, source)
    assert receive(sqs, url, eventually)[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    allow(rule)
    opened = put(events, source)
    found = eventually(lambda: logs.filter_log_events(logGroupName=group)["events"])
    assert [json.loads(event["message"])["id"] for event in found] == [opened]
    assert code_and_message(events.put_targets, Rule=name, Targets=[{**target, "RoleArn": f"arn:aws:iam::{account}:role/r"}]) == (
        "ValidationException", f"RoleArn is not supported for target {arn}.")


def test_a_bus_of_another_account_knows_the_rule(events, sqs, queue, client_for, unique, account, eventually):
    """Without a role the event comes from the rule's account, and `aws:SourceArn` is the rule."""
    url, arn = queue
    bus = unique("bus")
    bus_arn = events.create_event_bus(Name=bus)["EventBusArn"]
    source = unique("far")
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])
    theirs = client_for("events", OTHER)
    rules = {}
    for name in ("known", "unknown"):
        rules[name] = theirs.put_rule(Name=unique(name), EventPattern=json.dumps({"source": [source], "detail-type": [name]}))["RuleArn"]
        theirs.put_targets(Rule=rules[name].split("/")[-1], Targets=[{"Id": "b", "Arn": bus_arn}])
    events.put_permission(EventBusName=bus, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "known", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "events:PutEvents",
        "Resource": bus_arn, "Condition": {"ArnEquals": {"aws:SourceArn": rules["known"]}}}]}))
    put(theirs, source, "unknown")
    taken = put(theirs, source, "known")
    (message,) = receive(sqs, url, eventually)
    assert json.loads(message["Body"])["id"] == taken
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


def test_leave_to_an_organization_needs_a_role(events, sqs, queue, client_for, unique, account, eventually):
    """API Reference, PutTargets: a grant "through an organization instead of directly by the account ID" needs a RoleArn."""
    organizations = client_for("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    request = organizations.create_account(Email=f"{unique('a')}@example.com", AccountName="a")["CreateAccountStatus"]["Id"]
    done = eventually(lambda: (status := organizations.describe_create_account_status(
        CreateAccountRequestId=request)["CreateAccountStatus"])["State"] == "SUCCEEDED" and status)
    member = done["AccountId"]
    url, arn = queue
    bus = unique("bus")
    bus_arn = events.create_event_bus(Name=bus)["EventBusArn"]
    source = unique("member")
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])
    events.put_permission(EventBusName=bus, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "members", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": bus_arn,
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}}}]}))
    theirs, iam = client_for("events", member), client_for("iam", member)
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="sender", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="sender", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus_arn}]}))
    for name, more in (("bare", {}), ("role", {"RoleArn": role})):
        theirs.put_rule(Name=name, EventPattern=json.dumps({"source": [source], "detail-type": [name]}))
        theirs.put_targets(Rule=name, Targets=[{"Id": "b", "Arn": bus_arn, **more}])
    put(theirs, source, "bare")
    taken = put(theirs, source, "role")
    (message,) = receive(sqs, url, eventually)
    assert json.loads(message["Body"])["id"] == taken
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


def test_roles_must_let_eventbridge_in(events, iam, sqs, queue, unique, account):
    _, arn = queue
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    closed = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    pattern, name = json.dumps({"source": ["x"]}), unique("rule")
    assert refusal(events.put_rule, Name=name, EventPattern=pattern, RoleArn="nonsense").code == "ValidationException"
    for role in (closed, f"arn:aws:iam::{account}:role/no-such-role"):
        expected = ("ValidationException", f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'.")
        assert code_and_message(events.put_rule, Name=name, EventPattern=pattern, RoleArn=role) == expected
    trust["Statement"][0]["Principal"]["Service"] = "events.amazonaws.com"
    opened = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    events.put_rule(Name=name, EventPattern=pattern, RoleArn=opened)
    assert events.describe_rule(Name=name)["RoleArn"] == opened
    assert code_and_message(events.put_targets, Rule=name, Targets=[{"Id": "q", "Arn": arn, "RoleArn": closed}]) == (
        "ValidationException", f"Provided role '{closed}' cannot be assumed by principal 'events.amazonaws.com'.")
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn, "RoleArn": opened}])


def test_what_nobody_made_is_as_old_as_the_account(events, iam, client_for):
    opened = iam.get_user()["User"]["CreateDate"]
    assert opened.year > 2000
    bus = events.describe_event_bus()
    assert (bus["CreationTime"], bus["LastModifiedTime"]) == (opened, opened)
    (listed,) = events.list_event_buses(NamePrefix="default")["EventBuses"]
    assert listed["CreationTime"] == opened
    events.put_permission(Action="events:PutEvents", Principal=OTHER, StatementId="other")
    changed = events.describe_event_bus()
    assert changed["CreationTime"] == opened and changed["LastModifiedTime"] > opened
    events.remove_permission(StatementId="other")
    scheduler = client_for("scheduler")
    group = scheduler.get_schedule_group(Name="default")
    assert (group["CreationDate"], group["LastModificationDate"]) == (opened, opened)
    (group,) = scheduler.list_schedule_groups()["ScheduleGroups"]
    assert group["CreationDate"] == opened
