"""Multi-Region access points: asynchronous management, policies, routes and failover, Signature Version 4A.

The clients speak to the real host names and reach the server as their proxy.
"""

import json
import re
import urllib.error
import urllib.request

import boto3
import pytest
import tarn_server
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module", autouse=True)
def _all_by_proxy():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def as_(endpoint, account):
    def make(service, credentials=None, region="us-east-1", **config):
        key, secret = account, "test"
        if isinstance(credentials, str):
            key = credentials
        elif credentials:
            key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
        return boto3.Session(key, secret, None, region).client(
            service, use_ssl=False, config=tarn_server.settings(proxies={"http": endpoint}, **config))

    return make


@pytest.fixture(scope="module")
def control(as_):
    return as_("s3control", region="us-west-2")


@pytest.fixture(scope="module")
def s3(as_):
    return as_("s3")


@pytest.fixture(scope="module")
def finished(control, account, eventually):
    """finished(answer): the outcome of an asynchronous request."""

    def wait(answer):
        def ended():
            operation = control.describe_multi_region_access_point_operation(
                AccountId=account, RequestTokenARN=answer["RequestTokenARN"])["AsyncOperation"]
            return operation if operation["RequestStatus"] != "INPROGRESS" else None

        return eventually(ended)

    return wait


@pytest.fixture(scope="module")
def buckets(client_for):
    made = []
    for region in REGIONS:
        name = f"multi-{region}"
        constraint = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client_for("s3", region=region).create_bucket(Bucket=name, **constraint)
        made.append(name)
    return made


@pytest.fixture(scope="module")
def point(control, account, buckets, finished):
    """The ARN of an access point over both buckets."""
    details = {"Name": "both", "Regions": [{"Bucket": name} for name in buckets],
               "PublicAccessBlock": {"BlockPublicPolicy": True}}
    answer = control.create_multi_region_access_point(AccountId=account, ClientToken="both", Details=details)
    operation = finished(answer)
    assert (operation["RequestStatus"], operation["Operation"]) == ("SUCCEEDED", "CreateMultiRegionAccessPoint")
    assert operation["RequestParameters"]["CreateMultiRegionAccessPointRequest"]["Name"] == "both"
    regions = operation["ResponseDetails"]["MultiRegionAccessPointDetails"]["Regions"]
    assert regions == [{"Name": region, "RequestStatus": "SUCCEEDED"} for region in REGIONS]
    again = control.create_multi_region_access_point(AccountId=account, ClientToken="both", Details=details)
    assert again["RequestTokenARN"] == answer["RequestTokenARN"]
    shown = control.get_multi_region_access_point(AccountId=account, Name="both")["AccessPoint"]
    return f"arn:aws:s3::{account}:accesspoint/{shown['Alias']}"


def test_shown_and_listed(control, account, point, buckets):
    shown = control.get_multi_region_access_point(AccountId=account, Name="both")["AccessPoint"]
    assert (shown["Name"], shown["Status"]) == ("both", "READY")
    assert re.fullmatch(r"[a-z][a-z0-9]{12}\.mrap", shown["Alias"])
    assert [(entry["Bucket"], entry["Region"], entry["BucketAccountId"]) for entry in shown["Regions"]] == [
        (bucket, region, account) for bucket, region in zip(buckets, REGIONS)]
    listed = control.list_multi_region_access_points(AccountId=account)["AccessPoints"]
    assert shown in listed
    assert code_and_status(control.get_multi_region_access_point, AccountId=account, Name="none") == (
        "NoSuchMultiRegionAccessPoint", 404)


def test_managed_in_one_region(as_, account):
    elsewhere = as_("s3control", region="eu-west-1")
    assert code_and_status(elsewhere.list_multi_region_access_points, AccountId=account) == ("PermanentRedirectControlError", 301)


