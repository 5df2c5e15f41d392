"""Glue: statistics of columns, and user-defined functions
(https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html, ..-catalog-functions.html)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from refusals import message_of

ANALYZED = datetime.datetime(2024, 2, 29, 13, 14, 15, tzinfo=datetime.timezone.utc)


def statistics(column: str, kind: str, type_: str, **data: Any) -> dict[str, Any]:
    return {"ColumnName": column, "ColumnType": kind, "AnalyzedTime": ANALYZED, "StatisticsData": {
        "Type": type_, f"{type_.capitalize()}ColumnStatisticsData": data}}


NUMBERS = statistics("id", "bigint", "LONG", MinimumValue=-5, MaximumValue=2**62, NumberOfNulls=1, NumberOfDistinctValues=7)
ALL = [
    NUMBERS,
    statistics("b", "boolean", "BOOLEAN", NumberOfTrues=1, NumberOfFalses=2, NumberOfNulls=3),
    statistics("d", "date", "DATE", MinimumValue=ANALYZED, MaximumValue=ANALYZED, NumberOfNulls=0, NumberOfDistinctValues=1),
    statistics("p", "decimal(10,2)", "DECIMAL", MinimumValue={"UnscaledValue": b"\x00\x10", "Scale": 2},
               MaximumValue={"UnscaledValue": b"\xff", "Scale": 2}, NumberOfNulls=0, NumberOfDistinctValues=1),
    statistics("f", "double", "DOUBLE", MinimumValue=-0.5, MaximumValue=1.5, NumberOfNulls=0, NumberOfDistinctValues=1),
    statistics("name", "string", "STRING", MaximumLength=9, AverageLength=4.5, NumberOfNulls=0, NumberOfDistinctValues=1),
    statistics("raw", "binary", "BINARY", MaximumLength=9, AverageLength=4.5, NumberOfNulls=0),
]
COLUMNS = [{"Name": each["ColumnName"], "Type": each["ColumnType"]} for each in ALL]


@pytest.fixture
def database(glue: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("known").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={
        "Name": "sales", "StorageDescriptor": {"Columns": COLUMNS, "Location": "s3://nowhere/"},
        "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "region", "Type": "string"}]})
    yield name
    glue.delete_database(Name=name)


def test_what_a_table_knows_of_its_columns(glue: Any, database: str) -> None:
    table = {"DatabaseName": database.upper(), "TableName": "Sales"}
    assert glue.update_column_statistics_for_table(**table, ColumnStatisticsList=ALL)["Errors"] == []
    names = [each["ColumnName"] for each in ALL]
    found = glue.get_column_statistics_for_table(**table, ColumnNames=names)
    assert (found["ColumnStatisticsList"], found["Errors"]) == (ALL, [])

    changed = statistics("ID", "bigint", "LONG", NumberOfNulls=0, NumberOfDistinctValues=1)
    assert glue.update_column_statistics_for_table(**table, ColumnStatisticsList=[changed])["Errors"] == []
    assert glue.get_column_statistics_for_table(**table, ColumnNames=["id"])["ColumnStatisticsList"] == [changed]
    glue.delete_column_statistics_for_table(**table, ColumnName="Id")
    message_of("EntityNotFoundException", glue.delete_column_statistics_for_table, **table, ColumnName="id")
    found = glue.get_column_statistics_for_table(**table, ColumnNames=["id", "b", "colour"])
    assert found["ColumnStatisticsList"] == [ALL[1]]
    assert [(each["ColumnName"], each["Error"]["ErrorCode"]) for each in found["Errors"]] == [
        ("id", "EntityNotFoundException"), ("colour", "EntityNotFoundException")]


def test_what_is_wrong_with_one_column_is_said_of_it(glue: Any, database: str) -> None:
    table = {"DatabaseName": database, "TableName": "sales"}
    unknown = {**NUMBERS, "ColumnName": "colour"}
    empty = {**NUMBERS, "ColumnName": "name", "StatisticsData": {"Type": "STRING"}}
    other = {**NUMBERS, "ColumnName": "f", "StatisticsData": {**NUMBERS["StatisticsData"], "Type": "DOUBLE"}}
    errors = glue.update_column_statistics_for_table(**table, ColumnStatisticsList=[unknown, empty, other, NUMBERS])["Errors"]
    assert [(each["ColumnStatistics"], each["Error"]["ErrorCode"]) for each in errors] == [
        (unknown, "EntityNotFoundException"), (empty, "InvalidInputException"), (other, "InvalidInputException")]
    assert glue.get_column_statistics_for_table(**table, ColumnNames=["id"])["ColumnStatisticsList"] == [NUMBERS]


def test_limits_and_what_is_not_there(glue: Any, database: str) -> None:
    table = {"DatabaseName": database, "TableName": "sales"}
    message_of("ValidationException", glue.update_column_statistics_for_table, **table, ColumnStatisticsList=[NUMBERS] * 26)
    message_of("ValidationException", glue.get_column_statistics_for_table, **table, ColumnNames=["id"] * 101)
    for missing in ({**table, "TableName": "none"}, {**table, "DatabaseName": "no_such_database"}):
        message_of("EntityNotFoundException", glue.get_column_statistics_for_table, **missing, ColumnNames=["id"])
        message_of("EntityNotFoundException", glue.update_column_statistics_for_table, **missing, ColumnStatisticsList=[NUMBERS])
        message_of("EntityNotFoundException", glue.delete_column_statistics_for_table, **missing, ColumnName="id")
    for call, rest in ((glue.get_column_statistics_for_partition, {"ColumnNames": ["id"]}),
                       (glue.update_column_statistics_for_partition, {"ColumnStatisticsList": [NUMBERS]}),
                       (glue.delete_column_statistics_for_partition, {"ColumnName": "id"})):
        message_of("EntityNotFoundException", call, **table, PartitionValues=["2024", "eu"], **rest)
        message_of("InvalidInputException", call, **table, PartitionValues=["2024"], **rest)


def test_partitions_have_their_own(glue: Any, database: str) -> None:
    table = {"DatabaseName": database, "TableName": "sales"}
    for year in ("2023", "2024"):
        glue.create_partition(**table, PartitionInput={"Values": [year, "eu"]})
    place = {**table, "PartitionValues": ["2024", "eu"]}
    assert glue.update_column_statistics_for_partition(**place, ColumnStatisticsList=[NUMBERS])["Errors"] == []
    assert glue.get_column_statistics_for_partition(**place, ColumnNames=["id"])["ColumnStatisticsList"] == [NUMBERS]
    elsewhere = {**table, "PartitionValues": ["2023", "eu"]}
    assert glue.get_column_statistics_for_partition(**elsewhere, ColumnNames=["id"])["ColumnStatisticsList"] == []
    assert glue.get_column_statistics_for_table(**table, ColumnNames=["id"])["ColumnStatisticsList"] == []
    # A partition that is deleted and made again has none.
    glue.delete_partition(**place)
    glue.create_partition(**table, PartitionInput={"Values": ["2024", "eu"]})
    assert glue.get_column_statistics_for_partition(**place, ColumnNames=["id"])["ColumnStatisticsList"] == []
    glue.update_column_statistics_for_partition(**place, ColumnStatisticsList=[NUMBERS])
    glue.delete_column_statistics_for_partition(**place, ColumnName="id")
    message_of("EntityNotFoundException", glue.delete_column_statistics_for_partition, **place, ColumnName="id")


def test_they_go_with_their_table(glue: Any, database: str) -> None:
    table = {"DatabaseName": database, "TableName": "sales"}
    description = glue.get_table(DatabaseName=database, Name="sales")["Table"]
    kept = {key: description[key] for key in ("Name", "StorageDescriptor", "PartitionKeys")}
    glue.update_column_statistics_for_table(**table, ColumnStatisticsList=[NUMBERS])
    glue.delete_table(DatabaseName=database, Name="sales")
    glue.create_table(DatabaseName=database, TableInput=kept)
    assert glue.get_column_statistics_for_table(**table, ColumnNames=["id"])["ColumnStatisticsList"] == []


def function(name: str, **more: Any) -> dict[str, Any]:
    return {"FunctionName": name, "ClassName": "org.example.Reverse", "OwnerName": "ann", "OwnerType": "USER",
            "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://code/reverse.jar"}], **more}


def test_functions(glue: Any, database: str, account: str) -> None:
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
    glue.create_user_defined_function(DatabaseName=database.upper(), FunctionInput=function("reverse"))
    found = glue.get_user_defined_function(DatabaseName=database, FunctionName="reverse")["UserDefinedFunction"]
    assert found.pop("CreateTime") > before
    assert found == {**function("reverse"), "DatabaseName": database, "CatalogId": account}
    assert message_of("AlreadyExistsException", glue.create_user_defined_function,
                   DatabaseName=database, FunctionInput=function("reverse")) == "Function already exists."
    changed = function("reverse", ClassName="org.example.Other", OwnerType="ROLE")
    glue.update_user_defined_function(DatabaseName=database, FunctionName="reverse", FunctionInput=changed)
    found = glue.get_user_defined_function(DatabaseName=database, FunctionName="reverse")["UserDefinedFunction"]
    assert (found["ClassName"], found["OwnerType"]) == ("org.example.Other", "ROLE")
    glue.delete_user_defined_function(DatabaseName=database, FunctionName="reverse")
    for call, rest in ((glue.get_user_defined_function, {}), (glue.delete_user_defined_function, {}),
                       (glue.update_user_defined_function, {"FunctionInput": changed})):
        message_of("EntityNotFoundException", call, DatabaseName=database, FunctionName="reverse", **rest)
        message_of("EntityNotFoundException", call, DatabaseName="no_such_database", FunctionName="reverse", **rest)
    message_of("EntityNotFoundException", glue.create_user_defined_function, DatabaseName="no_such_database", FunctionInput=changed)
    message_of("InvalidInputException", glue.create_user_defined_function, DatabaseName=database, FunctionInput={"ClassName": "c"})
    message_of("ValidationException", glue.create_user_defined_function, DatabaseName=database,
            FunctionInput=function("much", ResourceUris=function("x")["ResourceUris"] * 1001))


def test_functions_are_listed(glue: Any, database: str, unique: Callable[[str], str]) -> None:
    other = unique("other").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": other})
    for name in ("to_a", "to_b", "from_a"):
        glue.create_user_defined_function(DatabaseName=database, FunctionInput=function(name))
    glue.create_user_defined_function(DatabaseName=other, FunctionInput=function("to_c"))

    def names(**wanted: Any) -> list[str]:
        pages = glue.get_paginator("get_user_defined_functions").paginate(**wanted, PaginationConfig={"PageSize": 1})
        return [each["FunctionName"] for page in pages for each in page["UserDefinedFunctions"]]

    assert names(DatabaseName=database, Pattern="*") == ["from_a", "to_a", "to_b"]
    assert names(DatabaseName=database, Pattern="to_*") == ["to_a", "to_b"]
    assert names(DatabaseName=database, Pattern="to_a|from*") == ["from_a", "to_a"]
    assert {"to_a", "to_b", "to_c"} <= set(names(Pattern="to_*"))
    message_of("EntityNotFoundException", glue.get_user_defined_functions, DatabaseName="no_such_database", Pattern="*")
    glue.delete_database(Name=other)
    glue.create_database(DatabaseInput={"Name": other})
    assert names(DatabaseName=other, Pattern="*") == []
    glue.delete_database(Name=other)


def test_rights(glue: Any, database: str, iam: Any, client_for: Any, unique: Callable[[str], str], account: str) -> None:
    """Statistics need the table's permission; functions their own, on their own ARN."""
    name = unique("keeper")
    iam.create_user(UserName=name)
    client = client_for("glue", iam.create_access_key(UserName=name)["AccessKey"])
    root = f"arn:aws:glue:us-east-1:{account}"

    def may(*statements: tuple[str, list[str]]) -> None:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": [f"{root}:{each}" for each in resources]}
            for action, resources in statements]}))

    table = {"DatabaseName": database, "TableName": "sales"}
    place = ["catalog", f"database/{database}"]
    may(("glue:GetTable", [*place, f"table/{database}/sales"]), ("glue:*UserDefinedFunction", [*place, f"userDefinedFunction/{database}/own"]))
    client.get_column_statistics_for_table(**table, ColumnNames=["id"])
    message_of("AccessDeniedException", client.update_column_statistics_for_table, **table, ColumnStatisticsList=[NUMBERS])
    message_of("AccessDeniedException", client.get_column_statistics_for_partition, **table, PartitionValues=["1", "2"], ColumnNames=["id"])
    client.create_user_defined_function(DatabaseName=database, FunctionInput=function("own"))
    client.get_user_defined_function(DatabaseName=database, FunctionName="own")
    message_of("AccessDeniedException", client.create_user_defined_function, DatabaseName=database, FunctionInput=function("other"))
    message_of("AccessDeniedException", client.get_user_defined_functions, DatabaseName=database, Pattern="*")
    may(("glue:UpdateTable", [*place, f"table/{database}/sales"]), ("glue:UpdatePartition", [*place, f"table/{database}/sales"]))
    client.update_column_statistics_for_table(**table, ColumnStatisticsList=[NUMBERS])
    glue.create_partition(**table, PartitionInput={"Values": ["1", "2"]})
    client.update_column_statistics_for_partition(**table, PartitionValues=["1", "2"], ColumnStatisticsList=[NUMBERS])
    message_of("AccessDeniedException", client.delete_column_statistics_for_table, **table, ColumnName="id")
