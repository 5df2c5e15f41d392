"""Replication between buckets, Regions and accounts, through boto3."""

from __future__ import annotations

import json

import pytest
from refusals import code_and_message, refusal

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


@pytest.fixture(scope="module")
def west(client_for):
    return client_for("s3", region="eu-west-1")


@pytest.fixture
def role(iam, unique):
    """role(source, *destinations): a role as the user guide has it."""

    def make(source, *destinations, without=()):
        name = unique("replication")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        allow(iam, name, source, *destinations, without=without)
        return arn

    return make


def allow(iam, name, source, *destinations, without=(), more=()):
    def only(*actions):
        return [action for action in actions if action not in without]

    statements = [
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": f"arn:aws:s3:::{source}"},
        {"Effect": "Allow", "Resource": f"arn:aws:s3:::{source}/*", "Action": [
            "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]},
        {"Effect": "Allow", "Resource": [f"arn:aws:s3:::{d}/*" for d in destinations],
         "Action": only("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner")
         or ["s3:PutObject"]},
        *more,
    ]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))


@pytest.fixture
def pair(s3, west, unique):
    """Two versioned buckets, in two Regions."""
    source, destination = unique("source"), unique("destination")
    s3.create_bucket(Bucket=source)
    west.create_bucket(Bucket=destination, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for client, name in [(s3, source), (west, destination)]:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return source, destination


def rule(destination, **more):
    return {"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{destination}"}, **more}


def configure(s3, source, role, *rules):
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": list(rules)})


def status(s3, bucket, key, **more):
    return s3.head_object(Bucket=bucket, Key=key, **more).get("ReplicationStatus")


def reaches(s3, bucket, key, eventually, wanted="COMPLETED", **more):
    eventually(lambda: status(s3, bucket, key, **more) == wanted)


