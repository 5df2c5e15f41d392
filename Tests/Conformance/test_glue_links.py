"""Glue: databases and tables that stand for others, and what Athena makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def storage(bucket: str) -> dict[str, Any]:
    return {"Columns": [{"Name": "a", "Type": "int"}], "Location": f"s3://{bucket}/t/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}


@pytest.fixture
def lake(glue: Any, s3: Any, unique: Callable[[str], str], account: str) -> tuple[str, str, str]:
    """A database with a table, a link to the database and its bucket."""
    bucket = unique("linked")
    database, link = bucket.replace("-", "_"), unique("link").replace("-", "_")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="t/p=x/1.json", Body=b'{"a":1}\n')
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_database(DatabaseInput={"Name": link, "TargetDatabase": {"CatalogId": account, "DatabaseName": database}})
    glue.create_table(DatabaseName=database, TableInput={
        "Name": "t", "StorageDescriptor": storage(bucket), "PartitionKeys": [{"Name": "p", "Type": "string"}]})
    return database, link, bucket


def test_a_database_behind_a_link(glue: Any, lake: tuple[str, str, str]) -> None:
    database, link, bucket = lake
    assert glue.get_database(Name=link)["Database"]["TargetDatabase"]["DatabaseName"] == database
    assert [(each["DatabaseName"], each["Name"]) for each in glue.get_tables(DatabaseName=link)["TableList"]] == [(database, "t")]
    assert glue.get_table(DatabaseName=link, Name="T")["Table"]["DatabaseName"] == database
    glue.create_table(DatabaseName=link, TableInput={"Name": "made"})
    assert glue.get_table(DatabaseName=database, Name="made")["Table"]["Name"] == "made"
    glue.delete_table(DatabaseName=link, Name="made")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName=database, Name="made")
    glue.delete_database(Name=link)
    assert glue.get_table(DatabaseName=database, Name="t")


def test_a_table_behind_a_link(glue: Any, athena: Any, lake: tuple[str, str, str], account: str, eventually: Any) -> None:
    database, link, bucket = lake
    glue.create_table(DatabaseName=database, TableInput={
        "Name": "tl", "TargetTable": {"CatalogId": account, "DatabaseName": database, "Name": "t"}})
    table = glue.get_table(DatabaseName=database, Name="tl")["Table"]
    assert (table["Name"], table["TargetTable"]["Name"]) == ("tl", "t")
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "int"}]
    part = {"Values": ["x"], "StorageDescriptor": {**storage(bucket), "Location": f"s3://{bucket}/t/p=x/"}}
    glue.create_partition(DatabaseName=database, TableName="tl", PartitionInput=part)
    assert len(glue.get_partitions(DatabaseName=link, TableName="t")["Partitions"]) == 1
    for place in (f"{database}.tl", f"{link}.t"):
        query = athena.start_query_execution(
            QueryString=f"SELECT a, p FROM {place}", ResultConfiguration={"OutputLocation": f"s3://{bucket}/out/"})["QueryExecutionId"]
        state = eventually(lambda query=query: (
            lambda status: status if status["State"] not in ("QUEUED", "RUNNING") else None
        )(athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]), timeout=30)
        assert state["State"] == "SUCCEEDED", state
        assert len(athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]) == 2
    glue.delete_table(DatabaseName=database, Name="tl")
    assert glue.get_table(DatabaseName=database, Name="t")


def test_links_give_no_rights_and_lead_to_no_links(
    glue: Any, iam: Any, client_for: Any, lake: tuple[str, str, str], account: str, unique: Callable[[str], str]
) -> None:
    database, link, _ = lake
    name = unique("reader")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "glue:*", "Resource": [
            f"arn:aws:glue:*:{account}:catalog", f"arn:aws:glue:*:{account}:database/{link}", f"arn:aws:glue:*:{account}:table/{link}/*"]}]}))
    reader = client_for("glue", iam.create_access_key(UserName=name)["AccessKey"])
    assert reader.get_database(Name=link)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_table(DatabaseName=link, Name="t")
    loop = unique("loop").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": loop, "TargetDatabase": {"CatalogId": account, "DatabaseName": loop}})
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_tables(DatabaseName=loop)
    with pytest.raises(ClientError, match="AccessDenied"):
        glue.create_database(DatabaseInput={"Name": loop + "2", "TargetDatabase": {"CatalogId": "999999999999", "DatabaseName": "d"}})
        glue.get_tables(DatabaseName=loop + "2")


def test_a_missing_table_is_told_in_the_catalogues_words(athena: Any, lake: tuple[str, str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=lake[0], TableName="none")
    assert caught.value.response["Error"]["Code"] == "MetadataException"
    text = caught.value.response["Error"]["Message"]
    assert text.startswith("Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: ")


def test_partitions_without_a_value(glue: Any, lake: tuple[str, str, str]) -> None:
    database, _, bucket = lake
    for value in ("x", "__HIVE_DEFAULT_PARTITION__"):
        glue.create_partition(DatabaseName=database, TableName="t", PartitionInput={"Values": [value], "StorageDescriptor": storage(bucket)})

    def found(expression: str) -> list[str]:
        pages = glue.get_partitions(DatabaseName=database, TableName="t", Expression=expression)["Partitions"]
        return [each["Values"][0] for each in pages]

    assert found("p IS NULL") == ["__HIVE_DEFAULT_PARTITION__"]
    assert found("p is not null and p = 'x'") == ["x"]
