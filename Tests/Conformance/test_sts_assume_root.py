"""Root of member accounts, managed by the organization: features, privileged tasks, and what they can't do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from organization import Organization
from refusals import code_of

TASK = "arn:aws:iam::aws:policy/root-task/"


@pytest.fixture(scope="module")
def org(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> Organization:
    org = Organization(client_for, eventually)
    org.enable()
    return org


@pytest.fixture(scope="module")
def member(org: Organization) -> str:
    return org.account()


@pytest.fixture(scope="module")
def central(org: Organization, member: str) -> Any:
    """STS of an administrator in the management account, with root sessions switched on."""
    iam = org.client_for("iam", org.management)
    assert code_of(iam.enable_organizations_root_sessions) == "ServiceAccessNotEnabledException"
    org.api.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam.create_user(UserName="central")
    iam.attach_user_policy(UserName="central", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    sts = org.client_for("sts", iam.create_access_key(UserName="central")["AccessKey"])
    # Not before the feature is there.
    assert code_of(sts.assume_root, TargetPrincipal=member, TaskPolicyArn={"arn": TASK + "S3UnlockBucketPolicy"}) == "AccessDenied"
    assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]
    features = iam.enable_organizations_root_credentials_management()["EnabledFeatures"]
    assert sorted(features) == ["RootCredentialsManagement", "RootSessions"]
    return sts


def assume(sts: Any, account: str, task: str, **more: Any) -> dict[str, Any]:
    return sts.assume_root(TargetPrincipal=account, TaskPolicyArn={"arn": TASK + task}, **more)["Credentials"]


def test_features_are_the_managements(org: Organization, central: Any, member: str) -> None:
    iam = org.client_for("iam", org.management)
    listed = iam.list_organizations_features()
    assert listed["OrganizationId"] == org.api.describe_organization()["Organization"]["Id"]
    assert listed["EnabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]
    assert iam.disable_organizations_root_credentials_management()["EnabledFeatures"] == ["RootSessions"]
    assert code_of(org.member("iam", member).list_organizations_features) \
        == "AccountNotManagementOrDelegatedAdministratorException"
    assert code_of(org.member("iam", member).enable_organizations_root_sessions) == "CallerIsNotManagementAccountException"
    assert code_of(org.client_for("iam", "999900001111").list_organizations_features) == "OrganizationNotFoundException"


def test_a_locked_bucket_and_a_locked_queue_are_unlocked(
    org: Organization, central: Any, member: str, unique: Callable[[str], str]
) -> None:
    bucket, queue = unique("locked"), unique("queue")
    s3, sqs = org.member("s3", member), org.member("sqs", member)
    s3.create_bucket(Bucket=bucket)
    everybody = {"Effect": "Deny", "Principal": "*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {**everybody, "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))
    assert code_of(s3.list_objects_v2, Bucket=bucket) == "AccessDenied"
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {**everybody, "Action": "sqs:*", "Resource": arn}]})})
    keys = assume(central, member, "S3UnlockBucketPolicy", DurationSeconds=300)
    identity = org.client_for("sts", keys).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (member, f"arn:aws:iam::{member}:root")
    unlocking = org.client_for("s3", keys)
    assert bucket in [each["Name"] for each in unlocking.list_buckets()["Buckets"]]
    # The task and nothing else.
    assert code_of(unlocking.list_objects_v2, Bucket=bucket) == "AccessDenied"
    assert code_of(unlocking.create_bucket, Bucket=unique("more")) == "AccessDenied"
    assert code_of(org.client_for("dynamodb", keys).list_tables) == "AccessDeniedException"
    unlocking.delete_bucket_policy(Bucket=bucket)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    keys = assume(central, f"arn:aws:iam::{member}:root", "SQSUnlockQueuePolicy")
    assert code_of(sqs.receive_message, QueueUrl=url) in ("AccessDenied", "AccessDeniedException")
    org.client_for("sqs", keys).set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    sqs.receive_message(QueueUrl=url)


def test_roots_credentials_are_audited(org: Organization, central: Any, member: str) -> None:
    iam = org.client_for("iam", assume(central, member, "IAMAuditRootUserCredentials"))
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{member}:root"
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [member]
    assert iam.list_mfa_devices()["MFADevices"] == [] and iam.list_signing_certificates()["Certificates"] == []
    assert code_of(iam.get_login_profile) == "NoSuchEntity"
    assert code_of(iam.list_users) == "AccessDenied"
    org.member("iam", member).create_user(UserName="somebody")
    assert code_of(iam.list_access_keys, UserName="somebody") == "AccessDenied"


def test_who_may_not(org: Organization, central: Any, member: str) -> None:
    unlock = {"arn": TASK + "S3UnlockBucketPolicy"}
    # Root itself, the management account's root, accounts of nobody's, and policies that are no tasks.
    assert code_of(org.client_for("sts", org.management).assume_root, TargetPrincipal=member, TaskPolicyArn=unlock) == "AccessDenied"
    assert code_of(central.assume_root, TargetPrincipal=org.management, TaskPolicyArn=unlock) == "AccessDenied"
    assert code_of(central.assume_root, TargetPrincipal="999900001111", TaskPolicyArn=unlock) == "AccessDenied"
    assert code_of(central.assume_root, TargetPrincipal="somebody-else", TaskPolicyArn=unlock) == "ValidationError"
    assert code_of(
        central.assume_root, TargetPrincipal=member,
        TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}) == "ValidationError"
    # An identity without the permission, and one whose permission is for another task.
    iam = org.client_for("iam", org.management)
    iam.create_user(UserName="narrow")
    iam.put_user_policy(UserName="narrow", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "*",
            "Condition": {"StringEquals": {"sts:TaskPolicyArn": TASK + "SQSUnlockQueuePolicy"}}}]}))
    narrow = org.client_for("sts", iam.create_access_key(UserName="narrow")["AccessKey"])
    assume(narrow, member, "SQSUnlockQueuePolicy")
    assert code_of(narrow.assume_root, TargetPrincipal=member, TaskPolicyArn=unlock) == "AccessDenied"


def test_a_delegated_administrator_may(org: Organization, central: Any, member: str) -> None:
    other = org.account()
    iam = org.member("iam", other)
    iam.create_user(UserName="delegate")
    iam.attach_user_policy(UserName="delegate", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    sts = org.client_for("sts", iam.create_access_key(UserName="delegate")["AccessKey"])
    unlock = {"arn": TASK + "S3UnlockBucketPolicy"}
    assert code_of(sts.assume_root, TargetPrincipal=member, TaskPolicyArn=unlock) == "AccessDenied"
    org.api.register_delegated_administrator(AccountId=other, ServicePrincipal="iam.amazonaws.com")
    assume(sts, member, "S3UnlockBucketPolicy")


def test_token_versions_are_told(org: Organization) -> None:
    iam = org.client_for("iam", org.management)
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 1
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2
