"""The acceptance checks of three-locks-on-one-bucket, one per argument. A check that fails says what it expected and saw."""

import sys

import botocore.exceptions

import variations
from locks import (
    ACCOUNT, BUCKET, BUCKET_ADMIN, DOCUMENT, KEY_ADMIN, SOURCE, USERS, WORK, Mismatch, copy, expect, iam, key_arn, key_policy,
    keys, kms, printed, refused, role_arn, s3, session, set_key_users,
)

PUT_DENIED = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
GET_DENIED = "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"


def printed_arn_is_refused():
    """The article's key ARN begins with a blank; IAM takes no such resource."""
    document = (WORK / "key-admin.as-printed.json").read_text().replace('"arn:aws:kms', '" arn:aws:kms')
    try:
        iam.create_policy(PolicyName="key-admin-as-printed", PolicyDocument=document)
    except iam.exceptions.MalformedPolicyDocumentException as error:
        print(error)
        return
    raise Mismatch("a resource with a leading blank", "MalformedPolicyDocument", "it was taken")


def test_1():
    answer = copy(DOCUMENT, f"s3://{BUCKET}/", "--sse", "aws:kms", "--sse-kms-key-id", key_arn())
    printed("upload", answer, f"upload: ./{DOCUMENT} to s3://{BUCKET}/{DOCUMENT}", succeeds=True)
    head = s3.head_object(Bucket=BUCKET, Key=DOCUMENT)
    expect("its encryption", ("aws:kms", key_arn()), (head["ServerSideEncryption"], head["SSEKMSKeyId"]))


def test_2():
    printed("upload without encryption", copy(DOCUMENT, f"s3://{BUCKET}/test2.pdf"), PUT_DENIED, succeeds=False)
    expect("objects in the bucket", [DOCUMENT], keys())


def test_3():
    (WORK / "test3.pdf").unlink(missing_ok=True)
    answer = copy(f"s3://{BUCKET}/{DOCUMENT}", "test3.pdf")
    printed("download", answer, f"download: s3://{BUCKET}/{DOCUMENT} to ./test3.pdf", succeeds=True)
    expect("the bytes are the source's", True, (WORK / "test3.pdf").read_bytes() == SOURCE.read_bytes())


def test_4():
    set_key_users()
    (WORK / "test4.pdf").unlink(missing_ok=True)
    upload = (DOCUMENT, f"s3://{BUCKET}/test4.pdf", "--sse", "aws:kms", "--sse-kms-key-id")
    printed("upload without the key", copy(*upload, key_arn()), PUT_DENIED, succeeds=False)
    # As printed, the command gives a bare key id, which the bucket's policy refuses by itself.
    printed("upload with a bare key id", copy(*upload, key_arn().split("/")[1]), PUT_DENIED, succeeds=False)
    printed("download without the key", copy(f"s3://{BUCKET}/{DOCUMENT}", "test4.pdf"), GET_DENIED, succeeds=False)
    expect("no ciphertext came down", False, (WORK / "test4.pdf").exists())
    expect("objects in the bucket", [DOCUMENT], keys())


def users_restored():
    set_key_users(role_arn(USERS))
    test_3()
    test_1()


def administrators_cannot_use():
    bucket_admin, key_admin = session(BUCKET_ADMIN), session(KEY_ADMIN)
    refused("the bucket's administrator reads", "AccessDenied", bucket_admin.client("s3").get_object, Bucket=BUCKET, Key=DOCUMENT)
    expect("but sees what is there", DOCUMENT, bucket_admin.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"][0]["Key"])
    client, key = key_admin.client("kms"), key_arn()
    client.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(role_arn(USERS)))
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    refused("the key's administrator encrypts", "AccessDeniedException", client.encrypt, KeyId=key, Plaintext=b"x")
    refused("the key's administrator decrypts", "AccessDeniedException", client.decrypt, KeyId=key, CiphertextBlob=blob)
    refused("the key's administrator takes a data key", "AccessDeniedException", client.generate_data_key,
            KeyId=key, KeySpec="AES_256")
    refused("the key's administrator reads", "AccessDenied", key_admin.client("s3").get_object, Bucket=BUCKET, Key=DOCUMENT)


def printed_policies_leave_gaps():
    """As printed, the bucket administrator's Deny misses the objects, and the key administrator cannot make a key."""
    try:
        swap("secure-bucket-admin", "bucket-admin.as-printed.json")
        admin = session(BUCKET_ADMIN).client("s3")
        # The Deny does not stop it, but the key still does: that is what the third lock is for.
        refused("reading with the printed Deny", "AccessDenied", admin.get_object, Bucket=BUCKET, Key=DOCUMENT)
        admin.put_object(Bucket=BUCKET + "-defaults", Key="note", Body=b"x", ServerSideEncryption="AES256")
        admin.delete_object(Bucket=BUCKET, Key="nothing")
        swap("secure-key-admin", "key-admin.as-printed.json")
        refused("making a key with the printed policy", "AccessDeniedException", session(KEY_ADMIN).client("kms").create_key)
    finally:
        swap("secure-bucket-admin", "bucket-admin.json")
        swap("secure-key-admin", "key-admin.json")
    refused("deleting with the corrected Deny", "AccessDenied", session(BUCKET_ADMIN).client("s3").delete_object,
            Bucket=BUCKET, Key="nothing")


def swap(name, file):
    """The managed policy `name` gets another default version."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    old = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=(WORK / file).read_text(), SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=arn, VersionId=old)


CHECKS = {name.replace("_", "-"): check for name, check in [
    *((check.__name__, check) for check in (
        printed_arn_is_refused, test_1, test_2, test_3, test_4, users_restored, administrators_cannot_use,
        printed_policies_leave_gaps)),
    *((check.__name__, check) for check in (
        variations.default_encryption, variations.one_way_roles, variations.key_in_another_account,
        variations.what_was_there_stays)),
]}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]]()
    except Mismatch as mismatch:
        sys.exit(str(mismatch))
    except botocore.exceptions.ClientError as error:
        sys.exit(f"unexpected: {error}")
