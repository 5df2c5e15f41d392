"""Every change of an identity or its policies holds from the next call on, for keys and sessions that are already in use."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def policy(effect: str, action: str = "s3:*") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})


@pytest.fixture
def user(iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str]) -> tuple[str, Callable[[], bool], str]:
    """A user without policies, whether it may list buckets now, and its key's id."""
    name = unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    s3 = client_for("s3", key)
    return name, lambda: allowed(s3), key["AccessKeyId"]


def allowed(s3: Any) -> bool:
    try:
        s3.list_buckets()
    except ClientError as refused:
        assert refused.response["Error"]["Code"] in ("AccessDenied", "InvalidAccessKeyId", "InvalidToken"), refused.response
        return False
    return True


def test_policies_of_a_user(iam: Any, user: tuple[str, Callable[[], bool], str], unique: Callable[[str], str]) -> None:
    name, may, _ = user
    assert not may()
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Allow"))
    assert may()
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Deny"))
    assert not may()
    iam.delete_user_policy(UserName=name, PolicyName="p")
    iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    assert may()
    iam.detach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    assert not may()
    managed = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=policy("Allow"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=managed)
    assert may()
    iam.create_policy_version(PolicyArn=managed, PolicyDocument=policy("Allow", "sqs:*"), SetAsDefault=True)
    assert not may()
    iam.set_default_policy_version(PolicyArn=managed, VersionId="v1")
    assert may()
    boundary = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=policy("Allow", "sqs:*"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=boundary)
    assert not may()
    iam.delete_user_permissions_boundary(UserName=name)
    assert may()


def test_policies_of_its_groups(iam: Any, user: tuple[str, Callable[[], bool], str], unique: Callable[[str], str]) -> None:
    name, may, _ = user
    group = unique("group")
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=policy("Allow"))
    assert not may()
    iam.add_user_to_group(GroupName=group, UserName=name)
    assert may()
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=policy("Allow", "sqs:*"))
    assert not may()
    iam.attach_group_policy(GroupName=group, PolicyArn=READ_ONLY)
    assert may()
    iam.remove_user_from_group(GroupName=group, UserName=name)
    assert not may()


def test_keys_and_names(
    iam: Any, client_for: Callable[..., Any], user: tuple[str, Callable[[], bool], str]
) -> None:
    name, may, key = user
    iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    assert may()
    iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
    assert not may()
    iam.update_access_key(UserName=name, AccessKeyId=key, Status="Active")
    assert may()
    iam.update_user(UserName=name, NewUserName=f"{name}-new")
    assert may()
    iam.delete_access_key(UserName=f"{name}-new", AccessKeyId=key)
    assert not may()


def test_tags_of_a_principal(iam: Any, user: tuple[str, Callable[[], bool], str]) -> None:
    name, may, _ = user
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "ops"}}}]}))
    assert not may()
    iam.tag_user(UserName=name, Tags=[{"Key": "team", "Value": "ops"}])
    assert may()
    iam.untag_user(UserName=name, TagKeys=["team"])
    assert not may()


def test_a_roles_sessions(
    iam: Any, sts: Any, client_for: Callable[..., Any], account: str, unique: Callable[[str], str]
) -> None:
    role, user = unique("role"), unique("user")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]})

    def make() -> str:
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
        return arn

    arn = make()
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    theirs = client_for("sts", iam.create_access_key(UserName=user)["AccessKey"])
    session = theirs.assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
    narrowed = theirs.assume_role(RoleArn=arn, RoleSessionName="one", PolicyArns=[
        {"arn": "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"}])["Credentials"]
    s3 = client_for("s3", session)
    assert allowed(s3)
    # The same session's name, and another limit: one does not answer for the other.
    assert not allowed(client_for("s3", narrowed))
    assert allowed(s3)
    iam.detach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
    assert not allowed(s3)
    # A role of the same name is another role.
    iam.delete_role(RoleName=role)
    make()
    assert not allowed(s3)
