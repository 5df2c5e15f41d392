"""Glue: the catalogue's resource policy, kept and enforced
(https://docs.aws.amazon.com/glue/latest/dg/security_iam_resource-based-policy-examples.html)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from refusals import message_of

REGION = "eu-west-3"  # of its own: the policy is of the whole catalogue


def policy(principal: Any, actions: list[str], resources: list[str], effect: str = "Allow") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Principal": principal, "Action": actions, "Resource": resources}]})


@pytest.fixture
def own(client_for: Any) -> Iterator[Any]:
    client = client_for("glue", region=REGION)
    yield client
    if client.get_resource_policies()["GetResourcePoliciesResponseList"]:
        client.delete_resource_policy()


@pytest.fixture
def place(own: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("shared").replace("-", "_")
    own.create_database(DatabaseInput={"Name": name})
    for table in ("sales", "secrets"):
        own.create_table(DatabaseName=name, TableInput={"Name": table})
    yield name
    own.delete_database(Name=name)


def test_a_policy_is_kept(own: Any, account: str) -> None:
    root = f"arn:aws:glue:{REGION}:{account}"
    for call in (own.get_resource_policy, own.delete_resource_policy):
        assert message_of("EntityNotFoundException", call) == "Policy not found"
    first = policy({"AWS": f"arn:aws:iam::{account}:root"}, ["glue:GetTable"], [f"{root}:catalog"])
    made = own.put_resource_policy(PolicyInJson=first, PolicyExistsCondition="NOT_EXIST")["PolicyHash"]
    found = own.get_resource_policy()
    assert (json.loads(found["PolicyInJson"]), found["PolicyHash"]) == (json.loads(first), made)
    assert found["CreateTime"] == found["UpdateTime"]
    [listed] = own.get_resource_policies()["GetResourcePoliciesResponseList"]
    assert listed["PolicyHash"] == made
    assert own.get_resource_policy(ResourceArn=f"{root}:catalog")["PolicyHash"] == made
    message_of("EntityNotFoundException", own.get_resource_policy, ResourceArn=f"{root}:database/other")

    second = policy({"AWS": f"arn:aws:iam::{account}:root"}, ["glue:*"], [f"{root}:catalog"])
    message_of("ConditionCheckFailureException", own.put_resource_policy, PolicyInJson=second, PolicyExistsCondition="NOT_EXIST")
    message_of("ConditionCheckFailureException", own.put_resource_policy, PolicyInJson=second, PolicyHashCondition="other")
    changed = own.put_resource_policy(PolicyInJson=second, PolicyHashCondition=made, PolicyExistsCondition="MUST_EXIST")["PolicyHash"]
    assert changed != made
    message_of("ConditionCheckFailureException", own.delete_resource_policy, PolicyHashCondition=made)
    own.delete_resource_policy(PolicyHashCondition=changed)
    message_of("ConditionCheckFailureException", own.put_resource_policy, PolicyInJson=second, PolicyExistsCondition="MUST_EXIST")


@pytest.mark.parametrize("text", [
    "no policy", "{}", policy({"AWS": "arn:aws:iam::123456789012:user/no-such-user"}, ["glue:*"], ["*"]),
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "glue:*", "Resource": "*"}]}),
    policy({"AWS": "*"}, ["glue:" + "x" * 11_000], ["*"])])
def test_what_is_no_policy(own: Any, text: str) -> None:
    message_of("InvalidInputException", own.put_resource_policy, PolicyInJson=text)
    message_of("EntityNotFoundException", own.get_resource_policy)


def test_another_account_is_let_in(own: Any, place: str, account: str, client_for: Any) -> None:
    other = f"{(int(account) + 1) % 10**12:012}"
    stranger = client_for("glue", {"AccessKeyId": other, "SecretAccessKey": "test"}, region=REGION)
    where = {"CatalogId": account, "DatabaseName": place}
    message_of("AccessDeniedException", stranger.get_table, **where, Name="sales")
    root = f"arn:aws:glue:{REGION}:{account}"
    own.put_resource_policy(PolicyInJson=policy(
        {"AWS": f"arn:aws:iam::{other}:root"}, ["glue:GetTable", "glue:GetPartitions"],
        [f"{root}:catalog", f"{root}:database/{place}", f"{root}:table/{place}/sales"]))
    assert stranger.get_table(**where, Name="sales")["Table"]["CatalogId"] == account
    assert stranger.get_partitions(**where, TableName="sales")["Partitions"] == []
    message_of("AccessDeniedException", stranger.get_table, **where, Name="secrets")
    message_of("AccessDeniedException", stranger.delete_table, **where, Name="sales")
    own.delete_resource_policy()
    message_of("AccessDeniedException", stranger.get_table, **where, Name="sales")


def test_a_user_of_the_account_is_let_in_or_kept_out(
    own: Any, place: str, account: str, iam: Any, client_for: Any, unique: Callable[[str], str]
) -> None:
    name = unique("reader")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    client = client_for("glue", iam.create_access_key(UserName=name)["AccessKey"], region=REGION)
    root = f"arn:aws:glue:{REGION}:{account}"
    message_of("AccessDeniedException", client.get_table, DatabaseName=place, Name="sales")
    everything = [f"{root}:catalog", f"{root}:database/{place}", f"{root}:table/{place}/*"]
    own.put_resource_policy(PolicyInJson=policy({"AWS": arn}, ["glue:GetTable"], everything))
    client.get_table(DatabaseName=place, Name="sales")
    assert json.loads(own.get_resource_policy()["PolicyInJson"])["Statement"][0]["Principal"] == {"AWS": arn}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "glue:*", "Resource": "*"}]}))
    own.put_resource_policy(PolicyInJson=policy({"AWS": arn}, ["glue:DeleteTable"], everything, effect="Deny"))
    client.get_table(DatabaseName=place, Name="sales")
    message_of("AccessDeniedException", client.delete_table, DatabaseName=place, Name="sales")
    iam.delete_user_policy(UserName=name, PolicyName="own")
