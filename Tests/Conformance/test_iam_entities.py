"""IAM's users, groups, roles and policies: their lives, what refuses to go, and lists in pages."""

from __future__ import annotations

import json

import pytest
from refusals import code_and_status

ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def trust(principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})


MISSING, EXISTS, CONFLICT = ("NoSuchEntity", 404), ("EntityAlreadyExists", 409), ("DeleteConflict", 409)
LIMIT, MALFORMED = ("LimitExceeded", 409), ("MalformedPolicyDocument", 400)


def test_the_life_of_a_user(iam, account, unique):
    name = unique("user")
    user = iam.create_user(UserName=name, Path="/team/", Tags=[{"Key": "a", "Value": "1"}])["User"]
    assert user["Arn"] == f"arn:aws:iam::{account}:user/team/{name}"
    assert user["UserId"].startswith("AIDA") and len(user["UserId"]) == 21
    assert iam.get_user(UserName=name)["User"]["Tags"] == [{"Key": "a", "Value": "1"}]
    assert code_and_status(iam.create_user, UserName=name) == EXISTS
    assert code_and_status(iam.create_user, UserName=name.upper()) == EXISTS
    iam.update_user(UserName=name, NewUserName=name + "-new", NewPath="/")
    assert code_and_status(iam.get_user, UserName=name) == MISSING
    renamed = iam.get_user(UserName=name + "-new")["User"]
    assert (renamed["UserId"], renamed["Arn"]) == (user["UserId"], f"arn:aws:iam::{account}:user/{name}-new")
    iam.tag_user(UserName=name + "-new", Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_user(UserName=name + "-new", TagKeys=["a"])
    assert iam.list_user_tags(UserName=name + "-new")["Tags"] == [{"Key": "b", "Value": "2"}]
    iam.delete_user(UserName=name + "-new")
    assert code_and_status(iam.delete_user, UserName=name + "-new") == MISSING


def test_what_keeps_a_user(iam, unique):
    name, group = unique("user"), unique("group")
    iam.create_user(UserName=name)
    iam.create_group(GroupName=group)
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=ALLOW_ALL)["Policy"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    assert code_and_status(iam.delete_user, UserName=name) == CONFLICT
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    assert code_and_status(iam.delete_user, UserName=name) == CONFLICT
    assert code_and_status(iam.delete_policy, PolicyArn=arn) == CONFLICT
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=ALLOW_ALL)
    assert code_and_status(iam.delete_user, UserName=name) == CONFLICT
    iam.delete_user_policy(UserName=name, PolicyName="own")
    iam.add_user_to_group(UserName=name, GroupName=group)
    assert code_and_status(iam.delete_user, UserName=name) == CONFLICT
    assert code_and_status(iam.delete_group, GroupName=group) == CONFLICT
    iam.remove_user_from_group(UserName=name, GroupName=group)
    iam.delete_user(UserName=name)
    iam.delete_group(GroupName=group)
    iam.delete_policy(PolicyArn=arn)


def test_access_keys(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    first, second = (iam.create_access_key(UserName=name)["AccessKey"] for _ in range(2))
    assert first["AccessKeyId"].startswith("AKIA") and len(first["SecretAccessKey"]) == 40
    assert code_and_status(iam.create_access_key, UserName=name) == LIMIT
    iam.update_access_key(UserName=name, AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = {key["AccessKeyId"]: key for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]}
    assert {key: entry["Status"] for key, entry in listed.items()} == {
        first["AccessKeyId"]: "Inactive", second["AccessKeyId"]: "Active"}
    assert all("SecretAccessKey" not in entry for entry in listed.values())
    for key in (first, second):
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    assert code_and_status(iam.delete_access_key, UserName=name, AccessKeyId=first["AccessKeyId"]) == MISSING
    iam.delete_user(UserName=name)


def test_groups(iam, unique):
    group, users = unique("group"), [unique("user") for _ in range(3)]
    iam.create_group(GroupName=group)
    assert code_and_status(iam.create_group, GroupName=group) == EXISTS
    for name in users:
        iam.create_user(UserName=name)
        iam.add_user_to_group(UserName=name, GroupName=group)
    iam.add_user_to_group(UserName=users[0], GroupName=group)  # a second time changes nothing
    assert [user["UserName"] for user in iam.get_group(GroupName=group)["Users"]] == sorted(users)
    assert [entry["GroupName"] for entry in iam.list_groups_for_user(UserName=users[0])["Groups"]] == [group]
    assert code_and_status(iam.add_user_to_group, UserName="nobody", GroupName=group) == MISSING
    assert code_and_status(iam.remove_user_from_group, UserName="nobody", GroupName=group) == MISSING
    for name in users:
        iam.remove_user_from_group(UserName=name, GroupName=group)
        iam.delete_user(UserName=name)
    iam.delete_group(GroupName=group)


def test_roles(iam, account, unique):
    name = unique("role")
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust({"AWS": account}), MaxSessionDuration=7200, Description="d")["Role"]
    assert role["Arn"] == f"arn:aws:iam::{account}:role/{name}" and role["RoleId"].startswith("AROA")
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == json.loads(trust({"AWS": account}))
    assert code_and_status(iam.create_role, RoleName=name, AssumeRolePolicyDocument=trust({"AWS": account})) == EXISTS
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=3600)
    changed = iam.get_role(RoleName=name)["Role"]
    assert (changed["Description"], changed["MaxSessionDuration"]) == ("e", 3600)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=ALLOW_ALL)
    assert iam.get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"] == json.loads(ALLOW_ALL)
    assert code_and_status(iam.delete_role, RoleName=name) == CONFLICT
    assert code_and_status(iam.get_role_policy, RoleName=name, PolicyName="none") == MISSING
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    assert code_and_status(iam.update_assume_role_policy, RoleName=name, PolicyDocument="{}") == MALFORMED
    iam.delete_role(RoleName=name)
    assert code_and_status(iam.get_role, RoleName=name) == MISSING


