"""AWS Organizations: policies of each kind, how they are attached and add up, delegation and the resource policy."""

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


def test_policies_live(org: Organization) -> None:
    create = org.api.create_policy
    made = create(Content=DENY_TABLES, Description="no tables", Name="tables", Type="SERVICE_CONTROL_POLICY")["Policy"]
    summary = made["PolicySummary"]
    policy = summary["Id"]
    assert summary["Arn"] == f"arn:aws:organizations::{org.management}:policy/{org.id}/service_control_policy/{policy}"
    assert made["Content"] == DENY_TABLES and summary["AwsManaged"] is False
    assert code_of(create, Content=DENY_TABLES, Description="", Name="tables", Type="SERVICE_CONTROL_POLICY") == (
        "DuplicatePolicyException")
    assert code_of(create, Content="{}", Description="", Name="bad", Type="SERVICE_CONTROL_POLICY") == (
        "MalformedPolicyDocumentException")
    big = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{'x' * 60}{number}" for number in range(80)]}]})
    assert code_and_reason(create, Content=big, Description="", Name="big", Type="SERVICE_CONTROL_POLICY") == (
        "ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")
    names = [entry["Name"] for entry in org.api.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]]
    assert sorted(names) == ["FullAWSAccess", "tables"]
    org.api.update_policy(PolicyId=policy, Name="no-tables", Description="none")
    shown = org.api.describe_policy(PolicyId=policy)["Policy"]
    assert (shown["PolicySummary"]["Name"], shown["PolicySummary"]["Description"]) == ("no-tables", "none")
    assert code_and_reason(org.api.delete_policy, PolicyId="p-FullAWSAccess") == ("InvalidInputException", "IMMUTABLE_POLICY")
    full = org.api.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["PolicySummary"]
    assert full["Arn"] == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess" and full["AwsManaged"]

    attach, detach = org.api.attach_policy, org.api.detach_policy
    assert code_of(attach, PolicyId=policy, TargetId=org.root) == "PolicyTypeNotEnabledException"
    org.enable()
    assert code_of(org.enable) == "PolicyTypeAlreadyEnabledException"
    attach(PolicyId=policy, TargetId=org.root)
    assert code_of(attach, PolicyId=policy, TargetId=org.root) == "DuplicatePolicyAttachmentException"
    assert code_of(attach, PolicyId=policy, TargetId=new_account()) == "TargetNotFoundException"
    assert code_of(attach, PolicyId="p-zzzzzzzz", TargetId=org.root) == "PolicyNotFoundException"
    targets = org.api.list_targets_for_policy(PolicyId=policy)["Targets"]
    assert [(target["TargetId"], target["Type"]) for target in targets] == [(org.root, "ROOT")]
    assert code_of(org.api.delete_policy, PolicyId=policy) == "PolicyInUseException"
    detach(PolicyId=policy, TargetId=org.root)
    assert code_of(detach, PolicyId=policy, TargetId=org.root) == "PolicyNotAttachedException"
    assert code_and_reason(detach, PolicyId="p-FullAWSAccess", TargetId=org.root) == (
        "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    for _ in range(4):
        attach(PolicyId=org.policy(DENY_TABLES), TargetId=org.root)
    assert code_and_reason(attach, PolicyId=policy, TargetId=org.root) == (
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
        assert code_of(org.policy, content=content(**wrong), kind="RESOURCE_CONTROL_POLICY") == "MalformedPolicyDocumentException"
    assert code_and_reason(org.api.detach_policy, PolicyId="p-RCPFullAWSAccess", TargetId=org.root) == (
        "InvalidInputException", "NON_DETACHABLE_POLICY")


def test_tag_policies_add_up(org: Organization) -> None:
    org.enable("TAG_POLICY")
    unit, account = org.unit("unit"), org.account()
    org.api.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    assert code_of(org.policy, content='{"plans":{}}', kind="TAG_POLICY") == "MalformedPolicyDocumentException"
    assert code_of(org.api.describe_effective_policy, PolicyType="TAG_POLICY", TargetId=account) == (
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
    assert code_of(theirs.describe_effective_policy, PolicyType="TAG_POLICY", TargetId=org.management) == "AccessDeniedException"


def test_delegated_administrators_may_read(org: Organization) -> None:
    account, service = org.account(), "config.amazonaws.com"
    theirs = org.member("organizations", account)
    assert theirs.describe_organization()["Organization"]["Id"] == org.id
    with pytest.raises(ClientError) as denied:
        theirs.list_accounts()
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert denied.value.response["Error"]["Message"] == "You don't have permissions to access this resource."
    register = org.api.register_delegated_administrator
    assert code_and_reason(register, AccountId=account, ServicePrincipal=service) == (
        "ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")
    org.api.enable_aws_service_access(ServicePrincipal=service)
    assert code_and_reason(register, AccountId=org.management, ServicePrincipal=service) == (
        "ConstraintViolationException", "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")
    register(AccountId=account, ServicePrincipal=service)
    assert code_of(register, AccountId=account, ServicePrincipal=service) == "AccountAlreadyRegisteredException"
    assert len(theirs.list_accounts()["Accounts"]) == 2
    assert code_of(theirs.create_organizational_unit, ParentId=org.root, Name="x") == "AccessDeniedException"
    listed = org.api.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]
    assert [entry["Id"] for entry in listed] == [account]
    services = org.api.list_delegated_services_for_account(AccountId=account)["DelegatedServices"]
    assert [entry["ServicePrincipal"] for entry in services] == [service]
    assert code_and_reason(org.api.disable_aws_service_access, ServicePrincipal=service) == (
        "ConstraintViolationException", "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE")
    assert code_and_reason(org.api.remove_account_from_organization, AccountId=account) == (
        "ConstraintViolationException", "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
    org.api.deregister_delegated_administrator(AccountId=account, ServicePrincipal=service)
    org.api.disable_aws_service_access(ServicePrincipal=service)
    assert org.api.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []
    assert code_of(theirs.list_accounts) == "AccessDeniedException"


def test_the_resource_policy_lets_members_in(org: Organization) -> None:
    account, other = org.account(), org.account()
    theirs = org.member("organizations", account)
    assert code_of(org.api.describe_resource_policy) == "ResourcePolicyNotFoundException"
    assert code_and_reason(org.api.put_resource_policy, Content="{") == ("InvalidInputException", "INVALID_RESOURCE_POLICY_JSON")
    org.api.put_resource_policy(Content=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Resource": "*",
        "Action": ["organizations:ListAccounts", "organizations:DescribePolicy", "organizations:CreatePolicy"]}]}))
    assert len(theirs.list_accounts()["Accounts"]) == 3
    made = theirs.create_policy(Content=DENY_TABLES, Description="", Name="theirs", Type="SERVICE_CONTROL_POLICY")
    policy = made["Policy"]["PolicySummary"]["Id"]
    assert theirs.describe_policy(PolicyId=policy)["Policy"]["Content"] == DENY_TABLES
    assert code_of(theirs.delete_policy, PolicyId=policy) == "AccessDeniedException"
    assert code_of(theirs.create_account, Email="xxx@example.com", AccountName="x") == "AccessDeniedException"
    assert code_of(org.member("organizations", other).list_accounts) == "AccessDeniedException"
    org.api.delete_resource_policy()
    assert code_of(theirs.list_accounts) == "AccessDeniedException"


def test_consolidated_billing_has_no_policies(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    org = Organization(client_for, eventually, "CONSOLIDATED_BILLING")
    assert org.made["FeatureSet"] == "CONSOLIDATED_BILLING"
    assert code_of(org.enable) == "PolicyTypeNotAvailableForOrganizationException"
    assert code_and_reason(org.api.enable_aws_service_access, ServicePrincipal="config.amazonaws.com") == (
        "ConstraintViolationException", "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")
    offer = org.api.enable_all_features()["Handshake"]
    assert org.api.accept_handshake(HandshakeId=offer["Id"])["Handshake"]["State"] == "ACCEPTED"
    org.enable()
    assert org.api.describe_organization()["Organization"]["FeatureSet"] == "ALL"
