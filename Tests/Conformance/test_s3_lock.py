"""Object Lock, archive classes and restoring, as AWS documents them, through boto3."""

import datetime

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

UTC = datetime.timezone.utc


@pytest.fixture
def locked(s3, unique):
    """A bucket with object lock. It stays: nobody can empty it."""
    name = unique("locked")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def later(s3, bucket, days):
    now = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]["date"]
    assert now
    return datetime.datetime.now(UTC).replace(microsecond=0) + datetime.timedelta(days=days)


def test_lock_configuration(s3, locked, bucket):
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    s3.put_object_lock_configuration(
        Bucket=locked, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"]["Rule"] == rule
    assert code_and_status(
        s3.put_bucket_versioning, Bucket=locked, VersioningConfiguration={"Status": "Suspended"}) == ("InvalidBucketState", 409)
    assert code_and_status(s3.get_object_lock_configuration, Bucket=bucket) == ("ObjectLockConfigurationNotFoundError", 404)
    assert code_and_status(
        s3.put_object_lock_configuration, Bucket=bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}) == ("InvalidBucketState", 409)
    for bad in [{"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, {"Mode": "GOVERNANCE"}]:
        assert code_and_status(
            s3.put_object_lock_configuration, Bucket=locked,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": bad}},
        ) == ("MalformedXML", 400)


def test_default_retention_and_deletes(s3, locked):
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}})
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x")["VersionId"]
    head = s3.head_object(Bucket=locked, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"] > datetime.datetime.now(UTC) + datetime.timedelta(days=2)
    with pytest.raises(ClientError) as caught:
        s3.delete_object(Bucket=locked, Key="k", VersionId=version)
    assert caught.value.response["Error"]["Message"] == "Access Denied because object protected by object lock."
    answer = s3.delete_objects(Bucket=locked, Delete={"Objects": [{"Key": "k", "VersionId": version}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    # A delete marker is no removal.
    marker = s3.delete_object(Bucket=locked, Key="k")
    assert marker["DeleteMarker"] is True
    s3.delete_object(Bucket=locked, Key="k", VersionId=marker["VersionId"])
    s3.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)
    assert refusal(s3.head_object, Bucket=locked, Key="k").status == 404


def test_retention_modes(s3, locked):
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x")["VersionId"]
    assert code_and_status(s3.get_object_retention, Bucket=locked, Key="k") == ("NoSuchObjectLockConfiguration", 404)
    (near, far) = (later(s3, locked, 5), later(s3, locked, 10))

    def put(mode, until, **more):
        s3.put_object_retention(
            Bucket=locked, Key="k", Retention={"Mode": mode, "RetainUntilDate": until}, **more)

    put("GOVERNANCE", far)
    assert code_and_status(
        s3.put_object_retention, Bucket=locked, Key="k",
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": near}) == ("AccessDenied", 403)
    put("GOVERNANCE", near, BypassGovernanceRetention=True)
    put("GOVERNANCE", far)
    put("COMPLIANCE", far, BypassGovernanceRetention=True)
    assert s3.get_object_retention(Bucket=locked, Key="k")["Retention"]["Mode"] == "COMPLIANCE"
    for change in [{"Mode": "COMPLIANCE", "RetainUntilDate": near}, {"Mode": "GOVERNANCE", "RetainUntilDate": far}]:
        assert code_and_status(
            s3.put_object_retention, Bucket=locked, Key="k", Retention=change,
            BypassGovernanceRetention=True) == ("AccessDenied", 403)
    assert code_and_status(
        s3.delete_object, Bucket=locked, Key="k", VersionId=version,
        BypassGovernanceRetention=True) == ("AccessDenied", 403)
    past = datetime.datetime(2020, 1, 1, tzinfo=UTC)
    assert code_and_status(
        s3.put_object_retention, Bucket=locked, Key="k",
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": past}) == ("InvalidArgument", 400)


def test_legal_hold(s3, locked, bucket):
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
    assert s3.get_object_legal_hold(Bucket=locked, Key="k")["LegalHold"] == {"Status": "ON"}
    assert s3.get_object(Bucket=locked, Key="k")["ObjectLockLegalHoldStatus"] == "ON"
    assert code_and_status(
        s3.delete_object, Bucket=locked, Key="k", VersionId=version,
        BypassGovernanceRetention=True) == ("AccessDenied", 403)
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(Bucket=locked, Key="k")["LegalHold"] == {"Status": "OFF"}
    assert s3.head_object(Bucket=locked, Key="k")["ObjectLockLegalHoldStatus"] == "OFF"
    s3.delete_object(Bucket=locked, Key="k", VersionId=version)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert code_and_status(
        s3.put_object_legal_hold, Bucket=bucket, Key="k", LegalHold={"Status": "ON"}) == ("InvalidRequest", 400)
    assert code_and_status(
        s3.put_object, Bucket=bucket, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON") == ("InvalidRequest", 400)


def test_lock_of_uploads_and_copies(s3, locked):
    until = later(s3, locked, 5)
    upload = s3.create_multipart_upload(
        Bucket=locked, Key="m", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)["UploadId"]
    part = s3.upload_part(Bucket=locked, Key="m", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        Bucket=locked, Key="m", UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]})
    assert s3.get_object_retention(Bucket=locked, Key="m")["Retention"]["RetainUntilDate"] == until
    # A copy has no lock of its source.
    copied = s3.copy_object(Bucket=locked, Key="c", CopySource={"Bucket": locked, "Key": "m"})
    s3.delete_object(Bucket=locked, Key="c", VersionId=copied["VersionId"])
    assert code_and_status(
        s3.put_object, Bucket=locked, Key="h", Body=b"x", ObjectLockMode="COMPLIANCE") == ("InvalidArgument", 400)


def test_bypass_is_a_permission_of_its_own(s3, iam, client_for, locked, unique):
    import json
    user = unique("keeper")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:DeleteObject*", "s3:GetObject*"], "Resource": "*"}]}))
    own = client_for("s3", iam.create_access_key(UserName=user)["AccessKey"])
    version = s3.put_object(
        Bucket=locked, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=later(s3, locked, 2))["VersionId"]
    assert code_and_status(
        own.delete_object, Bucket=locked, Key="k", VersionId=version,
        BypassGovernanceRetention=True) == ("AccessDenied", 403)
    iam.put_user_policy(UserName=user, PolicyName="q", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:BypassGovernanceRetention", "Resource": "*"}]}))
    own.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)


@pytest.mark.parametrize("storage", ["GLACIER", "DEEP_ARCHIVE"])
def test_archived_and_restored(s3, bucket, advance, client_for, storage):
    s3.put_object(Bucket=bucket, Key="k", Body=b"cold", StorageClass=storage)
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == storage
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("InvalidObjectState", 403)
    assert code_and_status(
        s3.copy_object, Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}) == ("InvalidObjectState", 403)
    if storage == "DEEP_ARCHIVE":
        assert code_and_status(s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={
            "Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}) == ("InvalidArgument", 400)
    answer = s3.restore_object(
        Bucket=bucket, Key="k", RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert s3.head_object(Bucket=bucket, Key="k")["Restore"] == 'ongoing-request="true"'
    asked = {"Bucket": bucket, "OptionalObjectAttributes": ["RestoreStatus"]}
    [entry] = s3.list_objects_v2(**asked)["Contents"]
    assert entry["RestoreStatus"] == {"IsRestoreInProgress": True}
    assert "RestoreStatus" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert code_and_status(s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1}) == ("RestoreAlreadyInProgress", 409)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("InvalidObjectState", 403)
    advance(12 * 3600 + 60)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["Restore"].startswith('ongoing-request="false", expiry-date="')
    assert "00:00:00 GMT" in head["Restore"]
    for listing, entries in ((s3.list_objects, "Contents"), (s3.list_object_versions, "Versions")):
        [entry] = listing(**asked)[entries]
        assert entry["RestoreStatus"]["IsRestoreInProgress"] is False
        assert entry["RestoreStatus"]["RestoreExpiryDate"].strftime("%d %b %Y") in head["Restore"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"cold"
    again = s3.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1})
    assert again["ResponseMetadata"]["HTTPStatusCode"] == 200
    advance(4 * 86400)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("InvalidObjectState", 403)
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="k")
    assert "RestoreStatus" not in s3.list_objects_v2(**asked)["Contents"][0]


def test_a_restoration_is_made_faster(s3, bucket, advance):
    s3.put_object(Bucket=bucket, Key="k", Body=b"cold", StorageClass="GLACIER")

    def restore(tier):
        return s3.restore_object(
            Bucket=bucket, Key="k", RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": tier}})["ResponseMetadata"]

    assert restore("Bulk")["HTTPStatusCode"] == 202
    assert restore("Expedited")["HTTPStatusCode"] == 202
    with pytest.raises(ClientError) as slower:
        restore("Standard")
    assert slower.value.response["Error"]["Code"] == "RestoreAlreadyInProgress"
    advance(10 * 60)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"cold"


def test_what_is_not_archived(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"warm", StorageClass="STANDARD_IA")
    assert code_and_status(s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1}) == ("InvalidObjectState", 403)
    assert code_and_status(
        s3.put_object, Bucket=bucket, Key="k", Body=b"x", StorageClass="COLD") == ("InvalidStorageClass", 400)
