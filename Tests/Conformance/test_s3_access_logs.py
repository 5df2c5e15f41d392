"""Server access logs: who may be delivered to, the lines' fields, simple and partitioned keys."""

import json
import re
import shlex
import urllib.error
import urllib.request

import pytest
from refusals import code_and_status

FIELDS = [
    "owner", "bucket", "time", "zone", "ip", "requester", "request_id", "operation", "key", "uri", "status", "error", "sent",
    "size", "total", "turnaround", "referer", "agent", "version", "host_id", "signature", "cipher", "auth", "host", "tls",
    "access_point", "acl", "region",
]


def allow_delivery(s3, target, source, account):
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/*", "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"}, "StringEquals": {"aws:SourceAccount": account}}}]}))


def log(s3, source, target, prefix="log/", **more):
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix, **more}})


@pytest.fixture
def target(s3, unique):
    name = unique("target")
    s3.create_bucket(Bucket=name)
    yield name
    for entry in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=entry["Key"])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def delivered(s3, advance, eventually):
    """delivered(target): the keys of the log objects, and their lines as dicts."""

    def take(target):
        advance(301)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=target).get("Contents", [])]
        lines = []
        for key in keys:
            for line in s3.get_object(Bucket=target, Key=key)["Body"].read().decode().splitlines():
                values = shlex.split(line)
                assert len(values) == len(FIELDS), line
                lines.append(dict(zip(FIELDS, values)))
        return keys, lines

    return lambda target: eventually(lambda: (found := take(target))[0] and found)


def test_the_configuration_is_kept(s3, bucket, target):
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    log(s3, bucket, target, TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": "EventTime"}})
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == {
        "TargetBucket": target, "TargetPrefix": "log/",
        "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_which_targets_are_refused(s3, client_for, bucket, target, unique):
    assert code_and_status(log, s3=s3, source=bucket, target="no-such-bucket-here") == ("InvalidTargetBucketForLogging", 400)
    theirs, name = client_for("s3", "222222222222"), unique("theirs")
    theirs.create_bucket(Bucket=name)
    assert code_and_status(log, s3=s3, source=bucket, target=name) == ("InvalidTargetBucketForLogging", 400)
    far = unique("far")
    client_for("s3", region="eu-west-1").create_bucket(
        Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert code_and_status(log, s3=s3, source=bucket, target=far) == ("CrossLocationLoggingProhibitted", 403)
    grant = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}, "Permission": "READ"}
    assert code_and_status(log, s3=s3, source=bucket, target=target, TargetGrants=[grant]) == ("AccessControlListNotSupported", 400)
    # Where lists count, the log delivery group must have its rights first.
    s3.put_bucket_ownership_controls(Bucket=target, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert code_and_status(log, s3=s3, source=bucket, target=target) == ("InvalidTargetBucketForLogging", 400)
    s3.put_bucket_acl(Bucket=target, ACL="log-delivery-write")
    log(s3, bucket, target)
    assert "LoggingEnabled" in s3.get_bucket_logging(Bucket=bucket)
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def test_the_fields_of_each_line(s3, client_for, iam, account, endpoint, bucket, target, delivered, unique):
    allow_delivery(s3, target, bucket, account)
    log(s3, bucket, target)
    put = s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"0123456789")
    s3.get_object(Bucket=bucket, Key="a b/ü", Range="bytes=0-3")["Body"].read()
    s3.get_bucket_versioning(Bucket=bucket)
    code_and_status(s3.get_bucket_website, Bucket=bucket)
    code_and_status(s3.get_object, Bucket=bucket, Key="missing")
    name = unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    code_and_status(client_for("s3", keys).delete_object, Bucket=bucket, Key="a b/ü")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(
            f"{endpoint}/{bucket}/x", headers={"Referer": "http://here/", "User-Agent": 'an "agent"'}))
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü"})
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "copy"}]})
    keys, lines = delivered(target)
    assert all(re.fullmatch(r"log/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}", key) for key in keys)
    owner = s3.list_buckets()["Owner"]["ID"]
    assert {line["owner"] for line in lines} == {owner} and {line["bucket"] for line in lines} == {bucket}
    found = {(line["operation"], line["status"], line["error"]) for line in lines}
    assert found >= {
        ("REST.PUT.OBJECT", "200", "-"), ("REST.GET.OBJECT", "206", "-"), ("REST.GET.VERSIONING", "200", "-"),
        ("REST.GET.WEBSITE", "404", "NoSuchWebsiteConfiguration"), ("REST.GET.OBJECT", "404", "NoSuchKey"),
        ("REST.DELETE.OBJECT", "403", "AccessDenied"), ("REST.GET.OBJECT", "403", "AccessDenied"),
        ("REST.COPY.OBJECT", "200", "-"), ("REST.COPY.OBJECT_GET", "200", "-"),
        ("REST.POST.MULTI_OBJECT_DELETE", "200", "-"), ("BATCH.DELETE.OBJECT", "204", "-"),
    }
    by = {(line["operation"], line["status"]): line for line in lines}
    stored = by["REST.PUT.OBJECT", "200"]
    assert (stored["key"], stored["size"], stored["requester"]) == ("a%20b/%C3%BC", "10", owner)
    assert stored["request_id"] == put["ResponseMetadata"]["RequestId"]
    assert (stored["signature"], stored["auth"], stored["region"]) == ("SigV4", "AuthHeader", "us-east-1")
    assert re.fullmatch(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d", stored["time"]) and stored["zone"] == "+0000]"
    assert stored["uri"].startswith(f"PUT /{bucket}/a%20b/%C3%BC") and stored["uri"].endswith(" HTTP/1.1")
    part = by["REST.GET.OBJECT", "206"]
    assert (part["sent"], part["size"]) == ("4", "10")
    assert by["REST.DELETE.OBJECT", "403"]["requester"] == arn
    stranger = by["REST.GET.OBJECT", "403"]
    assert (stranger["requester"], stranger["referer"], stranger["signature"]) == ("-", "http://here/", "-")
    assert stranger["agent"] == "an %22agent%22"
    assert by["BATCH.DELETE.OBJECT", "204"]["key"] == "copy"
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def test_the_simple_format_is_told_where_it_was_named(s3, bucket, target):
    log(s3, bucket, target, TargetObjectKeyFormat={"SimplePrefix": {}})
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetObjectKeyFormat"] == {"SimplePrefix": {}}
    log(s3, bucket, target)
    assert "TargetObjectKeyFormat" not in s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def test_what_a_lifecycle_does(s3, account, bucket, target, advance, delivered, eventually):
    allow_delivery(s3, target, bucket, account)
    log(s3, bucket, target)
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x" * 10)
    s3.put_object(Bucket=bucket, Key="gone", Body=b"xy")
    s3.create_multipart_upload(Bucket=bucket, Key="open")

    def rule(prefix, **action):
        return {"ID": prefix, "Status": "Enabled", "Filter": {"Prefix": prefix}, **action}

    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {**rule("cold", Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}]),
         "Filter": {"And": {"Prefix": "cold", "ObjectSizeGreaterThan": 1}}},
        rule("gone", Expiration={"Days": 1}),
        rule("open", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})]})
    advance(2 * 86_400)
    wanted = {"S3.TRANSITION_GIR.OBJECT": ("cold", "10"), "S3.EXPIRE.OBJECT": ("gone", "2"), "S3.DELETE.UPLOAD": ("open", "-")}

    def all_told():
        lines = {line["operation"]: line for line in delivered(target)[1]}
        return lines if wanted.keys() <= lines.keys() else None

    lines = eventually(all_told)
    for operation, about in wanted.items():
        line = lines[operation]
        assert (line["key"], line["size"]) == about
        assert (line["requester"], line["ip"], line["uri"], line["status"]) == ("AmazonS3", "-", "-", "-")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [rule("cold", Expiration={"Days": 1})]})
    advance(2 * 86_400)
    eventually(lambda: any(line["operation"] == "S3.CREATE.DELETEMARKER" for line in delivered(target)[1]))
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def test_websites_and_preflights(s3, account, endpoint, bucket, target, delivered, eventually):
    allow_delivery(s3, target, bucket, account)
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"hello")
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))
    log(s3, bucket, target)

    def ask(path, method="GET", host=None, **headers):
        request = urllib.request.Request(f"{endpoint}{path}", method=method, headers=headers)
        if host:
            request.add_header("Host", host)
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code

    host = f"{bucket}.s3-website-us-east-1.amazonaws.com"
    assert ask("/index.html", host=host) == 200
    assert ask("/nowhere", host=host) == 404
    ask(f"/{bucket}/index.html", "OPTIONS", Origin="http://a", **{"Access-Control-Request-Method": "GET"})

    def all_told():
        found = {(line["operation"], line["key"]): line for line in delivered(target)[1]}
        wanted = {("WEBSITE.GET.OBJECT", "index.html"), ("WEBSITE.GET.OBJECT", "nowhere"),
                  ("REST.OPTIONS.PREFLIGHT", "index.html")}
        return found if wanted <= found.keys() else None

    found = eventually(all_told)
    page, missing = found["WEBSITE.GET.OBJECT", "index.html"], found["WEBSITE.GET.OBJECT", "nowhere"]
    assert (page["status"], page["size"], page["requester"], page["host"]) == ("200", "5", "-", host)
    assert (missing["status"], missing["error"]) == ("404", "NoSuchKey")
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def test_partitioned_keys(s3, account, bucket, target, delivered, eventually):
    allow_delivery(s3, target, bucket, account)
    for source, time in (("EventTime", "00-00-00"), ("DeliveryTime", r"\d\d-\d\d-\d\d")):
        prefix = f"{source}/"
        log(s3, bucket, target, prefix, TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": source}})
        s3.head_bucket(Bucket=bucket)
        shape = rf"{prefix}{account}/us-east-1/{bucket}/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\d-{time}-[0-9A-F]{{16}}"
        eventually(lambda: any(re.fullmatch(shape, key) for key in delivered(target)[0]))
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def test_nothing_is_delivered_without_permission(s3, account, bucket, target, advance, delivered):
    log(s3, bucket, target)
    s3.put_object(Bucket=bucket, Key="lost", Body=b"x")
    advance(301)
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 0
    # The service may write for the named bucket and account only.
    allow_delivery(s3, target, bucket, "222222222222")
    s3.head_bucket(Bucket=bucket)
    advance(301)
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 0
    allow_delivery(s3, target, bucket, account)
    s3.put_object(Bucket=bucket, Key="kept", Body=b"x")
    _, lines = delivered(target)
    assert [line["key"] for line in lines if line["operation"] == "REST.PUT.OBJECT"] in (["kept"], ["lost", "kept"])
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
