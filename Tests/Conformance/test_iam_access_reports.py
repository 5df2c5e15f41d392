"""What was last accessed, by whom, and which policies granted it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from organization import Organization


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": "*", **each} for each in statements]})


ALLOWED = policy(
    {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:Get*", "dynamodb:*", "a4b:Get*"]},
    {"Effect": "Allow", "Action": "sns:*"}, {"Effect": "Deny", "Action": "sns:*"},
    {"Effect": "Allow", "Action": "sqs:*"},
    {"Effect": "Deny", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})


@pytest.fixture(scope="module")
def used(iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str], bucket_of_module: str) -> dict[str, str]:
    """A user in a group with a managed policy; the user has listed buckets and tables and been refused keys."""
    name, group, managed = unique("user"), unique("group"), unique("policy")
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="inline", PolicyDocument=ALLOWED)
    arn = iam.create_policy(PolicyName=managed, PolicyDocument=policy({"Effect": "Allow", "Action": "kms:List*"}))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    user = iam.create_user(UserName=name)["User"]["Arn"]
    iam.create_user(UserName=f"{name}-idle")
    for each in (name, f"{name}-idle"):
        iam.add_user_to_group(GroupName=group, UserName=each)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    s3 = client_for("s3", key)
    s3.list_buckets()
    with pytest.raises(ClientError):
        s3.get_object(Bucket=bucket_of_module, Key="none")
    client_for("dynamodb", key, region="eu-west-1").list_tables()
    with pytest.raises(ClientError):
        client_for("glue", key).get_databases()
    return {"user": user, "name": name, "group": iam.get_group(GroupName=group)["Group"]["Arn"], "policy": arn}


@pytest.fixture(scope="module")
def bucket_of_module(s3: Any, unique: Callable[[str], str]) -> str:
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    return name


def report(iam: Any, arn: str, **more: Any) -> dict[str, dict[str, Any]]:
    job = iam.generate_service_last_accessed_details(Arn=arn, **more)["JobId"]
    answer = iam.get_service_last_accessed_details(JobId=job)
    assert answer["JobStatus"] == "COMPLETED" and answer["JobCompletionDate"] >= answer["JobCreationDate"]
    assert answer["JobType"] == more.get("Granularity", "SERVICE_LEVEL")
    names = [entry["ServiceNamespace"] for entry in answer["ServicesLastAccessed"]]
    assert names == sorted(names)
    return {entry["ServiceNamespace"]: entry for entry in answer["ServicesLastAccessed"]}


def test_a_users_report_lists_what_it_may_use(iam: Any, used: dict[str, str]) -> None:
    services = report(iam, used["user"])
    # Only what the policies reach: glue was tried and is not theirs, sns is taken away again.
    assert set(services) == {"a4b", "dynamodb", "kms", "s3", "sqs"}
    s3 = services["s3"]
    assert (s3["ServiceName"], s3["LastAuthenticatedEntity"]) == ("Amazon S3", used["user"])
    assert (s3["LastAuthenticatedRegion"], s3["TotalAuthenticatedEntities"]) == ("us-east-1", 1)
    assert "TrackedActionsLastAccessed" not in s3
    assert services["dynamodb"]["LastAuthenticatedRegion"] == "eu-west-1"
    assert "LastAuthenticated" not in services["sqs"] and services["sqs"]["TotalAuthenticatedEntities"] == 0


def test_actions_are_listed_and_data_events_are_not(iam: Any, used: dict[str, str]) -> None:
    services = report(iam, used["user"], Granularity="ACTION_LEVEL")
    (action,) = services["s3"]["TrackedActionsLastAccessed"]
    assert (action["ActionName"], action["LastAccessedEntity"]) == ("ListAllMyBuckets", used["user"])
    (action,) = services["dynamodb"]["TrackedActionsLastAccessed"]
    assert (action["ActionName"], action["LastAccessedRegion"]) == ("ListTables", "eu-west-1")


def test_groups_and_policies_tell_of_their_entities(iam: Any, used: dict[str, str]) -> None:
    assert report(iam, used["group"])["s3"]["LastAuthenticatedEntity"] == used["user"]
    assert set(report(iam, used["policy"])) == {"kms"}
    job = iam.generate_service_last_accessed_details(Arn=used["group"])["JobId"]
    answer = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3")
    first, second = answer["EntityDetailsList"]
    assert (first["EntityInfo"]["Arn"], first["EntityInfo"]["Type"]) == (used["user"], "USER")
    assert "LastAuthenticated" in first and "LastAuthenticated" not in second
    page = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3", MaxItems=1)
    assert page["IsTruncated"] and page["EntityDetailsList"] == [first]
    page = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3", Marker=page["Marker"])
    assert page["EntityDetailsList"] == [second]
    with pytest.raises(iam.exceptions.InvalidInputException):
        iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="glue")


def test_which_policies_grant(iam: Any, used: dict[str, str]) -> None:
    answer = iam.list_policies_granting_service_access(Arn=used["user"], ServiceNamespaces=["kms", "s3", "glue"])
    found = {each["ServiceNamespace"]: each["Policies"] for each in answer["PoliciesGrantingServiceAccess"]}
    assert found["glue"] == []
    group = used["group"].split("/")[-1]
    assert found["s3"] == [{"PolicyName": "inline", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": group}]
    (managed,) = found["kms"]
    assert (managed["PolicyType"], managed["PolicyArn"]) == ("MANAGED", used["policy"])


def test_a_new_name_keeps_what_was_accessed(iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str]) -> None:
    name = unique("user")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": "kms:ListKeys"}))
    client_for("kms", iam.create_access_key(UserName=name)["AccessKey"]).list_keys()
    iam.update_user(UserName=name, NewUserName=f"{name}-new")
    arn = iam.get_user(UserName=f"{name}-new")["User"]["Arn"]
    assert report(iam, arn)["kms"]["LastAuthenticatedEntity"] == arn


def test_a_roles_sessions_count_for_the_role(
    iam: Any, sts: Any, client_for: Callable[..., Any], unique: Callable[[str], str], account: str
) -> None:
    name = unique("role")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": "logs:*"}))
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": "sts:AssumeRole"}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = client_for("sts", key).assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
    client_for("logs", session).describe_log_groups()
    assert report(iam, arn)["logs"]["LastAuthenticatedEntity"] == arn


def test_refusals(iam: Any, client_for: Callable[..., Any], used: dict[str, str], account: str) -> None:
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{account}:user/nobody")
    with pytest.raises(iam.exceptions.InvalidInputException):
        iam.generate_service_last_accessed_details(Arn="arn:aws:s3:::this-is-a-bucket")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_service_last_accessed_details(JobId=str(uuid.uuid4()))
    # A report is for whom asked for it.
    job = iam.generate_service_last_accessed_details(Arn=used["user"])["JobId"]
    iam.put_user_policy(UserName=used["name"], PolicyName="look", PolicyDocument=policy({"Effect": "Allow", "Action": "iam:*"}))
    other = client_for("iam", iam.create_access_key(UserName=used["name"])["AccessKey"])
    with pytest.raises(other.exceptions.NoSuchEntityException):
        other.get_service_last_accessed_details(JobId=job)


def test_an_organizations_report(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    org = Organization(client_for, eventually)
    org.enable()
    iam = org.client_for("iam", org.management)
    account = org.account()
    org.member("kms", account).list_keys()
    org.client_for("glue", org.management).get_databases()
    organization = org.api.describe_organization()["Organization"]["Id"]
    root = org.api.list_roots()["Roots"][0]["Id"]

    def made(path: str, **more: Any) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        job = iam.generate_organizations_access_report(EntityPath=path, **more)["JobId"]
        answer = iam.get_organizations_access_report(JobId=job)
        assert answer["JobStatus"] == "COMPLETED"
        return answer, {entry["ServiceNamespace"]: entry for entry in answer["AccessDetails"]}

    answer, services = made(f"{organization}/{root}")
    assert answer["NumberOfServicesAccessible"] == len(services) > 15
    assert services["kms"]["EntityPath"] == f"{organization}/{root}/{account}"
    assert services["kms"]["TotalAuthenticatedEntities"] == 1
    # The management account is not bound, and does not count but by itself.
    assert "LastAuthenticatedTime" not in services["glue"]
    assert "LastAuthenticatedTime" in made(f"{organization}/{root}/{org.management}")[1]["glue"]
    only = org.api.create_policy(
        Name="only-kms", Description="", Type="SERVICE_CONTROL_POLICY",
        Content=policy({"Effect": "Allow", "Action": "kms:*"}))["Policy"]["PolicySummary"]["Id"]
    answer, services = made(f"{organization}/{root}/{account}", OrganizationsPolicyId=only)
    assert set(services) == {"kms"} and "LastAuthenticatedTime" not in services["kms"]
    org.api.attach_policy(PolicyId=only, TargetId=account)
    org.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=account)
    answer, services = made(f"{organization}/{root}/{account}")
    assert set(services) == {"kms"} and answer["NumberOfServicesNotAccessed"] == 0
    latest = iam.get_organizations_access_report(
        JobId=iam.generate_organizations_access_report(EntityPath=f"{organization}/{root}")["JobId"],
        SortKey="LAST_AUTHENTICATED_TIME_DESCENDING", MaxItems=1)
    assert latest["AccessDetails"][0].get("LastAuthenticatedTime") and latest["IsTruncated"]
    with pytest.raises(ClientError):
        iam.generate_organizations_access_report(EntityPath=f"{organization}/{root}/000000000001")
