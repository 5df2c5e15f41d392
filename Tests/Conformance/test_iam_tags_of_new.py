"""Who makes something with tags tags it, too: a permission of its own, without which nothing is made."""

import json

import pytest
from refusals import code_of, is_allowed, message_of

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TAGS = [{"Key": "team", "Value": "data"}]
TABLE = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}


@pytest.fixture
def who_may(iam, client_for, unique):
    """who_may(service, actions...): a client of a user with these permissions and no others."""

    def make(service, *actions):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))
        return client_for(service, iam.create_access_key(UserName=name)["AccessKey"])

    return make


@pytest.mark.parametrize(("operation", "member", "more"), [
    ("User", "UserName", {}), ("Role", "RoleName", {"AssumeRolePolicyDocument": TRUST}),
    ("Policy", "PolicyName", {"PolicyDocument": POLICY}), ("InstanceProfile", "InstanceProfileName", {}),
])
def test_entities(who_may, unique, operation, member, more):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""
    maker = who_may("iam", f"iam:Create{operation}")
    call = getattr(maker, "create_" + {"InstanceProfile": "instance_profile"}.get(operation, operation.lower()))
    name = {member: unique("made")}
    assert f"iam:Tag{operation}" in message_of("AccessDenied", call, **name, **more, Tags=TAGS)
    assert is_allowed(call, **name, **more)
    tagger = who_may("iam", f"iam:Create{operation}", f"iam:Tag{operation}")
    assert is_allowed(getattr(tagger, call.__name__), **{member: unique("made")}, **more, Tags=TAGS)


def test_tables(who_may, unique, account):
    maker = who_may("dynamodb", "dynamodb:CreateTable")
    name = unique("table")
    assert "dynamodb:TagResource" in message_of(
        "AccessDeniedException", maker.create_table, TableName=name, **TABLE, Tags=TAGS)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": account}, "Action": "dynamodb:GetItem",
        "Resource": f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"}]})
    assert code_of(maker.create_table, TableName=name, **TABLE, ResourcePolicy=policy) == "AccessDeniedException"
    assert is_allowed(maker.create_table, TableName=name, **TABLE)
    other = who_may("dynamodb", "dynamodb:CreateTable", "dynamodb:TagResource")
    assert is_allowed(other.create_table, TableName=unique("table"), **TABLE, Tags=TAGS)
