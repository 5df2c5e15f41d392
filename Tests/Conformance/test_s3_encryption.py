"""Encryption at rest: SSE-S3, SSE-KMS, DSSE-KMS and SSE-C, and what is on the disk."""

import base64
import hashlib
import json
import os

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

FRIEND = "333333333333"
MEGABYTE = 1 << 20
CUSTOMER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
OTHER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"x" * 32}


def statement(*actions, principal, effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": list(actions), "Resource": "*", **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def kms(client_for):
    return client_for("kms")


@pytest.fixture(scope="module")
def key(kms):
    return kms.create_key(Description="for objects")["KeyMetadata"]["Arn"]


@pytest.fixture
def user(iam, client_for, unique):
    """user(statement...): clients (s3, kms) of a user who may do just that."""

    def make(*statements):
        name = unique("user")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        return arn, client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])

    return make


def on_disk(server, marker):
    """The files of the data directory that hold the bytes."""
    found = []
    for folder, _, names in os.walk(server.data):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                if marker in file.read():
                    found.append(path)
    return found


def test_every_new_object_says_aes256(s3, bucket):
    body = b"a" * 100
    assert s3.put_object(Bucket=bucket, Key="k", Body=body)["ServerSideEncryption"] == "AES256"
    for answer in (s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")):
        assert answer["ServerSideEncryption"] == "AES256"
        assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")["ServerSideEncryption"] == "AES256"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]


@pytest.mark.parametrize("size", [64, 200_000, 5 * MEGABYTE])
@pytest.mark.parametrize("how", ["s3", "kms", "dsse", "customer"])
def test_the_disk_holds_ciphertext(server, s3, bucket, key, size, how):
    given = {
        "s3": {}, "customer": CUSTOMER,
        "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
        "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key},
    }[how]
    read = CUSTOMER if how == "customer" else {}
    marker = os.urandom(16)
    body = (marker * (size // 16 + 1))[:size]
    s3.put_object(Bucket=bucket, Key="secret", Body=body, **given)
    assert on_disk(server, marker) == []
    assert s3.get_object(Bucket=bucket, Key="secret", **read)["Body"].read() == body
    for first, last in ((0, 0), (1, size - 1), (size // 2, size // 2 + 20), (65_535, 65_537), (size - 1, size - 1)):
        if first < size:
            part = s3.get_object(Bucket=bucket, Key="secret", Range=f"bytes={first}-{last}", **read)["Body"].read()
            assert part == body[first:last + 1], (first, last)


def test_kms_headers_and_etag(s3, bucket, key):
    body = b"under a key"
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key)
    assert put["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["ETag"]) == ("aws:kms", key, put["ETag"])
    bare = s3.put_object(Bucket=bucket, Key="k", Body=body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key.split("/")[1])
    assert bare["SSEKMSKeyId"] == key
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [(entry["Key"], entry["Size"]) for entry in listed] == [("k", len(body))]


def test_the_managed_key_serves_who_names_none(s3, kms, bucket):
    arn = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    described = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (described["Arn"], described["KeyManager"]) == (arn, "AWS")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_the_bucket_default(s3, bucket, key):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", key, True)
    own = s3.put_object(Bucket=bucket, Key="own", Body=b"x", ServerSideEncryption="AES256")
    assert own["ServerSideEncryption"] == "AES256" and "SSEKMSKeyId" not in own
    s3.delete_bucket_encryption(Bucket=bucket)
    assert s3.put_object(Bucket=bucket, Key="k2", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    for broken in ([], [rule, rule]):
        assert code_and_status(
            s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": broken}) == ("MalformedXML", 400)
    wrong = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": key}}
    assert code_and_status(
        s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [wrong]}
    ) == ("InvalidArgument", 400)


def test_contradicting_headers_are_refused(s3, bucket, key):
    for given in (
        {"SSEKMSKeyId": key}, {"ServerSideEncryption": "AES256", "SSEKMSKeyId": key},
        {"ServerSideEncryption": "aws:kms", **CUSTOMER},
        {"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "no base64!"},
    ):
        assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **given).code == "InvalidArgument", given
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_the_encryption_context_is_the_objects_arn(s3, kms, user, bucket, key):
    arn = f"arn:aws:s3:::{bucket}/k"
    tight, client = user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    root = f"arn:aws:iam::{key.split(':')[4]}:root"
    try:
        kms.put_key_policy(KeyId=key, Policy=document(
            statement("kms:*", principal={"AWS": root}),
            statement("kms:GenerateDataKey", "kms:Decrypt", principal={"AWS": tight},
                      Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": arn, "kms:ViaService": "s3.us-east-1.amazonaws.com"}})))
        client.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
        assert code_and_status(client.put_object, Bucket=bucket, Key="other", Body=b"x", ServerSideEncryption="aws:kms",
                       SSEKMSKeyId=key) == ("AccessDenied", 403)
        own = base64.b64encode(b'{"team": "red"}').decode()
        put = client.put_object(Bucket=bucket, Key="k", Body=b"y", ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
                                SSEKMSEncryptionContext=own)
        assert put["SSEKMSEncryptionContext"] == own
        assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"y"
    finally:
        kms.put_key_policy(KeyId=key, Policy=document(statement("kms:*", principal={"AWS": root})))


def test_the_key_policy_decides_with_s3_unchanged(s3, kms, user, bucket, unique):
    reader, client = user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root = statement("kms:*", principal={"AWS": f"arn:aws:iam::{key.split(':')[4]}:root"})
    given = {"Bucket": bucket, "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    # The user's own policies say nothing about KMS: the key's policy alone can let it in.
    assert code_and_status(client.put_object, Key="k", **given) == ("AccessDenied", 403)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    kms.put_key_policy(KeyId=key, Policy=document(root, statement("kms:GenerateDataKey", principal={"AWS": reader})))
    client.put_object(Key="k", **given)
    assert code_and_status(client.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    assert client.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    kms.put_key_policy(KeyId=key, Policy=document(root, statement("kms:Decrypt", principal={"AWS": reader})))
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert code_and_status(client.put_object, Key="k2", **given) == ("AccessDenied", 403)
    with pytest.raises(ClientError) as caught:
        client.put_object(Key="k2", **given)
    assert caught.value.response["Error"]["Message"] == "Access Denied"


def test_keys_that_cannot_serve(s3, kms, bucket):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    given = {"Bucket": bucket, "Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**given)
    kms.disable_key(KeyId=key)
    assert code_and_status(s3.put_object, **given) == ("KMS.DisabledException", 400)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("KMS.DisabledException", 400)
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("KMS.KMSInvalidStateException", 400)
    missing = key.split("/")[0] + "/00000000-0000-0000-0000-000000000000"
    assert code_and_status(s3.put_object, **{**given, "SSEKMSKeyId": missing}) == ("KMS.NotFoundException", 400)
    elsewhere = key.replace("us-east-1", "eu-west-1")
    assert code_and_status(s3.put_object, **{**given, "SSEKMSKeyId": elsewhere}) == ("KMS.NotFoundException", 400)


def test_bucket_keys_ask_kms_less(s3, kms, bucket):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    given = {"Bucket": bucket, "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    for name in ("a", "b"):
        assert s3.put_object(Key=name, **given)["BucketKeyEnabled"] is True
    # The bucket's data key is at hand for this caller, so that the key itself is not asked; without it, it is.
    kms.disable_key(KeyId=key)
    s3.put_object(Key="c", **given)
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
    assert code_and_status(s3.put_object, Key="d", **{**given, "BucketKeyEnabled": False}) == ("KMS.DisabledException", 400)
    kms.enable_key(KeyId=key)


def test_a_key_of_another_account(client_for, s3, iam, bucket, account, user):
    theirs = client_for("kms", FRIEND)
    key = theirs.create_key()["KeyMetadata"]["Arn"]
    given = {"Bucket": bucket, "Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert code_and_status(s3.put_object, **given) == ("AccessDenied", 403)
    own = statement("kms:*", principal={"AWS": FRIEND})
    theirs.put_key_policy(KeyId=key, Policy=document(
        own, statement("kms:GenerateDataKey", "kms:Decrypt", principal={"AWS": account})))
    s3.put_object(**given)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    # Across accounts the caller's own policies must allow the use as well.
    _, without = user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    assert code_and_status(without.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    _, allowed = user({"Effect": "Allow", "Action": ["s3:*", "kms:Decrypt"], "Resource": "*"})
    assert allowed.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    # The account that may use the key may not say who else may.
    assert refusal(client_for("kms").put_key_policy, KeyId=key, Policy=document(own)).code == "AccessDeniedException"


def test_multipart_under_a_key(s3, bucket, key):
    created = s3.create_multipart_upload(Bucket=bucket, Key="big", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (created["ServerSideEncryption"], created["SSEKMSKeyId"]) == ("aws:kms", key)
    bodies = [os.urandom(5 * MEGABYTE), os.urandom(100_000)]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(Bucket=bucket, Key="big", UploadId=created["UploadId"], PartNumber=number, Body=body)
        assert part["ServerSideEncryption"] == "aws:kms" and part["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=created["UploadId"], MultipartUpload={"Parts": parts})
    assert (done["ServerSideEncryption"], done["SSEKMSKeyId"]) == ("aws:kms", key)
    whole = b"".join(bodies)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == whole
    assert s3.get_object(Bucket=bucket, Key="big", PartNumber=2)["Body"].read() == bodies[1]
    seam = 5 * MEGABYTE
    assert s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={seam - 3}-{seam + 2}")["Body"].read() == whole[seam - 3:seam + 3]


def test_customer_keys(s3, bucket):
    body = os.urandom(300_000)
    md5 = base64.b64encode(hashlib.md5(b"k" * 32).digest()).decode()
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **CUSTOMER)
    assert (put["SSECustomerAlgorithm"], put["SSECustomerKeyMD5"]) == ("AES256", md5)
    assert "ServerSideEncryption" not in put
    assert s3.get_object(Bucket=bucket, Key="k", **CUSTOMER)["Body"].read() == body
    head = s3.head_object(Bucket=bucket, Key="k", **CUSTOMER)
    assert (head["ContentLength"], head["SSECustomerKeyMD5"]) == (len(body), md5)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("InvalidRequest", 400)
    assert code_and_status(s3.head_object, Bucket=bucket, Key="k") == ("400", 400)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", **OTHER) == ("AccessDenied", 403)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", **{**CUSTOMER, "SSECustomerKey": b"short"}) == ("InvalidArgument", 400)
    wrong = {**CUSTOMER, "SSECustomerKey": base64.b64encode(b"k" * 32).decode(),
             "SSECustomerKeyMD5": base64.b64encode(b"0" * 16).decode()}
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", **wrong) == ("InvalidArgument", 400)
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert code_and_status(s3.get_object, Bucket=bucket, Key="plain", **CUSTOMER) == ("InvalidRequest", 400)
    blocked = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
               "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [blocked]})
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k2", Body=b"x", **CUSTOMER) == ("AccessDenied", 403)


def test_customer_keys_in_parts(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big", **CUSTOMER)["UploadId"]
    place = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    assert code_and_status(s3.upload_part, PartNumber=1, Body=b"x", **place) == ("InvalidRequest", 400)
    assert code_and_status(s3.upload_part, PartNumber=1, Body=b"x", **place, **OTHER) == ("InvalidRequest", 400)
    body = os.urandom(100_000)
    part = s3.upload_part(PartNumber=1, Body=body, **place, **CUSTOMER)
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="big", **CUSTOMER)["Body"].read() == body


@pytest.mark.parametrize("size", [1_000, 200_000])
def test_copies_are_encrypted_anew(s3, bucket, key, size):
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="source", Body=body, **CUSTOMER)
    source = {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": b"k" * 32}
    assert code_and_status(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/source") == ("InvalidRequest", 400)
    steps = [
        ("kms", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}, "source", source, {}),
        ("plain", {}, "kms", {}, {}),
        ("other", OTHER, "plain", {}, OTHER),
        ("dsse", {"ServerSideEncryption": "aws:kms:dsse"}, "other",
         {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": b"x" * 32}, {}),
    ]
    for name, target, origin, extra, read in steps:
        s3.copy_object(Bucket=bucket, Key=name, CopySource=f"{bucket}/{origin}", **target, **extra)
        assert s3.get_object(Bucket=bucket, Key=name, **read)["Body"].read() == body, name
    assert s3.head_object(Bucket=bucket, Key="plain")["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.head_object(Bucket=bucket, Key="dsse")["ServerSideEncryption"] == "aws:kms:dsse"
    # Another encryption is a change: an object may be copied onto itself with it.
    s3.copy_object(Bucket=bucket, Key="plain", CopySource=f"{bucket}/plain", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.head_object(Bucket=bucket, Key="plain")["SSEKMSKeyId"] == key


def test_a_policy_demands_encryption(s3, user, bucket, key):
    resource = f"arn:aws:s3:::{bucket}/*"
    _, client = user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=document(*[
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": resource,
         "Condition": {"StringNotEquals": {name: value}}}
        for name, value in (("s3:x-amz-server-side-encryption", "aws:kms"),
                            ("s3:x-amz-server-side-encryption-aws-kms-key-id", key))]))
    given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert code_and_status(client.put_object, Bucket=bucket, Key="k", Body=b"x") == ("AccessDenied", 403)
    assert code_and_status(client.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms") == ("AccessDenied", 403)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"x") == ("AccessDenied", 403)
    client.put_object(Bucket=bucket, Key="k", Body=b"x", **given)
    # Parts repeat no header: they stand under their upload's.
    upload = client.create_multipart_upload(Bucket=bucket, Key="big", **given)["UploadId"]
    part = client.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    client.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert code_and_status(client.create_multipart_upload, Bucket=bucket, Key="big") == ("AccessDenied", 403)


def test_strangers_without_a_signature_get_no_kms_object(s3, client_for, endpoint, bucket, key):
    import urllib.error
    import urllib.request
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=document(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{endpoint}/{bucket}/k")
    assert caught.value.code == 400 and b"InvalidArgument" in caught.value.read()
