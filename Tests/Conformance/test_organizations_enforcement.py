"""What an organization lays on its accounts is enforced on every call, at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from organization import DENY_TABLES, Organization, new_account
from refusals import DENIALS, refusal

SCP_DENY = "with an explicit deny in a service control policy"


def allow(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def denied(call: Callable[..., Any], **arguments: Any) -> str:
    """The message of a denial."""
    found = refusal(call, **arguments)
    assert found.code in DENIALS, found
    return found.message


@pytest.fixture
def org(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> Organization:
    org = Organization(client_for, eventually)
    org.enable()
    return org


def administrator(org: Organization, account: str) -> dict[str, Any]:
    """Keys of a user who may do everything in its account."""
    iam = org.member("iam", account)
    iam.create_user(UserName="admin")
    iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return iam.create_access_key(UserName="admin")["AccessKey"]


def test_a_service_control_policy_binds_users_and_root(org: Organization) -> None:
    account = org.account()
    key = administrator(org, account)
    as_root, as_user = org.member("dynamodb", account), org.client_for("dynamodb", key)
    as_root.list_tables()
    as_user.list_tables()
    policy = org.policy(DENY_TABLES)
    org.api.attach_policy(PolicyId=policy, TargetId=account)
    assert denied(as_user.list_tables).endswith(SCP_DENY)
    assert denied(as_user.list_tables).startswith(
        f"User: arn:aws:iam::{account}:user/admin is not authorized to perform: dynamodb:ListTables on resource: ")
    assert denied(as_root.list_tables).endswith(SCP_DENY)
    # Elsewhere and otherwise nothing has changed.
    org.member("lambda", account).list_functions()
    org.client_for("dynamodb", org.management).list_tables()
    # What the policy says is what counts, from the next call on.
    org.api.update_policy(PolicyId=policy, Content=DENY_TABLES.replace("dynamodb", "lambda"))
    as_user.list_tables()
    assert SCP_DENY in denied(org.client_for("lambda", key).list_functions)
    org.api.detach_policy(PolicyId=policy, TargetId=account)
    org.client_for("lambda", key).list_functions()


def test_the_management_account_is_exempt(org: Organization) -> None:
    org.api.attach_policy(PolicyId=org.policy(DENY_TABLES), TargetId=org.root)
    org.api.attach_policy(PolicyId=org.policy(DENY_TABLES), TargetId=org.management)
    org.client_for("dynamodb", org.management).list_tables()
    org.client_for("dynamodb", administrator(org, org.management)).list_tables()


def test_each_level_of_an_allow_list_must_allow(org: Organization) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account = org.account()
    key = administrator(org, account)
    org.api.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=inner)
    for target, policy in [(outer, allow("dynamodb:*", "logs:*")), (inner, allow("dynamodb:*", "lambda:*"))]:
        org.api.attach_policy(PolicyId=org.policy(policy), TargetId=target)
        org.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=target)
    dynamodb = org.client_for("dynamodb", key)
    dynamodb.list_tables()
    message = denied(org.client_for("logs", key).describe_log_groups)
    assert message.endswith("because no service control policy allows the logs:DescribeLogGroups action")
    assert "because no service control policy allows" in denied(org.client_for("lambda", key).list_functions)
    assert "because no service control policy allows" in denied(org.member("lambda", account).list_functions)
    # A move changes it at once, and so does leaving.
    org.api.move_account(AccountId=account, SourceParentId=inner, DestinationParentId=outer)
    org.client_for("logs", key).describe_log_groups()
    assert "service control policy" in denied(org.client_for("lambda", key).list_functions)
    org.api.move_account(AccountId=account, SourceParentId=outer, DestinationParentId=org.root)
    org.client_for("lambda", key).list_functions()
    org.api.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=inner)
    assert "service control policy" in denied(org.client_for("lambda", key).list_functions)
    org.api.remove_account_from_organization(AccountId=account)
    org.client_for("lambda", key).list_functions()


def test_roles_of_members_are_bound(org: Organization) -> None:
    account = org.account()
    key = administrator(org, org.management)
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    session = org.client_for("sts", key).assume_role(RoleArn=role, RoleSessionName="in")["Credentials"]
    dynamodb = org.client_for("dynamodb", session)
    dynamodb.list_tables()
    org.api.attach_policy(PolicyId=org.policy(DENY_TABLES), TargetId=org.root)
    assert denied(dynamodb.list_tables).endswith(SCP_DENY)


def shared_bucket(org: Organization, owner: str, unique: Callable[[str], str], condition: dict[str, Any]) -> tuple[Any, str]:
    s3, name = org.client_for("s3", owner), unique("shared")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Body=b"text")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={
        "BlockPublicPolicy": False, "RestrictPublicBuckets": False, "BlockPublicAcls": True, "IgnorePublicAcls": True})
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": condition}]}))
    return s3, name


def test_principal_org_id_lets_every_member_in(org: Organization, unique: Callable[[str], str]) -> None:
    owner, member, stranger = org.account(), org.account(), new_account()
    _, bucket = shared_bucket(org, owner, unique, {"StringEquals": {"aws:PrincipalOrgID": org.id}})
    keys = [administrator(org, account) for account in (member, org.management, stranger)]
    inside, management, outside = (org.client_for("s3", key) for key in keys)
    assert inside.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    assert management.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    assert denied(outside.get_object, Bucket=bucket, Key="key")
    offer = org.api.invite_account_to_organization(Target={"Id": stranger, "Type": "ACCOUNT"})["Handshake"]
    org.member("organizations", stranger).accept_handshake(HandshakeId=offer["Id"])
    assert outside.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    org.member("organizations", stranger).leave_organization()
    assert denied(outside.get_object, Bucket=bucket, Key="key")


def test_principal_org_paths_let_a_unit_in(org: Organization, unique: Callable[[str], str]) -> None:
    unit = org.unit("unit")
    below = org.unit("below", unit)
    member = org.account()
    path = f"{org.id}/{org.root}/{unit}/*"
    _, bucket = shared_bucket(
        org, org.management, unique, {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [path]}})
    s3 = org.client_for("s3", administrator(org, member))
    assert denied(s3.get_object, Bucket=bucket, Key="key")
    org.api.move_account(AccountId=member, SourceParentId=org.root, DestinationParentId=below)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    org.api.move_account(AccountId=member, SourceParentId=below, DestinationParentId=org.root)
    assert denied(s3.get_object, Bucket=bucket, Key="key")


def test_a_resource_control_policy_keeps_strangers_out(org: Organization, unique: Callable[[str], str]) -> None:
    org.enable("RESOURCE_CONTROL_POLICY")
    owner, member, stranger = org.account(), org.account(), new_account()
    s3, bucket = shared_bucket(org, owner, unique, {"StringLike": {"aws:PrincipalAccount": "*"}})
    inside, outside = (org.client_for("s3", administrator(org, account)) for account in (member, stranger))
    for reader in (inside, outside):
        assert reader.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    policy = org.policy(json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": org.id},
                      "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}]}), "RESOURCE_CONTROL_POLICY")
    org.api.attach_policy(PolicyId=policy, TargetId=org.root)
    assert denied(outside.get_object, Bucket=bucket, Key="key") == "Access Denied"
    assert inside.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
    org.api.disable_policy_type(RootId=org.root, PolicyType="RESOURCE_CONTROL_POLICY")
    assert outside.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"
