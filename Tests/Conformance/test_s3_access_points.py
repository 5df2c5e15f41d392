"""Access points: by host name, ARN and alias; their policies beside the bucket's; networks, blocks, other accounts.

The clients speak to the real host names and reach the server as their proxy.
"""

import json
import urllib.error
import urllib.request

import boto3
import pytest
import tarn_server
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

STRANGER = "222222222222"
OPEN = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


@pytest.fixture(scope="module", autouse=True)
def _all_by_proxy():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def as_(endpoint, account):
    """as_(service, credentials=None, region=...): a client that speaks to AWS's own host names."""

    def make(service, credentials=None, region="us-east-1", **config):
        key, secret, token = account, "test", None
        if isinstance(credentials, str):
            key = credentials
        elif credentials:
            key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
            token = credentials.get("SessionToken")
        return boto3.Session(key, secret, token, region).client(
            service, use_ssl=False, config=tarn_server.settings(proxies={"http": endpoint}, **config))

    return make


@pytest.fixture(scope="module")
def control(as_):
    return as_("s3control")


@pytest.fixture(scope="module")
def s3(as_):
    return as_("s3")


@pytest.fixture
def point(control, account, bucket, unique):
    """point(policy=None, **settings): the ARN of an access point of `bucket`."""
    made = []

    def make(policy=None, **settings):
        name = unique("point")
        given = {"AccountId": account, "Name": name, "Bucket": bucket, **settings}
        arn = control.create_access_point(**given)["AccessPointArn"]
        made.append(name)
        if policy:
            control.put_access_point_policy(AccountId=account, Name=name, Policy=json.dumps(policy(arn)))
        return arn

    yield make
    for name in made:
        control.delete_access_point(AccountId=account, Name=name)


@pytest.fixture(scope="module")
def user(iam, unique):
    """user(*statements): a user's keys and ARN."""

    def make(*statements):
        name = unique("user")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        return iam.create_access_key(UserName=name)["AccessKey"], arn

    return make


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def delegate(s3, bucket, account):
    """The bucket leaves it to the account's access points."""
    s3.put_bucket_policy(Bucket=bucket, Policy=document({
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"StringEquals": {"s3:DataAccessPointAccount": account}}}))


