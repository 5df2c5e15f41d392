"""Lifecycle configurations and what the run at midnight UTC does, through boto3.

Each test that moves the clock makes its own bucket and takes "now" from the server.
"""

from __future__ import annotations

import datetime
import json

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_message, refusal

DAY = 86_400
UTC = datetime.timezone.utc


def put(s3, bucket, *rules, **more):
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **more)


def rule(filter=None, status="Enabled", **actions):
    return {"Filter": {"Prefix": ""} if filter is None else filter, "Status": status, **actions}


def keys(s3, bucket):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def now_of(s3, bucket, key="clock"):
    """The server's clock, by an object's own time."""
    s3.put_object(Bucket=bucket, Key=key, Body=b"")
    moment = s3.head_object(Bucket=bucket, Key=key)["LastModified"]
    s3.delete_object(Bucket=bucket, Key=key)
    return moment


def to_midnight(s3, bucket, advance, days=1):
    """Moves the clock to just after the midnight that ends `days` days from now."""
    now = now_of(s3, bucket)
    due = now + datetime.timedelta(days=days)
    midnight = due.replace(hour=0, minute=0, second=0, microsecond=0)
    if midnight < due:
        midnight += datetime.timedelta(days=1)
    advance(int((midnight - now).total_seconds()) + 5)


def test_round_trip_and_removal(s3, bucket):
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=bucket).code == "NoSuchLifecycleConfiguration"
    rules = [
        {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 90},
         "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]},
        {"ID": "dated", "Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Status": "Disabled",
         "Expiration": {"Date": datetime.datetime(2031, 1, 1, tzinfo=UTC)}},
        {"ID": "both", "Filter": {"And": {"Prefix": "x", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}],
                                          "ObjectSizeGreaterThan": 10, "ObjectSizeLessThan": 1000}},
         "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
         "NoncurrentVersionTransitions": [{"NoncurrentDays": 0, "StorageClass": "GLACIER"}]},
        {"ID": "uploads", "Filter": {"Prefix": ""}, "Status": "Enabled",
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
    ]
    assert put(s3, bucket, *rules)["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == rules
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    put(s3, bucket, *rules, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=bucket).code == "NoSuchLifecycleConfiguration"


def test_a_rule_without_id_gets_one(s3, bucket):
    put(s3, bucket, {"Prefix": "old/", "Status": "Enabled", "Expiration": {"Days": 1}})
    (kept,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert kept["ID"] and kept["Prefix"] == "old/" and "Filter" not in kept


@pytest.mark.parametrize("rules, code, text", [
    ([rule()], "InvalidRequest", "At least one action needs to be specified in a rule"),
    ([rule(Expiration={"Days": 0})], "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
    ([rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True})], "MalformedXML", ""),
    ([rule(Expiration={"Date": datetime.datetime(2031, 1, 1, 5, tzinfo=UTC)})], "InvalidArgument",
     "'Date' must be at midnight GMT"),
    ([rule(Transitions=[{"Days": 29, "StorageClass": "STANDARD_IA"}])], "InvalidArgument",
     "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
    ([rule(Transitions=[{"Days": -1, "StorageClass": "GLACIER"}])], "InvalidArgument",
     "'Days' in Transition action must be nonnegative"),
    ([rule(Transitions=[{"Days": 10, "StorageClass": "GLACIER"}], Expiration={"Days": 10})], "InvalidArgument",
     "'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition action"),
    ([rule(Transitions=[{"Days": 10, "StorageClass": "GLACIER"}],
           Expiration={"Date": datetime.datetime(2031, 1, 1, tzinfo=UTC)})], "InvalidRequest", "Found mixed 'Date' and 'Days'"),
    ([rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}, {"Days": 2, "StorageClass": "GLACIER"}])], "InvalidRequest",
     "'StorageClass' must be different for 'Transition' actions in same 'Rule'"),
    ([rule(NoncurrentVersionExpiration={"NoncurrentDays": 0})], "InvalidArgument",
     "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"),
    ([rule({"Tag": {"Key": "a", "Value": "b"}}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})],
     "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."),
    ([rule({"Prefix": "a", "Tag": {"Key": "a", "Value": "b"}}, Expiration={"Days": 1})], "MalformedXML", ""),
    ([rule({"And": {"Prefix": "a"}}, Expiration={"Days": 1})], "MalformedXML", ""),
    ([rule({"And": {"ObjectSizeGreaterThan": 10, "ObjectSizeLessThan": 10}}, Expiration={"Days": 1})], "InvalidRequest",
     "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'"),
    ([rule(ID="same", Expiration={"Days": 1}), rule(ID="same", Expiration={"Days": 2})], "InvalidArgument",
     "Rule ID must be unique. Found same ID for more than one rule"),
    ([{"Prefix": "x" * 1025, "Status": "Enabled", "Expiration": {"Days": 1}}], "InvalidRequest",
     "The maximum size of a prefix is 1024."),
    ([rule(ID="x" * 256, Expiration={"Days": 1})], "InvalidArgument", "ID length should not exceed allowed limit of 255"),
    ([rule(Expiration={"Days": 1}), {"Prefix": "a", "Status": "Enabled", "Expiration": {"Days": 1}}], "InvalidRequest",
     "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."),
    ([{"Status": "Enabled", "Expiration": {"Days": 1}}], "MalformedXML", ""),
    ([rule(status="On", Expiration={"Days": 1})], "MalformedXML", ""),
    ([], "MalformedXML", ""),
])
def test_refusals(s3, bucket, rules, code, text):
    put(s3, bucket, rule(ID="kept", Expiration={"Days": 5}))
    got, message = code_and_message(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert got == code and text in message
    assert [r["ID"] for r in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == ["kept"]


def test_headers_tell_of_the_end(s3, bucket):
    put(s3, bucket, rule({"Prefix": "logs/"}, ID="ends soon", Expiration={"Days": 3}),
        rule({"Prefix": ""}, ID="uploads", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2}))
    answer = s3.put_object(Bucket=bucket, Key="logs/a", Body=b"a")
    modified = s3.head_object(Bucket=bucket, Key="logs/a")["LastModified"]
    due = (modified + datetime.timedelta(days=3)).replace(hour=0, minute=0, second=0) + datetime.timedelta(days=1)
    expected = f'expiry-date="{due.strftime("%a, %d %b %Y 00:00:00 GMT")}", rule-id="ends%20soon"'
    assert answer["Expiration"] == expected
    assert s3.get_object(Bucket=bucket, Key="logs/a")["Expiration"] == expected
    assert s3.head_object(Bucket=bucket, Key="logs/a")["Expiration"] == expected
    copied = s3.copy_object(Bucket=bucket, Key="logs/b", CopySource={"Bucket": bucket, "Key": "logs/a"})
    assert 'rule-id="ends%20soon"' in copied["Expiration"]
    s3.put_object(Bucket=bucket, Key="other", Body=b"a")
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="other")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")
    assert upload["AbortRuleId"] == "uploads" and upload["AbortDate"] > modified
    parts = s3.list_parts(Bucket=bucket, Key="big", UploadId=upload["UploadId"])
    assert (parts["AbortDate"], parts["AbortRuleId"]) == (upload["AbortDate"], "uploads")


