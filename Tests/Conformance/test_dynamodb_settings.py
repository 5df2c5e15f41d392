"""Settings beside the items: on-demand maxima, warm throughput, Contributor Insights."""

from __future__ import annotations

import pytest
from refusals import refusal


@pytest.fixture(scope="module")
def client(client_for):
    return client_for("dynamodb", retries={"max_attempts": 1})


def make(client, name, **more):
    client.create_table(**{
        "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **more})
    return name


def described(client, name):
    return client.describe_table(TableName=name)["Table"]


def test_on_demand_maxima_throttle(client, unique):
    name = make(client, unique("maxima"), OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1})
    assert described(client, name)["OnDemandThroughput"] == {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1}
    # Five minutes of one unit a second are kept; this item takes more.
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"S": "x" * 350_000}})
    answer = refusal(client.put_item, TableName=name, Item={"pk": {"S": "b"}}).response
    assert answer["Error"]["Code"] == "ThrottlingException"
    assert answer["throttlingReasons"] == [{
        "reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": described(client, name)["TableArn"]}]
    assert client.get_item(TableName=name, Key={"pk": {"S": "b"}}).get("Item") is None
    answer = refusal(client.transact_write_items, TransactItems=[{"Put": {"TableName": name, "Item": {"pk": {"S": "b"}}}}]).response
    assert [each["Code"] for each in answer["CancellationReasons"]] == ["ThrottlingError"]
    # -1 takes the maximum away.
    client.update_table(TableName=name, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert described(client, name)["OnDemandThroughput"] == {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": -1}
    client.put_item(TableName=name, Item={"pk": {"S": "b"}})
    client.update_table(TableName=name, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert "OnDemandThroughput" not in described(client, name)


def test_maxima_of_an_index(client, unique):
    index = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}, "OnDemandThroughput": {"MaxWriteRequestUnits": 1}}
    name = make(
        client, unique("maxima"), GlobalSecondaryIndexes=[index],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "g")])
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "g": {"S": "g"}, "v": {"S": "x" * 350_000}})
    answer = refusal(client.put_item, TableName=name, Item={"pk": {"S": "b"}, "g": {"S": "g"}}).response
    assert answer["throttlingReasons"][0]["reason"] == "IndexWriteMaxOnDemandThroughputExceeded"
    client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Update": {
        "IndexName": "by-g", "OnDemandThroughput": {"MaxWriteRequestUnits": -1}}}])
    assert "OnDemandThroughput" not in described(client, name)["GlobalSecondaryIndexes"][0]
    client.put_item(TableName=name, Item={"pk": {"S": "b"}, "g": {"S": "g"}})


def test_maxima_are_refused(client, unique):
    name = unique("maxima")
    answer = refusal(
        make, client=client, name=name, BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        OnDemandThroughput={"MaxReadRequestUnits": 1}).response
    assert answer["Error"]["Code"] == "ValidationException" and "PAY_PER_REQUEST" in answer["Error"]["Message"]
    answer = refusal(make, client=client, name=name, OnDemandThroughput={"MaxReadRequestUnits": 0}).response
    assert "MaxReadRequestUnits" in answer["Error"]["Message"]
    assert refusal(client.describe_table, TableName=name).code == "ResourceNotFoundException"


def test_maxima_of_a_restored_table(client, unique, eventually):
    name = make(client, unique("maxima"), OnDemandThroughput={"MaxReadRequestUnits": 5})
    backup = client.create_backup(TableName=name, BackupName="before")["BackupDetails"]["BackupArn"]
    eventually(lambda: client.describe_backup(BackupArn=backup)[
        "BackupDescription"]["BackupDetails"]["BackupStatus"] == "AVAILABLE")
    provisioned = {"BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": {
        "ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    for more, wanted in [
        ({}, {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": -1}),
        ({"OnDemandThroughputOverride": {"MaxWriteRequestUnits": 7}}, {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 7}),
        (provisioned, None),
    ]:
        target = unique("restored")
        client.restore_table_from_backup(TargetTableName=target, BackupArn=backup, **more)
        assert described(client, target).get("OnDemandThroughput") == wanted


def test_warm_throughput_only_grows(client, unique):
    name = make(client, unique("warm"))
    assert described(client, name)["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}
    client.update_table(TableName=name, WarmThroughput={"ReadUnitsPerSecond": 15_000})
    assert described(client, name)["WarmThroughput"]["ReadUnitsPerSecond"] == 15_000
    answer = refusal(client.update_table, TableName=name, WarmThroughput={"ReadUnitsPerSecond": 14_000}).response
    assert answer["Error"]["Message"] == (
        "One or more parameter values were invalid: Requested ReadUnitsPerSecond for WarmThroughput for table is lower than "
        "current WarmThroughput, decreasing WarmThroughput is not supported")


def test_contributor_insights_are_kept(client, unique):
    name = make(
        client, unique("insights"),
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "g")],
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    assert client.describe_contributor_insights(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    answer = client.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    assert answer["ContributorInsightsStatus"] == "ENABLING"
    client.update_contributor_insights(
        TableName=name, IndexName="by-g", ContributorInsightsAction="ENABLE", ContributorInsightsMode="THROTTLED_KEYS")
    told = client.describe_contributor_insights(TableName=name)
    assert told["ContributorInsightsStatus"] == "ENABLED" and told["LastUpdateDateTime"]
    assert [rule.split("-")[1] for rule in told["ContributorInsightsRuleList"]] == ["PKC", "PKT"]
    first = client.list_contributor_insights(TableName=name, MaxResults=1)
    second = client.list_contributor_insights(TableName=name, MaxResults=1, NextToken=first["NextToken"])
    assert [each.get("IndexName") for page in (first, second) for each in page["ContributorInsightsSummaries"]] == [
        None, "by-g"]
    client.update_contributor_insights(TableName=name, ContributorInsightsAction="DISABLE")
    assert client.describe_contributor_insights(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    for more in ({"TableName": "missing"}, {"TableName": name, "IndexName": "missing"}):
        assert refusal(client.describe_contributor_insights, **more).code == "ResourceNotFoundException"
