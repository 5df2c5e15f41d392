"""AWS Organizations: the tree, accounts, invitations, policies, delegation, and who may call."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

DENY_TABLES = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}],
})


def code(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    return failure.value.response["Error"]["Code"]


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and Reason of a refusal."""
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    return failure.value.response["Error"]["Code"], failure.value.response.get("Reason", "")


def new_account() -> str:
    return str(random.randint(10**11, 10**12 - 1))


class Organization:
    """An organization of its own, seen by its management account."""

    def __init__(self, client_for: Callable[..., Any], eventually: Callable[..., Any], features: str = "ALL") -> None:
        self.made_clients: dict[tuple[str, str], Any] = {}
        self.new_client, self.eventually = client_for, eventually
        self.management = new_account()
        self.api = self.client_for("organizations", self.management)
        self.made = self.api.create_organization(FeatureSet=features)["Organization"]
        self.id = self.made["Id"]
        self.root = self.api.list_roots()["Roots"][0]["Id"]

    def client_for(self, service: str, credentials: Any) -> Any:
        """A client, made once: making one takes longer than most calls."""
        key = (service, credentials if isinstance(credentials, str) else credentials["AccessKeyId"])
        if key not in self.made_clients:
            self.made_clients[key] = self.new_client(service, credentials)
        return self.made_clients[key]

    def account(self, **settings: Any) -> str:
        name = f"member-{new_account()}"
        status = self.api.create_account(Email=f"{name}@example.com", AccountName=name, **settings)["CreateAccountStatus"]
        return self.settled(status["Id"])["AccountId"]

    def settled(self, request: str) -> dict[str, Any]:
        def status() -> Any:
            found = self.api.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
            return found if found["State"] != "IN_PROGRESS" else None

        return self.eventually(status)

    def unit(self, name: str, parent: str | None = None) -> str:
        made = self.api.create_organizational_unit(ParentId=parent or self.root, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def policy(self, content: str, kind: str = "SERVICE_CONTROL_POLICY") -> str:
        made = self.api.create_policy(
            Content=content, Description="", Name=f"policy-{new_account()}", Type=kind)["Policy"]
        return made["PolicySummary"]["Id"]

    def enable(self, kind: str = "SERVICE_CONTROL_POLICY") -> None:
        self.api.enable_policy_type(RootId=self.root, PolicyType=kind)

    def member(self, service: str, account: str) -> Any:
        return self.client_for(service, account)


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
    assert code(org.api.create_organization) == "AlreadyInOrganizationException"
    org.unit("left behind")
    org.api.delete_organization()
    assert code(org.api.describe_organization) == "AWSOrganizationsNotInUseException"
    assert org.api.create_organization()["Organization"]["Id"] != org.id


def test_units_nest_five_deep_and_have_one_name_each(org: Organization) -> None:
    parent, path = org.root, f"{org.id}/{org.root}/"
    for depth in range(5):
        made = org.api.create_organizational_unit(ParentId=parent, Name=f"level-{depth}")["OrganizationalUnit"]
        parent, path = made["Id"], f"{path}{made['Id']}/"
        assert made["Path"] == path
        assert made["Arn"] == f"arn:aws:organizations::{org.management}:ou/{org.id}/{parent}"
    assert refusal(org.api.create_organizational_unit, ParentId=parent, Name="deeper") == (
        "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED")
    assert code(org.api.create_organizational_unit, ParentId=org.root, Name="level-0") == "DuplicateOrganizationalUnitException"
    assert code(org.api.create_organizational_unit, ParentId="r-zzzz", Name="x") == "ParentNotFoundException"
    first = org.api.list_organizational_units_for_parent(ParentId=org.root)["OrganizationalUnits"][0]
    assert code(org.api.delete_organizational_unit, OrganizationalUnitId=first["Id"]) == "OrganizationalUnitNotEmptyException"
    renamed = org.api.update_organizational_unit(OrganizationalUnitId=first["Id"], Name="renamed")
    assert renamed["OrganizationalUnit"]["Name"] == "renamed"
    assert org.api.list_parents(ChildId=first["Id"])["Parents"] == [{"Id": org.root, "Type": "ROOT"}]
    org.api.delete_organizational_unit(OrganizationalUnitId=parent)
    assert code(org.api.describe_organizational_unit, OrganizationalUnitId=parent) == "OrganizationalUnitNotFoundException"
    assert code(org.api.list_parents, ChildId=parent) == "ChildNotFoundException"


def test_lists_come_in_pages(org: Organization) -> None:
    made = {org.unit(f"unit-{number}") for number in range(5)}
    pages = list(org.api.get_paginator("list_organizational_units_for_parent").paginate(
        ParentId=org.root, PaginationConfig={"PageSize": 2}))
    assert [len(page["OrganizationalUnits"]) for page in pages] == [2, 2, 1]
    assert {unit["Id"] for page in pages for unit in page["OrganizationalUnits"]} == made
    assert refusal(org.api.list_roots, NextToken="?") == ("InvalidInputException", "INVALID_NEXT_TOKEN")


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
    assert code(org.api.delete_organization) == "OrganizationNotEmptyException"


def test_the_role_has_the_name_that_was_asked_for(org: Organization) -> None:
    account = org.account(RoleName="Vendor", Tags=[{"Key": "team", "Value": "red"}])
    role = org.member("iam", account).get_role(RoleName="Vendor")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{org.management}:root"}
    assert org.api.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_accounts_move_and_leave(org: Organization) -> None:
    account, unit = org.account(), org.unit("unit")
    move = org.api.move_account
    assert code(move, AccountId=account, SourceParentId=unit, DestinationParentId=org.root) == "SourceParentNotFoundException"
    assert code(move, AccountId=account, SourceParentId=org.root, DestinationParentId=org.root) == "DuplicateAccountException"
    assert code(move, AccountId=account, SourceParentId=org.root, DestinationParentId=f"ou-{org.root[2:]}-zzzzzzzz") == (
        "DestinationParentNotFoundException")
    move(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    assert org.api.list_children(ParentId=unit, ChildType="ACCOUNT")["Children"] == [{"Id": account, "Type": "ACCOUNT"}]
    assert [entry["Id"] for entry in org.api.list_accounts_for_parent(ParentId=unit)["Accounts"]] == [account]
    assert org.api.list_parents(ChildId=account)["Parents"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    assert code(org.api.delete_organizational_unit, OrganizationalUnitId=unit) == "OrganizationalUnitNotEmptyException"
    org.member("organizations", account).leave_organization()
    assert code(org.api.describe_account, AccountId=account) == "AccountNotFoundException"
    assert code(org.api.leave_organization) == "MasterCannotLeaveOrganizationException"
    assert code(org.api.remove_account_from_organization, AccountId=account) == "AccountNotFoundException"


def test_a_closed_account_can_do_nothing(org: Organization) -> None:
    account = org.account()
    dynamodb = org.member("dynamodb", account)
    dynamodb.list_tables()
    assert refusal(org.api.close_account, AccountId=org.management) == (
        "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT")
    org.api.close_account(AccountId=account)
    assert org.api.describe_account(AccountId=account)["Account"]["Status"] == "SUSPENDED"
    assert code(org.api.close_account, AccountId=account) == "AccountAlreadyClosedException"
    assert code(dynamodb.list_tables) == "AccessDeniedException"


def test_an_invited_account_joins(org: Organization, client_for: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    guest = new_account()
    theirs = client_for("organizations", guest)
    offer = org.api.invite_account_to_organization(
        Target={"Id": guest, "Type": "ACCOUNT"}, Notes="join us", Tags=[{"Key": "from", "Value": "outside"}])["Handshake"]
    assert offer["State"] == "OPEN" and offer["Action"] == "INVITE"
    assert offer["Arn"] == f"arn:aws:organizations::{org.management}:handshake/{org.id}/invite/{offer['Id']}"
    assert {"Id": guest, "Type": "ACCOUNT"} in offer["Parties"]
    assert code(org.api.invite_account_to_organization, Target={"Id": guest, "Type": "ACCOUNT"}) == "DuplicateHandshakeException"
    stranger = client_for("organizations", new_account())
    assert code(stranger.describe_handshake, HandshakeId=offer["Id"]) == "HandshakeNotFoundException"
    assert code(org.api.accept_handshake, HandshakeId=offer["Id"]) == "AccessDeniedException"
    assert [entry["Id"] for entry in theirs.list_handshakes_for_account()["Handshakes"]] == [offer["Id"]]
    assert theirs.accept_handshake(HandshakeId=offer["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert code(theirs.accept_handshake, HandshakeId=offer["Id"]) == "HandshakeAlreadyInStateException"
    assert code(theirs.decline_handshake, HandshakeId=offer["Id"]) == "InvalidHandshakeTransitionException"
    assert org.api.describe_account(AccountId=guest)["Account"]["JoinedMethod"] == "INVITED"
    assert theirs.describe_organization()["Organization"]["Id"] == org.id
    assert org.api.list_tags_for_resource(ResourceId=guest)["Tags"] == [{"Key": "from", "Value": "outside"}]
    assert refusal(org.api.invite_account_to_organization, Target={"Id": guest, "Type": "ACCOUNT"}) == (
        "HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION")
    other = Organization(client_for, eventually)
    second = other.api.invite_account_to_organization(Target={"Id": guest, "Type": "ACCOUNT"})["Handshake"]
    assert refusal(theirs.accept_handshake, HandshakeId=second["Id"]) == (
        "HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION")


def test_invitations_are_declined_and_cancelled(org: Organization, client_for: Callable[..., Any]) -> None:
    guest = new_account()
    theirs = client_for("organizations", guest)
    target = {"Id": guest, "Type": "ACCOUNT"}
    first = org.api.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert theirs.decline_handshake(HandshakeId=first)["Handshake"]["State"] == "DECLINED"
    second = org.api.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert code(theirs.cancel_handshake, HandshakeId=second) == "AccessDeniedException"
    assert org.api.cancel_handshake(HandshakeId=second)["Handshake"]["State"] == "CANCELED"
    assert code(theirs.accept_handshake, HandshakeId=second) == "InvalidHandshakeTransitionException"
    assert {entry["State"] for entry in org.api.list_handshakes_for_organization()["Handshakes"]} == {"DECLINED", "CANCELED"}
    assert refusal(org.api.invite_account_to_organization, Target={"Id": "nobody@example.com", "Type": "EMAIL"}) == (
        "InvalidInputException", "INVALID_EMAIL_ADDRESS_TARGET")


def test_policies_live(org: Organization) -> None:
    create = org.api.create_policy
    made = create(Content=DENY_TABLES, Description="no tables", Name="tables", Type="SERVICE_CONTROL_POLICY")["Policy"]
    summary = made["PolicySummary"]
    policy = summary["Id"]
    assert summary["Arn"] == f"arn:aws:organizations::{org.management}:policy/{org.id}/service_control_policy/{policy}"
    assert made["Content"] == DENY_TABLES and summary["AwsManaged"] is False
    assert code(create, Content=DENY_TABLES, Description="", Name="tables", Type="SERVICE_CONTROL_POLICY") == (
        "DuplicatePolicyException")
    assert code(create, Content="{}", Description="", Name="bad", Type="SERVICE_CONTROL_POLICY") == (
        "MalformedPolicyDocumentException")
    big = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{'x' * 60}{number}" for number in range(80)]}]})
    assert refusal(create, Content=big, Description="", Name="big", Type="SERVICE_CONTROL_POLICY") == (
        "ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")
    names = [entry["Name"] for entry in org.api.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]]
    assert sorted(names) == ["FullAWSAccess", "tables"]
    org.api.update_policy(PolicyId=policy, Name="no-tables", Description="none")
    shown = org.api.describe_policy(PolicyId=policy)["Policy"]
    assert (shown["PolicySummary"]["Name"], shown["PolicySummary"]["Description"]) == ("no-tables", "none")
    assert refusal(org.api.delete_policy, PolicyId="p-FullAWSAccess") == ("InvalidInputException", "IMMUTABLE_POLICY")
    full = org.api.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["PolicySummary"]
    assert full["Arn"] == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess" and full["AwsManaged"]

    attach, detach = org.api.attach_policy, org.api.detach_policy
    assert code(attach, PolicyId=policy, TargetId=org.root) == "PolicyTypeNotEnabledException"
    org.enable()
    assert code(org.enable) == "PolicyTypeAlreadyEnabledException"
    attach(PolicyId=policy, TargetId=org.root)
    assert code(attach, PolicyId=policy, TargetId=org.root) == "DuplicatePolicyAttachmentException"
    assert code(attach, PolicyId=policy, TargetId=new_account()) == "TargetNotFoundException"
    assert code(attach, PolicyId="p-zzzzzzzz", TargetId=org.root) == "PolicyNotFoundException"
    targets = org.api.list_targets_for_policy(PolicyId=policy)["Targets"]
    assert [(target["TargetId"], target["Type"]) for target in targets] == [(org.root, "ROOT")]
    assert code(org.api.delete_policy, PolicyId=policy) == "PolicyInUseException"
    detach(PolicyId=policy, TargetId=org.root)
    assert code(detach, PolicyId=policy, TargetId=org.root) == "PolicyNotAttachedException"
    assert refusal(detach, PolicyId="p-FullAWSAccess", TargetId=org.root) == (
        "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    for _ in range(4):
        attach(PolicyId=org.policy(DENY_TABLES), TargetId=org.root)
    assert refusal(attach, PolicyId=policy, TargetId=org.root) == (
        "ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    org.api.delete_policy(PolicyId=policy)
    org.api.disable_policy_type(RootId=org.root, PolicyType="SERVICE_CONTROL_POLICY")
    assert org.api.list_policies_for_target(TargetId=org.root, Filter="SERVICE_CONTROL_POLICY")["Policies"] == []


def test_resource_control_policies_only_deny(org: Organization) -> None:
    def content(**changed: Any) -> str:
        statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **changed}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    org.enable("RESOURCE_CONTROL_POLICY")
    org.policy(content(), "RESOURCE_CONTROL_POLICY")
    for wrong in [{"Effect": "Allow"}, {"Action": "*"}, {"Principal": {"AWS": org.management}}]:
        assert code(org.policy, content=content(**wrong), kind="RESOURCE_CONTROL_POLICY") == "MalformedPolicyDocumentException"
    assert refusal(org.api.detach_policy, PolicyId="p-RCPFullAWSAccess", TargetId=org.root) == (
        "InvalidInputException", "NON_DETACHABLE_POLICY")


def test_tag_policies_add_up(org: Organization) -> None:
    org.enable("TAG_POLICY")
    unit, account = org.unit("unit"), org.account()
    org.api.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    assert code(org.policy, content='{"plans":{}}', kind="TAG_POLICY") == "MalformedPolicyDocumentException"
    assert code(org.api.describe_effective_policy, PolicyType="TAG_POLICY", TargetId=account) == (
        "EffectivePolicyNotFoundException")
    at_root = {"tags": {"costcenter": {
        "tag_key": {"@@assign": "CostCenter", "@@operators_allowed_for_child_policies": ["@@none"]},
        "tag_value": {"@@assign": ["Development", "Support"], "@@operators_allowed_for_child_policies": ["@@append"]}}}}
    at_unit = {"tags": {"CostCenter": {
        "tag_key": {"@@assign": "costcenter"}, "tag_value": {"@@append": ["Marketing"], "@@remove": ["Support"]}},
        "color": {"tag_key": {"@@assign": "Color"}}}}
    for target, document in [(org.root, at_root), (unit, at_unit)]:
        org.api.attach_policy(PolicyId=org.policy(json.dumps(document), "TAG_POLICY"), TargetId=target)
    expected = {"tags": {
        "costcenter": {"tag_key": "CostCenter", "tag_value": ["Development", "Support", "Marketing"]},
        "color": {"tag_key": "Color"}}}
    theirs = org.member("organizations", account)
    for api in [org.api, theirs]:
        answer = api.describe_effective_policy(PolicyType="TAG_POLICY", TargetId=account)["EffectivePolicy"]
        assert json.loads(answer["PolicyContent"]) == expected
    assert code(theirs.describe_effective_policy, PolicyType="TAG_POLICY", TargetId=org.management) == "AccessDeniedException"


def test_delegated_administrators_may_read(org: Organization) -> None:
    account, service = org.account(), "config.amazonaws.com"
    theirs = org.member("organizations", account)
    assert theirs.describe_organization()["Organization"]["Id"] == org.id
    with pytest.raises(ClientError) as denied:
        theirs.list_accounts()
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert denied.value.response["Error"]["Message"] == "You don't have permissions to access this resource."
    register = org.api.register_delegated_administrator
    assert refusal(register, AccountId=account, ServicePrincipal=service) == (
        "ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")
    org.api.enable_aws_service_access(ServicePrincipal=service)
    assert refusal(register, AccountId=org.management, ServicePrincipal=service) == (
        "ConstraintViolationException", "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")
    register(AccountId=account, ServicePrincipal=service)
    assert code(register, AccountId=account, ServicePrincipal=service) == "AccountAlreadyRegisteredException"
    assert len(theirs.list_accounts()["Accounts"]) == 2
    assert code(theirs.create_organizational_unit, ParentId=org.root, Name="x") == "AccessDeniedException"
    listed = org.api.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]
    assert [entry["Id"] for entry in listed] == [account]
    services = org.api.list_delegated_services_for_account(AccountId=account)["DelegatedServices"]
    assert [entry["ServicePrincipal"] for entry in services] == [service]
    assert refusal(org.api.disable_aws_service_access, ServicePrincipal=service) == (
        "ConstraintViolationException", "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE")
    assert refusal(org.api.remove_account_from_organization, AccountId=account) == (
        "ConstraintViolationException", "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
    org.api.deregister_delegated_administrator(AccountId=account, ServicePrincipal=service)
    org.api.disable_aws_service_access(ServicePrincipal=service)
    assert org.api.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []
    assert code(theirs.list_accounts) == "AccessDeniedException"


def test_the_resource_policy_lets_members_in(org: Organization) -> None:
    account, other = org.account(), org.account()
    theirs = org.member("organizations", account)
    assert code(org.api.describe_resource_policy) == "ResourcePolicyNotFoundException"
    assert refusal(org.api.put_resource_policy, Content="{") == ("InvalidInputException", "INVALID_RESOURCE_POLICY_JSON")
    org.api.put_resource_policy(Content=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Resource": "*",
        "Action": ["organizations:ListAccounts", "organizations:DescribePolicy", "organizations:CreatePolicy"]}]}))
    assert len(theirs.list_accounts()["Accounts"]) == 3
    made = theirs.create_policy(Content=DENY_TABLES, Description="", Name="theirs", Type="SERVICE_CONTROL_POLICY")
    policy = made["Policy"]["PolicySummary"]["Id"]
    assert theirs.describe_policy(PolicyId=policy)["Policy"]["Content"] == DENY_TABLES
    assert code(theirs.delete_policy, PolicyId=policy) == "AccessDeniedException"
    assert code(theirs.create_account, Email="xxx@example.com", AccountName="x") == "AccessDeniedException"
    assert code(org.member("organizations", other).list_accounts) == "AccessDeniedException"
    org.api.delete_resource_policy()
    assert code(theirs.list_accounts) == "AccessDeniedException"


def test_tags(org: Organization) -> None:
    unit, policy = org.unit("unit"), org.policy(DENY_TABLES)
    for resource in [org.root, org.management, unit, policy]:
        org.api.tag_resource(ResourceId=resource, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        org.api.untag_resource(ResourceId=resource, TagKeys=["a"])
        assert org.api.list_tags_for_resource(ResourceId=resource)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert code(org.api.tag_resource, ResourceId="p-FullAWSAccess", Tags=[{"Key": "a", "Value": "1"}]) == (
        "TargetNotFoundException")
    assert refusal(org.api.tag_resource, ResourceId=unit, Tags=[{"Key": "aws:a", "Value": "1"}]) == (
        "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER")


def test_consolidated_billing_has_no_policies(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    org = Organization(client_for, eventually, "CONSOLIDATED_BILLING")
    assert org.made["FeatureSet"] == "CONSOLIDATED_BILLING"
    assert code(org.enable) == "PolicyTypeNotAvailableForOrganizationException"
    assert refusal(org.api.enable_aws_service_access, ServicePrincipal="config.amazonaws.com") == (
        "ConstraintViolationException", "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")
    offer = org.api.enable_all_features()["Handshake"]
    assert org.api.accept_handshake(HandshakeId=offer["Id"])["Handshake"]["State"] == "ACCEPTED"
    org.enable()
    assert org.api.describe_organization()["Organization"]["FeatureSet"] == "ALL"


def test_strangers_have_no_organization(client_for: Callable[..., Any]) -> None:
    api = client_for("organizations", new_account())
    for call in [api.describe_organization, api.list_roots, api.list_accounts, api.leave_organization]:
        assert code(call) == "AWSOrganizationsNotInUseException"


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
    assert refusal(loose.describe_account, AccountId="12") == ("InvalidInputException", "INVALID_PATTERN")
    assert refusal(loose.list_policies, Filter="NONE") == ("InvalidInputException", "INVALID_ENUM")
    assert refusal(loose.describe_policy) == ("InvalidInputException", "INPUT_REQUIRED")
    assert refusal(loose.list_accounts, MaxResults=21) == ("InvalidInputException", "MAX_VALUE_EXCEEDED")
    for kind, content in [("CHATBOT_POLICY", "chatbot"), ("DECLARATIVE_POLICY_EC2", "ec2_attributes")]:
        org.api.enable_policy_type(RootId=org.root, PolicyType=kind)
        org.api.create_policy(Name=kind, Description="", Type=kind, Content=json.dumps({content: {}}))
        assert code(org.api.create_policy, Name=f"{kind}2", Description="", Type=kind, Content="{}") == (
            "MalformedPolicyDocumentException")
    assert org.api.list_accounts_with_invalid_effective_policy(PolicyType="TAG_POLICY")["Accounts"] == []
    assert org.api.list_effective_policy_validation_errors(
        AccountId=org.management, PolicyType="TAG_POLICY")["EffectivePolicyValidationErrors"] == []
    assert org.api.list_inbound_responsibility_transfers(Type="BILLING")["ResponsibilityTransfers"] == []