def allow(principal, actions, *resources):
    return lambda arn: {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": [arn + resource for resource in resources]}]}


def test_made_shown_listed_deleted(control, account, bucket, unique, s3):
    name = unique("point")
    made = control.create_access_point(AccountId=account, Name=name, Bucket=bucket)
    assert made["AccessPointArn"] == f"arn:aws:s3:us-east-1:{account}:accesspoint/{name}"
    assert made["Alias"].endswith("-s3alias") and made["Alias"].startswith(name[:10]) and len(made["Alias"]) <= 63
    shown = control.get_access_point(AccountId=account, Name=name)
    assert (shown["Name"], shown["Bucket"], shown["NetworkOrigin"]) == (name, bucket, "Internet")
    assert (shown["Alias"], shown["BucketAccountId"]) == (made["Alias"], account)
    assert shown["PublicAccessBlockConfiguration"] == {name: True for name in OPEN}
    assert shown["Endpoints"]["ipv4"] == "s3-accesspoint.us-east-1.amazonaws.com"
    listed = control.list_access_points(AccountId=account, Bucket=bucket)["AccessPointList"]
    assert [(entry["Name"], entry["AccessPointArn"]) for entry in listed] == [(name, made["AccessPointArn"])]
    again = code_and_status(control.create_access_point, AccountId=account, Name=name, Bucket=bucket)
    assert again == ("AccessPointAlreadyOwnedByYou", 409)
    assert code_and_status(s3.delete_bucket, Bucket=bucket) == ("BucketHasAccessPointsAttached", 400)
    control.delete_access_point(AccountId=account, Name=name)
    assert code_and_status(control.get_access_point, AccountId=account, Name=name) == ("NoSuchAccessPoint", 404)
    assert code_and_status(s3.get_object, Bucket=made["AccessPointArn"], Key="k") == ("NoSuchAccessPoint", 404)
    assert code_and_status(s3.get_object, Bucket=made["Alias"], Key="k") == ("InvalidAccessPointAliasError", 400)


def test_tags(control, account, bucket, unique, user, as_, s3):
    name = unique("tagged")
    arn = control.create_access_point(
        AccountId=account, Name=name, Bucket=bucket, Tags=[{"Key": "team", "Value": "red"}])["AccessPointArn"]
    place = {"AccountId": account, "ResourceArn": arn}
    control.tag_resource(**place, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "x", "Value": "y"}])
    listed = control.list_tags_for_resource(**place)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in listed} == {"team": "blue", "x": "y"}
    control.untag_resource(**place, TagKeys=["x", "none"])
    assert control.list_tags_for_resource(**place)["Tags"] == [{"Key": "team", "Value": "blue"}]
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert refusal(control.tag_resource, **place, Tags=twice).status == 400
    assert code_and_status(control.list_tags_for_resource, AccountId=account, ResourceArn=arn + "x") == ("NoSuchAccessPoint", 404)
    # A policy may ask for the tag.
    keys, _ = user({"Effect": "Allow", "Action": "s3:DeleteAccessPoint", "Resource": "*",
                    "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}})
    theirs = as_("s3control", keys)
    assert code_and_status(theirs.delete_access_point, AccountId=account, Name=name) == ("AccessDenied", 403)
    control.tag_resource(**place, Tags=[{"Key": "team", "Value": "red"}])
    theirs.delete_access_point(AccountId=account, Name=name)


def test_what_cannot_be_made(control, account, bucket):
    make = control.create_access_point
    for name in ("Upper", "dot.ted", "ends-", "x" * 51, "taken-s3alias"):
        assert code_and_status(make, AccountId=account, Name=name, Bucket=bucket) == ("InvalidRequest", 400)
    assert code_and_status(make, AccountId=account, Name="fine", Bucket="no-such-bucket-here") == ("NoSuchBucket", 404)
    assert code_and_status(make, AccountId=STRANGER, Name="fine", Bucket=bucket) == ("AccessDenied", 403)
    assert control.list_access_points(AccountId=account, Bucket=bucket)["AccessPointList"] == []


def test_what_a_request_lacks_is_a_fault_of_its_xml(as_, account, bucket):
    hasty = as_("s3control", parameter_validation=False)
    assert code_and_status(hasty.create_access_point, AccountId=account, Name="lacks", Bucket=bucket, VpcConfiguration={}) == (
        "MalformedXML", 400)
    assert code_and_status(
        hasty.create_access_point_for_object_lambda, AccountId=account, Name="lacks", Configuration={
            "TransformationConfigurations": []}) == ("MalformedXML", 400)


def test_pages_of_the_list(control, account, point):
    arns = sorted(point() for _ in range(3))
    seen, token = [], {}
    while True:
        page = control.list_access_points(AccountId=account, MaxResults=2, **token)
        seen += [entry["AccessPointArn"] for entry in page["AccessPointList"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert seen == arns


def test_every_object_operation_goes_through(s3, control, account, bucket, point):
    arn = point()
    alias = control.get_access_point(AccountId=account, Name=arn.rsplit("/", 1)[1])["Alias"]
    for way in (arn, alias):
        s3.put_object(Bucket=way, Key="/a/b", Body=b"bytes", Tagging="x=1")
        assert s3.get_object(Bucket=way, Key="/a/b")["Body"].read() == b"bytes"
        assert s3.head_object(Bucket=way, Key="/a/b")["ContentLength"] == 5
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=way)["Contents"]] == ["/a/b"]
        assert s3.get_object_tagging(Bucket=way, Key="/a/b")["TagSet"] == [{"Key": "x", "Value": "1"}]
        s3.copy_object(Bucket=way, Key="copy", CopySource={"Bucket": bucket, "Key": "/a/b"})
        upload = s3.create_multipart_upload(Bucket=way, Key="big")
        assert upload["Bucket"] == bucket
        part = {"Bucket": way, "Key": "big", "UploadId": upload["UploadId"], "PartNumber": 1}
        tag = s3.upload_part(**part, Body=b"part")["ETag"]
        s3.complete_multipart_upload(Bucket=way, Key="big", UploadId=upload["UploadId"],
                                     MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
        gone = s3.delete_objects(Bucket=way, Delete={"Objects": [{"Key": "copy"}, {"Key": "big"}]})
        assert sorted(entry["Key"] for entry in gone["Deleted"]) == ["big", "copy"]
        s3.delete_object(Bucket=way, Key="/a/b")
    s3.put_object(Bucket=bucket, Key="k", Body=b"source")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{arn}/object/k")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"source"


def test_what_is_the_buckets_alone(s3, point):
    arn = point()
    assert code_and_status(s3.put_bucket_policy, Bucket=arn, Policy="{}") == ("MethodNotAllowed", 405)
    assert code_and_status(s3.put_bucket_versioning, Bucket=arn, VersioningConfiguration={"Status": "Enabled"}) == (
        "MethodNotAllowed", 405)


def test_presigned_through_an_access_point(as_, s3, endpoint, bucket, point):
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    signer = as_("s3", signature_version="s3v4")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": point(), "Key": "k"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": endpoint}))
    assert opener.open(url).read() == b"bytes"


