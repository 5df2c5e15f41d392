"""S3 Batch Operations: manifests, operations, confirmation, priorities, cancellation, reports, a restart in between."""

import base64
import csv
import gzip
import hashlib
import io
import json
import uuid

import pytest
from refusals import code_and_status, refusal

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "batchoperations.s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
CSV = "S3BatchOperations_CSV_20180820"


@pytest.fixture(scope="module")
def control(client_for):
    client = client_for("s3control")

    def without_account(request, **_):
        # The SDK puts the account before the host's name, where an address on loopback has none.
        scheme, rest = request.url.split("://")
        head, _, tail = rest.partition(".")
        if head.isdigit() and len(head) == 12:
            request.url = f"{scheme}://{tail}"

    client.meta.events.register("before-sign.s3-control", without_account)
    return client


@pytest.fixture(scope="module")
def role(iam, unique):
    """role(*statements): a role that batch operations may assume; it may do everything with S3 unless told."""

    def make(*statements):
        name = unique("batch")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        given = statements or ({"Effect": "Allow", "Action": ["s3:*", "lambda:InvokeFunction"], "Resource": "*"},)
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(given)}))
        return arn

    return make


@pytest.fixture
def start(control, s3, account, bucket, role):
    """start(operation, keys, **more): the id of a job over `keys` of the bucket."""

    def make(operation, keys=(), arn=None, **more):
        wanted = {
            "AccountId": account, "Operation": operation, "Priority": 10, "RoleArn": arn or role(),
            "ClientRequestToken": uuid.uuid4().hex, "ConfirmationRequired": False, "Report": {
                "Enabled": True, "Bucket": f"arn:aws:s3:::{bucket}", "Prefix": "reports", "Format": "Report_CSV_20180820",
                "ReportScope": "AllTasks"}}
        if "ManifestGenerator" not in more and "Manifest" not in more:
            text = "".join(f"{bucket},{key}\n" for key in keys)
            tag = s3.put_object(Bucket=bucket, Key="manifest.csv", Body=text.encode())["ETag"]
            wanted["Manifest"] = {"Spec": {"Format": CSV, "Fields": ["Bucket", "Key"]}, "Location": {
                "ObjectArn": f"arn:aws:s3:::{bucket}/manifest.csv", "ETag": tag}}
        return control.create_job(**{**wanted, **more})["JobId"]

    return make


@pytest.fixture
def ended(control, account, eventually):
    """ended(job): its description, once it is over."""

    def wait(job, *statuses):
        def look():
            found = control.describe_job(AccountId=account, JobId=job)["Job"]
            return found if found["Status"] in (statuses or ("Complete", "Failed", "Cancelled")) else None

        return eventually(look)

    return wait


def rows(s3, bucket, job, prefix="reports/"):
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=f"{prefix}job-{job}/manifest.json")["Body"].read())
    assert manifest["Format"] == "Report_CSV_20180820"
    assert manifest["ReportSchema"] == "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"
    s3.head_object(Bucket=bucket, Key=f"{prefix}job-{job}/manifest.json.md5")
    found = []
    for result in manifest["Results"]:
        text = s3.get_object(Bucket=result["Bucket"], Key=result["Key"])["Body"].read().decode()
        lines = list(csv.reader(io.StringIO(text)))
        assert {line[3] for line in lines} == {result["TaskExecutionStatus"]}
        found += lines
    return sorted(found)


def counts(job):
    summary = job["ProgressSummary"]
    return tuple(summary[name] for name in ("TotalNumberOfTasks", "NumberOfTasksSucceeded", "NumberOfTasksFailed"))


def test_tagging_with_a_report(s3, control, account, bucket, start, ended):
    for key in ("a", "b c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    job = start({"S3PutObjectTagging": {"TagSet": [{"Key": "team", "Value": "blue"}]}}, ["a", "b+c", "missing"])
    found = ended(job)
    assert (found["Status"], counts(found)) == ("Complete", (3, 2, 1)), found
    assert found["JobArn"] == f"arn:aws:s3:us-east-1:{account}:job/{job}" and "TerminationDate" in found
    assert found["Operation"] == {"S3PutObjectTagging": {"TagSet": [{"Key": "team", "Value": "blue"}]}}
    for key in ("a", "b c"):
        assert s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] == [{"Key": "team", "Value": "blue"}]
    lines = rows(s3, bucket, job)
    assert lines[0] == [bucket, "a", "", "succeeded", "200", "", "Successful"]
    assert lines[1][1:6] == ["b%20c", "", "succeeded", "200", ""]
    assert lines[2][1:6] == ["missing", "", "failed", "404", "NoSuchKey"]
    listed = control.list_jobs(AccountId=account, JobStatuses=["Complete"])["Jobs"]
    assert [(entry["JobId"], entry["Operation"]) for entry in listed if entry["JobId"] == job] == [(job, "S3PutObjectTagging")]


