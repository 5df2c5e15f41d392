"""Who is public, and the blocks of bucket and account."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_status

STRANGER = "222222222222"
ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
NONE = {name: False for name in ALL}


def policy(bucket, principal="*", condition=None, action="s3:GetObject"):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def status(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.fixture(scope="module")
def s3control(client_for):
    client = client_for("s3control")

    def without_account(request, **_):
        # The SDK puts the account before the host's name, where an address on loopback has none.
        scheme, rest = request.url.split("://")
        head, _, tail = rest.partition(".")
        if head.isdigit() and len(head) == 12:
            request.url = f"{scheme}://{tail}"

    client.meta.events.register("before-sign.s3-control", without_account)
    return client


def block(s3, bucket, **settings):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**NONE, **settings})


def test_new_buckets_are_closed(s3, bucket):
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == ALL
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


@pytest.mark.parametrize(("principal", "condition", "is_public"), [
    ("*", None, True),
    ({"AWS": "*"}, None, True),
    ({"AWS": STRANGER}, None, False),
    ({"Service": "logging.s3.amazonaws.com"}, None, False),
    ("*", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
    ("*", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ("*", {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
    ("*", {"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
    ("*", {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-91237329"}}, True),
    ("*", {"StringEquals": {"aws:SourceAccount": STRANGER}}, False),
    ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, False),
    ("*", {"StringEquals": {"s3:ExistingObjectTag/team": "x"}}, True),
    ("*", {"ArnLike": {"s3:DataAccessPointArn": f"arn:aws:s3:us-east-1:{STRANGER}:accesspoint/*"}}, False),
])
def test_when_a_policy_is_public(s3, bucket, principal, condition, is_public):
    text = policy(bucket, principal, condition)
    if is_public:
        assert code_and_status(s3.put_bucket_policy, Bucket=bucket, Policy=text) == ("AccessDenied", 403)
        assert code_and_status(s3.get_bucket_policy_status, Bucket=bucket) == ("NoSuchBucketPolicy", 404)
        block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": is_public}


def test_restriction_closes_a_policy_that_was_there(s3, client_for, endpoint, bucket):
    stranger = client_for("s3", STRANGER)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    assert status(f"{endpoint}/{bucket}/k") == 200
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    block(s3, bucket, RestrictPublicBuckets=True)
    assert status(f"{endpoint}/{bucket}/k") == 403
    assert code_and_status(stranger.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    # A policy that names its callers is not public and is left alone.
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, {"AWS": STRANGER}))
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_the_accounts_block_covers_its_buckets(s3, s3control, account, endpoint, bucket):
    place = {"AccountId": account}
    assert code_and_status(s3control.get_public_access_block, **place) == ("NoSuchPublicAccessBlockConfiguration", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    assert status(f"{endpoint}/{bucket}/k") == 200
    s3control.put_public_access_block(**place, PublicAccessBlockConfiguration=ALL)
    try:
        assert s3control.get_public_access_block(**place)["PublicAccessBlockConfiguration"] == ALL
        assert status(f"{endpoint}/{bucket}/k") == 403
        assert code_and_status(s3.put_bucket_policy, Bucket=bucket, Policy=policy(bucket)) == ("AccessDenied", 403)
    finally:
        s3control.delete_public_access_block(**place)
    assert status(f"{endpoint}/{bucket}/k") == 200
    assert code_and_status(s3control.get_public_access_block, AccountId=STRANGER) == ("AccessDenied", 403)


def test_anonymous_probes(s3, endpoint, bucket, unique):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert status(f"{endpoint}/{unique('nobodys')}") == 404
    assert status(f"{endpoint}/{bucket}") == 403
    block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}]}))
    assert status(f"{endpoint}/{bucket}") == 200


def test_where_a_bucket_is_everybody_may_know(client_for, endpoint, unique):
    """HeadBucket tells the Region, whether the caller may list or not; of a bucket that is not there it tells nothing."""
    name, west = unique("west"), client_for("s3", region="eu-west-1")
    west.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def head(bucket):
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{bucket}", method="HEAD")) as answer:
                return answer.status, answer.headers["x-amz-bucket-region"]
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers["x-amz-bucket-region"]

    assert head(name) == (403, "eu-west-1")
    with pytest.raises(ClientError) as caught:
        client_for("s3", STRANGER, region="eu-west-1").head_bucket(Bucket=name)
    response = caught.value.response["ResponseMetadata"]
    assert (response["HTTPStatusCode"], response["HTTPHeaders"]["x-amz-bucket-region"]) == (403, "eu-west-1")
    block(west, name)
    west.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{name}"}]}))
    assert head(name) == (200, "eu-west-1")
    assert head(unique("nobodys")) == (404, None)


def test_headers_of_ones_choosing_need_a_signature(s3, endpoint, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    assert status(f"{endpoint}/{bucket}/k") == 200
    assert status(f"{endpoint}/{bucket}/k?response-content-type=text%2Fhtml") == 400
    url = s3.generate_presigned_url("get_object", Params={
        "Bucket": bucket, "Key": "k", "ResponseContentType": "text/html"})
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["content-type"] == "text/html"