def test_versions_of_a_policy(iam, account, unique):
    name = unique("policy")
    policy = iam.create_policy(PolicyName=name, PolicyDocument=ALLOW_ALL)["Policy"]
    arn = policy["Arn"]
    assert arn == f"arn:aws:iam::{account}:policy/{name}" and policy["DefaultVersionId"] == "v1"
    assert code_and_status(iam.create_policy, PolicyName=name, PolicyDocument=ALLOW_ALL) == EXISTS
    for number in range(2, 6):
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW_ALL, SetAsDefault=number == 3)["PolicyVersion"]
        assert made["VersionId"] == f"v{number}"
    assert code_and_status(iam.create_policy_version, PolicyArn=arn, PolicyDocument=ALLOW_ALL) == LIMIT
    assert code_and_status(iam.delete_policy, PolicyArn=arn) == CONFLICT
    assert code_and_status(iam.delete_policy_version, PolicyArn=arn, VersionId="v3") == CONFLICT
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v3")["PolicyVersion"]["Document"] == json.loads(ALLOW_ALL)
    for number in (1, 2, 4, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    assert code_and_status(iam.get_policy_version, PolicyArn=arn, VersionId="v1") == MISSING
    iam.delete_policy(PolicyArn=arn)
    assert code_and_status(iam.get_policy, PolicyArn=arn) == MISSING


@pytest.mark.parametrize("document", [
    "no JSON", "[]", "{}", '{"Version": "2011-01-01", "Statement": []}',
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]}',
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}',
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]}',
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3", "Resource": "*"}]}',
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}',
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Like": {}}}]}',
])
def test_malformed_policies(iam, unique, document):
    assert code_and_status(iam.create_policy, PolicyName=unique("bad"), PolicyDocument=document) == MALFORMED


def test_policies_of_aws(iam, unique):
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "AdministratorAccess"
    assert code_and_status(iam.delete_policy, PolicyArn=arn) == ("AccessDenied", 403)
    assert code_and_status(iam.get_policy, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy") == MISSING
    name = unique("user")
    iam.create_user(UserName=name)
    assert code_and_status(iam.attach_user_policy, UserName=name, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy") == MISSING
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    assert iam.list_attached_user_policies(UserName=name)["AttachedPolicies"] == [
        {"PolicyName": "AdministratorAccess", "PolicyArn": arn}]
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    assert code_and_status(iam.detach_user_policy, UserName=name, PolicyArn=arn) == MISSING
    iam.delete_user(UserName=name)


def test_attachments_have_a_limit(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    arns = [iam.create_policy(PolicyName=unique("policy"), PolicyDocument=ALLOW_ALL)["Policy"]["Arn"] for _ in range(11)]
    for arn in arns[:10]:
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    assert code_and_status(iam.attach_user_policy, UserName=name, PolicyArn=arns[10]) == LIMIT
    entities = iam.list_entities_for_policy(PolicyArn=arns[0])
    assert [user["UserName"] for user in entities["PolicyUsers"]] == [name]
    assert iam.get_policy(PolicyArn=arns[0])["Policy"]["AttachmentCount"] == 1
    for arn in arns[:10]:
        iam.detach_user_policy(UserName=name, PolicyArn=arn)
    for arn in arns:
        iam.delete_policy(PolicyArn=arn)
    iam.delete_user(UserName=name)


def test_lists_in_pages(iam, unique):
    names = sorted(unique("paged") for _ in range(7))
    for name in names:
        iam.create_user(UserName=name, Path="/paged/")
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 3}))
    assert [len(page["Users"]) for page in pages] == [3, 3, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert sorted(user["UserName"] for page in pages for user in page["Users"]) == names
    assert code_and_status(iam.list_users, Marker="what no page gave") == ("ValidationError", 400)
    for name in names:
        iam.delete_user(UserName=name)


@pytest.mark.parametrize(("operation", "request_"), [
    ("get_user", {"UserName": "none"}), ("get_role", {"RoleName": "none"}), ("get_group", {"GroupName": "none"}),
    ("delete_role", {"RoleName": "none"}), ("delete_group", {"GroupName": "none"}),
    ("list_access_keys", {"UserName": "none"}), ("create_access_key", {"UserName": "none"}),
    ("get_user_policy", {"UserName": "none", "PolicyName": "none"}),
    ("list_attached_role_policies", {"RoleName": "none"}), ("list_role_policies", {"RoleName": "none"}),
    ("put_group_policy", {"GroupName": "none", "PolicyName": "p", "PolicyDocument": ALLOW_ALL}),
])
def test_what_is_not_there(iam, operation, request_):
    assert code_and_status(getattr(iam, operation), **request_) == MISSING


@pytest.mark.parametrize(("operation", "request_"), [
    ("create_user", {"UserName": "with space"}), ("create_user", {"UserName": "u" * 65}),
    ("create_user", {"UserName": "user", "Path": "no-slash"}), ("create_user", {}),
    ("list_users", {"MaxItems": 0}), ("list_users", {"MaxItems": 1001}),
    ("update_access_key", {"AccessKeyId": "A" * 20, "Status": "Sometimes"}),
])
def test_malformed_requests(client_for, operation, request_):
    loose = client_for("iam", parameter_validation=False)
    assert code_and_status(getattr(loose, operation), **request_) == ("ValidationError", 400)