def test_the_point_and_the_bucket_must_both_allow(as_, s3, control, account, bucket, point, user):
    keys, arn = user()
    alice = as_("s3", keys)
    way = point(allow({"AWS": arn}, ["s3:GetObject", "s3:PutObject"], "/object/Alice/*"))
    # The bucket has not said a word yet.
    assert code_and_status(alice.put_object, Bucket=way, Key="Alice/x") == ("AccessDenied", 403)
    delegate(s3, bucket, account)
    alice.put_object(Bucket=way, Key="Alice/x", Body=b"hers")
    assert alice.get_object(Bucket=way, Key="Alice/x")["Body"].read() == b"hers"
    assert code_and_status(alice.put_object, Bucket=way, Key="Bob/x") == ("AccessDenied", 403)
    assert code_and_status(alice.get_object, Bucket=bucket, Key="Alice/x") == ("AccessDenied", 403)
    assert code_and_status(alice.delete_object, Bucket=way, Key="Alice/x") == ("AccessDenied", 403)
    # A missing key is told only to those who may list through this access point.
    assert code_and_status(alice.get_object, Bucket=way, Key="Alice/none") == ("AccessDenied", 403)
    other, _ = user()
    assert code_and_status(as_("s3", other).get_object, Bucket=way, Key="Alice/x") == ("AccessDenied", 403)


def test_each_point_by_itself(as_, s3, account, bucket, point, user):
    delegate(s3, bucket, account)
    keys, arn = user()
    reader = as_("s3", keys)
    reads = point(allow({"AWS": arn}, "s3:GetObject", "/object/*"))
    lists = point(allow({"AWS": arn}, "s3:ListBucket", ""))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert reader.get_object(Bucket=reads, Key="k")["Body"].read() == b"x"
    assert code_and_status(reader.list_objects_v2, Bucket=reads) == ("AccessDenied", 403)
    assert reader.list_objects_v2(Bucket=lists)["KeyCount"] == 1
    assert code_and_status(reader.get_object, Bucket=lists, Key="k") == ("AccessDenied", 403)


def test_an_identity_policy_names_the_point(as_, s3, account, bucket, point, user):
    way = point()
    delegate(s3, bucket, account)
    keys, _ = user({"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{way}/object/*"})
    as_("s3", keys).put_object(Bucket=way, Key="k", Body=b"x")
    assert code_and_status(as_("s3", keys).get_object, Bucket=way, Key="k") == ("AccessDenied", 403)


