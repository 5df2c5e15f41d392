"""Members of requests that Tarn knows of and does not carry out: it says so instead of passing them over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::{account}:role/r"
TASK = {"TaskDefinitionArn": "arn:aws:ecs:us-east-1:{account}:task-definition/t"}

# service, operation, parameters, the member that is refused; {account} and {bucket} are the module's own
REFUSED = [
    ("athena", "get_query_results", {"QueryExecutionId": "q", "QueryResultType": "DATA_MANIFEST"}, "QueryResultType"),
    ("cloudtrail", "get_insight_selectors", {"EventDataStore": "abc"}, "EventDataStore"),
    ("cloudtrail", "put_insight_selectors", {
        "TrailName": "trail", "InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]}, "InsightSelectors"),
    ("events", "create_connection", {
        "Name": "c", "AuthorizationType": "API_KEY", "AuthParameters": {
            "ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}, "ConnectivityParameters": {"ResourceParameters": {
                "ResourceConfigurationArn": "arn:aws:vpc-lattice:us-east-1:{account}:resourceconfiguration/rcfg-0123456789abcdef0"}}}},
     "AuthParameters.ConnectivityParameters"),
    ("events", "create_event_bus", {"Name": "b", "LogConfig": {"Level": "ERROR"}}, "LogConfig"),
    ("firehose", "create_delivery_stream", {"DeliveryStreamName": "s", "MSKSourceConfiguration": {
        "MSKClusterARN": "arn:aws:kafka:us-east-1:{account}:cluster/c/u", "TopicName": "t", "AuthenticationConfiguration": {
            "RoleARN": ROLE, "Connectivity": "PUBLIC"}}}, "MSKSourceConfiguration"),
    ("kinesis", "get_shard_iterator", {
        "StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST", "DryRun": True}, "DryRun"),
    ("kinesis", "create_stream", {"StreamName": "s", "WarmThroughputMiBps": 5}, "WarmThroughputMiBps"),
    ("sns", "create_topic", {"Name": "t", "DataProtectionPolicy": "{}"}, "DataProtectionPolicy"),
    ("ssm", "describe_parameters", {"Shared": True}, "Shared"),
    ("events", "put_targets", {"Rule": "r", "Targets": [
        {"Id": "1", "Arn": "arn:aws:ecs:us-east-1:{account}:cluster/c", "RoleArn": ROLE, "EcsParameters": TASK}]},
     "Targets[].EcsParameters"),
    ("glue", "get_tables", {"DatabaseName": "d", "TransactionId": "t"}, "TransactionId"),
    ("glue", "get_databases", {"ResourceShareType": "FOREIGN"}, "ResourceShareType"),
    ("iam", "simulate_principal_policy", {
        "PolicySourceArn": "arn:aws:iam::{account}:user/u", "ActionNames": ["s3:GetObject"],
        "PolicyExclusionList": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}, "PolicyExclusionList"),
    ("kms", "list_keys", {"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"]}, "ResourceOwners"),
    ("lambda", "update_function_configuration", {"FunctionName": "f", "SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
    ("lambda", "update_function_code", {"FunctionName": "f", "ImageUri": "i"}, "ImageUri"),
    ("lambda", "create_event_source_mapping", {"FunctionName": "f", "Topics": ["orders"]}, "Topics"),
    ("lambda", "invoke", {"FunctionName": "f", "TenantId": "t"}, "TenantId"),
    ("lambda", "publish_version", {"FunctionName": "f", "PublishTo": "LATEST_PUBLISHED"}, "PublishTo"),
    ("logs", "describe_log_groups", {"accountIdentifiers": ["{account}"]}, "accountIdentifiers"),
    ("logs", "put_metric_filter", {
        "logGroupName": "g", "filterName": "f", "filterPattern": "", "fieldSelectionCriteria": "a = 1", "metricTransformations": [
            {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}, "fieldSelectionCriteria"),
    ("logs", "put_resource_policy", {"resourceArn": "arn:aws:logs:us-east-1:{account}:log-group:g"}, "resourceArn"),
    ("s3", "put_object", {"Bucket": "{bucket}", "Key": "k", "ObjectLockEventHold": "ON"}, "ObjectLockEventHold"),
    ("s3", "create_bucket", {
        "Bucket": "none", "CreateBucketConfiguration": {"Location": {"Type": "AvailabilityZone", "Name": "use1-az1"}}},
     "CreateBucketConfiguration.Location"),
    ("secretsmanager", "create_secret", {"Name": "s", "SecretString": "s", "Type": "partner"}, "Type"),
    ("dynamodb", "update_table", {"TableName": "t", "ReplicaUpdates": [{"Create": {
        "RegionName": "eu-west-1", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 1}}}]},
     "ReplicaUpdates[].Create.OnDemandThroughputOverride"),
    ("sts", "get_session_token", {"MinimumSessionTokenSize": 4000}, "MinimumSessionTokenSize"),
]


def known(client: Any, operation: str, parameters: dict[str, Any]) -> bool:
    """Whether the installed model has these members; an older one cannot send them."""
    name = client.meta.method_to_api_mapping[operation]
    members = client.meta.service_model.operation_model(name).input_shape.members
    return all(member in members for member in parameters)


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    for name, text in names.items():
        value = value.replace(name, text) if isinstance(value, str) else value
    return value


@pytest.mark.parametrize("service, operation, parameters, member", REFUSED, ids=[f"{a}-{b}-{d}" for a, b, _, d in REFUSED])
def test_what_is_not_built_is_refused(
    client_for: Callable[..., Any], account: str, bucket: str, service: str, operation: str, parameters: dict[str, Any], member: str,
) -> None:
    client = client_for(service)
    assert known(client, operation, parameters)
    parameters = filled(parameters, {"{account}": account, "{bucket}": bucket})
    with pytest.raises(ClientError) as refusal:
        getattr(client, operation)(**parameters)
    error = refusal.value.response
    assert error["Error"]["Code"] == "NotImplemented" and error["ResponseMetadata"]["HTTPStatusCode"] == 501, error
    assert f" {member} of " in error["Error"]["Message"], error


def test_a_stream_that_is_named_by_its_id(client_for: Callable[..., Any]) -> None:
    """boto3 would go to AWS with it, so it is put into a request that is made without it."""
    kinesis = client_for("kinesis")

    def add(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps({**json.loads(params["body"]), "StreamId": "a" * 20 + "-bcd"}).encode()

    kinesis.meta.events.register("before-call.kinesis.PutRecord", add)
    with pytest.raises(ClientError) as refusal:
        kinesis.put_record(StreamName="none", Data=b"x", PartitionKey="k")
    assert refusal.value.response["Error"]["Code"] == "NotImplemented", refusal.value.response


def test_a_value_that_says_nothing_more_is_taken(client_for: Callable[..., Any], unique: Callable[[str], str]) -> None:
    logs, glue, sts = client_for("logs"), client_for("glue"), client_for("sts")
    group = unique("group")
    logs.create_log_group(logGroupName=group)
    assert [each["logGroupName"] for each in logs.describe_log_groups(
        logGroupNamePrefix=group, includeLinkedAccounts=False)["logGroups"]] == [group]
    name = unique("database").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name}, Tags={})
    assert name in [each["Name"] for each in glue.get_databases(ResourceShareType="ALL")["DatabaseList"]]
    assert sts.get_session_token(MinimumSessionTokenSize=0)["Credentials"]["SessionToken"]
    assert client_for("kms").list_keys(ResourceOwners=["SELF"])["Keys"] == []


def test_nothing_is_changed_by_a_refused_request(client_for: Callable[..., Any], unique: Callable[[str], str]) -> None:
    events, name = client_for("events"), unique("rule")
    events.put_rule(Name=name, EventPattern='{"source": ["a"]}')
    queue = client_for("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = client_for("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(ClientError) as refusal:
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}, {"Id": "2", "Arn": arn, "BatchParameters": {
            "JobDefinition": "d", "JobName": "n"}}])
    assert refusal.value.response["Error"]["Code"] == "NotImplemented"
    assert events.list_targets_by_rule(Rule=name)["Targets"] == []


def test_whoever_may_not_call_hears_that_first(client_for: Callable[..., Any], iam: Any, unique: Callable[[str], str]) -> None:
    user = unique("user")
    iam.create_user(UserName=user)
    nobody = client_for("logs", iam.create_access_key(UserName=user)["AccessKey"])
    with pytest.raises(ClientError) as refusal:
        nobody.describe_log_groups(includeLinkedAccounts=True)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
