"""What services tell of themselves on the default event bus."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def watch(client_for, logs, unique, account):
    """A rule for one source that writes to a log group; gives a function that reads the details so far."""
    events = client_for("events")
    made = []

    def make(source):
        name = unique("watch")
        group = f"/aws/events/{name}"
        logs.create_log_group(logGroupName=group)
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
        events.put_targets(Rule=name, Targets=[{"Id": "l", "Arn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}"}])
        made.append(name)

        def details():
            found = logs.filter_log_events(logGroupName=group)["events"]
            return [json.loads(event["message"])["detail"] for event in found]

        return details

    yield make
    for name in made:
        events.remove_targets(Rule=name, Ids=["l"])
        events.delete_rule(Name=name)


def test_queries_tell_their_states(athena, bucket, watch, eventually):
    details = watch("aws.athena")
    query = athena.start_query_execution(
        QueryString="SELECT 1", ResultConfiguration={"OutputLocation": f"s3://{bucket}/results/"})["QueryExecutionId"]
    found = eventually(lambda: (seen := details()) and len(seen) == 3 and seen, timeout=60)
    assert {detail["queryExecutionId"] for detail in found} == {query}
    states = sorted((detail["sequenceNumber"], detail["currentState"], detail.get("previousState")) for detail in found)
    assert states == [("1", "QUEUED", None), ("2", "RUNNING", "QUEUED"), ("3", "SUCCEEDED", "RUNNING")]
