"""What KMS does by itself is told in the audit and on the default bus; states that bind the managing operations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from refusals import code_and_message, refusal

DAY = 86_400


@pytest.fixture(scope="module")
def kms(client_for: Callable[..., Any]) -> Any:
    return client_for("kms")


@pytest.fixture(scope="module")
def cloudtrail(client_for: Callable[..., Any]) -> Any:
    return client_for("cloudtrail")


@pytest.fixture(scope="module")
def heard(client_for: Callable[..., Any]) -> Callable[[], list[dict[str, Any]]]:
    """The events of KMS that a rule has sent to a queue since the last look."""
    events, sqs = client_for("events"), client_for("sqs")
    queue = sqs.create_queue(QueueName="kms-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": arn}]})})
    # What KMS says itself, not what the audit says of calls.
    events.put_rule(Name="kms", EventPattern=json.dumps({"source": ["aws.kms"], "detail-type": [{"prefix": "KMS "}]}))
    events.put_targets(Rule="kms", Targets=[{"Id": "queue", "Arn": arn}])

    def look() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    return look


def deeds(cloudtrail: Any, name: str, key: str) -> list[dict[str, Any]]:
    """The key's events of that name, the newest first."""
    found = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}])["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in found if event["EventName"] == name]


def test_rotations_are_told(kms: Any, cloudtrail: Any, heard: Any, account: str, advance: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    first = key["CurrentKeyMaterialId"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    second = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"]
    (event,) = deeds(cloudtrail, "RotateKey", key["KeyId"])
    assert event["eventType"] == "AwsServiceEvent" and event["readOnly"] is False
    assert event["userIdentity"] == {"accountId": account, "invokedBy": "AWS Internal"}
    assert event["resources"] == [{"accountId": account, "type": "AWS::KMS::Key", "ARN": key["Arn"]}]
    assert event["serviceEventDetails"] == {
        "rotationType": "ON_DEMAND", "keyOrigin": "AWS_KMS", "previousKeyMaterialId": first, "currentKeyMaterialId": second,
        "keyId": key["KeyId"]}
    (told,) = heard()
    assert (told["detail-type"], told["resources"]) == ("KMS CMK Rotation", [key["Arn"]])
    assert told["detail"] == {
        "key-id": key["KeyId"], "key-origin": "AWS_KMS", "rotation-type": "ON_DEMAND", "previous-key-material-id": first,
        "current-key-material-id": second}
    advance(91 * DAY)
    (told,) = heard()
    assert told["detail"]["rotation-type"] == "AUTOMATIC" and told["detail"]["previous-key-material-id"] == second
    (event,) = deeds(cloudtrail, "RotateKey", key["KeyId"])
    assert event["serviceEventDetails"]["rotationType"] == "AUTOMATIC"


def test_expiry_and_deletion_are_told(kms: Any, cloudtrail: Any, heard: Any, advance: Any) -> None:
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    asked = kms.get_parameters_for_import(
        KeyId=key["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    wrapped = serialization.load_der_public_key(asked["PublicKey"]).encrypt(
        bytes(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    expires = asked["ParametersValidTo"]
    material = kms.import_key_material(
        KeyId=key["KeyId"], ImportToken=asked["ImportToken"], EncryptedKeyMaterial=wrapped, ValidTo=expires)["KeyMaterialId"]
    advance(DAY + 60)
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingImport"
    (event,) = deeds(cloudtrail, "DeleteExpiredKeyMaterial", key["KeyId"])
    assert event["serviceEventDetails"] == {"keyId": key["KeyId"], "keyMaterialId": material}
    (told,) = heard()
    assert (told["detail-type"], told["detail"]["key-id"]) == ("KMS Imported Key Material Expiration", key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    advance(7 * DAY + 60)
    (event,) = deeds(cloudtrail, "DeleteKey", key["KeyId"])
    assert event["responseElements"] == {"keyId": key["Arn"]} and event["eventType"] == "AwsServiceEvent"
    (told,) = heard()
    assert (told["detail-type"], told["detail"]) == ("KMS CMK Deletion", {"key-id": key["KeyId"]})


def test_states_of_managing_operations(kms: Any, client_for: Callable[..., Any], account: str) -> None:
    root = f"arn:aws:iam::{account}:root"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}]})
    waiting = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert code_and_message(kms.create_grant, KeyId=waiting["KeyId"], GranteePrincipal=root, Operations=["Decrypt"]) == (
        "KMSInvalidStateException", f"{waiting['Arn']} is pending import.")
    for call in (kms.enable_key_rotation, kms.disable_key_rotation):
        assert code_and_message(call, KeyId=waiting["KeyId"]) == (
            "UnsupportedOperationException", f"{waiting['Arn']} origin is EXTERNAL which is not valid for this operation.")
    for request in ({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
                    {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, {"Origin": "EXTERNAL"}):
        other = kms.create_key(**request)["KeyMetadata"]["KeyId"]
        assert kms.get_key_rotation_status(KeyId=other)["KeyRotationEnabled"] is False
    going = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=going, PendingWindowInDays=7)
    kms.put_key_policy(KeyId=going, Policy=policy)
    assert kms.get_key_policy(KeyId=going)["Policy"] == policy
    many = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert refusal(kms.replicate_key, KeyId=many["KeyId"], ReplicaRegion="xx-moon-1").code == "ValidationException"
    kms.replicate_key(KeyId=many["KeyId"], ReplicaRegion="eu-west-1")
    kms.disable_key(KeyId=many["KeyId"])
    disabled = ("DisabledException", f"{many['Arn']} is disabled.")
    assert code_and_message(kms.replicate_key, KeyId=many["KeyId"], ReplicaRegion="eu-west-2") == disabled
    assert code_and_message(kms.update_primary_region, KeyId=many["KeyId"], PrimaryRegion="eu-west-1") == disabled
    kms.enable_key(KeyId=many["KeyId"])
    client_for("kms", region="eu-west-1").disable_key(KeyId=many["KeyId"])
    assert refusal(kms.update_primary_region, KeyId=many["KeyId"], PrimaryRegion="eu-west-1").code == "DisabledException"


def test_lists_have_their_own_limits(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for call, request, most in (
            (kms.list_aliases, {}, 100), (kms.list_grants, {"KeyId": key}, 100), (kms.list_resource_tags, {"KeyId": key}, 50),
            (kms.list_keys, {}, 1000), (kms.list_key_policies, {"KeyId": key}, 1000)):
        call(**request, Limit=most)
        code, message = code_and_message(call, **request, Limit=most + 1)
        assert code == "ValidationException" and message.endswith(f"Member must have value less than or equal to {most}")
        assert refusal(call, **request, Marker="made up").code == "InvalidMarkerException"


def test_the_last_use_of_a_key(kms: Any, cloudtrail: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    told = kms.get_key_last_usage(KeyId=key["KeyId"])
    assert told["KeyLastUsage"] == {} and told["TrackingStartDate"] == told["KeyCreationDate"] == key["CreationDate"]
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    kms.describe_key(KeyId=key["KeyId"])
    assert refusal(kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"}).code == (
        "InvalidCiphertextException")
    used = kms.get_key_last_usage(KeyId=key["Arn"])["KeyLastUsage"]
    (event,) = deeds(cloudtrail, "Encrypt", key["Arn"])
    assert (used["Operation"], used["CloudTrailEventId"], used["KmsRequestId"]) == (
        "Encrypt", event["eventID"], sealed["ResponseMetadata"]["RequestId"])
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.re_encrypt(CiphertextBlob=sealed["CiphertextBlob"], DestinationKeyId=other)
    for one in (key["KeyId"], other):
        assert kms.get_key_last_usage(KeyId=one)["KeyLastUsage"]["Operation"] == "ReEncrypt"
    assert refusal(kms.get_key_last_usage, KeyId="alias/none").code == "NotFoundException"