def test_expiration_by_prefix_tag_and_size(s3, bucket, advance):
    put(s3, bucket, rule({"Prefix": "logs/"}, Expiration={"Days": 1}),
        rule({"Tag": {"Key": "delete", "Value": "yes"}}, Expiration={"Days": 1}),
        rule({"And": {"Prefix": "size/", "ObjectSizeGreaterThan": 3}}, Expiration={"Days": 1}),
        rule({"Prefix": "off/"}, "Disabled", Expiration={"Days": 1}),
        rule({"Prefix": "later/"}, Expiration={"Days": 3}))
    for key in ["logs/a", "size/1234", "size/123", "off/a", "later/a", "kept"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.split("/")[-1].encode())
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"t", Tagging="delete=yes&other=1")
    s3.put_object(Bucket=bucket, Key="tagged-otherwise", Body=b"t", Tagging="delete=no")
    advance(60)
    assert "logs/a" in keys(s3, bucket)
    to_midnight(s3, bucket, advance)
    assert keys(s3, bucket) == ["kept", "later/a", "off/a", "size/123", "tagged-otherwise"]
    to_midnight(s3, bucket, advance, days=2)
    assert keys(s3, bucket) == ["kept", "off/a", "size/123", "tagged-otherwise"]


def test_a_date_ends_everything(s3, bucket, advance):
    now = now_of(s3, bucket)
    day = (now + datetime.timedelta(days=2)).replace(hour=0, minute=0, second=0)
    put(s3, bucket, rule(Expiration={"Date": day}))
    s3.put_object(Bucket=bucket, Key="old", Body=b"1")
    advance(int((day - now).total_seconds()) - DAY + 60)
    s3.put_object(Bucket=bucket, Key="young", Body=b"1")
    assert keys(s3, bucket) == ["old", "young"]
    advance(DAY)
    assert keys(s3, bucket) == []


