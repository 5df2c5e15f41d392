"""Tags of Athena's work groups and of Glue's databases and crawlers, and what policies make of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from refusals import refusal

FIFTY = {f"k{number:02}": "v" for number in range(50)}


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    found = refusal(call, **arguments)
    assert (found.code, found.status) == (code, 400), found
    return found.response


class Tagged:
    """A kind of resource: how it is made, and its tags as plain dicts."""

    def __init__(self, client: Any, arn: str, make: Callable[[dict[str, str]], Any]) -> None:
        self.client, self.arn, self.make = client, arn, make
        self.is_glue = ":glue:" in arn
        self.invalid = "InvalidInputException" if self.is_glue else "InvalidRequestException"
        self.missing = "EntityNotFoundException" if self.is_glue else "ResourceNotFoundException"

    def tag(self, tags: dict[str, str], arn: str | None = None) -> Any:
        if self.is_glue:
            return self.client.tag_resource(ResourceArn=arn or self.arn, TagsToAdd=tags)
        return self.client.tag_resource(ResourceARN=arn or self.arn, Tags=pairs(tags))

    def untag(self, *keys: str, arn: str | None = None) -> Any:
        if self.is_glue:
            return self.client.untag_resource(ResourceArn=arn or self.arn, TagsToRemove=list(keys))
        return self.client.untag_resource(ResourceARN=arn or self.arn, TagKeys=list(keys))

    def tags(self, arn: str | None = None) -> dict[str, str]:
        if self.is_glue:
            return self.client.get_tags(ResourceArn=arn or self.arn)["Tags"]
        answer = self.client.list_tags_for_resource(ResourceARN=arn or self.arn, MaxResults=75)
        assert "NextToken" not in answer
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.fixture(scope="module")
def role(iam: Any, unique: Callable[[str], str]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return iam.create_role(RoleName=unique("crawls"), AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]


@pytest.fixture(params=["workgroup", "database", "crawler"])
def tagged(request: pytest.FixtureRequest, athena: Any, glue: Any, account: str, role: str, unique: Callable[[str], str]) -> Tagged:
    """One that is not made yet."""
    kind, name = request.param, unique("tagged").replace("-", "_")
    service = "athena" if kind == "workgroup" else "glue"
    arn = f"arn:aws:{service}:us-east-1:{account}:{kind}/{name}"
    if kind == "workgroup":
        return Tagged(athena, arn, lambda tags: athena.create_work_group(Name=name, Tags=pairs(tags)))
    if kind == "database":
        return Tagged(glue, arn, lambda tags: glue.create_database(DatabaseInput={"Name": name}, Tags=tags))
    return Tagged(glue, arn, lambda tags: glue.create_crawler(
        Name=name, Role=role, DatabaseName="d", Targets={"S3Targets": [{"Path": "s3://nowhere/"}]}, Tags=tags))


@pytest.fixture
def someone(iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str]) -> Iterator[Callable[..., Any]]:
    """someone(service, *statements): a client of a user with just these."""
    users: list[str] = []

    def make(service: str, *statements: dict[str, Any]) -> Any:
        name = unique("someone")
        iam.create_user(UserName=name)
        users.append(name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        return client_for(service, iam.create_access_key(UserName=name)["AccessKey"])

    yield make


def test_tags_from_creation_to_the_end(tagged: Tagged) -> None:
    tagged.make({"Team": "lake", "empty": ""})
    assert tagged.tags() == {"Team": "lake", "empty": ""}
    tagged.tag({"Team": "sea", "team": "other case"})
    assert tagged.tags() == {"Team": "sea", "team": "other case", "empty": ""}
    tagged.untag("Team", "never there")
    assert tagged.tags() == {"team": "other case", "empty": ""}


def test_fifty_tags_and_no_more(tagged: Tagged) -> None:
    tagged.make(FIFTY)
    refused(tagged.invalid, tagged.tag, tags={"one": "more"})
    tagged.tag({"k00": "changed"})
    assert tagged.tags() == {**FIFTY, "k00": "changed"}


@pytest.mark.parametrize("tags", [{"aws:mine": "v"}, {"AWS:mine": "v"}, {"k" * 129: "v"}, {"k": "v" * 257}, {**FIFTY, "more": "v"}],
                         ids=["aws", "AWS", "key", "value", "count"])
def test_what_no_tag_may_be(tagged: Tagged, tags: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        tagged.make(tags)
    assert caught.value.response["Error"]["Code"] in (tagged.invalid, "ValidationException"), caught.value.response
    # Nothing was made.
    refused(tagged.missing, tagged.tags)
    tagged.make({"k": "v" * 256, "l" * 128: ""})
    with pytest.raises(ClientError):
        tagged.tag(tags)
    assert tagged.tags() == {"k": "v" * 256, "l" * 128: ""}


def test_what_is_not_there(tagged: Tagged, account: str) -> None:
    elsewhere = tagged.arn.replace("us-east-1", "eu-west-1")
    for arn in (tagged.arn, elsewhere):
        assert arn in refused(tagged.missing, tagged.tags, arn=arn)["Error"]["Message"]
        refused(tagged.missing, tagged.tag, tags={"a": "b"}, arn=arn)
        refused(tagged.missing, lambda arn: tagged.untag("a", arn=arn), arn=arn)
    tagged.make({})
    refused(tagged.missing, tagged.tags, arn=elsewhere)
    for arn in (tagged.arn.replace(account, ""), tagged.arn.rpartition(":")[0] + ":nothing"):
        refused(tagged.invalid, tagged.tags, arn=arn)
    # Another account's are not to be read, there or not.
    refused("AccessDeniedException", tagged.tags, arn=tagged.arn.replace(account, "000000000001"))


def test_catalogs_and_the_primary_work_group(athena: Any, account: str) -> None:
    place = f"arn:aws:athena:us-east-1:{account}"
    error = refused("ResourceNotFoundException", athena.list_tags_for_resource, ResourceARN=f"{place}:datacatalog/none")
    assert error["ResourceName"] == f"{place}:datacatalog/none"
    refused("InvalidRequestException", athena.list_tags_for_resource, ResourceARN="arn:aws:s3:::bucket")
    primary = f"{place}:workgroup/primary"
    assert athena.list_tags_for_resource(ResourceARN=primary)["Tags"] == []
    athena.tag_resource(ResourceARN=primary, Tags=[{"Key": "a"}])
    assert athena.list_tags_for_resource(ResourceARN=primary)["Tags"] == [{"Key": "a", "Value": ""}]
    assert athena.get_work_group(WorkGroup="primary")["WorkGroup"]["State"] == "ENABLED"
    refused("InvalidRequestException", athena.tag_resource, ResourceARN=primary, Tags=pairs({"b": "1"}) * 2)
    refused("InvalidRequestException", athena.list_tags_for_resource, ResourceARN=primary, NextToken="x")


def test_tags_stay_when_the_rest_changes(athena: Any, glue: Any, account: str, role: str, unique: Callable[[str], str]) -> None:
    name = unique("stays").replace("-", "_")
    athena.create_work_group(Name=name, Tags=pairs({"a": "b"}))
    athena.update_work_group(WorkGroup=name, Description="new")
    assert athena.list_tags_for_resource(ResourceARN=f"arn:aws:athena:us-east-1:{account}:workgroup/{name}")["Tags"]
    glue.create_database(DatabaseInput={"Name": name}, Tags={"a": "b"})
    glue.update_database(Name=name, DatabaseInput={"Name": name, "Description": "new"})
    database = f"arn:aws:glue:us-east-1:{account}:database/{name}"
    assert glue.get_tags(ResourceArn=database.replace(name, name.upper()))["Tags"] == {"a": "b"}
    glue.delete_database(Name=name)
    glue.create_database(DatabaseInput={"Name": name})
    assert glue.get_tags(ResourceArn=database)["Tags"] == {}
    assert "Tags" not in glue.get_database(Name=name)["Database"]
    for suffix, tags in (("1", {"a": name}), ("2", {"a": name, "c": "d"}), ("3", {})):
        glue.create_crawler(Name=name + suffix, Role=role, Targets={"S3Targets": [{"Path": "s3://nowhere/"}]}, Tags=tags)
    glue.update_crawler(Name=name + "1", Description="new")
    assert "Tags" not in glue.get_crawler(Name=name + "1")["Crawler"]
    assert glue.list_crawlers(Tags={"a": name})["CrawlerNames"] == [name + "1", name + "2"]
    assert glue.list_crawlers(Tags={"a": name, "c": "d"})["CrawlerNames"] == [name + "2"]
    assert set(glue.list_crawlers()["CrawlerNames"]) >= {name + "1", name + "2", name + "3"}


def test_policies_see_the_tags_of_glue(glue: Any, someone: Callable[..., Any], account: str, unique: Callable[[str], str]) -> None:
    ours, theirs = (unique(word).replace("-", "_") for word in ("ours", "theirs"))
    for name, team in ((ours, "we"), (theirs, "they")):
        glue.create_database(DatabaseInput={"Name": name}, Tags={"team": team})
    place = f"arn:aws:glue:us-east-1:{account}"
    member = someone(
        "glue", {"Effect": "Allow", "Action": "glue:GetDatabase", "Resource": f"{place}:catalog"},
        {"Effect": "Allow", "Action": ["glue:GetDatabase", "glue:GetTags"], "Resource": f"{place}:database/*",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "we"}}})
    assert member.get_database(Name=ours) and member.get_tags(ResourceArn=f"{place}:database/{ours}")
    refused("AccessDeniedException", member.get_database, Name=theirs)
    refused("AccessDeniedException", member.get_tags, ResourceArn=f"{place}:database/{theirs}")
    # What a policy forbids for a database it forbids however the name is written.
    barred = someone("glue", {"Effect": "Allow", "Action": "glue:*", "Resource": "*"},
                     {"Effect": "Deny", "Action": "glue:TagResource", "Resource": f"{place}:database/{ours}"})
    refused("AccessDeniedException", barred.tag_resource, ResourceArn=f"{place}:database/{ours.upper()}", TagsToAdd={"a": "b"})
    maker = someone("glue", {"Effect": "Allow", "Action": "glue:CreateDatabase", "Resource": "*", "Condition": {
        "StringEquals": {"aws:RequestTag/team": "we"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
        {"Effect": "Allow", "Action": "glue:TagResource", "Resource": f"{place}:database/made*"})
    made = unique("made").replace("-", "_")
    refused("AccessDeniedException", maker.create_database, DatabaseInput={"Name": made})
    refused("AccessDeniedException", maker.create_database, DatabaseInput={"Name": made}, Tags={"team": "we", "more": "x"})
    refused("AccessDeniedException", maker.create_database, DatabaseInput={"Name": "x" + made}, Tags={"team": "we"})
    maker.create_database(DatabaseInput={"Name": made}, Tags={"team": "we"})
    # Tagging a database also asks for glue:GetDatabase.
    refused("AccessDeniedException", maker.tag_resource, ResourceArn=f"{place}:database/{made}", TagsToAdd={"team": "they"})


def test_policies_see_the_tags_of_a_querys_work_group(
    athena: Any, someone: Callable[..., Any], bucket: str, account: str, unique: Callable[[str], str]
) -> None:
    queries, groups = {}, {}
    for team in ("we", "they"):
        name = groups[team] = unique(team)
        athena.create_work_group(Name=name, Tags=pairs({"team": team}), Configuration={
            "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/{team}/"}})
        queries[team] = athena.start_query_execution(QueryString="SELECT 1", WorkGroup=name)["QueryExecutionId"]
    member = someone("athena", {
        "Effect": "Allow", "Action": "athena:*", "Resource": f"arn:aws:athena:us-east-1:{account}:workgroup/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "we"}}})
    assert member.get_query_execution(QueryExecutionId=queries["we"])
    assert member.batch_get_query_execution(QueryExecutionIds=[queries["we"]])["QueryExecutions"]
    refused("AccessDeniedException", member.get_query_execution, QueryExecutionId=queries["they"])
    refused("AccessDeniedException", member.get_query_results, QueryExecutionId=queries["they"])
    refused("AccessDeniedException", member.stop_query_execution, QueryExecutionId=queries["they"])
    refused("AccessDeniedException", member.batch_get_query_execution, QueryExecutionIds=list(queries.values()))
    refused("AccessDeniedException", member.get_work_group, WorkGroup=groups["they"])
    maker = someone("athena", {"Effect": "Allow", "Action": "athena:CreateWorkGroup", "Resource": "*"})
    maker.create_work_group(Name=unique("plain"))
    refused("AccessDeniedException", maker.create_work_group, Name=unique("tagged"), Tags=pairs({"a": "b"}))