def test_the_other_operations(s3, account, bucket, start, ended, unique):
    target = unique("target")
    s3.create_bucket(Bucket=target, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes", Tagging="x=1")
    copy = {"S3PutObjectCopy": {
        "TargetResource": f"arn:aws:s3:::{target}", "TargetKeyPrefix": "copies", "StorageClass": "STANDARD_IA",
        "NewObjectTagging": [{"Key": "by", "Value": "batch"}], "NewObjectMetadata": {"UserMetadata": {"m": "v"}}}}
    assert ended(start(copy, ["k"]))["Status"] == "Complete"
    head = s3.head_object(Bucket=target, Key="copies/k")
    assert (head["StorageClass"], head["Metadata"]) == ("STANDARD_IA", {"m": "v"})
    assert s3.get_object_tagging(Bucket=target, Key="copies/k")["TagSet"] == [{"Key": "by", "Value": "batch"}]
    assert ended(start({"S3DeleteObjectTagging": {}}, ["k"]))["Status"] == "Complete"
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    # Locks, by version, over the target.
    text = f"{target},copies/k,{head['VersionId']}\n".encode()
    tag = s3.put_object(Bucket=bucket, Key="versions.csv", Body=text)["ETag"]
    manifest = {"Spec": {"Format": CSV, "Fields": ["Bucket", "Key", "VersionId"]},
                "Location": {"ObjectArn": f"arn:aws:s3:::{bucket}/versions.csv", "ETag": tag}}
    hold = {"S3PutObjectLegalHold": {"LegalHold": {"Status": "ON"}}}
    assert counts(ended(start(hold, Manifest=manifest))) == (1, 1, 0)
    assert s3.get_object_legal_hold(Bucket=target, Key="copies/k")["LegalHold"]["Status"] == "ON"
    retain = {"S3PutObjectRetention": {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2036-01-01T00:00:00Z"}}}
    assert counts(ended(start(retain, Manifest=manifest))) == (1, 1, 0)
    assert s3.get_object_retention(Bucket=target, Key="copies/k")["Retention"]["Mode"] == "GOVERNANCE"
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    restore = {"S3InitiateRestoreObject": {"ExpirationInDays": 2, "GlacierJobTier": "BULK"}}
    assert counts(ended(start(restore, ["cold", "k"]))) == (2, 1, 1)
    assert 'ongoing-request="true"' in s3.head_object(Bucket=bucket, Key="cold")["Restore"]
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    acl = {"S3PutObjectAcl": {"AccessControlPolicy": {"CannedAccessControlList": "bucket-owner-full-control"}}}
    assert counts(ended(start(acl, ["k"]))) == (1, 1, 0)


def test_checksums_at_rest(s3, bucket, start, ended, role):
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-compute-checksums.html
    pieces = [b"p" * 5 * 1024 * 1024, b"last"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    parts = [{"PartNumber": number, "ETag": s3.upload_part(
        Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, Body=piece)["ETag"]}
        for number, piece in enumerate(pieces, 1)]
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
    tags = {
        "cold": s3.put_object(Bucket=bucket, Key="cold", Body=b"cold", StorageClass="DEEP_ARCHIVE")["ETag"],
        "parts": s3.head_object(Bucket=bucket, Key="parts")["ETag"]}
    s3.put_object(Bucket=bucket, Key="own", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey=b"k" * 32)

    def sums(arguments, keys=("cold", "parts"), **more):
        job = start({"S3ComputeObjectChecksum": arguments}, keys, **more)
        assert ended(job)["Status"] in ("Complete", "Failed")
        return {line[1]: line[3:] for line in rows(s3, bucket, job)}

    found = sums({"ChecksumAlgorithm": "SHA256"}, ["cold", "parts", "own", "missing"])
    assert (found["own"][:3], found["missing"][:3]) == (["failed", "400", "InvalidRequest"], ["failed", "404", "NoSuchKey"])
    for key, body in (("cold", b"cold"), ("parts", b"".join(pieces))):
        digest = hashlib.sha256(body).digest()
        assert json.loads(found[key][3]) == {
            "checksum_base64": base64.b64encode(digest).decode(), "etag": tags[key].strip('"'),
            "checksumAlgorithm": "SHA256", "checksumType": "FULL_OBJECT", "checksum_hex": digest.hex().upper()}
    of_parts = hashlib.md5(b"".join(hashlib.md5(piece).digest() for piece in pieces)).digest()
    composite = json.loads(sums({"ChecksumAlgorithm": "MD5", "ChecksumType": "COMPOSITE"})["parts"][3])
    assert composite["checksumType"] == "COMPOSITE" and composite["checksum_hex"] == of_parts.hex().upper()
    assert composite["checksum_base64"] == base64.b64encode(of_parts).decode() + "-2"
    assert json.loads(sums({}, ["cold"])["cold"][3])["checksumAlgorithm"] == "CRC64NVME"
    reader = role({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": [
        f"arn:aws:s3:::{bucket}/{path}" for path in ("manifest.csv", "reports/*", "cold")]})
    denied = sums({"ChecksumAlgorithm": "CRC32"}, arn=reader)
    assert (denied["cold"][0], denied["parts"][:3]) == ("succeeded", ["failed", "403", "AccessDenied"])


def test_a_function_is_asked(s3, bucket, start, ended, function):
    code = """
def handler(event, context):
    task = event["tasks"][0]
    assert event["invocationSchemaVersion"] == "2.0" and event["job"]["userArguments"] == {"color": "red"}
    code = "Succeeded" if task["s3Key"].startswith("good") else "PermanentFailure"
    return {"invocationSchemaVersion": "2.0", "treatMissingKeysAs": "PermanentFailure",
            "invocationId": event["invocationId"],
            "results": [{"taskId": task["taskId"], "resultCode": code, "resultString": "said " + task["s3Key"]}]}
"""
    arn = function(code)["FunctionArn"]
    job = start({"LambdaInvoke": {"FunctionArn": arn, "InvocationSchemaVersion": "2.0", "UserArguments": {"color": "red"}}},
                ["good", "bad"])
    assert counts(ended(job)) == (2, 1, 1)
    assert [line[1:] for line in rows(s3, bucket, job)] == [
        ["bad", "", "failed", "200", "PermanentFailure", "said bad"], ["good", "", "succeeded", "200", "", "said good"]]


def test_an_inventory_as_manifest(s3, bucket, start, ended):
    s3.put_object(Bucket=bucket, Key="ä/1", Body=b"x")
    s3.put_object(Bucket=bucket, Key="inv/data/1.csv.gz", Body=gzip.compress(f'"{bucket}","%C3%A4/1","1"\n'.encode()))
    manifest = {"sourceBucket": bucket, "destinationBucket": f"arn:aws:s3:::{bucket}", "version": "2016-11-30",
                "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size", "files": [{"key": "inv/data/1.csv.gz"}]}
    tag = s3.put_object(Bucket=bucket, Key="inv/manifest.json", Body=json.dumps(manifest).encode())["ETag"]
    job = start({"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, Manifest={
        "Spec": {"Format": "S3InventoryReport_CSV_20161130"},
        "Location": {"ObjectArn": f"arn:aws:s3:::{bucket}/inv/manifest.json", "ETag": tag}})
    assert counts(ended(job)) == (1, 1, 0)
    assert s3.get_object_tagging(Bucket=bucket, Key="ä/1")["TagSet"] == [{"Key": "a", "Value": "b"}]


def test_a_generated_manifest(s3, account, bucket, start, ended):
    for key in ("in/1.txt", "in/2.txt", "in/3.bin", "out/4.txt"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    job = start({"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, ManifestGenerator={
        "S3JobManifestGenerator": {
            "SourceBucket": f"arn:aws:s3:::{bucket}", "EnableManifestOutput": True, "ManifestOutputLocation": {
                "Bucket": f"arn:aws:s3:::{bucket}", "ManifestPrefix": "made", "ManifestFormat": "S3InventoryReport_CSV_20211130"},
            "Filter": {"KeyNameConstraint": {"MatchAnyPrefix": ["in/"], "MatchAnySuffix": [".txt"]}}}})
    found = ended(job)
    assert (found["Status"], counts(found)) == ("Complete", (2, 2, 0)), found
    assert [line[1] for line in rows(s3, bucket, job)] == ["in/1.txt", "in/2.txt"]
    place = found["GeneratedManifestDescriptor"]["Location"]["ObjectArn"].split(":::")[1].split("/", 1)[1]
    made = json.loads(s3.get_object(Bucket=bucket, Key=place)["Body"].read())
    listed = gzip.decompress(s3.get_object(Bucket=bucket, Key=made["files"][0]["key"])["Body"].read()).decode()
    assert listed == f'"{bucket}","in/1.txt",""\n"{bucket}","in/2.txt",""\n'


def test_generated_by_what_records_say(s3, iam, client_for, account, bucket, start, ended, role, unique):
    def generated(operation, **filter):
        job = ended(start(operation, ManifestGenerator={"S3JobManifestGenerator": {
            "SourceBucket": f"arn:aws:s3:::{bucket}", "EnableManifestOutput": False, "Filter": filter}},
            arn=role({"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"})))
        return (job["Status"], sorted(row[1] for row in rows(s3, bucket, job["JobId"])) if counts(job)[0] else None)

    key = client_for("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="in/plain", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/sealed", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    names = {"KeyNameConstraint": {"MatchAnyPrefix": ["in/"]}}
    tag = {"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
    assert generated(tag, MatchAnyObjectEncryption=[{"SSEKMS": {"KmsKeyArn": key}}], **names) == ("Complete", ["in/sealed"])
    assert generated(tag, MatchAnyObjectEncryption=[{"SSES3": {}}], **names) == ("Complete", ["in/plain"])
    # What is under the installation's key goes under the customer's.
    change = {"S3UpdateObjectEncryption": {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": True}}}}
    assert generated(change, MatchAnyObjectEncryption=[{"SSES3": {}}], **names) == ("Complete", ["in/plain"])
    found = s3.head_object(Bucket=bucket, Key="in/plain")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"], found["BucketKeyEnabled"]) == ("aws:kms", key, True)
    # Of a bucket that replicates nothing, nothing is eligible.
    assert generated({"S3ReplicateObject": {}}, EligibleForReplication=True, **names) == ("Failed", None)
    copy = unique("copy")
    s3.create_bucket(Bucket=copy)
    for name in (bucket, copy):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="in/new", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/other", Body=b"x")
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={
        "Role": role(), "Rules": [{
            "ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": "in/n"},
            "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{copy}"}}]})
    assert generated({"S3ReplicateObject": {}}, EligibleForReplication=True, **names) == ("Complete", ["in/new"])
    s3.delete_bucket_replication(Bucket=bucket)


def test_replicas_travel_on_by_a_job(s3, iam, account, bucket, start, ended, unique, eventually):
    first, second = unique("first"), unique("second")
    for name in (first, second):
        s3.create_bucket(Bucket=name)
    for name in (bucket, first, second):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    name = unique("carrier")
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=TRUST.replace("batchoperations.s3", "s3"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    for source, target in ((bucket, first), (first, second)):
        s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": arn, "Rules": [{
            "ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{target}"}}]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    def status(of):
        return s3.head_object(Bucket=of, Key="k").get("ReplicationStatus")

    eventually(lambda: status(bucket) == "COMPLETED")
    assert status(first) == "REPLICA"
    assert s3.list_objects_v2(Bucket=second)["KeyCount"] == 0
    job = start({"S3ReplicateObject": {}}, ManifestGenerator={"S3JobManifestGenerator": {
        "SourceBucket": f"arn:aws:s3:::{first}", "EnableManifestOutput": False,
        "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": ["REPLICA"]}}})
    assert counts(ended(job)) == (1, 1, 0)
    eventually(lambda: s3.list_objects_v2(Bucket=second)["KeyCount"] == 1)
    assert (status(first), status(second)) == ("REPLICA", "REPLICA")
    s3.delete_bucket_replication(Bucket=bucket)


def test_confirmation_priority_and_cancellation(s3, control, account, bucket, start, ended):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    tag = {"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
    job = start(tag, ["k"], ConfirmationRequired=True)
    found = ended(job, "Suspended")
    assert found["SuspendedCause"] == "AWAITING_CONFIRMATION" and counts(found) == (1, 0, 0)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    changed = control.update_job_priority(AccountId=account, JobId=job, Priority=98)
    assert changed["Priority"] == 98
    control.update_job_status(AccountId=account, JobId=job, RequestedJobStatus="Ready", StatusUpdateReason="checked")
    assert ended(job)["Status"] == "Complete"
    assert code_and_status(control.update_job_status, AccountId=account, JobId=job, RequestedJobStatus="Cancelled") == (
        "JobStatusException", 400)
    other = start(tag, ["k"], ConfirmationRequired=True)
    ended(other, "Suspended")
    control.update_job_status(AccountId=account, JobId=other, RequestedJobStatus="Cancelled")
    assert ended(other)["Status"] == "Cancelled"


def test_tags_of_a_job(control, account, start):
    job = start({"S3DeleteObjectTagging": {}}, ["k"], ConfirmationRequired=True, Tags=[{"Key": "a", "Value": "1"}])
    named = {"AccountId": account, "JobId": job}
    assert control.get_job_tagging(**named)["Tags"] == [{"Key": "a", "Value": "1"}]
    control.put_job_tagging(**named, Tags=[{"Key": "b", "Value": "2"}])
    assert control.get_job_tagging(**named)["Tags"] == [{"Key": "b", "Value": "2"}]
    control.delete_job_tagging(**named)
    assert control.get_job_tagging(**named)["Tags"] == []


def test_the_role_decides(s3, bucket, start, ended, role):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    narrow = role({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/*"})
    job = start({"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, ["k"], arn=narrow)
    assert counts(ended(job)) == (1, 0, 1)
    assert rows(s3, bucket, job)[0][3:6] == ["failed", "403", "AccessDenied"]


def test_what_fails_a_job(s3, iam, account, bucket, start, ended, unique):
    tag = {"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
    place = {"ObjectArn": f"arn:aws:s3:::{bucket}/manifest.csv", "ETag": "0" * 32}
    s3.put_object(Bucket=bucket, Key="manifest.csv", Body=f"{bucket},k\n".encode())
    found = ended(start(tag, Manifest={"Spec": {"Format": CSV, "Fields": ["Bucket", "Key"]}, "Location": place}))
    assert (found["Status"], found["FailureReasons"][0]["FailureCode"]) == ("Failed", "ManifestETagMismatch")
    name = unique("untrusting")
    trust = TRUST.replace("batchoperations.s3", "lambda")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    found = ended(start(tag, ["k"], arn=arn))
    assert (found["Status"], found["FailureReasons"][0]["FailureCode"]) == ("Failed", "AccessDenied")


def test_what_cannot_be_asked(control, account, bucket, start):
    assert refusal(start, operation={"S3PutObjectTagging": {"TagSet": []}}, keys=["k"]).status == 400
    whole_only = {"S3ComputeObjectChecksum": {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"}}
    assert code_and_status(start, operation=whole_only, keys=["k"]) == ("InvalidRequest", 400)
    tag = {"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
    copy = {"TargetResource": f"arn:aws:s3:::{bucket}"}
    report = {"Enabled": True, "Bucket": f"arn:aws:s3:::{bucket}", "Format": "Report_CSV_20180820", "ReportScope": "Some"}
    for wrong in (
        {"operation": tag, "Report": report}, {"operation": tag, "Description": "x" * 257},
        {"operation": {"S3PutObjectCopy": {**copy, "StorageClass": "COLD"}}},
        {"operation": tag, "ClientRequestToken": "x" * 65},
    ):
        assert code_and_status(start, keys=["k"], **wrong) == ("InvalidRequest", 400), wrong
    assert code_and_status(start, operation={"S3PutObjectCopy": {**copy, "ObjectLockEventHold": "ON"}}, keys=["k"]) == (
        "NotImplemented", 501)
    assert code_and_status(control.list_jobs, AccountId=account, JobStatuses=["Sleeping"]) == ("InvalidRequest", 400)
    assert code_and_status(control.describe_job, AccountId=account, JobId="no-such-job") == ("NoSuchJob", 404)
    token = uuid.uuid4().hex
    again = {"operation": {"S3DeleteObjectTagging": {}}, "keys": ["k"], "arn": f"arn:aws:iam::{account}:role/r",
             "ClientRequestToken": token, "ConfirmationRequired": True}
    assert start(**again) == start(**again)
    assert refusal(start, **{**again, "Priority": 77}).code == "IdempotencyException"


def test_a_restart_in_between(server, s3, bucket, start, ended):
    keys = [f"k{number}" for number in range(300)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    job = start({"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, keys)
    ended(job, "Active", "Completing", "Complete")
    server.kill()
    server.start()
    found = ended(job)
    assert (found["Status"], counts(found)) == ("Complete", (300, 300, 0))
    assert len(rows(s3, bucket, job)) == 300