def test_versions_and_markers(s3, bucket, advance):
    versioned(s3, bucket)
    put(s3, bucket, rule({"Prefix": "a"}, Expiration={"Days": 1}, NoncurrentVersionExpiration={"NoncurrentDays": 2}))
    first = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="b", Body=b"1")
    to_midnight(s3, bucket, advance)
    listed = s3.list_object_versions(Bucket=bucket, Prefix="a")
    assert [v["VersionId"] for v in listed["Versions"]] == [first]
    assert [m["IsLatest"] for m in listed["DeleteMarkers"]] == [True]
    # The old version goes two days after the marker came, and then the marker that hides nothing.
    to_midnight(s3, bucket, advance)
    listed = s3.list_object_versions(Bucket=bucket, Prefix="a")
    assert "Versions" not in listed and len(listed["DeleteMarkers"]) == 1
    to_midnight(s3, bucket, advance)
    listed = s3.list_object_versions(Bucket=bucket, Prefix="a")
    assert "Versions" not in listed and "DeleteMarkers" not in listed
    assert keys(s3, bucket) == ["b"]


def test_newer_noncurrent_versions_are_spared(s3, bucket, advance):
    versioned(s3, bucket)
    put(s3, bucket, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}))
    made = [s3.put_object(Bucket=bucket, Key="a", Body=str(n).encode())["VersionId"] for n in range(6)]
    to_midnight(s3, bucket, advance)
    left = [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket, Prefix="a")["Versions"]]
    assert left == [made[5], made[4], made[3]]
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"5"


def test_expired_object_delete_marker(s3, bucket, advance):
    versioned(s3, bucket)
    put(s3, bucket, rule(Expiration={"ExpiredObjectDeleteMarker": True}))
    alone = s3.put_object(Bucket=bucket, Key="alone", Body=b"1")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="alone")
    s3.delete_object(Bucket=bucket, Key="alone", VersionId=alone)
    s3.put_object(Bucket=bucket, Key="covers", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="covers")
    to_midnight(s3, bucket, advance)
    markers = s3.list_object_versions(Bucket=bucket).get("DeleteMarkers", [])
    assert [m["Key"] for m in markers if m["Key"] != "clock"] == ["covers"]


def test_locked_versions_stay(s3, unique, advance):
    bucket = unique("locked")
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    put(s3, bucket, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    held = s3.put_object(Bucket=bucket, Key="a", Body=b"1", ObjectLockLegalHoldStatus="ON", ContentMD5="xMpCOKC5I4INzFCab3WEmw==")
    free = s3.put_object(Bucket=bucket, Key="a", Body=b"2")
    s3.put_object(Bucket=bucket, Key="a", Body=b"3")
    to_midnight(s3, bucket, advance)
    left = [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket, Prefix="a")["Versions"]]
    assert held["VersionId"] in left and free["VersionId"] not in left
    s3.put_object_legal_hold(Bucket=bucket, Key="a", VersionId=held["VersionId"], LegalHold={"Status": "OFF"})
    to_midnight(s3, bucket, advance)
    assert held["VersionId"] not in [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket, Prefix="a")["Versions"]]


def classes(s3, bucket):
    return {entry["Key"]: entry["StorageClass"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]}


def test_transitions_go_down_only(s3, bucket, advance):
    large = b"x" * (128 << 10)
    put(s3, bucket, rule({"Prefix": "t/"}, Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"},
                                                        {"Days": 3, "StorageClass": "DEEP_ARCHIVE"}]),
        rule({"And": {"Prefix": "any/", "ObjectSizeGreaterThan": 0}}, Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}]))
    s3.put_object(Bucket=bucket, Key="t/large", Body=large)
    s3.put_object(Bucket=bucket, Key="t/small", Body=b"small")
    s3.put_object(Bucket=bucket, Key="t/cold", Body=large, StorageClass="GLACIER")
    s3.put_object(Bucket=bucket, Key="any/small", Body=b"small")
    s3.put_object(Bucket=bucket, Key="other", Body=large)
    to_midnight(s3, bucket, advance)
    assert classes(s3, bucket) == {
        "t/large": "GLACIER_IR", "t/small": "STANDARD", "t/cold": "GLACIER", "any/small": "GLACIER_IR", "other": "STANDARD"}
    assert s3.get_object(Bucket=bucket, Key="t/large")["Body"].read() == large
    to_midnight(s3, bucket, advance, days=3)
    assert classes(s3, bucket) == {
        "t/large": "DEEP_ARCHIVE", "t/small": "STANDARD", "t/cold": "DEEP_ARCHIVE", "any/small": "GLACIER_IR",
        "other": "STANDARD"}
    assert refusal(s3.get_object, Bucket=bucket, Key="t/large").code == "InvalidObjectState"


