"""Who may do what in S3: owners, users, bucket policies, the public."""

import json
import urllib.error
import urllib.request

import pytest
from refusals import code_and_status

STRANGER = "222222222222"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def user(iam, client_for, unique):
    """user(statement...): an S3 client of a user who may do just that."""
    made = []

    def make(*statements):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, key["AccessKeyId"]))
        return client_for("s3", key)

    yield make
    for name, key in made:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user_policy(UserName=name, PolicyName="own")
        iam.delete_user(UserName=name)


def test_bucket_names_are_shared_by_all_accounts(client_for, s3, bucket):
    stranger = client_for("s3", STRANGER)
    assert code_and_status(stranger.create_bucket, Bucket=bucket) == ("BucketAlreadyExists", 409)
    assert code_and_status(stranger.head_bucket, Bucket=bucket) == ("403", 403)
    assert code_and_status(stranger.delete_bucket, Bucket=bucket) == ("AccessDenied", 403)
    assert s3.create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"


def test_creating_buckets_needs_permission(user, bucket):
    restricted = user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    assert code_and_status(restricted.create_bucket, Bucket=f"{bucket}-own") == ("AccessDenied", 403)
    assert code_and_status(restricted.create_bucket, Bucket=bucket) == ("AccessDenied", 403)


def test_a_missing_key_is_hidden_from_who_may_not_list(user, s3, bucket):
    objects = f"arn:aws:s3:::{bucket}/*"
    blind = user({"Effect": "Allow", "Action": "s3:*Object", "Resource": objects})
    seeing = user(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"})
    s3.put_object(Bucket=bucket, Key="there", Body=b"x")
    for client in (blind, seeing):
        assert client.get_object(Bucket=bucket, Key="there")["Body"].read() == b"x"
    assert code_and_status(blind.get_object, Bucket=bucket, Key="missing") == ("AccessDenied", 403)
    assert code_and_status(blind.head_object, Bucket=bucket, Key="missing") == ("403", 403)
    assert code_and_status(
        blind.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/missing") == ("AccessDenied", 403)
    assert code_and_status(seeing.get_object, Bucket=bucket, Key="missing") == ("NoSuchKey", 404)
    assert code_and_status(seeing.head_object, Bucket=bucket, Key="missing") == ("404", 404)


def test_delete_objects_asks_for_each_key(user, s3, bucket):
    for key in ("own/1", "other"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    client = user({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/own/*"})
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "own/1"}, {"Key": "other"}]})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["own/1"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("other", "AccessDenied")]


def test_the_public_reads_what_a_policy_gives_it(endpoint, s3, bucket):
    def fetch(key):
        try:
            with urllib.request.urlopen(f"{endpoint}/{bucket}/{key}") as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, b""

    s3.put_object(Bucket=bucket, Key="page", Body=b"hello")
    assert fetch("page")[0] == 403
    public = policy({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    assert code_and_status(s3.put_bucket_policy, Bucket=bucket, Policy=public) == ("AccessDenied", 403)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert fetch("page") == (200, b"hello")
    assert fetch("missing")[0] == 403
    s3.delete_bucket_policy(Bucket=bucket)
    assert fetch("page")[0] == 403


def test_a_policy_lets_another_account_in(client_for, s3, bucket):
    stranger = client_for("s3", STRANGER)
    s3.put_object(Bucket=bucket, Key="shared", Body=b"x")
    assert code_and_status(stranger.get_object, Bucket=bucket, Key="shared") == ("AccessDenied", 403)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/shared"}))
    assert stranger.get_object(Bucket=bucket, Key="shared")["Body"].read() == b"x"
    assert code_and_status(stranger.put_object, Bucket=bucket, Key="shared", Body=b"") == ("AccessDenied", 403)