def test_the_bucket_asks_for_one_point(s3, bucket, point):
    way, other = point(), point()
    s3.put_bucket_policy(Bucket=bucket, Policy=document({
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringNotEquals": {"s3:DataAccessPointArn": way}}}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.get_object(Bucket=way, Key="k")["Body"].read() == b"x"
    assert code_and_status(s3.get_object, Bucket=other, Key="k") == ("AccessDenied", 403)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    s3.delete_bucket_policy(Bucket=bucket)


def test_network_origin(s3, control, account, bucket, point):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    way = point(VpcConfiguration={"VpcId": "vpc-1a2b3c"})
    shown = control.get_access_point(AccountId=account, Name=way.rsplit("/", 1)[1])
    assert (shown["NetworkOrigin"], shown["VpcConfiguration"]) == ("VPC", {"VpcId": "vpc-1a2b3c"})
    # Even the account's root comes from outside.
    assert code_and_status(s3.get_object, Bucket=way, Key="k") == ("AccessDenied", 403)
    assert code_and_status(s3.list_objects_v2, Bucket=way) == ("AccessDenied", 403)


def test_policies_are_kept_and_checked(control, account, point):
    arn = point()
    name = arn.rsplit("/", 1)[1]
    named = {"AccountId": account, "Name": name}
    assert code_and_status(control.get_access_point_policy, **named) == ("NoSuchAccessPointPolicy", 404)
    text = json.dumps(allow({"AWS": account}, "s3:GetObject", "/object/*")(arn))
    control.put_access_point_policy(**named, Policy=text)
    assert json.loads(control.get_access_point_policy(**named)["Policy"]) == json.loads(text)
    assert control.get_access_point_policy_status(**named)["PolicyStatus"] == {"IsPublic": False}
    bucket_policy = json.dumps(allow({"AWS": account}, "s3:GetObject", "")("arn:aws:s3:::bucket"))
    assert code_and_status(control.put_access_point_policy, **named, Policy=bucket_policy) == ("MalformedPolicy", 400)
    # An action stands with what it can be done to.
    for action, resource in (("s3:GetObject", ""), ("s3:ListBucket", "/object/*"), ("s3:FetchObject", "/object/*")):
        wrong = json.dumps(allow({"AWS": account}, action, resource)(arn))
        assert code_and_status(control.put_access_point_policy, **named, Policy=wrong) == ("MalformedPolicy", 400)
    control.delete_access_point_policy(**named)
    assert code_and_status(control.get_access_point_policy_status, **named) == ("NoSuchAccessPointPolicy", 404)


def test_public_policies_and_blocks(s3, control, account, bucket, endpoint, point):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    delegate(s3, bucket, account)
    public = allow("*", "s3:GetObject", "/object/*")
    blocked = point()
    assert code_and_status(control.put_access_point_policy, AccountId=account, Name=blocked.rsplit("/", 1)[1],
                   Policy=json.dumps(public(blocked))) == ("AccessDenied", 403)
    name = point(public, PublicAccessBlockConfiguration=OPEN).rsplit("/", 1)[1]
    assert control.get_access_point_policy_status(AccountId=account, Name=name)["PolicyStatus"] == {"IsPublic": True}
    restricted = point(public, PublicAccessBlockConfiguration={**OPEN, "RestrictPublicBuckets": True}).rsplit("/", 1)[1]

    def anonymous(point):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": endpoint}))
        try:
            return opener.open(f"http://{point}-{account}.s3-accesspoint.us-east-1.amazonaws.com/k").status
        except urllib.error.HTTPError as refused:
            return refused.code

    assert anonymous(name) == 200
    assert anonymous(restricted) == 403


def test_a_point_of_another_account(as_, s3, bucket, account, unique):
    theirs = as_("s3control", STRANGER)
    name = unique("point")
    given = {"AccountId": STRANGER, "Name": name, "Bucket": bucket}
    assert code_and_status(theirs.create_access_point, **given) == ("AccessDenied", 403)
    arn = theirs.create_access_point(**given, BucketAccountId=account)["AccessPointArn"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    reader = as_("s3", STRANGER)
    assert code_and_status(reader.get_object, Bucket=arn, Key="k") == ("AccessDenied", 403)
    delegate(s3, bucket, STRANGER)
    assert reader.get_object(Bucket=arn, Key="k")["Body"].read() == b"x"
    # The bucket's owner has no part in the other account's access point.
    assert code_and_status(s3.get_object, Bucket=arn, Key="k") == ("AccessDenied", 403)
    theirs.delete_access_point(AccountId=STRANGER, Name=name)


def test_tags_by_the_buckets_arn(s3, control, bucket, account):
    """How infrastructure tools tag buckets since attribute-based access control: by S3 Control, one tag at a time."""
    place = {"AccountId": account, "ResourceArn": f"arn:aws:s3:::{bucket}"}
    assert control.list_tags_for_resource(**place)["Tags"] == []
    control.tag_resource(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}], **place)
    control.tag_resource(Tags=[{"Key": "b", "Value": "2"}], **place)
    expected = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert control.list_tags_for_resource(**place)["Tags"] == expected
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == expected
    control.untag_resource(TagKeys=["a"], **place)
    assert control.list_tags_for_resource(**place)["Tags"] == expected[1:]
    missing = {**place, "ResourceArn": f"arn:aws:s3:::{bucket}-missing"}
    with pytest.raises(ClientError) as caught:
        control.list_tags_for_resource(**missing)
    assert caught.value.response["Error"]["Code"] == "NoSuchBucket"
