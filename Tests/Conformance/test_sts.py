"""STS: who the caller is, roles assumed on their conditions, and sessions that narrow and end."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_status

HOUR = 3600


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


DENIED = ("AccessDenied", 403)


@pytest.fixture
def role(iam, account, unique):
    """role(*statements, **settings): the ARN of a role that its account may assume."""
    made = []

    def make(*statements, trust=None, **settings):
        name = unique("role")
        believed = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["sts:AssumeRole", "sts:TagSession"], **(trust or {})}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(believed), **settings)["Role"]["Arn"]
        iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=document(*(statements or (allow("dynamodb:*"),))))
        made.append(name)
        return arn

    yield make
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)


@pytest.fixture
def user(iam, unique):
    name = unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(allow("sts:*"), allow("dynamodb:*")))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield arn, key
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="own")
    iam.delete_user(UserName=name)


def assume(sts, arn, **more):
    return sts.assume_role(RoleArn=arn, RoleSessionName="session", **more)["Credentials"]


def test_who_the_caller_is(sts, account, user, role, client_for):
    root = sts.get_caller_identity()
    assert (root["Account"], root["Arn"], root["UserId"]) == (account, f"arn:aws:iam::{account}:root", account)
    arn, key = user
    own = client_for("sts", key).get_caller_identity()
    assert (own["Arn"], own["UserId"][:4]) == (arn, "AIDA")
    role_arn = role()
    answer = client_for("sts", key).assume_role(RoleArn=role_arn, RoleSessionName="session")
    name = role_arn.split("/")[-1]
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/{name}/session"
    session = client_for("sts", answer["Credentials"]).get_caller_identity()
    assert session["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert session["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert session["UserId"].startswith("AROA") and session["UserId"].endswith(":session")
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_a_role_is_held_to_its_policy(role, user, client_for, table):
    sts = client_for("sts", user[1])
    session = assume(sts, role(allow("dynamodb:GetItem")))
    dynamodb = client_for("dynamodb", session)
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})
    assert code_and_status(dynamodb.scan, TableName=table) == ("AccessDeniedException", 400)
    assert code_and_status(client_for("s3", session).list_buckets) == DENIED


def test_an_external_id(role, user, client_for):
    sts = client_for("sts", user[1])
    arn = role(trust={"Condition": {"StringEquals": {"sts:ExternalId": "wanted"}}})
    request = {"RoleArn": arn, "RoleSessionName": "session"}
    assert code_and_status(sts.assume_role, **request) == DENIED
    assert code_and_status(sts.assume_role, ExternalId="other", **request) == DENIED
    assert "Credentials" in sts.assume_role(ExternalId="wanted", **request)


def test_a_role_that_trusts_others(role, user, client_for, account):
    sts = client_for("sts", user[1])
    arn = role(trust={"Principal": {"Service": "lambda.amazonaws.com"}})
    assert code_and_status(sts.assume_role, RoleArn=arn, RoleSessionName="session") == DENIED
    missing = f"arn:aws:iam::{account}:role/no-such-role"
    assert code_and_status(sts.assume_role, RoleArn=missing, RoleSessionName="session") == DENIED
    assert code_and_status(client_for("sts", "111122223333").assume_role, RoleArn=role(), RoleSessionName="session") == DENIED


def test_a_session_policy_only_narrows(role, user, client_for, table):
    sts = client_for("sts", user[1])
    arn = role(allow(["dynamodb:GetItem", "dynamodb:Scan"]))
    session = assume(sts, arn, Policy=document(allow(["dynamodb:GetItem", "dynamodb:ListTables"])))
    dynamodb = client_for("dynamodb", session)
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})
    assert code_and_status(dynamodb.scan, TableName=table) == ("AccessDeniedException", 400)
    assert code_and_status(dynamodb.list_tables) == ("AccessDeniedException", 400)
    wide = client_for("dynamodb", assume(sts, arn))
    wide.scan(TableName=table)
    assert code_and_status(sts.assume_role, RoleArn=arn, RoleSessionName="session", Policy="{}") == ("MalformedPolicyDocument", 400)


def test_a_session_ends(role, user, client_for, advance):
    sts = client_for("sts", user[1])
    session = assume(sts, role(), DurationSeconds=900)
    dynamodb, own = client_for("dynamodb", session), client_for("sts", session)
    dynamodb.list_tables()
    advance(901)
    assert code_and_status(dynamodb.list_tables) == ("ExpiredTokenException", 400)
    assert code_and_status(own.get_caller_identity) == ("ExpiredToken", 403)
    assert code_and_status(client_for("s3", session).list_buckets) == ("ExpiredToken", 400)


def test_durations(role, user, client_for):
    sts = client_for("sts", user[1])
    arn = role(MaxSessionDuration=2 * HOUR)
    assume(sts, arn, DurationSeconds=2 * HOUR)
    request = {"RoleArn": arn, "RoleSessionName": "session"}
    assert code_and_status(sts.assume_role, DurationSeconds=3 * HOUR, **request) == ("ValidationError", 400)
    loose = client_for("sts", user[1], parameter_validation=False)
    assert code_and_status(loose.assume_role, DurationSeconds=60, **request) == ("ValidationError", 400)


def test_a_token_belongs_to_its_key(role, user, client_for):
    sts = client_for("sts", user[1])
    first, second = assume(sts, role()), assume(sts, role())
    mixed = (first["AccessKeyId"], first["SecretAccessKey"], second["SessionToken"])
    assert code_and_status(client_for("sts", mixed).get_caller_identity) == ("InvalidClientTokenId", 403)
    bare = (first["AccessKeyId"], first["SecretAccessKey"])
    assert code_and_status(client_for("sts", bare).get_caller_identity) == ("InvalidClientTokenId", 403)
    spoilt = (first["AccessKeyId"], first["SecretAccessKey"], first["SessionToken"][:-8] + "AAAAAAAA")
    assert code_and_status(client_for("sts", spoilt).get_caller_identity) == ("InvalidClientTokenId", 403)


def test_a_user_s_session_token(user, client_for):
    answer = client_for("sts", user[1]).get_session_token(DurationSeconds=900)["Credentials"]
    assert client_for("sts", answer).get_caller_identity()["Arn"] == user[0]
    client_for("dynamodb", answer).list_tables()
    assert code_and_status(client_for("sts", answer).get_session_token) == DENIED


def test_sessions_of_a_deleted_role_are_worth_nothing(iam, role, user, client_for, account, unique):
    name = unique("gone")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(allow("dynamodb:*")))
    dynamodb = client_for("dynamodb", assume(client_for("sts", user[1]), arn))
    dynamodb.list_tables()
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    iam.delete_role(RoleName=name)
    with pytest.raises(ClientError):
        dynamodb.list_tables()


def test_access_key_info(sts, user, account, client_for):
    assert sts.get_access_key_info(AccessKeyId=user[1]["AccessKeyId"])["Account"] == account
    # A temporary key has no record, and tells by itself.
    session = client_for("sts", user[1]).get_session_token()["Credentials"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=session)["Account"] == account


def test_session_tags_reach_policies(role, user, client_for, table, account):
    arn = role(allow("dynamodb:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}))
    sts = client_for("sts", user[1])
    blue = assume(sts, arn, Tags=[{"Key": "team", "Value": "blue"}])
    red = assume(sts, arn, Tags=[{"Key": "team", "Value": "red"}])
    client_for("dynamodb", blue).list_tables()
    assert code_and_status(client_for("dynamodb", red).list_tables) == ("AccessDeniedException", 400)


def test_tags_of_aws_are_no_session_tags(role, user, client_for):
    sts = client_for("sts", user[1])
    tag = [{"Key": "aws:team", "Value": "blue"}]
    assert code_and_status(sts.assume_role, RoleArn=role(), RoleSessionName="session", Tags=tag) == ("ValidationError", 400)
    assert code_and_status(sts.get_federation_token, Name="somebody", Tags=tag) == ("ValidationError", 400)