def test_what_cannot_be_made(control, account, point, buckets, finished, unique, client_for):
    def outcome(name, *names):
        answer = control.create_multi_region_access_point(
            AccountId=account, ClientToken=unique("token"), Details={"Name": name, "Regions": [{"Bucket": b} for b in names]})
        operation = finished(answer)
        assert operation["RequestStatus"] == "FAILED"
        with pytest.raises(ClientError):
            control.get_multi_region_access_point(AccountId=account, Name=name)
        return operation["ResponseDetails"]["ErrorDetails"]["Code"]

    same = unique("same-region")
    client_for("s3").create_bucket(Bucket=same)
    assert outcome(unique("point"), buckets[0], same) == "MultiRegionAccessPointSameBucketRegion"
    assert outcome(unique("point"), "no-such-bucket-here") == "NoSuchBucket"
    make = control.create_multi_region_access_point
    assert refusal(make, AccountId=account, ClientToken="x", Details={"Name": "Upper", "Regions": [{"Bucket": same}]}).status == 400
    assert code_and_status(make, AccountId=account, ClientToken="y", Details={"Name": "both", "Regions": [{"Bucket": same}]}) == (
        "MultiRegionAccessPointAlreadyOwnedByYou", 409)
    assert refusal(make, AccountId=account, ClientToken="both", Details={"Name": "b2b", "Regions": [{"Bucket": same}]}).status == 400


