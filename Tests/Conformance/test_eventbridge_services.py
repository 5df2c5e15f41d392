"""What services tell of themselves on the default event bus."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def watch(client_for, logs, events_may_log, unique, account):
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


def test_the_catalogue_tells_its_changes(glue, watch, unique, eventually):
    details = watch("aws.glue")
    name = unique("told").replace("-", "_")
    where = {"DatabaseName": name, "TableName": "t"}
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "t", "PartitionKeys": [{"Name": "k"}, {"Name": "l"}]})
    glue.update_table(DatabaseName=name, TableInput={"Name": "t", "PartitionKeys": [{"Name": "k"}, {"Name": "l"}]})
    glue.create_partition(**where, PartitionInput={"Values": ["1", "a"]})
    glue.batch_create_partition(**where, PartitionInputList=[{"Values": ["1", "a"]}, {"Values": ["2", "b"]}, {"Values": ["3", "c"]}])
    glue.update_partition(**where, PartitionValueList=["1", "a"], PartitionInput={"Values": ["1", "a"]})
    glue.batch_delete_partition(**where, PartitionsToDelete=[{"Values": ["2", "b"]}])
    glue.delete_partition(**where, PartitionValues=["3", "c"])
    glue.batch_delete_table(DatabaseName=name, TablesToDelete=["t", "absent"])
    glue.delete_database(Name=name)
    found = eventually(lambda: (seen := details()) and len(seen) == 10 and seen)
    assert all(detail["databaseName"] == name for detail in found)
    changed = {detail["typeOfChange"]: detail.get("changedPartitions", detail.get("changedTables")) for detail in found}
    assert changed == {
        "CreateDatabase": [], "CreateTable": ["t"], "UpdateTable": [], "CreatePartition": ["[1, a]"],
        "BatchCreatePartition": ["[2, b]", "[3, c]"], "UpdatePartition": ["[1, a]"], "BatchDeletePartition": ["[2, b]"],
        "DeletePartition": ["[3, c]"], "BatchDeleteTable": ["t"], "DeleteDatabase": []}
