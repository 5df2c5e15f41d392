"""What users may do is what their policies say, at S3 and DynamoDB alike."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions, resources, **more):
    return {**allow(actions, resources, **more), "Effect": "Deny"}


def code(call, **request):
    """The error's code and HTTP status, or None when the call is allowed."""
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return None


DENIED_S3, DENIED_DYNAMODB = ("AccessDenied", 403), ("AccessDeniedException", 400)


@pytest.fixture
def user(iam, unique):
    """A user without any policy, and its access key."""
    name = unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield name, key
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for own in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=own)
    for attached in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    if "PermissionsBoundary" in iam.get_user(UserName=name)["User"]:
        iam.delete_user_permissions_boundary(UserName=name)
    iam.delete_user(UserName=name)


def test_nothing_is_allowed_by_default(user, client_for, bucket, table):
    _, key = user
    s3, dynamodb, iam, sts = (client_for(service, key) for service in ("s3", "dynamodb", "iam", "sts"))
    assert code(s3.list_buckets) == DENIED_S3
    assert code(s3.get_object, Bucket=bucket, Key="key") == DENIED_S3
    assert code(s3.put_object, Bucket=bucket, Key="key", Body=b"x") == DENIED_S3
    assert code(dynamodb.list_tables) == DENIED_DYNAMODB
    assert code(dynamodb.get_item, TableName=table, Key={"pk": {"S": "a"}}) == DENIED_DYNAMODB
    assert code(iam.list_users) == DENIED_S3
    assert code(sts.get_caller_identity) is None


def test_a_prefix_of_one_bucket(user, iam, s3, client_for, bucket):
    name, key = user
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(
        allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/mine/*"),
        allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition={"StringLike": {"s3:prefix": "mine/*"}}),
        deny("s3:*", f"arn:aws:s3:::{bucket}/mine/secret")))
    own = client_for("s3", key)
    assert code(own.put_object, Bucket=bucket, Key="mine/a", Body=b"x") is None
    assert own.get_object(Bucket=bucket, Key="mine/a")["Body"].read() == b"x"
    assert code(own.delete_object, Bucket=bucket, Key="mine/a") == DENIED_S3
    assert code(own.put_object, Bucket=bucket, Key="other", Body=b"x") == DENIED_S3
    assert code(own.put_object, Bucket=bucket, Key="mine/secret", Body=b"x") == DENIED_S3
    assert code(own.list_objects_v2, Bucket=bucket, Prefix="mine/") is None
    assert code(own.list_objects_v2, Bucket=bucket) == DENIED_S3
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["mine/a"]


def test_reading_one_table(user, iam, dynamodb, client_for, table, account):
    name, key = user
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(
        allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"],
              f"arn:aws:dynamodb:us-east-1:{account}:table/{table}")))
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    own = client_for("dynamodb", key)
    assert own.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"] == {"pk": {"S": "a"}}
    assert code(own.batch_get_item, RequestItems={table: {"Keys": [{"pk": {"S": "a"}}]}}) is None
    for call, request in (
        (own.put_item, {"TableName": table, "Item": {"pk": {"S": "b"}}}),
        (own.scan, {"TableName": table}), (own.delete_table, {"TableName": table}),
        (own.get_item, {"TableName": table + "-other", "Key": {"pk": {"S": "a"}}}),
        (own.batch_get_item, {"RequestItems": {
            table: {"Keys": [{"pk": {"S": "a"}}]}, table + "-other": {"Keys": [{"pk": {"S": "a"}}]}}}),
        (own.batch_write_item, {"RequestItems": {table: [{"DeleteRequest": {"Key": {"pk": {"S": "a"}}}}]}}),
        (client_for("dynamodb", key, region="eu-west-1").get_item, {"TableName": table, "Key": {"pk": {"S": "a"}}}),
    ):
        assert code(call, **request) == DENIED_DYNAMODB
    with pytest.raises(ClientError) as error:
        own.scan(TableName=table)
    assert error.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{account}:user/{name} is not authorized to perform: dynamodb:Scan on resource: "
        f"arn:aws:dynamodb:us-east-1:{account}:table/{table} because no identity-based policy allows the dynamodb:Scan action")
    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_groups_and_changes_count_at_once(user, iam, client_for, unique):
    name, key = user
    group = unique("group")
    own = client_for("dynamodb", key)
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="own", PolicyDocument=policy(allow("dynamodb:ListTables", "*")))
    assert code(own.list_tables) == DENIED_DYNAMODB
    iam.add_user_to_group(UserName=name, GroupName=group)
    assert code(own.list_tables) is None
    iam.delete_group_policy(GroupName=group, PolicyName="own")
    assert code(own.list_tables) == DENIED_DYNAMODB
    iam.remove_user_from_group(UserName=name, GroupName=group)
    iam.delete_group(GroupName=group)


def test_a_new_default_version_counts_at_once(user, iam, client_for, unique):
    name, key = user
    own = client_for("dynamodb", key)
    arn = iam.create_policy(
        PolicyName=unique("policy"), PolicyDocument=policy(allow("dynamodb:ListTables", "*")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    assert code(own.list_tables) is None
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(deny("dynamodb:*", "*")), SetAsDefault=True)
    assert code(own.list_tables) == DENIED_DYNAMODB
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert code(own.list_tables) is None
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


def test_a_boundary_cuts_off(user, iam, client_for, unique):
    name, key = user
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(allow("*", "*")))
    own = client_for("dynamodb", key)
    buckets = client_for("s3", key)
    assert code(own.list_tables) is None
    arn = iam.create_policy(
        PolicyName=unique("boundary"), PolicyDocument=policy(allow("s3:*", "*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
    assert code(own.list_tables) == DENIED_DYNAMODB
    assert code(buckets.list_buckets) is None
    iam.delete_user_permissions_boundary(UserName=name)
    assert code(own.list_tables) is None
    iam.delete_policy(PolicyArn=arn)


def test_variables_in_resources(user, iam, client_for, bucket):
    name, key = user
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(
        allow("s3:PutObject", f"arn:aws:s3:::{bucket}/home/${{aws:username}}/*")))
    own = client_for("s3", key)
    assert code(own.put_object, Bucket=bucket, Key=f"home/{name}/a", Body=b"x") is None
    assert code(own.put_object, Bucket=bucket, Key="home/other/a", Body=b"x") == DENIED_S3


def test_an_inactive_key_is_unknown(user, iam, client_for):
    name, key = user
    sts, dynamodb = client_for("sts", key), client_for("dynamodb", key)
    assert code(sts.get_caller_identity) is None
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert code(sts.get_caller_identity) == ("InvalidClientTokenId", 403)
    assert code(dynamodb.list_tables) == ("UnrecognizedClientException", 400)
    assert code(client_for("s3", key).list_buckets) == ("InvalidAccessKeyId", 403)
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Active")
    assert code(sts.get_caller_identity) is None


def test_other_accounts_see_nothing(client_for, bucket, table):
    stranger = "999988887777"
    assert code(client_for("s3", stranger).get_object, Bucket=bucket, Key="key") == DENIED_S3
    assert code(client_for("dynamodb", stranger).get_item, TableName=table, Key={"pk": {"S": "a"}}) == (
        "ResourceNotFoundException", 400)
    assert client_for("iam", stranger).list_users()["Users"] == []
