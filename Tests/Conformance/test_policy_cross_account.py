"""Two accounts: role chains, external IDs, shared buckets, and deputies who are asked by the wrong party."""

from __future__ import annotations

import json

import pytest
from refusals import refusal

OTHER = "222233334444"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, condition=None):
    made = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return policy(made if condition is None else {**made, "Condition": condition})


@pytest.fixture(scope="module")
def theirs(client_for):
    """Clients of the other account's root."""
    return lambda service: client_for(service, OTHER)


@pytest.fixture
def user(iam, unique):
    name = unique("traveller")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.put_user_policy(UserName=name, PolicyName="assume", PolicyDocument=policy(
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "s3:*"], "Resource": "*"}))
    return arn, key


def role(iam, name, document, *statements):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return arn


def test_a_role_chain_across_accounts(iam, theirs, user, client_for, unique, account):
    arn, key = user
    first = role(iam, unique("first"), trust({"AWS": arn}),
                 {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    second = role(theirs("iam"), unique("second"), trust({"AWS": first}),
                  {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    bucket = unique("theirs")
    theirs("s3").create_bucket(Bucket=bucket)
    # Not in one step: the second role trusts the first one only.
    straight = refusal(client_for("sts", key).assume_role, RoleArn=second, RoleSessionName="session").error
    assert straight["Code"] == "AccessDenied"
    assert straight["Message"].startswith(f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {second}")
    one = client_for("sts", key).assume_role(RoleArn=first, RoleSessionName="one")["Credentials"]
    two = client_for("sts", one).assume_role(RoleArn=second, RoleSessionName="two")["Credentials"]
    session = client_for("sts", two).get_caller_identity()
    assert session["Account"] == OTHER and session["Arn"].endswith("/two")
    client_for("s3", two).put_object(Bucket=bucket, Key="k", Body=b"x")
    assert refusal(client_for("s3", one).get_object, Bucket=bucket, Key="k").code == "AccessDenied"
    # The chain's limit of one hour.
    long = refusal(client_for("sts", one).assume_role, RoleArn=second, RoleSessionName="session", DurationSeconds=7200).error
    assert long["Code"] == "ValidationError" and "role chaining" in long["Message"]
    # The first role's own policy counts, too.
    iam.delete_role_policy(RoleName=first.split("/")[-1], PolicyName="own")
    stopped = refusal(client_for("sts", one).assume_role, RoleArn=second, RoleSessionName="session").error
    assert "because no identity-based policy allows the sts:AssumeRole action" in stopped["Message"]


def test_the_external_id_must_be_right(theirs, user, client_for, unique, account):
    _, key = user
    vendor = role(theirs("iam"), unique("vendor"), trust(
        {"AWS": f"arn:aws:iam::{account}:root"}, {"StringEquals": {"sts:ExternalId": "customer-7"}}))
    sts = client_for("sts", key)
    for given in ({}, {"ExternalId": "customer-8"}):
        assert refusal(sts.assume_role, RoleArn=vendor, RoleSessionName="session", **given).code == "AccessDenied"
    assert sts.assume_role(RoleArn=vendor, RoleSessionName="session", ExternalId="customer-7")["Credentials"]


def test_a_session_policy_narrows_and_never_widens(iam, user, client_for, bucket, s3, unique):
    arn, key = user
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    reader = role(iam, unique("reader"), trust({"AWS": arn}),
                  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    allow_all = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    allow_none = policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    sts = client_for("sts", key)
    wide = client_for("s3", sts.assume_role(RoleArn=reader, RoleSessionName="session", Policy=allow_all)["Credentials"])
    assert wide.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert refusal(wide.put_object, Bucket=bucket, Key="k", Body=b"y").code == "AccessDenied"
    narrow = client_for("s3", sts.assume_role(RoleArn=reader, RoleSessionName="session", Policy=allow_none)["Credentials"])
    assert refusal(narrow.get_object, Bucket=bucket, Key="k").code == "AccessDenied"


def test_a_bucket_shared_with_another_account(s3, theirs, client_for, bucket, unique):
    their_iam = theirs("iam")
    name = unique("guest")
    guest = their_iam.create_user(UserName=name)["User"]["Arn"]
    own = client_for("s3", their_iam.create_access_key(UserName=name)["AccessKey"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    share = policy({"Effect": "Allow", "Principal": {"AWS": guest}, "Action": "s3:GetObject",
                    "Resource": f"arn:aws:s3:::{bucket}/*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=share)
    # The bucket's account has allowed; the guest's has not yet.
    assert refusal(own.get_object, Bucket=bucket, Key="k").code == "AccessDenied"
    their_iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    assert own.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert refusal(own.put_object, Bucket=bucket, Key="k", Body=b"y").code == "AccessDenied"
    s3.delete_bucket_policy(Bucket=bucket)
    assert refusal(own.get_object, Bucket=bucket, Key="k").code == "AccessDenied"


def test_a_deputy_is_refused_for_the_wrong_source(s3, lambda_client, function, account, bucket, unique):
    """S3 may invoke the function for one bucket; asked on behalf of another, it is refused."""
    made = function("def handler(event, context):\n    return 1\n")
    wrong = unique("wrong")
    s3.create_bucket(Bucket=wrong)
    lambda_client.add_permission(
        FunctionName=made["FunctionName"], StatementId="s3", Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com", SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=account)
    watch = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": made["FunctionArn"], "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=watch)
    error = refusal(s3.put_bucket_notification_configuration, Bucket=wrong, NotificationConfiguration=watch).error
    assert error["Code"] == "InvalidArgument"
    s3.delete_bucket(Bucket=wrong)
