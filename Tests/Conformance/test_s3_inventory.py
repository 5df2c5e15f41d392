"""Inventories: configurations, files, manifests and who may write them, through boto3 and the command line."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import subprocess
import urllib.parse

import pytest
import tarn_server
from refusals import refusal


def configuration(identifier, destination, form="CSV", versions="Current", frequency="Daily", fields=(), **more):
    where = {"Bucket": f"arn:aws:s3:::{destination}", "Format": form, "Prefix": "inv", **more.pop("where", {})}
    found = {"Id": identifier, "IsEnabled": True, "IncludedObjectVersions": versions, "Schedule": {"Frequency": frequency},
             "Destination": {"S3BucketDestination": where}, **more}
    if fields:
        found["OptionalFields"] = list(fields)
    return found


def put(s3, bucket, setting):
    s3.put_bucket_inventory_configuration(Bucket=bucket, Id=setting["Id"], InventoryConfiguration=setting)


def allow(s3, destination, account):
    """The policy of the user guide."""
    s3.put_bucket_policy(Bucket=destination, Policy=json.dumps({
        "Version": "2012-10-17", "Id": "S3InventoryPolicy", "Statement": [{
            "Sid": "S3InventoryStatement", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{destination}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account}}}]}))


@pytest.fixture
def target(s3, unique):
    name = unique("inventory")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def now(server):
    """Makes an inventory at once: the manifest's bucket and key, or the command's error."""

    def make(bucket, identifier):
        done = subprocess.run(
            [str(tarn_server.binary()), "inventory", bucket, identifier, "--endpoint", server.endpoint],
            capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            return done.stderr + done.stdout
        return tuple(done.stdout.strip().removeprefix("s3://").split("/", 1))

    return make


def manifest_of(s3, place):
    bucket, key = place
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    checksum = s3.get_object(Bucket=bucket, Key=key.removesuffix(".json") + ".checksum")["Body"].read().decode()
    assert checksum == hashlib.md5(text).hexdigest()
    return json.loads(text)


def data_of(s3, bucket, manifest):
    for file in manifest["files"]:
        data = s3.get_object(Bucket=bucket, Key=file["key"])["Body"].read()
        assert len(data) == file["size"] and hashlib.md5(data).hexdigest() == file["MD5checksum"]
        yield data


def rows_of(s3, bucket, manifest):
    names = manifest["fileSchema"].split(", ")
    rows = []
    for data in data_of(s3, bucket, manifest):
        rows += [dict(zip(names, row, strict=True)) for row in csv.reader(io.StringIO(gzip.decompress(data).decode()))]
    return rows


def test_configurations(s3, bucket, target):
    def missing(call):
        return refusal(call, Bucket=bucket, Id="none").code

    assert missing(s3.get_bucket_inventory_configuration) == "NoSuchConfiguration"
    assert missing(s3.delete_bucket_inventory_configuration) == "NoSuchConfiguration"
    full = configuration(
        "full", target, "Parquet", "All", "Weekly", ["Size", "ETag"], Filter={"Prefix": "a/"},
        where={"AccountId": s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"].get("none", ""),
               "Encryption": {"SSES3": {}}})
    del full["Destination"]["S3BucketDestination"]["AccountId"]
    put(s3, bucket, full)
    put(s3, bucket, configuration("other", target))
    assert s3.get_bucket_inventory_configuration(Bucket=bucket, Id="full")["InventoryConfiguration"] == full
    listed = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert [c["Id"] for c in listed["InventoryConfigurationList"]] == ["full", "other"] and listed["IsTruncated"] is False
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="full")
    assert [c["Id"] for c in s3.list_bucket_inventory_configurations(Bucket=bucket)["InventoryConfigurationList"]] == ["other"]


def test_refusals(s3, client_for, bucket, target, unique):
    def refused(setting, identifier=None):
        return refusal(
            s3.put_bucket_inventory_configuration, Bucket=bucket, Id=identifier or setting["Id"],
            InventoryConfiguration=setting).code

    assert refused(configuration("a", unique("missing"))) == "InvalidS3DestinationBucket"
    assert refused(configuration("a", target), "b") == "InvalidArgument"
    assert refused(configuration("a b", target)) == "InvalidArgument"
    assert refused(configuration("a", target, "JSON")) == "MalformedXML"
    assert refused(configuration("a", target) | {"OptionalFields": ["Size", "Colour"]}) == "MalformedXML"
    west = unique("west")
    client_for("s3", region="eu-west-1").create_bucket(
        Bucket=west, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert refused(configuration("a", west)) == "InvalidS3DestinationBucket"
    assert refusal(s3.get_bucket_inventory_configuration, Bucket=bucket, Id="a").code == "NoSuchConfiguration"


def test_csv_of_all_versions(s3, account, target, unique, now):
    bucket = unique("source")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key='odd "name"/ü,+', Body=b"12345", StorageClass="STANDARD_IA")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    one = s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    two = s3.put_object(Bucket=bucket, Key="a", Body=b"22", ChecksumAlgorithm="SHA256")
    marker = s3.delete_object(Bucket=bucket, Key="b")
    fields = ["Size", "LastModifiedDate", "StorageClass", "ETag", "IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus",
              "ObjectLockMode", "BucketKeyStatus", "ChecksumAlgorithm", "ObjectOwner", "ObjectAccessControlList"]
    put(s3, bucket, configuration("all", target, versions="All", fields=fields))
    # Without the policy nothing is delivered.
    assert "AccessDenied" in now(bucket, "all")
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 0
    allow(s3, target, account)
    place = now(bucket, "all")
    assert place[0] == target and place[1].startswith(f"inv/{bucket}/all/") and place[1].endswith("Z/manifest.json")
    manifest = manifest_of(s3, place)
    assert manifest["sourceBucket"] == bucket and manifest["destinationBucket"] == f"arn:aws:s3:::{target}"
    assert manifest["version"] == "2016-11-30" and manifest["fileFormat"] == "CSV"
    assert manifest["fileSchema"].startswith("Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag")
    rows = rows_of(s3, target, manifest)
    assert [(r["Key"], r["VersionId"], r["IsLatest"], r["IsDeleteMarker"]) for r in rows] == [
        ("a", two["VersionId"], "true", "false"), ("a", one["VersionId"], "false", "false"),
        ("b", marker["VersionId"], "true", "true"), (urllib.parse.quote('odd "name"/ü,+'), "", "true", "false")]
    assert rows[0]["Size"] == "2" and rows[0]["ETag"] == two["ETag"].strip('"') and rows[0]["ChecksumAlgorithm"] == "SHA256"
    assert rows[0]["EncryptionStatus"] == "SSE-S3" and rows[0]["IsMultipartUploaded"] == "false"
    assert rows[2]["Size"] == "" and rows[3]["StorageClass"] == "STANDARD_IA"
    assert len(rows[0]["ObjectOwner"]) == 64 and rows[0]["LastModifiedDate"].endswith("000Z")
    (data,) = data_of(s3, target, manifest)
    # Every field has its quotes, an empty one too.
    assert gzip.decompress(data).decode().splitlines()[0].startswith(f'"{bucket}","a","{two["VersionId"]}","true","false","2",')
    assert ',"",' in gzip.decompress(data).decode().splitlines()[0]
    keys = [e["Key"] for e in s3.list_objects_v2(Bucket=target, Prefix=f"inv/{bucket}/all/hive/")["Contents"]]
    assert len(keys) == 1 and keys[0].split("/")[-2].startswith("dt=") and keys[0].endswith("/symlink.txt")
    links = s3.get_object(Bucket=target, Key=keys[0])["Body"].read().decode()
    assert links == f"s3://{target}/{manifest['files'][0]['key']}"


def test_current_versions_of_a_prefix(s3, account, bucket, target, now):
    allow(s3, target, account)
    for key in ["a/1", "a/2", "b/1"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    put(s3, bucket, configuration("some", target, Filter={"Prefix": "a/"}))
    manifest = manifest_of(s3, now(bucket, "some"))
    assert manifest["fileSchema"] == "Bucket, Key"
    assert rows_of(s3, target, manifest) == [{"Bucket": bucket, "Key": "a/1"}, {"Bucket": bucket, "Key": "a/2"}]
    assert "NoSuchConfiguration" in now(bucket, "none")


@pytest.mark.parametrize("form", ["Parquet", "ORC"])
def test_columnar(s3, account, bucket, target, now, form):
    import pyarrow.orc
    import pyarrow.parquet

    allow(s3, target, account)
    s3.put_object(Bucket=bucket, Key='odd "name"\n/ü,+', Body=b"12345")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="b", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    put(s3, bucket, configuration(
        "columns", target, form, "All", fields=["Size", "LastModifiedDate", "ETag", "IsMultipartUploaded", "ReplicationStatus"]))
    manifest = manifest_of(s3, now(bucket, "columns"))
    assert manifest["fileFormat"] == form
    (data,) = data_of(s3, target, manifest)
    if form == "ORC":
        assert manifest["fileSchema"].startswith("struct<bucket:string,key:string,version_id:string,is_latest:boolean")
        table = pyarrow.orc.ORCFile(io.BytesIO(data)).read()
    else:
        assert manifest["fileSchema"].startswith("message s3.inventory {  required binary bucket (UTF8); required binary key")
        table = pyarrow.parquet.read_table(io.BytesIO(data))
    rows = table.to_pylist()
    assert [r["key"] for r in rows] == ["a", "b", 'odd "name"\n/ü,+']
    assert [r["size"] for r in rows] == [None, 1, 5]
    assert [r["is_delete_marker"] for r in rows] == [True, False, False]
    assert rows[1]["last_modified_date"].year >= 2026 and rows[1]["replication_status"] is None
    assert manifest["files"][0]["key"].endswith("." + form.lower())


def test_encrypted_under_kms(s3, client_for, account, bucket, target, now):
    allow(s3, target, account)
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    put(s3, bucket, configuration("sealed", target, where={"Encryption": {"SSEKMS": {"KeyId": key}}}))
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 0
    assert isinstance(now(bucket, "sealed"), str)
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"].append({
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:GenerateDataKey", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}}})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    place = now(bucket, "sealed")
    assert s3.head_object(Bucket=place[0], Key=place[1])["SSEKMSKeyId"] == key
    assert rows_of(s3, target, manifest_of(s3, place)) == [{"Bucket": bucket, "Key": "a"}]


def test_daily_and_weekly(s3, account, bucket, target, advance, eventually):
    allow(s3, target, account)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    put(s3, bucket, configuration("daily", target))
    put(s3, bucket, configuration("weekly", target, frequency="Weekly"))
    put(s3, bucket, {**configuration("off", target), "IsEnabled": False})

    def made(identifier):
        found = s3.list_objects_v2(Bucket=target, Prefix=f"inv/{bucket}/{identifier}/").get("Contents", [])
        return [e["Key"] for e in found if e["Key"].endswith("manifest.json")]

    for day in range(7):
        advance(86_400)
        eventually(lambda day=day: len(made("daily")) == day + 1)
    eventually(lambda: len(made("weekly")) == 1)
    assert all("T00-00Z/" in key for key in made("daily")) and made("off") == []
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="daily")
    advance(86_400)
    assert len(made("daily")) == 7


def test_replication_status_for_athena(s3, iam, account, target, unique, eventually, now):
    """Card 004.16: the statements of the post find what is to be copied again by the quoted status."""
    source, copy = unique("source"), unique("copy")
    for name in [source, copy]:
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    allow(s3, target, account)
    s3.put_object(Bucket=source, Key="preexisting.txt", Body=b"1")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=unique("powerless"), AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [{
        "ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{copy}"}}]})
    s3.put_object(Bucket=source, Key="failed.txt", Body=b"1")
    eventually(lambda: s3.head_object(Bucket=source, Key="failed.txt").get("ReplicationStatus") == "FAILED")
    put(s3, source, configuration("crr", target, fields=["ReplicationStatus"]))
    (data,) = data_of(s3, target, manifest_of(s3, now(source, "crr")))
    assert gzip.decompress(data).decode() == f'"{source}","failed.txt","FAILED"\n"{source}","preexisting.txt",""\n'