def test_configuration_round_trip(s3, pair, role):
    source, destination = pair
    assert refusal(s3.get_bucket_replication, Bucket=source).code == "ReplicationConfigurationNotFoundError"
    arn = role(source, destination)
    full = rule(destination, SourceSelectionCriteria={
        "SseKmsEncryptedObjects": {"Status": "Enabled"}, "ReplicaModifications": {"Status": "Enabled"}},
        ExistingObjectReplication={"Status": "Enabled"})
    full["Destination"] |= {
        "StorageClass": "STANDARD_IA", "EncryptionConfiguration": {"ReplicaKmsKeyID": "alias/x"},
        "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
        "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}}
    configure(s3, source, arn, full)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"] == {"Role": arn, "Rules": [full]}
    assert refusal(
        s3.put_bucket_versioning, Bucket=source, VersioningConfiguration={"Status": "Suspended"}).code == "InvalidBucketState"
    s3.delete_bucket_replication(Bucket=source)
    assert refusal(s3.get_bucket_replication, Bucket=source).code == "ReplicationConfigurationNotFoundError"


def test_refusals(s3, pair, role, unique, bucket):
    source, destination = pair
    arn = role(source, destination)

    def refused(*rules, bucket=source, role=arn):
        return code_and_message(s3.put_bucket_replication, Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": list(rules)})

    assert refused(rule(destination), bucket=bucket) == (
        "InvalidRequest", "Versioning must be 'Enabled' on the bucket to apply a replication configuration")
    assert refused(rule(unique("missing"))) == ("InvalidRequest", "Destination bucket must exist.")
    assert refused(rule(bucket)) == ("InvalidRequest", "Destination bucket must have versioning enabled.")
    assert refused(rule(source))[0] == "InvalidRequest"
    assert refused(rule(destination), role="nonsense")[0] == "InvalidArgument"
    assert "Priority must be specified" in refused({k: v for k, v in rule(destination).items() if k != "Priority"})[1]
    without = {k: v for k, v in rule(destination).items() if k != "DeleteMarkerReplication"}
    assert "DeleteMarkerReplication must be specified" in refused(without)[1]
    tagged = rule(destination, Filter={"Tag": {"Key": "a", "Value": "b"}}, DeleteMarkerReplication={"Status": "Enabled"})
    assert "Delete marker replication is not supported if any Tag filter is specified" in refused(tagged)[1]
    assert "duplicate priority" in refused(rule(destination), rule(destination, ID="two"))[1]
    assert "Rule Id must be unique" in refused(rule(destination), rule(destination, Priority=2))[1]
    old = {"Prefix": "", "Status": "Enabled", "Destination": {"Bucket": f"arn:aws:s3:::{destination}"}, "Priority": 1}
    assert "Priority cannot be used" in refused(old)[1]
    old = {**old, "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
    del old["Priority"]
    assert "ReplicaModifications cannot be used" in refused(old)[1]
    assert refused(rule(destination, Filter={"Prefix": "p" * 1025})) == (
        "InvalidRequest", "The maximum size of a prefix is 1024.")
    kms = rule(destination, SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}})
    assert "ReplicaKmsKeyID must be specified" in refused(kms)[1]
    assert refusal(s3.get_bucket_replication, Bucket=source).code == "ReplicationConfigurationNotFoundError"


def test_a_copy_is_the_same_version(s3, west, pair, role, eventually):
    source, destination = pair
    s3.put_object(Bucket=source, Key="before", Body=b"before")
    configure(s3, source, role(source, destination), rule(destination))
    made = s3.put_object(
        Bucket=source, Key="dir/a", Body=b"content", Tagging="a=1&b=2", Metadata={"m": "v"}, ContentType="text/plain",
        StorageClass="STANDARD_IA", CacheControl="no-cache")
    reaches(s3, source, "dir/a", eventually)
    copy = west.get_object(Bucket=destination, Key="dir/a")
    original = s3.get_object(Bucket=source, Key="dir/a")
    assert copy["Body"].read() == b"content" and copy["ReplicationStatus"] == "REPLICA"
    for name in ["VersionId", "ETag", "LastModified", "Metadata", "ContentType", "StorageClass", "CacheControl", "TagCount"]:
        assert copy[name] == original[name], name
    assert copy["VersionId"] == made["VersionId"]
    tags = {t["Key"]: t["Value"] for t in west.get_object_tagging(Bucket=destination, Key="dir/a")["TagSet"]}
    assert tags == {"a": "1", "b": "2"}
    # What was there before has no status and does not travel.
    assert status(s3, source, "before") is None
    assert [e["Key"] for e in west.list_objects_v2(Bucket=destination)["Contents"]] == ["dir/a"]


def test_versions_keep_their_order(s3, west, pair, role, eventually):
    source, destination = pair
    configure(s3, source, role(source, destination), rule(destination))
    made = [s3.put_object(Bucket=source, Key="a", Body=str(n).encode())["VersionId"] for n in range(8)]
    for version in made:
        reaches(s3, source, "a", eventually, VersionId=version)
    listed = west.list_object_versions(Bucket=destination)["Versions"]
    assert [v["VersionId"] for v in listed] == made[::-1]
    assert [v["IsLatest"] for v in listed] == [True] + [False] * 7
    assert west.get_object(Bucket=destination, Key="a")["Body"].read() == b"7"
    assert west.get_object(Bucket=destination, Key="a", VersionId=made[2])["Body"].read() == b"2"


def test_large_and_multipart(s3, west, pair, role, eventually):
    source, destination = pair
    configure(s3, source, role(source, destination), rule(destination))
    upload = s3.create_multipart_upload(Bucket=source, Key="big")["UploadId"]
    bodies = [b"a" * (5 << 20), b"b" * 100_000]
    parts = [{"PartNumber": n, "ETag": s3.upload_part(Bucket=source, Key="big", UploadId=upload, PartNumber=n, Body=body)["ETag"]}
             for n, body in enumerate(bodies, 1)]
    s3.complete_multipart_upload(Bucket=source, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    reaches(s3, source, "big", eventually)
    copy = west.get_object(Bucket=destination, Key="big")
    assert copy["Body"].read() == b"".join(bodies)
    assert copy["ETag"] == s3.head_object(Bucket=source, Key="big")["ETag"]
    assert west.get_object(Bucket=destination, Key="big", PartNumber=2)["Body"].read() == bodies[1]
    # The copy has a life of its own.
    for version in s3.list_object_versions(Bucket=source, Prefix="big")["Versions"]:
        s3.delete_object(Bucket=source, Key="big", VersionId=version["VersionId"])
    assert west.get_object(Bucket=destination, Key="big")["Body"].read() == b"".join(bodies)


def test_filters_and_priority(s3, west, pair, role, unique, eventually):
    source, destination = pair
    other = unique("other")
    s3.create_bucket(Bucket=other)
    s3.put_bucket_versioning(Bucket=other, VersioningConfiguration={"Status": "Enabled"})
    strong = rule(destination, ID="strong", Priority=9, Filter={"Prefix": "logs/"})
    strong["Destination"]["StorageClass"] = "GLACIER_IR"
    configure(
        s3, source, role(source, destination, other), strong,
        rule(destination, ID="weak", Priority=1, Filter={"And": {"Prefix": "logs/", "Tags": [{"Key": "t", "Value": "1"}]}}),
        rule(other, ID="tagged", Priority=2, Filter={"Tag": {"Key": "t", "Value": "1"}}))
    s3.put_object(Bucket=source, Key="logs/a", Body=b"1", Tagging="t=1")
    s3.put_object(Bucket=source, Key="plain", Body=b"1")
    s3.put_object(Bucket=source, Key="tagged", Body=b"1", Tagging="t=1")
    reaches(s3, source, "logs/a", eventually)
    reaches(s3, source, "tagged", eventually)
    assert status(s3, source, "plain") is None
    assert west.head_object(Bucket=destination, Key="logs/a")["StorageClass"] == "GLACIER_IR"
    assert [e["Key"] for e in west.list_objects_v2(Bucket=destination)["Contents"]] == ["logs/a"]
    assert [e["Key"] for e in s3.list_objects_v2(Bucket=other)["Contents"]] == ["logs/a", "tagged"]


@pytest.mark.parametrize("replicates", [True, False])
def test_delete_markers(s3, west, pair, role, eventually, replicates):
    source, destination = pair
    configure(s3, source, role(source, destination),
              rule(destination, DeleteMarkerReplication={"Status": "Enabled" if replicates else "Disabled"}))
    version = s3.put_object(Bucket=source, Key="a", Body=b"1")["VersionId"]
    reaches(s3, source, "a", eventually, VersionId=version)
    marker = s3.delete_object(Bucket=source, Key="a")["VersionId"]
    s3.put_object(Bucket=source, Key="z", Body=b"1")
    reaches(s3, source, "z", eventually)
    if replicates:
        eventually(lambda: west.list_object_versions(Bucket=destination).get("DeleteMarkers"))
        (found,) = west.list_object_versions(Bucket=destination)["DeleteMarkers"]
        assert found["VersionId"] == marker and found["IsLatest"]
    else:
        assert "DeleteMarkers" not in west.list_object_versions(Bucket=destination)
    # A version that is deleted for good stays at the destination.
    s3.delete_object(Bucket=source, Key="a", VersionId=version)
    assert west.get_object(Bucket=destination, Key="a", VersionId=version)["Body"].read() == b"1"


def test_changes_of_tags_follow(s3, west, pair, role, eventually):
    source, destination = pair
    configure(s3, source, role(source, destination), rule(destination))
    s3.put_object(Bucket=source, Key="a", Body=b"1")
    reaches(s3, source, "a", eventually)
    s3.put_object_tagging(Bucket=source, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    reaches(s3, source, "a", eventually)
    assert west.get_object_tagging(Bucket=destination, Key="a")["TagSet"] == [{"Key": "k", "Value": "v"}]


def test_replica_modifications_go_back(s3, west, pair, role, eventually):
    source, destination = pair
    both = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
    configure(s3, source, role(source, destination), rule(destination, **both))
    configure(west, destination, role(destination, source), rule(source, **both))
    s3.put_object(Bucket=source, Key="a", Body=b"1")
    reaches(s3, source, "a", eventually)
    west.put_object_tagging(Bucket=destination, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    eventually(lambda: s3.get_object_tagging(Bucket=source, Key="a")["TagSet"] == [{"Key": "k", "Value": "v"}])
    assert status(west, destination, "a") == "REPLICA" and status(s3, source, "a") == "COMPLETED"


def test_another_account(s3, west, client_for, iam, role, unique, eventually, account):
    stranger = "222233334444"
    theirs = client_for("s3", stranger)
    source, destination = unique("source"), unique("theirs")
    s3.create_bucket(Bucket=source)
    theirs.create_bucket(Bucket=destination, ObjectOwnership="ObjectWriter")
    for client, name in [(s3, source), (theirs, destination)]:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    arn = role(source, destination)
    translated = rule(destination, ID="translated", Priority=2, Filter={"Prefix": "theirs/"})
    translated["Destination"] |= {"Account": stranger, "AccessControlTranslation": {"Owner": "Destination"}}
    configure(s3, source, arn, rule(destination), translated)
    s3.put_object(Bucket=source, Key="a", Body=b"1")
    reaches(s3, source, "a", eventually, "FAILED")
    theirs.put_bucket_policy(Bucket=destination, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": arn}, "Resource": f"arn:aws:s3:::{destination}/*",
         "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ObjectOwnerOverrideToBucketOwner"]}]}))
    s3.put_object(Bucket=source, Key="b", Body=b"1")
    s3.put_object(Bucket=source, Key="theirs/c", Body=b"1")
    reaches(s3, source, "b", eventually)
    reaches(s3, source, "theirs/c", eventually)
    own = theirs.get_bucket_acl(Bucket=destination)["Owner"]["ID"]
    assert theirs.get_object_acl(Bucket=destination, Key="theirs/c")["Owner"]["ID"] == own
    # Without the override the source's account owns the copy, and the bucket's owner may not even read its list.
    assert refusal(theirs.get_object_acl, Bucket=destination, Key="b").code == "AccessDenied"
    owners = {v["Key"]: v["Owner"]["ID"] for v in theirs.list_object_versions(Bucket=destination)["Versions"]}
    assert owners["theirs/c"] == own


def test_kms_needs_its_rule(s3, west, client_for, iam, pair, role, eventually):
    source, destination = pair
    key = client_for("kms").create_key()["KeyMetadata"]["Arn"]
    replica_key = client_for("kms", region="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    arn = role(source, destination)
    configure(s3, source, arn, rule(destination))
    s3.put_object(Bucket=source, Key="left", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert status(s3, source, "left") is None
    with_key = rule(destination, SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}})
    with_key["Destination"]["EncryptionConfiguration"] = {"ReplicaKmsKeyID": replica_key}
    configure(s3, source, arn, with_key)
    s3.put_object(Bucket=source, Key="denied", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    reaches(s3, source, "denied", eventually, "FAILED")
    allow(iam, arn.split("/")[-1], source, destination, more=[
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key},
        {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:GenerateDataKey"], "Resource": replica_key}])
    body = b"secret" * 50_000
    s3.put_object(Bucket=source, Key="a", Body=body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    reaches(s3, source, "a", eventually)
    copy = west.get_object(Bucket=destination, Key="a")
    assert copy["Body"].read() == body and copy["SSEKMSKeyId"] == replica_key
    assert copy["ETag"] == s3.head_object(Bucket=source, Key="a")["ETag"]


def test_failed_objects_are_repaired_by_a_copy_in_place(s3, west, iam, pair, role, eventually):
    """Card 004.16 without Spark: six objects, three from before and three that failed."""
    source, destination = pair
    for number in range(3):
        s3.put_object(Bucket=source, Key=f"preexisting-{number}.txt", Body=b"p", Tagging="team=a", Metadata={"m": "1"},
                      StorageClass="STANDARD_IA")
    arn = role(source, destination, without=("s3:ReplicateObject",))
    name = arn.split("/")[-1]
    configure(s3, source, arn, rule(destination))
    for number in range(3):
        s3.put_object(Bucket=source, Key=f"failed-{number}.txt", Body=b"f", Tagging="team=b")
    for number in range(3):
        reaches(s3, source, f"failed-{number}.txt", eventually, "FAILED")
        assert status(s3, source, f"preexisting-{number}.txt") is None
    assert west.list_objects_v2(Bucket=destination)["KeyCount"] == 0
    assert refusal(s3.copy_object, Bucket=source, Key="failed-0.txt",
                   CopySource={"Bucket": source, "Key": "failed-0.txt"}).code == "InvalidRequest"

    def copy_in_place():
        for entry in s3.list_objects_v2(Bucket=source)["Contents"]:
            head = s3.head_object(Bucket=source, Key=entry["Key"])
            s3.copy_object(
                Bucket=source, Key=entry["Key"], CopySource={"Bucket": source, "Key": entry["Key"]}, MetadataDirective="REPLACE",
                TaggingDirective="COPY", Metadata={**head["Metadata"], "forcedreplication": "now"},
                StorageClass=entry["StorageClass"], ServerSideEncryption="AES256")
            yield entry["Key"]

    # Not repaired yet: they fail again.
    for key in list(copy_in_place()):
        reaches(s3, source, key, eventually, "FAILED")
    allow(iam, name, source, destination)
    copied = list(copy_in_place())
    assert len(copied) == 6
    for key in copied:
        reaches(s3, source, key, eventually)
        original, copy = s3.head_object(Bucket=source, Key=key), west.head_object(Bucket=destination, Key=key)
        assert copy["ReplicationStatus"] == "REPLICA" and copy["Metadata"] == original["Metadata"]
        assert copy.get("StorageClass") == original.get("StorageClass") and copy["TagCount"] == 1
        assert copy["Metadata"]["forcedreplication"] == "now"


def test_a_role_that_nobody_may_assume(s3, iam, pair, unique, eventually, client_for, account):
    source, destination = pair
    name = unique("closed")
    closed = json.loads(TRUST)
    closed["Statement"][0]["Principal"]["Service"] = "ec2.amazonaws.com"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(closed))["Role"]["Arn"]
    told = rule(destination)
    told["Destination"]["Metrics"] = {"Status": "Enabled"}
    configure(s3, source, arn, told)
    sqs = client_for("sqs")
    url = sqs.create_queue(QueueName=unique("failures"))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}]})})
    s3.put_bucket_notification_configuration(Bucket=source, NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": queue, "Events": ["s3:Replication:*"]}]})
    s3.put_object(Bucket=source, Key="a", Body=b"1")
    reaches(s3, source, "a", eventually, "FAILED")
    found = []

    def collect():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found.extend(json.loads(message["Body"]).get("Records", []))
        return found

    (record,) = eventually(collect)
    assert record["eventName"] == "Replication:OperationFailedReplication"
    assert record["replicationEventData"]["failureReason"] == "AssumeRoleNotPermitted"
    assert record["replicationEventData"]["replicationRuleId"] == "all"
