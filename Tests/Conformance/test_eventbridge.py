"""EventBridge: rules, targets, what is refused, and events that reach functions, queues and logs."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from refusals import assert_refused

EVENT = {
    "version": "0", "id": "1", "detail-type": "transaction", "source": "custom.myATMapp", "account": "000000000000",
    "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [], "detail": {"amount": 300, "location": "NY-NYC-001"},
}


@pytest.fixture(scope="module")
def events(client_for):
    return client_for("events")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture
def rule(events, unique):
    """Makes rules and takes them away again."""
    made = []

    def make(pattern, **more):
        name = unique("rule")
        arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern), **more)["RuleArn"]
        made.append((name, more.get("EventBusName", "default")))
        return name, arn

    yield make
    for name, bus in made:
        ids = [target["Id"] for target in events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]]
        if ids:
            events.remove_targets(Rule=name, EventBusName=bus, Ids=ids)
        events.delete_rule(Name=name, EventBusName=bus)


@pytest.fixture
def queue(sqs, unique):
    """A queue that EventBridge may write to: its URL and ARN."""
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    yield url, arn
    sqs.delete_queue(QueueUrl=url)


def receive(sqs, url, count=1):
    messages = []
    for _ in range(20):
        answer = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        messages += answer.get("Messages", [])
        if len(messages) >= count:
            break
    return messages


def put(events, detail, source="custom.myATMapp", kind="transaction", **more):
    answer = events.put_events(Entries=[{"Source": source, "DetailType": kind, "Detail": json.dumps(detail), **more}])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


def test_put_rule_refuses_bad_patterns(events, unique):
    for pattern in ["[]", "{}", '{"a": "b"}', '{"a": [{"like": "b"}]}', "{"]:
        assert_refused(events.put_rule, "InvalidEventPatternException", "Event pattern is not valid", Name=unique("r"), EventPattern=pattern)
    assert_refused(events.put_rule, "ValidationException", "must be specified", Name=unique("r"))
    assert_refused(events.put_rule, "ValidationException", "ScheduleExpression is not valid", Name=unique("r"), ScheduleExpression="rate(1 minutes)")
    assert_refused(events.put_rule, "ValidationException", Name=unique("r"), ScheduleExpression="cron(0 12 * * * *)")
    assert_refused(events.describe_rule, "ResourceNotFoundException", "does not exist on EventBus default", Name="no-such-rule")


def test_rules_are_described_listed_and_tagged(events, rule, account):
    name, arn = rule({"source": ["x"]}, Description="one", Tags=[{"Key": "a", "Value": "b"}])
    assert arn == f"arn:aws:events:us-east-1:{account}:rule/{name}"
    seen = events.describe_rule(Name=name)
    assert (seen["State"], seen["Description"], seen["EventBusName"]) == ("ENABLED", "one", "default")
    events.disable_rule(Name=name)
    assert events.describe_rule(Name=name)["State"] == "DISABLED"
    assert [found["Name"] for found in events.list_rules(NamePrefix=name)["Rules"]] == [name]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "c", "Value": "d"}]


def test_pages_of_rules(events, unique, rule):
    bus = unique("bus")
    events.create_event_bus(Name=bus)
    names = [rule({"source": ["x"]}, EventBusName=bus)[0] for _ in range(5)]
    seen, token = [], {}
    while True:
        page = events.list_rules(EventBusName=bus, Limit=2, **token)
        seen += [found["Name"] for found in page["Rules"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert seen == sorted(names)
    assert_refused(events.delete_event_bus, "ValidationException", Name=bus)
    assert_refused(events.put_rule, "ValidationException", "only on the default event bus", Name="s", EventBusName=bus, ScheduleExpression="rate(1 hour)")


def test_a_sixth_target_is_refused(events, rule, account):
    name, _ = rule({"source": ["x"]})
    target = f"arn:aws:lambda:us-east-1:{account}:function:f"
    answer = events.put_targets(Rule=name, Targets=[{"Id": str(number), "Arn": target} for number in range(5)])
    assert answer["FailedEntryCount"] == 0
    assert_refused(events.put_targets, "LimitExceededException", Rule=name, Targets=[{"Id": "5", "Arn": target}])
    assert len(events.list_targets_by_rule(Rule=name)["Targets"]) == 5
    assert events.list_rule_names_by_target(TargetArn=target)["RuleNames"] == [name]
    assert_refused(events.delete_rule, "ValidationException", "Rule can't be deleted since it has targets", Name=name)
    answer = events.remove_targets(Rule=name, Ids=["9"])
    assert answer["FailedEntryCount"] == 1


def test_targets_are_checked(events, rule, account):
    name, _ = rule({"source": ["x"]})
    function = f"arn:aws:lambda:us-east-1:{account}:function:f"

    def put_target(**more):
        return {"Rule": name, "Targets": [{"Id": "1", "Arn": function, **more}]}

    assert_refused(events.put_targets, "ValidationException", **put_target(Arn="arn"))
    assert_refused(events.put_targets, "ValidationException", "Only one of", **put_target(Input="{}", InputPath="$.detail"))
    assert_refused(events.put_targets, "ValidationException", "JSON syntax error", **put_target(Input="{"))
    assert_refused(events.put_targets, "ValidationException", "RoleArn is required", **put_target(Arn=f"arn:aws:kinesis:us-east-1:{account}:stream/s"))
    fifo = {"Arn": f"arn:aws:sqs:us-east-1:{account}:dead.fifo"}
    assert_refused(events.put_targets, "ValidationException", "SQS FIFO is not supported by Dead Letter Queues.", **put_target(DeadLetterConfig=fifo))
    assert_refused(events.put_targets, "NotImplemented", **put_target(Arn=f"arn:aws:ecs:us-east-1:{account}:cluster/c"))


def test_bad_entries_fail_alone(events):
    good = {"Source": "a", "DetailType": "b", "Detail": "{}"}
    answer = events.put_events(Entries=[
        good, {"Source": "a", "DetailType": "b", "Detail": "[]"}, {"DetailType": "b", "Detail": "{}"},
        {**good, "Source": "aws.s3"}, {**good, "Detail": "{"}])
    assert answer["FailedEntryCount"] == 4
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        None, "MalformedDetail", "InvalidArgument", "NotAuthorizedForSourceException", "MalformedDetail"]
    assert_refused(events.put_events, "ValidationException", "over the limit", Entries=[{**good, "Detail": json.dumps({"x": "y" * 1_048_576})}])
    assert_refused(events.put_events, "ValidationException", Entries=[good] * 11)


def test_a_request_without_one_whole_entry_fails(events):
    """Entries fail alone as long as one of them is whole; a Detail that is not valid is a Detail."""
    for missing, entry in (("Source", {"DetailType": "b", "Detail": "{}"}), ("DetailType", {"Source": "a", "Detail": "{}"}),
                           ("Detail", {"Source": "a", "DetailType": "b"})):
        assert_refused(events.put_events, "ValidationException", f"{missing} is a required argument", Entries=[entry, {}])
    answer = events.put_events(Entries=[{}, {"Source": "a", "DetailType": "b", "Detail": "["}])
    assert [entry["ErrorCode"] for entry in answer["Entries"]] == ["InvalidArgument", "MalformedDetail"]


@pytest.mark.parametrize(("pattern", "passes"), [
    ({"source": ["custom.myATMapp"]}, True), ({"detail": {"amount": [{"numeric": [">", 300]}]}}, False),
    ({"detail": {"location": [{"prefix": "NY-NYC-"}]}}, True), ({"detail": {"partnerBank": [{"exists": False}]}}, True),
])
def test_event_pattern_is_tested(events, pattern, passes):
    assert events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))["Result"] is passes


def test_events_reach_a_queue(events, sqs, rule, queue, account):
    url, arn = queue
    name, rule_arn = rule({"source": ["custom.myATMapp"], "detail": {"amount": [{"numeric": [">", 300]}]}})
    events.put_targets(Rule=name, Targets=[
        {"Id": "whole", "Arn": arn}, {"Id": "path", "Arn": arn, "InputPath": "$.detail"},
        {"Id": "constant", "Arn": arn, "Input": '{"constant": 1}'},
        {"Id": "shaped", "Arn": arn, "InputTransformer": {
            "InputPathsMap": {"amount": "$.detail.amount", "place": "$.detail.place"},
            "InputTemplate": '{"rule": <aws.events.rule-name>, "amount": <amount>, "text": "at <place>", "place": <place>}'}}])
    put(events, {"amount": 300, "place": "x"})
    identity = put(events, {"amount": 301.0, "place": 'NY "1"'}, Resources=["arn:aws:s3:::b"])
    bodies = [json.loads(message["Body"]) for message in receive(sqs, url, 4)]
    assert len(bodies) == 4
    whole = next(body for body in bodies if "version" in body)
    assert (whole["id"], whole["account"], whole["detail-type"]) == (identity, account, "transaction")
    assert whole["resources"] == ["arn:aws:s3:::b"]
    assert {"amount": 301.0, "place": 'NY "1"'} in bodies
    assert {"constant": 1} in bodies
    assert {"rule": name, "amount": 301.0, "text": 'at NY "1"', "place": 'NY "1"'} in bodies


def test_what_can_not_be_delivered_is_a_dead_letter(events, sqs, rule, queue, account):
    url, arn = queue
    name, rule_arn = rule({"source": ["dead"]})
    gone = f"arn:aws:sqs:us-east-1:{account}:no-such-queue"
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": gone, "DeadLetterConfig": {"Arn": arn}}])
    identity = put(events, {"a": 1}, source="dead")
    (message,) = receive(sqs, url)
    assert json.loads(message["Body"])["id"] == identity
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes["RULE_ARN"] == rule_arn
    assert attributes["TARGET_ARN"] == gone
    assert attributes["ERROR_CODE"] in ("NO_RESOURCE", "NO_PERMISSIONS")
    assert attributes["RETRY_ATTEMPTS"] == "0"


def test_a_queue_without_policy_gets_nothing(events, sqs, rule, queue, unique):
    dead_url, dead = queue
    url = sqs.create_queue(QueueName=unique("closed"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name, _ = rule({"source": ["closed"]})
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": dead}}])
    put(events, {}, source="closed")
    (message,) = receive(sqs, dead_url)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_from_bus_to_bus(events, sqs, rule, queue, unique):
    url, arn = queue
    bus = unique("bus")
    bus_arn = events.create_event_bus(Name=bus)["EventBusArn"]
    first, _ = rule({"source": ["hop"]})
    events.put_targets(Rule=first, Targets=[{"Id": "bus", "Arn": bus_arn}])
    second, _ = rule({"source": ["hop"]}, EventBusName=bus)
    events.put_targets(Rule=second, EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])
    identity = put(events, {"n": 1}, source="hop")
    assert [json.loads(message["Body"])["id"] for message in receive(sqs, url)] == [identity]


def test_across_accounts_the_bus_policy_decides(events, sqs, rule, queue, client_for, unique):
    url, arn = queue
    other = client_for("events", "210987654321")
    assert_refused(other.put_events, "AccessDeniedException", Entries=[{
        "Source": "far", "DetailType": "t", "Detail": "{}", "EventBusName": events.describe_event_bus()["Arn"]}])
    name, _ = rule({"source": ["far"], "account": ["210987654321"]})
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    events.put_permission(Action="events:PutEvents", Principal="210987654321", StatementId="other")
    policy = json.loads(events.describe_event_bus()["Policy"])
    assert policy["Statement"][0]["Sid"] == "other"
    put(other, {"n": 1}, source="far", EventBusName=events.describe_event_bus()["Arn"])
    assert len(receive(sqs, url)) == 1
    events.remove_permission(StatementId="other")
    assert "Policy" not in events.describe_event_bus()
    assert_refused(events.remove_permission, "ResourceNotFoundException", StatementId="other")


def test_a_log_group_gets_events(events, logs, events_may_log, rule, unique, account, eventually):
    group = f"/aws/events/{unique('group')}"
    logs.create_log_group(logGroupName=group)
    name, _ = rule({"source": ["logged"]})
    events.put_targets(Rule=name, Targets=[{"Id": "l", "Arn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}"}])
    identity = put(events, {"n": 1}, source="logged")
    found = eventually(lambda: logs.filter_log_events(logGroupName=group)["events"])
    assert json.loads(found[0]["message"])["id"] == identity


def test_schedules_run_on_the_clock(events, logs, events_may_log, unique, account, advance, eventually):
    group, name = f"/aws/events/{unique('group')}", unique("schedule")
    logs.create_log_group(logGroupName=group)
    arn = events.put_rule(Name=name, ScheduleExpression="rate(5 minutes)")["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "l", "Arn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}"}])
    advance(901)
    found = eventually(lambda: (page := logs.filter_log_events(logGroupName=group)["events"]) and len(page) >= 3 and page)
    bodies = [json.loads(event["message"]) for event in found]
    assert {body["detail-type"] for body in bodies} == {"Scheduled Event"}
    assert {body["source"] for body in bodies} == {"aws.events"}
    assert bodies[0]["resources"] == [arn]
    assert bodies[0]["detail"] == {}
    events.remove_targets(Rule=name, Ids=["l"])
    events.delete_rule(Name=name)


def test_what_is_not_built_refuses(events):
    arn = "arn:aws:events:{}:000000000000:event-bus/default"
    assert_refused(
        events.create_endpoint, "NotImplemented", Name="e",
        RoutingConfig={"FailoverConfig": {
            "Primary": {"HealthCheck": "arn:aws:route53:::healthcheck/h"}, "Secondary": {"Route": "us-west-2"}}},
        EventBuses=[{"EventBusArn": arn.format(region)} for region in ("us-east-1", "us-west-2")])


def test_a_large_event(events, sqs, rule, queue, unique):
    url, arn = queue
    source = unique("large")
    name, _ = rule({"source": [source]})
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    entry = {"Source": source, "DetailType": "d", "Detail": json.dumps({"text": "x" * 900_000})}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (message,) = receive(sqs, url)
    assert len(json.loads(message["Body"])["detail"]["text"]) == 900_000
    with pytest.raises(ClientError, match="Total size of the entries"):
        events.put_events(Entries=[entry, entry])


def test_templates_name_what_there_is(events, rule, queue):
    name, _ = rule({"source": ["template"]})
    target = {"Id": "1", "Arn": queue[1]}
    paths = {"amount": "$.detail.amount"}
    with pytest.raises(ClientError, match="InputTemplate for target 1 contains invalid placeholder sum"):
        events.put_targets(Rule=name, Targets=[
            {**target, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": '{"a": <amount>, "b": <sum>}'}}])
    for template in ('{"a": <amount>', '{"a": <amount>, }', '{<amount>: 1}', '{"a": "<amount>}'):
        with pytest.raises(ClientError, match="Invalid InputTemplate for target 1 : "):
            events.put_targets(Rule=name, Targets=[
                {**target, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}])
    for template in ('<amount> is much', '"<amount> is\n much"', '{"a": "said \\"<amount>\\"",\n "b": [<amount>]}'):
        events.put_targets(Rule=name, Targets=[
            {**target, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}])
    template = '{"a": <amount>, "b": <aws.events.event.json>, "c": "<aws.events.rule-name> 1 < 2"}'
    answer = events.put_targets(Rule=name, Targets=[
        {**target, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}])
    assert answer["FailedEntryCount"] == 0


def test_what_cannot_be_made_is_not_there(events):
    assert events.list_endpoints()["Endpoints"] == []
    assert events.list_event_sources()["EventSources"] == []
    assert events.list_partner_event_sources(NamePrefix="aws.partner/example.com/one")["PartnerEventSources"] == []
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_endpoint(Name="none")
