"""Tokens of lists in the services beside events and queues: good for the list that gave them, and for nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import _client
from refusals import code_of

kms = _client("kms")
ssm = _client("ssm")
secretsmanager = _client("secretsmanager")
kinesis = _client("kinesis")

CODES = {
    "lambda": "InvalidParameterValueException", "iam": "ValidationError", "kms": "InvalidMarkerException",
    "ssm": "InvalidNextToken", "secretsmanager": "InvalidNextTokenException", "logs": "InvalidParameterException",
    "glue": "InvalidInputException", "athena": "InvalidRequestException", "kinesis": "InvalidArgumentException",
    "organizations": "InvalidInputException",
}
# How a list is limited, continued and answered in each service.
WORDS = {
    "lambda": ("MaxItems", "Marker", "NextMarker"), "iam": ("MaxItems", "Marker", "Marker"),
    "kms": ("Limit", "Marker", "NextMarker"), "logs": ("limit", "nextToken", "nextToken"),
    "kinesis": ("Limit", "NextToken", "NextToken"),
}


def page(client: Any, operation: str, token: str | None = None, **more: Any) -> dict[str, Any]:
    limit, given, _ = WORDS.get(client.meta.service_model.service_name, ("MaxResults", "NextToken", "NextToken"))
    return getattr(client, operation)(**{limit: 1, **more}, **({given: token} if token else {}))


def check(client: Any, *lists: tuple[str, dict[str, Any]]) -> None:
    """Each list has two entries or more: its token goes on, and serves no other of the lists."""
    service = client.meta.service_model.service_name
    comes = WORDS.get(service, ("MaxResults", "NextToken", "NextToken"))[2]
    tokens = []
    for operation, more in lists:
        token = page(client, operation, **more).get(comes)
        assert token, (operation, more)
        tokens.append(token)
        page(client, operation, token, **more)
    for place, (operation, more) in enumerate(lists):
        own = tokens[place]
        misspelt = own[:1] + ("B" if own[1] == "A" else "A") + own[2:]
        for token in [misspelt, "AAAA", *(other for each, other in enumerate(tokens) if each != place)]:
            assert code_of(page, client, operation, token, **more) == CODES[service], (operation, more, token)


def test_functions(lambda_client: Any, function: Callable[..., Any]) -> None:
    names = [function("def handler(event, context): pass")["FunctionName"] for _ in range(2)]
    for name in names:
        for place in ("a", "b"):
            lambda_client.create_alias(
                FunctionName=name, Name=place, FunctionVersion=lambda_client.publish_version(FunctionName=name)["Version"])
    check(
        lambda_client, ("list_functions", {}), ("list_functions", {"FunctionVersion": "ALL"}),
        *((operation, {"FunctionName": name}) for operation in ("list_aliases", "list_versions_by_function") for name in names))


def test_identities(iam: Any, unique: Callable[[str], str]) -> None:
    users = [unique("user") for _ in range(2)]
    for user in users:
        iam.create_user(UserName=user, Tags=[{"Key": key, "Value": "v"} for key in "ab"])
        iam.create_group(GroupName=user)
        for _ in range(2):
            iam.create_access_key(UserName=user)
    check(
        iam, ("list_users", {}), ("list_groups", {}), ("list_policies", {"Scope": "AWS"}),
        *(("list_user_tags", {"UserName": user}) for user in users),
        *(("list_access_keys", {"UserName": user}) for user in users))


def test_keys(kms: Any) -> None:
    keys = [kms.create_key(Tags=[{"TagKey": key, "TagValue": "v"} for key in "ab"])["KeyMetadata"]["KeyId"] for _ in range(2)]
    for key in keys:
        for number in range(2):
            kms.create_alias(AliasName=f"alias/{key}-{number}", TargetKeyId=key)
    check(
        kms, ("list_keys", {}), ("list_aliases", {}), *(("list_aliases", {"KeyId": key}) for key in keys),
        *(("list_resource_tags", {"KeyId": key}) for key in keys))


def test_parameters_and_secrets(ssm: Any, secretsmanager: Any, unique: Callable[[str], str]) -> None:
    roots = ["/" + unique("root") for _ in range(2)]
    for root in roots:
        for place in ("a", "b"):
            ssm.put_parameter(Name=f"{root}/{place}", Value="1", Type="String")
            ssm.put_parameter(Name=f"{root}/{place}", Value="2", Type="String", Overwrite=True)
    check(
        ssm, ("describe_parameters", {}), *(("get_parameters_by_path", {"Path": root}) for root in roots),
        *(("get_parameter_history", {"Name": f"{root}/a"}) for root in roots))
    secrets = [unique("secret") for _ in range(2)]
    for name in secrets:
        secretsmanager.create_secret(Name=name, SecretString="1")
        for text in ("2", "3"):
            secretsmanager.put_secret_value(SecretId=name, SecretString=text)
    check(
        secretsmanager, ("list_secrets", {}), ("list_secrets", {"SortBy": "name"}),
        *(("list_secret_version_ids", {"SecretId": name, "IncludeDeprecated": True}) for name in secrets))


def test_logs(logs: Any, unique: Callable[[str], str]) -> None:
    groups = [unique("/tokens/group") for _ in range(2)]
    now = int(time.time() * 1_000)
    for group in groups:
        logs.create_log_group(logGroupName=group)
        for stream in ("a", "b"):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            logs.put_log_events(
                logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": now, "message": "x"}])
    check(
        logs, ("describe_log_groups", {}), ("describe_log_groups", {"logGroupNamePrefix": "/tokens"}), ("list_log_groups", {}),
        *(("describe_log_streams", {"logGroupName": group}) for group in groups),
        *(("filter_log_events", {"logGroupName": group}) for group in groups))
    for group in groups:
        logs.delete_log_group(logGroupName=group)


def test_catalogues(glue: Any, athena: Any, unique: Callable[[str], str]) -> None:
    databases = [unique("base").replace("-", "_") for _ in range(2)]
    for database in databases:
        glue.create_database(DatabaseInput={"Name": database})
        for table in ("a", "b"):
            made = {"Name": table, "StorageDescriptor": {"Columns": [{"Name": "c", "Type": "string"}], "Location": "s3://x/y"}}
            glue.create_table(DatabaseName=database, TableInput=made)
            glue.update_table(DatabaseName=database, TableInput={**made, "Description": "more"})
    check(
        glue, ("get_databases", {}), *(("get_tables", {"DatabaseName": database}) for database in databases),
        *(("get_table_versions", {"DatabaseName": database, "TableName": "a"}) for database in databases), ("search_tables", {}))
    for _ in range(2):
        athena.create_work_group(Name=unique("group"))
    for group in ("primary", "primary"):
        athena.create_named_query(Name=unique("query"), Database="d", QueryString="SELECT 1", WorkGroup=group)
    check(
        athena, ("list_work_groups", {}), ("list_named_queries", {}), ("list_databases", {"CatalogName": "AwsDataCatalog"}),
        *(("list_table_metadata", {"CatalogName": "AwsDataCatalog", "DatabaseName": database}) for database in databases))


def test_streams(kinesis: Any, unique: Callable[[str], str]) -> None:
    for _ in range(2):
        kinesis.create_stream(StreamName=unique("stream"), ShardCount=2)
    names = kinesis.list_streams()["StreamNames"]
    for name in names:
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    token = page(kinesis, "list_streams")["NextToken"]
    assert page(kinesis, "list_streams", token)["StreamNames"]
    shards = kinesis.list_shards(StreamName=names[0], MaxResults=1)["NextToken"]
    assert len(kinesis.list_shards(NextToken=shards)["Shards"]) == 1
    assert code_of(kinesis.list_streams, NextToken=shards) == CODES["kinesis"]
    assert code_of(kinesis.list_shards, NextToken=token) == CODES["kinesis"]


def test_events_of_the_trail(client_for: Callable[..., Any], iam: Any, unique: Callable[[str], str]) -> None:
    trail = client_for("cloudtrail")
    for _ in range(2):
        iam.create_user(UserName=unique("seen"))
    ask = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}], "MaxResults": 1}
    token = trail.lookup_events(**ask)["NextToken"]
    assert len(trail.lookup_events(**ask, NextToken=token)["Events"]) == 1
    assert code_of(trail.lookup_events, MaxResults=1, NextToken=token) == "InvalidNextTokenException"
    assert code_of(trail.lookup_events, **ask, NextToken=token[:-4] + "AAAA") == "InvalidNextTokenException"


@pytest.fixture
def organizations(client_for: Callable[..., Any]) -> Any:
    return client_for("organizations", "554433221100")


def test_organizations(organizations: Any, unique: Callable[[str], str]) -> None:
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = [organizations.create_organizational_unit(ParentId=root, Name=unique("unit"))["OrganizationalUnit"]["Id"]
             for _ in range(2)]
    for unit in units:
        for _ in range(2):
            organizations.create_organizational_unit(ParentId=unit, Name=unique("inner"))
    check(
        organizations, *(("list_organizational_units_for_parent", {"ParentId": parent}) for parent in [root, *units]),
        *(("list_children", {"ParentId": unit, "ChildType": "ORGANIZATIONAL_UNIT"}) for unit in units))


def test_exports_and_imports_of_tables(dynamodb: Any, table: str) -> None:
    for operation in (dynamodb.list_contributor_insights, dynamodb.list_exports):
        assert code_of(operation, NextToken="1") == "ValidationException"
        assert code_of(operation, NextToken="AAAAAAAAAA==") == "ValidationException"
    assert code_of(dynamodb.list_imports, NextToken="0" * 112) == "ValidationException"
