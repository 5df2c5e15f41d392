"""Tag keys that look alike and have other bytes (Å as one letter, and as the sign of the unit) are two tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LETTER, UNIT = "\u00c5", "\u212b"


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


@pytest.mark.parametrize("make", [dynamodb, kms, ssm, secretsmanager], ids=lambda make: make.__name__)
def test_two_keys_that_look_alike(client_for: Callable[..., Any], unique: Callable[[str], str], make: Callable) -> None:
    tag, untag, tags = make(client_for, unique("tagged"))
    tag(LETTER, "letter")
    tag(UNIT, "unit")
    assert tags() == {LETTER: "letter", UNIT: "unit"}
    tag(UNIT, "other")
    assert tags() == {LETTER: "letter", UNIT: "other"}
    untag(LETTER)
    assert tags() == {UNIT: "other"}