def test_noncurrent_transitions(s3, bucket, advance):
    versioned(s3, bucket)
    put(s3, bucket, rule(NoncurrentVersionTransitions=[{"NoncurrentDays": 1, "StorageClass": "GLACIER"}]),
        TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    for body in [b"1", b"2"]:
        s3.put_object(Bucket=bucket, Key="a", Body=body)
    to_midnight(s3, bucket, advance)
    found = s3.list_object_versions(Bucket=bucket, Prefix="a")["Versions"]
    assert [(v["IsLatest"], v["StorageClass"]) for v in found] == [(True, "STANDARD"), (False, "GLACIER")]


def test_uploads_are_aborted(s3, bucket, advance):
    put(s3, bucket, rule({"Prefix": "up/"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))
    for key in ["up/a", "up/b", "kept"]:
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
    to_midnight(s3, bucket, advance)
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["kept"]


def test_more_keys_than_one_step_takes(s3, bucket, advance):
    put(s3, bucket, rule({"Prefix": "many/"}, Expiration={"Days": 1}))
    for number in range(620):
        s3.put_object(Bucket=bucket, Key=f"many/{number:04}", Body=b"")
    s3.put_object(Bucket=bucket, Key="zz", Body=b"")
    to_midnight(s3, bucket, advance)
    assert keys(s3, bucket) == ["zz"]


def test_events_of_lifecycle(client_for, s3, bucket, unique, advance, eventually, account):
    sqs = client_for("sqs")
    url = sqs.create_queue(QueueName=unique("events"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": arn, "Events": ["s3:LifecycleExpiration:*", "s3:LifecycleTransition", "s3:ObjectRemoved:*"]}]})
    put(s3, bucket, rule({"Prefix": "gone"}, Expiration={"Days": 1}),
        rule({"And": {"Prefix": "cold", "ObjectSizeGreaterThan": 0}}, Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]))
    s3.put_object(Bucket=bucket, Key="gone", Body=b"1")
    s3.put_object(Bucket=bucket, Key="cold", Body=b"1")
    to_midnight(s3, bucket, advance)
    found = {}

    def collect():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for record in json.loads(message["Body"]).get("Records", []):
                found[record["eventName"], record["s3"]["object"]["key"]] = record
        return ("LifecycleExpiration:Delete", "gone") in found and ("LifecycleTransition", "cold") in found

    eventually(collect)
    record = found["LifecycleTransition", "cold"]
    assert record["lifecycleEventData"] == {"transitionEventData": {"destinationStorageClass": "GLACIER"}}
    assert record["userIdentity"] == {"principalId": "s3.amazonaws.com"} and record["eventVersion"] == "2.3"
    # What a lifecycle removes is not told as a client's deletion.
    assert ("ObjectRemoved:Delete", "gone") not in found


def test_the_longest_time(s3, bucket, advance):
    days = 2**31 - 1
    put(s3, bucket, rule(Expiration={"Days": days}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": days}))
    # So far away that the date says no more, but a date it is.
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"1")["Expiration"].endswith('GMT", rule-id="'
        + s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["ID"] + '"')
    assert s3.create_multipart_upload(Bucket=bucket, Key="b")["UploadId"]
    to_midnight(s3, bucket, advance, 2)
    assert keys(s3, bucket) == ["a"]
    with pytest.raises(ClientError) as caught:
        put(s3, bucket, rule(Expiration={"Days": days + 1}))
    assert caught.value.response["Error"]["Code"] == "MalformedXML"


def test_configuration_can_be_taken_back(s3, bucket, advance):
    put(s3, bucket, rule(Expiration={"Days": 1}))
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_bucket_lifecycle(Bucket=bucket)
    to_midnight(s3, bucket, advance)
    assert keys(s3, bucket) == ["a"]
