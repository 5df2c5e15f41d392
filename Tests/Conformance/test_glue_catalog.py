"""The Glue Data Catalog: databases, tables and their versions, partitions and the expressions that choose them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from refusals import refusal


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    """Expects the call to fail with `code`; gives the message."""
    found = refusal(call, **arguments)
    assert (found.code, found.status) == (code, 400), found
    return found.message


def storage(location: str = "s3://nowhere/data/") -> dict[str, Any]:
    return {
        "Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string", "Comment": "of the thing"}],
        "Location": location,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe", "Parameters": {"paths": "id,name"}},
    }


KEYS = [{"Name": "year", "Type": "int"}, {"Name": "region", "Type": "string"}]


@pytest.fixture
def database(glue: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("catalog").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name})
    yield name
    glue.delete_database(Name=name)


@pytest.fixture
def partitioned(glue: Any, database: str) -> str:
    glue.create_table(DatabaseName=database, TableInput={
        "Name": "sales", "StorageDescriptor": storage(), "PartitionKeys": KEYS, "TableType": "EXTERNAL_TABLE"})
    return database


def partition(year: int | str, region: str) -> dict[str, Any]:
    return {
        "Values": [str(year), region],
        "StorageDescriptor": storage(f"s3://nowhere/data/year={year}/region={region}/"),
    }


def test_database_lifecycle(glue: Any, unique: Callable[[str], str], account: str) -> None:
    name = unique("life").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name, "Description": "first", "Parameters": {"a": "1"}})
    found = glue.get_database(Name=name)["Database"]
    assert (found["Name"], found["Description"], found["Parameters"]) == (name, "first", {"a": "1"})
    assert found["CatalogId"] == account
    assert found["CreateTime"].tzinfo is not None
    assert name in [each["Name"] for each in glue.get_databases()["DatabaseList"]]
    glue.update_database(Name=name, DatabaseInput={"Name": name, "Description": "second"})
    assert glue.get_database(Name=name)["Database"]["Description"] == "second"
    glue.delete_database(Name=name)
    assert name not in [each["Name"] for each in glue.get_databases()["DatabaseList"]]
    for call in (glue.get_database, glue.delete_database):
        assert name in refused("EntityNotFoundException", call, Name=name)
    refused("EntityNotFoundException", glue.update_database, Name=name, DatabaseInput={"Name": name})


def test_a_database_exists_once_and_its_name_is_lower_case(glue: Any, database: str) -> None:
    refused("AlreadyExistsException", glue.create_database, DatabaseInput={"Name": database})
    refused("AlreadyExistsException", glue.create_database, DatabaseInput={"Name": database.upper()})
    assert glue.get_database(Name=database.upper())["Database"]["Name"] == database


def test_databases_come_in_pages(glue: Any, unique: Callable[[str], str]) -> None:
    names = [unique(f"page{number}").replace("-", "_") for number in range(5)]
    for name in names:
        glue.create_database(DatabaseInput={"Name": name})
    pages = list(glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["DatabaseList"]) <= 2 for page in pages)
    found = [each["Name"] for page in pages for each in page["DatabaseList"]]
    assert set(names) <= set(found)
    assert len(found) == len(set(found))
    for name in names:
        glue.delete_database(Name=name)


def test_table_lifecycle(glue: Any, database: str) -> None:
    glue.create_table(DatabaseName=database, TableInput={
        "Name": "Things", "StorageDescriptor": storage(), "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "json"}})
    found = glue.get_table(DatabaseName=database, Name="things")["Table"]
    assert (found["Name"], found["DatabaseName"], found["TableType"]) == ("things", database, "EXTERNAL_TABLE")
    assert found["StorageDescriptor"]["Columns"] == storage()["Columns"]
    assert found["StorageDescriptor"]["SerdeInfo"] == storage()["SerdeInfo"]
    assert found["Parameters"] == {"classification": "json"}
    refused("AlreadyExistsException", glue.create_table, DatabaseName=database, TableInput={"Name": "things"})

    changed = storage()
    changed["Columns"].append({"Name": "more", "Type": "array<string>"})
    glue.update_table(DatabaseName=database, TableInput={"Name": "things", "StorageDescriptor": changed})
    found = glue.get_table(DatabaseName=database, Name="things")["Table"]
    assert [each["Name"] for each in found["StorageDescriptor"]["Columns"]] == ["id", "name", "more"]
    versions = glue.get_table_versions(DatabaseName=database, TableName="things")["TableVersions"]
    assert [len(each["Table"]["StorageDescriptor"]["Columns"]) for each in versions] == [3, 2]
    assert len({each["VersionId"] for each in versions}) == 2

    glue.delete_table(DatabaseName=database, Name="things")
    refused("EntityNotFoundException", glue.get_table, DatabaseName=database, Name="things")
    refused("EntityNotFoundException", glue.delete_table, DatabaseName=database, Name="things")
    refused("EntityNotFoundException", glue.update_table, DatabaseName=database, TableInput={"Name": "things"})


def test_tables_of_a_missing_database(glue: Any) -> None:
    refused("EntityNotFoundException", glue.create_table, DatabaseName="missing", TableInput={"Name": "t"})
    refused("EntityNotFoundException", glue.get_table, DatabaseName="missing", Name="t")
    refused("EntityNotFoundException", glue.get_tables, DatabaseName="missing")


def test_tables_by_expression(glue: Any, database: str) -> None:
    for name in ("log_a", "log_b", "other"):
        glue.create_table(DatabaseName=database, TableInput={"Name": name, "StorageDescriptor": storage()})
    chosen = glue.get_tables(DatabaseName=database, Expression="log.*")["TableList"]
    assert [each and each["Name"] for each in chosen] == ["log_a", "log_b"]


def test_pages_of_tables_and_batch_delete(glue: Any, database: str) -> None:
    for name in ("log_a", "log_b", "other"):
        glue.create_table(DatabaseName=database, TableInput={"Name": name, "StorageDescriptor": storage()})
    pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=database, PaginationConfig={"PageSize": 1}))
    assert sorted(each["Name"] for page in pages for each in page["TableList"]) == ["log_a", "log_b", "other"]
    errors = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["log_a", "gone", "other"])["Errors"]
    assert [(each["TableName"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [("gone", "EntityNotFoundException")]
    assert [each["Name"] for each in glue.get_tables(DatabaseName=database)["TableList"]] == ["log_b"]


def test_a_deleted_database_takes_its_tables_along(glue: Any, unique: Callable[[str], str]) -> None:
    name = unique("dropped").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "t", "StorageDescriptor": storage(), "PartitionKeys": KEYS})
    glue.create_partition(DatabaseName=name, TableName="t", PartitionInput=partition(2024, "eu"))
    glue.delete_database(Name=name)
    glue.create_database(DatabaseInput={"Name": name})
    assert glue.get_tables(DatabaseName=name)["TableList"] == []
    glue.create_table(DatabaseName=name, TableInput={"Name": "t", "StorageDescriptor": storage(), "PartitionKeys": KEYS})
    assert glue.get_partitions(DatabaseName=name, TableName="t")["Partitions"] == []
    glue.delete_database(Name=name)


def test_partition_lifecycle(glue: Any, partitioned: str) -> None:
    table = {"DatabaseName": partitioned, "TableName": "sales"}
    values = ["2024", "eu"]
    glue.create_partition(**table, PartitionInput=partition(2024, "eu"))
    found = glue.get_partition(**table, PartitionValues=values)["Partition"]
    assert (found["Values"], found["TableName"]) == (values, "sales")
    assert found["StorageDescriptor"]["Location"] == "s3://nowhere/data/year=2024/region=eu/"
    refused("AlreadyExistsException", glue.create_partition, **table, PartitionInput=partition(2024, "eu"))
    glue.update_partition(**table, PartitionValueList=values, PartitionInput=partition(2025, "us"))
    refused("EntityNotFoundException", glue.get_partition, **table, PartitionValues=values)
    assert glue.get_partition(**table, PartitionValues=["2025", "us"])["Partition"]["Values"] == ["2025", "us"]
    glue.delete_partition(**table, PartitionValues=["2025", "us"])
    refused("EntityNotFoundException", glue.delete_partition, **table, PartitionValues=["2025", "us"])
    refused("EntityNotFoundException", glue.create_partition, DatabaseName=partitioned, TableName="gone",
            PartitionInput=partition(2024, "eu"))


def test_a_partition_has_a_value_for_each_key(glue: Any, partitioned: str) -> None:
    refused("InvalidInputException", glue.create_partition, DatabaseName=partitioned, TableName="sales",
            PartitionInput={"Values": ["2024"], "StorageDescriptor": storage()})


def test_batches_of_partitions(glue: Any, partitioned: str) -> None:
    table = {"DatabaseName": partitioned, "TableName": "sales"}
    glue.create_partition(**table, PartitionInput=partition(2020, "eu"))
    errors = glue.batch_create_partition(
        **table, PartitionInputList=[partition(year, "eu") for year in (2020, 2021, 2022)])["Errors"]
    assert [(each["PartitionValues"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [
        (["2020", "eu"], "AlreadyExistsException")]
    found = glue.batch_get_partition(**table, PartitionsToGet=[{"Values": ["2021", "eu"]}, {"Values": ["1999", "eu"]}])
    assert [each["Values"] for each in found["Partitions"]] == [["2021", "eu"]]
    errors = glue.batch_delete_partition(
        **table, PartitionsToDelete=[{"Values": ["2021", "eu"]}, {"Values": ["1999", "eu"]}])["Errors"]
    assert [(each["PartitionValues"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [
        (["1999", "eu"], "EntityNotFoundException")]
    left = glue.get_partitions(**table)["Partitions"]
    assert sorted(each["Values"][0] for each in left) == ["2020", "2022"]


@pytest.fixture(scope="module")
def years(glue: Any, unique: Callable[[str], str]) -> Iterator[dict[str, str]]:
    """A table with partitions of 9, 10, 2023, 2024 in eu and us."""
    name = unique("years").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "t", "StorageDescriptor": storage(), "PartitionKeys": KEYS})
    inputs = [partition(year, region) for year in (9, 10, 2023, 2024) for region in ("eu-west", "us-east")]
    assert not glue.batch_create_partition(DatabaseName=name, TableName="t", PartitionInputList=inputs).get("Errors")
    yield {"DatabaseName": name, "TableName": "t"}
    glue.delete_database(Name=name)


@pytest.mark.parametrize(("expression", "expected"), [
    ("year = 2024", {"2024/eu-west", "2024/us-east"}),
    ("year > 9 AND year < 2024 AND region = 'eu-west'", {"10/eu-west", "2023/eu-west"}),
    ("year <= 10 and region <> 'eu-west'", {"9/us-east", "10/us-east"}),
    ("year >= '2024' and region in ('us-east', 'ap')", {"2024/us-east"}),
    ("year between 10 and 2023 and region like 'us%'", {"10/us-east", "2023/us-east"}),
    ("(year = 9 or year = 2024) and region = 'us-east'", {"9/us-east", "2024/us-east"}),
    ("region = 'nowhere'", set()),
])
def test_get_partitions_by_expression(glue: Any, years: dict[str, str], expression: str, expected: set[str]) -> None:
    found = glue.get_partitions(**years, Expression=expression)["Partitions"]
    assert {"/".join(each["Values"]) for each in found} == expected


@pytest.mark.parametrize("expression", ["colour = 'red'", "year =", "year = 2024 and", "(year = 2024"])
def test_a_bad_expression_is_refused(glue: Any, years: dict[str, str], expression: str) -> None:
    refused("InvalidInputException", glue.get_partitions, **years, Expression=expression)


def test_partitions_come_in_pages(glue: Any, years: dict[str, str]) -> None:
    pages = list(glue.get_paginator("get_partitions").paginate(**years, PaginationConfig={"PageSize": 3}))
    assert all(len(page["Partitions"]) <= 3 for page in pages)
    found = ["/".join(each["Values"]) for page in pages for each in page["Partitions"]]
    assert len(found) == len(set(found)) == 8


def test_single_versions(glue: Any, database: str) -> None:
    for number in range(3):
        make = glue.create_table if number == 0 else glue.update_table
        make(DatabaseName=database, TableInput={"Name": "t", "Description": str(number)})
    where = {"DatabaseName": database, "TableName": "t"}
    assert glue.get_table_version(**where, VersionId="0")["TableVersion"]["Table"]["Description"] == "0"
    assert glue.get_table_version(**where)["TableVersion"]["VersionId"] == "2"
    refused("EntityNotFoundException", glue.get_table_version, **where, VersionId="9")
    refused("InvalidInputException", glue.get_table_version, **where, VersionId="x")
    glue.delete_table_version(**where, VersionId="0")
    refused("EntityNotFoundException", glue.delete_table_version, **where, VersionId="0")
    refused("InvalidInputException", glue.delete_table_version, **where, VersionId="2")
    errors = glue.batch_delete_table_version(**where, VersionIds=["1", "7"])["Errors"]
    assert [(each["VersionId"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [("7", "EntityNotFoundException")]
    assert [each["VersionId"] for each in glue.get_table_versions(**where)["TableVersions"]] == ["2"]


def test_partitions_change_in_batches(glue: Any, partitioned: str) -> None:
    where = {"DatabaseName": partitioned, "TableName": "sales"}
    glue.create_partition(**where, PartitionInput={"Values": ["2024", "eu"], "StorageDescriptor": storage()})
    entries = [{"PartitionValueList": [year, "eu"], "PartitionInput": {"Values": [year, "eu"], "Parameters": {"seen": "yes"}}}
               for year in ("2024", "1999")]
    errors = glue.batch_update_partition(**where, Entries=entries)["Errors"]
    assert [(each["PartitionValueList"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [
        (["1999", "eu"], "EntityNotFoundException")]
    assert glue.get_partition(**where, PartitionValues=["2024", "eu"])["Partition"]["Parameters"] == {"seen": "yes"}
    refused("InvalidInputException", glue.get_partitions, **where, Segment={"SegmentNumber": 2, "TotalSegments": 2})
    assert glue.get_partition_indexes(**where)["PartitionIndexDescriptorList"] == []


def test_tables_are_searched(glue: Any, database: str, unique: Callable[[str], str]) -> None:
    word = unique("word").replace("-", "_")
    for name, description in ((f"a_{word}", "first"), (f"b_{word}", "second"), ("other", f"says {word}")):
        glue.create_table(DatabaseName=database, TableInput={"Name": name, "Description": description, "StorageDescriptor": storage()})

    def names(**input: Any) -> list[str]:
        return [each["Name"] for each in glue.search_tables(**input)["TableList"]]

    assert sorted(names(SearchText=word)) == [f"a_{word}", f"b_{word}", "other"]
    assert names(SearchText=f'"a_{word}"') == [f"a_{word}"]
    here = {"Key": "DatabaseName", "Value": database}
    assert names(Filters=[here, {"Key": "Description", "Value": "second"}]) == [f"b_{word}"]
    down = [{"FieldName": "Name", "Sort": "DESC"}]
    assert names(Filters=[here], SortCriteria=down) == ["other", f"b_{word}", f"a_{word}"]
    page = glue.search_tables(Filters=[here], SortCriteria=down, MaxResults=2)
    assert names(Filters=[here], SortCriteria=down, MaxResults=2, NextToken=page["NextToken"]) == [f"a_{word}"]
    refused("InvalidInputException", glue.search_tables, NextToken="made up")
    shown = glue.get_tables(DatabaseName=database, AttributesToGet=["NAME"])["TableList"]
    assert all(set(each) == {"Name", "DatabaseName", "CatalogId"} for each in shown)
    one = glue.get_table(DatabaseName=database, Name="other", AttributesToGet=["NAME"])["Table"]
    assert set(one) == {"Name", "DatabaseName", "CatalogId"}
    assert glue.get_database(Name=database)["Database"]["CreateTableDefaultPermissions"][0]["Permissions"] == ["ALL"]
