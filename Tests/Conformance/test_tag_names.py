"""Tag keys that look alike and have other bytes are two tags: a Chinese character and the twin that Unicode keeps of it for
Korean text. (They have no case: the sign for ångström and the letter would be one for IAM, in lower case.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

LETTER, TWIN = "\u8c48", "\uf900"


def dynamodb(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("dynamodb")
    arn = client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])["TableDescription"]["TableArn"]
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return (lambda key, value: client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.untag_resource(ResourceArn=arn, TagKeys=[key]),
            lambda: {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=arn)["Tags"]})


def kms(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("kms")
    key_id = client.create_key(Description=name)["KeyMetadata"]["KeyId"]
    return (lambda key, value: client.tag_resource(KeyId=key_id, Tags=[{"TagKey": key, "TagValue": value}]),
            lambda key: client.untag_resource(KeyId=key_id, TagKeys=[key]),
            lambda: {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key_id)["Tags"]})


def ssm(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client, place = client_for("ssm"), {"ResourceType": "Parameter", "ResourceId": name}
    client.put_parameter(Name=name, Value="v", Type="String")
    return (lambda key, value: client.add_tags_to_resource(**place, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.remove_tags_from_resource(**place, TagKeys=[key]),
            lambda: {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(**place)["TagList"]})


def secretsmanager(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("secretsmanager")
    client.create_secret(Name=name, SecretString="s")
    return (lambda key, value: client.tag_resource(SecretId=name, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.untag_resource(SecretId=name, TagKeys=[key]),
            lambda: {tag["Key"]: tag["Value"] for tag in client.describe_secret(SecretId=name).get("Tags", [])})


def pairs(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def sns(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("sns")
    arn = client.create_topic(Name=name)["TopicArn"]
    return (lambda key, value: client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.untag_resource(ResourceArn=arn, TagKeys=[key]),
            lambda: pairs(client.list_tags_for_resource(ResourceArn=arn)["Tags"]))


def events(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("events")
    arn = client.put_rule(Name=name, ScheduleExpression="rate(1 day)")["RuleArn"]
    return (lambda key, value: client.tag_resource(ResourceARN=arn, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.untag_resource(ResourceARN=arn, TagKeys=[key]),
            lambda: pairs(client.list_tags_for_resource(ResourceARN=arn)["Tags"]))


def scheduler(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("scheduler")
    arn = client.create_schedule_group(Name=name)["ScheduleGroupArn"]
    return (lambda key, value: client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.untag_resource(ResourceArn=arn, TagKeys=[key]),
            lambda: pairs(client.list_tags_for_resource(ResourceArn=arn)["Tags"]))


def kinesis(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("kinesis")
    client.create_stream(StreamName=name, ShardCount=1)
    client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})

    def tags() -> dict[str, str]:
        """Page by page: a page may end between the two."""
        found, last = {}, {}
        while True:
            page = client.list_tags_for_stream(StreamName=name, Limit=1, **last)
            found |= pairs(page["Tags"])
            if not page["HasMoreTags"]:
                return found
            last = {"ExclusiveStartTagKey": page["Tags"][-1]["Key"]}

    return (lambda key, value: client.add_tags_to_stream(StreamName=name, Tags={key: value}),
            lambda key: client.remove_tags_from_stream(StreamName=name, TagKeys=[key]), tags)


def iam(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("iam")
    client.create_user(UserName=name)
    return (lambda key, value: client.tag_user(UserName=name, Tags=[{"Key": key, "Value": value}]),
            lambda key: client.untag_user(UserName=name, TagKeys=[key]),
            lambda: pairs(tag for page in client.get_paginator("list_user_tags").paginate(
                UserName=name, PaginationConfig={"PageSize": 1}) for tag in page["Tags"]))


LISTS = [dynamodb, kms, ssm, secretsmanager, sns, events, scheduler, kinesis, iam]


@pytest.mark.parametrize("make", LISTS, ids=lambda make: make.__name__)
def test_two_keys_that_look_alike(client_for: Callable[..., Any], unique: Callable[[str], str], make: Callable) -> None:
    tag, untag, tags = make(client_for, unique("tagged"))
    tag(LETTER, "letter")
    tag(TWIN, "twin")
    assert tags() == {LETTER: "letter", TWIN: "twin"}
    tag(TWIN, "other")
    assert tags() == {LETTER: "letter", TWIN: "other"}
    untag(LETTER)
    assert tags() == {TWIN: "other"}


def logs(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("logs")
    client.create_log_group(logGroupName=name)
    arn = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["logGroupArn"]
    return (lambda key, value: client.tag_resource(resourceArn=arn, tags={key: value}),
            lambda key: client.untag_resource(resourceArn=arn, tagKeys=[key]),
            lambda: client.list_tags_for_resource(resourceArn=arn)["tags"])


def sqs(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client = client_for("sqs")
    url = client.create_queue(QueueName=name)["QueueUrl"]
    return (lambda key, value: client.tag_queue(QueueUrl=url, Tags={key: value}),
            lambda key: client.untag_queue(QueueUrl=url, TagKeys=[key]),
            lambda: client.list_queue_tags(QueueUrl=url).get("Tags", {}))


def glue(client_for: Callable[..., Any], name: str) -> tuple[Callable, Callable, Callable]:
    client, name = client_for("glue"), name.replace("-", "_")
    account = client_for("sts").get_caller_identity()["Account"]
    client.create_database(DatabaseInput={"Name": name})
    arn = f"arn:aws:glue:us-east-1:{account}:database/{name}"
    return (lambda key, value: client.tag_resource(ResourceArn=arn, TagsToAdd={key: value}),
            lambda key: client.untag_resource(ResourceArn=arn, TagsToRemove=[key]),
            lambda: client.get_tags(ResourceArn=arn)["Tags"])


@pytest.mark.parametrize("make", [logs, sqs, glue], ids=lambda make: make.__name__)
def test_a_map_of_tags_holds_one_of_them(client_for: Callable[..., Any], unique: Callable[[str], str], make: Callable) -> None:
    """Answers that are maps have no room for both: the second is refused, and the first is neither replaced nor removed."""
    tag, untag, tags = make(client_for, unique("tagged"))
    tag(LETTER, "letter")
    with pytest.raises(ClientError) as refusal:
        tag(TWIN, "twin")
    assert "Unicode" in refusal.value.response["Error"]["Message"]
    untag(TWIN)
    assert tags() == {LETTER: "letter"}
    tag(LETTER, "other")
    untag(LETTER)
    assert tags() == {}
