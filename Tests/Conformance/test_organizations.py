"""AWS Organizations: the tree, accounts, invitations, tags, and who may call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from organization import DENY_TABLES, Organization, code_and_reason, new_account
from refusals import code_of


@pytest.fixture
def org(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> Organization:
    return Organization(client_for, eventually)


def test_an_organization_is_made_shown_and_deleted(org: Organization) -> None:
    made = org.made
    assert made["FeatureSet"] == "ALL" and made["MasterAccountId"] == org.management
    assert made["Arn"] == f"arn:aws:organizations::{org.management}:organization/{org.id}"
    assert made["MasterAccountArn"] == f"arn:aws:organizations::{org.management}:account/{org.id}/{org.management}"
    assert org.api.describe_organization()["Organization"]["Id"] == org.id
    root = org.api.list_roots()["Roots"][0]
    assert root["Name"] == "Root" and root["PolicyTypes"] == []
    assert [account["Id"] for account in org.api.list_accounts()["Accounts"]] == [org.management]
    assert code_of(org.api.create_organization) == "AlreadyInOrganizationException"
    org.unit("left behind")
    org.api.delete_organization()
    assert code_of(org.api.describe_organization) == "AWSOrganizationsNotInUseException"
    assert org.api.create_organization()["Organization"]["Id"] != org.id


def test_units_nest_five_deep_and_have_one_name_each(org: Organization) -> None:
    parent, path = org.root, f"{org.id}/{org.root}/"
    for depth in range(5):
        made = org.api.create_organizational_unit(ParentId=parent, Name=f"level-{depth}")["OrganizationalUnit"]
        parent, path = made["Id"], f"{path}{made['Id']}/"
        assert made["Path"] == path
        assert made["Arn"] == f"arn:aws:organizations::{org.management}:ou/{org.id}/{parent}"
    assert code_and_reason(org.api.create_organizational_unit, ParentId=parent, Name="deeper") == (
        "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED")
    assert code_of(org.api.create_organizational_unit, ParentId=org.root, Name="level-0") == "DuplicateOrganizationalUnitException"
    assert code_of(org.api.create_organizational_unit, ParentId="r-zzzz", Name="x") == "ParentNotFoundException"
    first = org.api.list_organizational_units_for_parent(ParentId=org.root)["OrganizationalUnits"][0]
    assert code_of(org.api.delete_organizational_unit, OrganizationalUnitId=first["Id"]) == "OrganizationalUnitNotEmptyException"
    renamed = org.api.update_organizational_unit(OrganizationalUnitId=first["Id"], Name="renamed")
    assert renamed["OrganizationalUnit"]["Name"] == "renamed"
    assert org.api.list_parents(ChildId=first["Id"])["Parents"] == [{"Id": org.root, "Type": "ROOT"}]
    org.api.delete_organizational_unit(OrganizationalUnitId=parent)
    assert code_of(org.api.describe_organizational_unit, OrganizationalUnitId=parent) == "OrganizationalUnitNotFoundException"
    assert code_of(org.api.list_parents, ChildId=parent) == "ChildNotFoundException"


def test_lists_come_in_pages(org: Organization) -> None:
    made = {org.unit(f"unit-{number}") for number in range(5)}
    pages = list(org.api.get_paginator("list_organizational_units_for_parent").paginate(
        ParentId=org.root, PaginationConfig={"PageSize": 2}))
    assert [len(page["OrganizationalUnits"]) for page in pages] == [2, 2, 1]
    assert {unit["Id"] for page in pages for unit in page["OrganizationalUnits"]} == made
    assert code_and_reason(org.api.list_roots, NextToken="?") == ("InvalidInputException", "INVALID_NEXT_TOKEN")


def test_a_created_account_works(org: Organization) -> None:
    name = f"made-{new_account()}"
    began = org.api.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
    assert began["Id"].startswith("car-") and began["State"] == "IN_PROGRESS"
    done = org.settled(began["Id"])
    assert done["State"] == "SUCCEEDED" and done["CompletedTimestamp"]
    account = done["AccountId"]
    shown = org.api.describe_account(AccountId=account)["Account"]
    assert (shown["Name"], shown["Status"], shown["JoinedMethod"]) == (name, "ACTIVE", "CREATED")
    assert shown["Arn"] == f"arn:aws:organizations::{org.management}:account/{org.id}/{account}"
    # The management account's administrators come in by the role.
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    iam = org.client_for("iam", org.management)
    user = f"admin-{new_account()}"
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = org.client_for("sts", key).assume_role(RoleArn=role, RoleSessionName="admin")["Credentials"]
    inside = org.client_for("sts", session).get_caller_identity()
    assert inside["Account"] == account
    tables = org.client_for("dynamodb", session).list_tables()
    assert tables["TableNames"] == []
    # The account's root has a key as every account's has.
    assert org.member("sts", account).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    # A mail address belongs to one account.
    again = org.api.create_account(Email=f"{name}@example.com", AccountName="again")["CreateAccountStatus"]
    failed = org.settled(again["Id"])
    assert (failed["State"], failed["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    assert [entry["Id"] for entry in org.api.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]] == [
        again["Id"]]
    assert code_of(org.api.delete_organization) == "OrganizationNotEmptyException"


def test_the_role_has_the_name_that_was_asked_for(org: Organization) -> None:
    account = org.account(RoleName="Vendor", Tags=[{"Key": "team", "Value": "red"}])
    role = org.member("iam", account).get_role(RoleName="Vendor")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{org.management}:root"}
    assert org.api.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_accounts_move_and_leave(org: Organization) -> None:
    account, unit = org.account(), org.unit("unit")
    move = org.api.move_account
    assert code_of(move, AccountId=account, SourceParentId=unit, DestinationParentId=org.root) == "SourceParentNotFoundException"
    assert code_of(move, AccountId=account, SourceParentId=org.root, DestinationParentId=org.root) == "DuplicateAccountException"
    assert code_of(move, AccountId=account, SourceParentId=org.root, DestinationParentId=f"ou-{org.root[2:]}-zzzzzzzz") == (
        "DestinationParentNotFoundException")
    move(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    assert org.api.list_children(ParentId=unit, ChildType="ACCOUNT")["Children"] == [{"Id": account, "Type": "ACCOUNT"}]
    assert [entry["Id"] for entry in org.api.list_accounts_for_parent(ParentId=unit)["Accounts"]] == [account]
    assert org.api.list_parents(ChildId=account)["Parents"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    assert code_of(org.api.delete_organizational_unit, OrganizationalUnitId=unit) == "OrganizationalUnitNotEmptyException"
    org.member("organizations", account).leave_organization()
    assert code_of(org.api.describe_account, AccountId=account) == "AccountNotFoundException"
    assert code_of(org.api.leave_organization) == "MasterCannotLeaveOrganizationException"
    assert code_of(org.api.remove_account_from_organization, AccountId=account) == "AccountNotFoundException"


def test_a_closed_account_can_do_nothing(org: Organization) -> None:
    account = org.account()
    dynamodb = org.member("dynamodb", account)
    dynamodb.list_tables()
    assert code_and_reason(org.api.close_account, AccountId=org.management) == (
        "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT")
    org.api.close_account(AccountId=account)
    assert org.api.describe_account(AccountId=account)["Account"]["Status"] == "SUSPENDED"
    assert code_of(org.api.close_account, AccountId=account) == "AccountAlreadyClosedException"
    assert code_of(dynamodb.list_tables) == "AccessDeniedException"


def test_an_invited_account_joins(org: Organization, client_for: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    guest = new_account()
    theirs = client_for("organizations", guest)
    offer = org.api.invite_account_to_organization(
        Target={"Id": guest, "Type": "ACCOUNT"}, Notes="join us", Tags=[{"Key": "from", "Value": "outside"}])["Handshake"]
    assert offer["State"] == "OPEN" and offer["Action"] == "INVITE"
    assert offer["Arn"] == f"arn:aws:organizations::{org.management}:handshake/{org.id}/invite/{offer['Id']}"
    assert {"Id": guest, "Type": "ACCOUNT"} in offer["Parties"]
    assert code_of(org.api.invite_account_to_organization, Target={"Id": guest, "Type": "ACCOUNT"}) == "DuplicateHandshakeException"
    stranger = client_for("organizations", new_account())
    assert code_of(stranger.describe_handshake, HandshakeId=offer["Id"]) == "HandshakeNotFoundException"
    assert code_of(org.api.accept_handshake, HandshakeId=offer["Id"]) == "AccessDeniedException"
    assert [entry["Id"] for entry in theirs.list_handshakes_for_account()["Handshakes"]] == [offer["Id"]]
    assert theirs.accept_handshake(HandshakeId=offer["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert code_of(theirs.accept_handshake, HandshakeId=offer["Id"]) == "HandshakeAlreadyInStateException"
    assert code_of(theirs.decline_handshake, HandshakeId=offer["Id"]) == "InvalidHandshakeTransitionException"
    assert org.api.describe_account(AccountId=guest)["Account"]["JoinedMethod"] == "INVITED"
    assert theirs.describe_organization()["Organization"]["Id"] == org.id
    assert org.api.list_tags_for_resource(ResourceId=guest)["Tags"] == [{"Key": "from", "Value": "outside"}]
    assert code_and_reason(org.api.invite_account_to_organization, Target={"Id": guest, "Type": "ACCOUNT"}) == (
        "HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION")
    other = Organization(client_for, eventually)
    second = other.api.invite_account_to_organization(Target={"Id": guest, "Type": "ACCOUNT"})["Handshake"]
    assert code_and_reason(theirs.accept_handshake, HandshakeId=second["Id"]) == (
        "HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION")


def test_invitations_are_declined_and_cancelled(org: Organization, client_for: Callable[..., Any]) -> None:
    guest = new_account()
    theirs = client_for("organizations", guest)
    target = {"Id": guest, "Type": "ACCOUNT"}
    first = org.api.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert theirs.decline_handshake(HandshakeId=first)["Handshake"]["State"] == "DECLINED"
    second = org.api.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert code_of(theirs.cancel_handshake, HandshakeId=second) == "AccessDeniedException"
    assert org.api.cancel_handshake(HandshakeId=second)["Handshake"]["State"] == "CANCELED"
    assert code_of(theirs.accept_handshake, HandshakeId=second) == "InvalidHandshakeTransitionException"
    assert {entry["State"] for entry in org.api.list_handshakes_for_organization()["Handshakes"]} == {"DECLINED", "CANCELED"}
    assert code_and_reason(org.api.invite_account_to_organization, Target={"Id": "nobody@example.com", "Type": "EMAIL"}) == (
        "InvalidInputException", "INVALID_EMAIL_ADDRESS_TARGET")


def test_tags(org: Organization) -> None:
    unit, policy = org.unit("unit"), org.policy(DENY_TABLES)
    for resource in [org.root, org.management, unit, policy]:
        org.api.tag_resource(ResourceId=resource, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        org.api.untag_resource(ResourceId=resource, TagKeys=["a"])
        assert org.api.list_tags_for_resource(ResourceId=resource)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert code_of(org.api.tag_resource, ResourceId="p-FullAWSAccess", Tags=[{"Key": "a", "Value": "1"}]) == (
        "TargetNotFoundException")
    assert code_and_reason(org.api.tag_resource, ResourceId=unit, Tags=[{"Key": "aws:a", "Value": "1"}]) == (
        "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER")


def test_strangers_have_no_organization(client_for: Callable[..., Any]) -> None:
    api = client_for("organizations", new_account())
    for call in [api.describe_organization, api.list_roots, api.list_accounts, api.leave_organization]:
        assert code_of(call) == "AWSOrganizationsNotInUseException"


def test_a_users_own_policies_bound_it(org: Organization) -> None:
    iam = org.client_for("iam", org.management)
    user, unit = f"user-{new_account()}", org.unit("unit")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "organizations:DescribeOrganizationalUnit",
         "Resource": f"arn:aws:organizations::{org.management}:ou/{org.id}/{unit}"}]}))
    api = org.client_for("organizations", iam.create_access_key(UserName=user)["AccessKey"])
    assert api.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"]["Name"] == "unit"
    with pytest.raises(ClientError) as denied:
        api.delete_organizational_unit(OrganizationalUnitId=unit)
    assert "organizations:DeleteOrganizationalUnit" in denied.value.response["Error"]["Message"]
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_command_line(org: Organization, aws_environment: dict[str, str]) -> None:
    import subprocess

    environment = {**aws_environment, "AWS_ACCESS_KEY_ID": org.management, "AWS_SECRET_ACCESS_KEY": "test"}
    shown = subprocess.run(
        ["aws", "organizations", "describe-organization"], env=environment, capture_output=True, check=True, timeout=60)
    assert json.loads(shown.stdout)["Organization"]["Id"] == org.id


def test_inputs_are_refused_with_a_reason(client_for, eventually):
    org = Organization(client_for, eventually)
    loose = client_for("organizations", org.management, parameter_validation=False)
    assert code_and_reason(loose.describe_account, AccountId="12") == ("InvalidInputException", "INVALID_PATTERN")
    assert code_and_reason(loose.list_policies, Filter="NONE") == ("InvalidInputException", "INVALID_ENUM")
    assert code_and_reason(loose.describe_policy) == ("InvalidInputException", "INPUT_REQUIRED")
    assert code_and_reason(loose.list_accounts, MaxResults=21) == ("InvalidInputException", "MAX_VALUE_EXCEEDED")
    for kind, content in [("CHATBOT_POLICY", "chatbot"), ("DECLARATIVE_POLICY_EC2", "ec2_attributes")]:
        org.api.enable_policy_type(RootId=org.root, PolicyType=kind)
        org.api.create_policy(Name=kind, Description="", Type=kind, Content=json.dumps({content: {}}))
        assert code_of(org.api.create_policy, Name=f"{kind}2", Description="", Type=kind, Content="{}") == (
            "MalformedPolicyDocumentException")
    assert org.api.list_accounts_with_invalid_effective_policy(PolicyType="TAG_POLICY")["Accounts"] == []
    assert org.api.list_effective_policy_validation_errors(
        AccountId=org.management, PolicyType="TAG_POLICY")["EffectivePolicyValidationErrors"] == []
    assert org.api.list_inbound_responsibility_transfers(Type="BILLING")["ResponsibilityTransfers"] == []