def test_objects_by_arn_alias_and_presigned_url(s3, point, buckets, client_for, endpoint):
    s3.put_object(Bucket=point, Key="some/key é", Body=b"through", Metadata={"a": "b"})
    near = client_for("s3")
    assert near.get_object(Bucket=buckets[0], Key="some/key é")["Body"].read() == b"through"
    answer = s3.get_object(Bucket=point, Key="some/key é")
    assert answer["Body"].read() == b"through" and answer["Metadata"] == {"a": "b"}
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=point)["Contents"]] == ["some/key é"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": point, "Key": "some/key é"}, ExpiresIn=60)
    assert "AWS4-ECDSA-P256-SHA256" in url
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": endpoint}))
    plain = url.replace("https://", "http://")
    assert opener.open(plain).read() == b"through"
    with pytest.raises(urllib.error.HTTPError) as forged:
        opener.open(plain.replace("some/", "other/"))
    assert forged.value.code == 403
    s3.delete_object(Bucket=point, Key="some/key é")
    assert refusal(s3.head_object, Bucket=point, Key="some/key é").status == 404


def test_parts(s3, point):
    upload = s3.create_multipart_upload(Bucket=point, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=point, Key="parts", UploadId=upload, PartNumber=1, Body=b"p" * 100)
    s3.complete_multipart_upload(
        Bucket=point, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert s3.get_object(Bucket=point, Key="parts")["ContentLength"] == 100


def test_copies_lead_there_and_not_from_there(s3, point, buckets):
    s3.put_object(Bucket=buckets[0], Key="source", Body=b"from a bucket")
    source = {"Bucket": buckets[0], "Key": "source"}
    s3.copy_object(Bucket=point, Key="copied", CopySource=source)
    assert s3.get_object(Bucket=buckets[0], Key="copied")["Body"].read() == b"from a bucket"
    upload = s3.create_multipart_upload(Bucket=point, Key="assembled")["UploadId"]
    part = s3.upload_part_copy(Bucket=point, Key="assembled", UploadId=upload, PartNumber=1, CopySource=source)
    s3.complete_multipart_upload(Bucket=point, Key="assembled", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert s3.get_object(Bucket=point, Key="assembled")["Body"].read() == b"from a bucket"
    assert code_and_status(s3.copy_object, Bucket=buckets[0], Key="c", CopySource={"Bucket": point, "Key": "copied"}) == (
        "MethodNotAllowed", 405)


def test_signed_for_one_region_is_not_enough(client_for, s3, point, account):
    alias = point.split("/")[1]
    path_style = client_for("s3", s3={"addressing_style": "path"})
    assert code_and_status(path_style.get_object, Bucket=alias, Key="parts") == ("InvalidRequest", 400)
    assert code_and_status(s3.get_object, Bucket=point.replace("/", "/x"), Key="k") == ("NoSuchMultiRegionAccessPoint", 404)
    wrong = boto3.Session(account, "wrong", None, "us-east-1").client("s3", config=s3.meta.config, use_ssl=False)
    assert code_and_status(wrong.get_object, Bucket=point, Key="parts") == ("SignatureDoesNotMatch", 403)


def test_what_does_not_work_there(s3, point, buckets):
    assert code_and_status(s3.put_bucket_tagging, Bucket=point, Tagging={"TagSet": []}) == ("MethodNotAllowed", 405)


def test_failover(as_, control, s3, point, account, buckets, client_for):
    routes = as_("s3control", region="ap-northeast-1")
    shown = routes.get_multi_region_access_point_routes(AccountId=account, Mrap=point)
    assert shown["Mrap"] == point and [entry["TrafficDialPercentage"] for entry in shown["Routes"]] == [100, 100]
    submit = routes.submit_multi_region_access_point_routes

    def dial(first, second):
        submit(AccountId=account, Mrap=point, RouteUpdates=[
            {"Bucket": buckets[0], "TrafficDialPercentage": first}, {"Region": REGIONS[1], "TrafficDialPercentage": second}])

    dial(0, 100)
    s3.put_object(Bucket=point, Key="failed-over", Body=b"far")
    far = client_for("s3", region=REGIONS[1])
    assert far.get_object(Bucket=buckets[1], Key="failed-over")["Body"].read() == b"far"
    dial(100, 0)
    assert code_and_status(s3.get_object, Bucket=point, Key="failed-over") == ("NoSuchKey", 404)
    for updates in ([{"Bucket": buckets[0], "TrafficDialPercentage": 0}], [{"Bucket": "x" * 5, "TrafficDialPercentage": 100}],
                    [{"Bucket": buckets[1], "TrafficDialPercentage": 50}]):
        assert code_and_status(submit, AccountId=account, Mrap=point, RouteUpdates=updates) == ("InvalidRequest", 400)
    assert [entry["TrafficDialPercentage"] for entry in control.get_multi_region_access_point_routes(
        AccountId=account, Mrap=point)["Routes"]] == [100, 0]
    dial(100, 100)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_policy_beside_the_buckets(control, account, point, finished, unique, iam, as_, s3, client_for, buckets):
    put = control.put_multi_region_access_point_policy

    def policy(text):
        return finished(put(AccountId=account, ClientToken=unique("token"), Details={"Name": "both", "Policy": text}))

    name = unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    client = as_("s3", iam.create_access_key(UserName=name)["AccessKey"])
    s3.put_object(Bucket=point, Key="guarded", Body=b"g")
    assert code_and_status(client.get_object, Bucket=point, Key="guarded") == ("AccessDenied", 403)
    allowed = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": f"{point}/object/*"})
    operation = policy(allowed)
    assert (operation["RequestStatus"], operation["Operation"]) == ("SUCCEEDED", "PutMultiRegionAccessPointPolicy")
    shown = control.get_multi_region_access_point_policy(AccountId=account, Name="both")["Policy"]
    assert (shown["Established"]["Policy"], shown["Proposed"]["Policy"]) == (allowed, allowed)
    status = control.get_multi_region_access_point_policy_status(AccountId=account, Name="both")
    assert status["Established"] == {"IsPublic": False}
    # The bucket must agree: here it leaves it to the access point.
    assert code_and_status(client.get_object, Bucket=point, Key="guarded") == ("AccessDenied", 403)
    client_for("s3").put_bucket_policy(Bucket=buckets[0], Policy=document({
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*",
        "Resource": [f"arn:aws:s3:::{buckets[0]}", f"arn:aws:s3:::{buckets[0]}/*"],
        "Condition": {"StringEquals": {"s3:DataAccessPointArn": point}}}))
    assert client.get_object(Bucket=point, Key="guarded")["Body"].read() == b"g"
    assert code_and_status(client.put_object, Bucket=point, Key="guarded", Body=b"x") == ("AccessDenied", 403)
    public = document({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{point}/object/*"})
    failed = policy(public)
    assert failed["RequestStatus"] == "FAILED" and failed["ResponseDetails"]["ErrorDetails"]["Code"] == "AccessDenied"
    shown = control.get_multi_region_access_point_policy(AccountId=account, Name="both")["Policy"]
    assert (shown["Established"]["Policy"], shown["Proposed"]["Policy"]) == (allowed, public)


def test_deleted(control, account, buckets, finished, unique, s3):
    name = unique("short")
    finished(control.create_multi_region_access_point(
        AccountId=account, ClientToken=unique("token"), Details={"Name": name, "Regions": [{"Bucket": buckets[1]}]}))
    alias = control.get_multi_region_access_point(AccountId=account, Name=name)["AccessPoint"]["Alias"]
    gone = finished(control.delete_multi_region_access_point(
        AccountId=account, ClientToken=unique("token"), Details={"Name": name}))
    assert (gone["RequestStatus"], gone["Operation"]) == ("SUCCEEDED", "DeleteMultiRegionAccessPoint")
    assert refusal(control.get_multi_region_access_point, AccountId=account, Name=name).code == "NoSuchMultiRegionAccessPoint"
    arn = f"arn:aws:s3::{account}:accesspoint/{alias}"
    assert code_and_status(s3.get_object, Bucket=arn, Key="k") == ("NoSuchMultiRegionAccessPoint", 404)
