"""Object ownership and access control lists."""

import json
import urllib.error
import urllib.request

import pytest
from refusals import code_and_status, refusal

FRIEND = "333333333333"
STRANGER = "222222222222"
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
NONE = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


def status(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def own(s3, bucket, mode):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": mode}]})


def canonical(client):
    return client.list_buckets()["Owner"]["ID"]


def grants(answer):
    return [(grant["Grantee"].get("ID") or grant["Grantee"]["URI"], grant["Permission"]) for grant in answer["Grants"]]


@pytest.fixture
def friend(client_for):
    return client_for("s3", FRIEND)


@pytest.fixture
def stranger(client_for):
    return client_for("s3", STRANGER)


def test_enforced_ownership_takes_no_lists(s3, friend, bucket):
    me = canonical(s3)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for call in (
        lambda: s3.put_bucket_acl(Bucket=bucket, ACL="public-read"),
        lambda: s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read"),
        lambda: s3.put_object(Bucket=bucket, Key="k2", Body=b"x", ACL="public-read"),
        lambda: s3.put_object(Bucket=bucket, Key="k2", Body=b"x", GrantRead=f"id={canonical(friend)}"),
    ):
        assert code_and_status(call) == ("AccessControlListNotSupported", 400)
    s3.put_object(Bucket=bucket, Key="k2", Body=b"x", ACL="bucket-owner-full-control")
    # What holds anyway may be said, in name and in words.
    s3.put_object_acl(Bucket=bucket, Key="k2", ACL="bucket-owner-full-control")
    said = s3.get_object_acl(Bucket=bucket, Key="k2")
    s3.put_object_acl(Bucket=bucket, Key="k2", AccessControlPolicy={"Owner": said["Owner"], "Grants": said["Grants"]})
    assert code_and_status(s3.put_object_acl, Bucket=bucket, Key="k2", AccessControlPolicy={
        "Owner": said["Owner"], "Grants": [{**said["Grants"][0], "Permission": "READ"}]}) == (
            "AccessControlListNotSupported", 400)
    assert grants(s3.get_bucket_acl(Bucket=bucket)) == [(me, "FULL_CONTROL")]
    assert grants(s3.get_object_acl(Bucket=bucket, Key="k")) == [(me, "FULL_CONTROL")]
    assert s3.get_object_acl(Bucket=bucket, Key="k")["Owner"]["ID"] == me


def test_ownership_controls(s3, bucket):
    own(s3, bucket, "ObjectWriter")
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "ObjectWriter"}]
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f'id="{"a" * 64}"')
    assert code_and_status(own, s3=s3, bucket=bucket, mode="BucketOwnerEnforced") == ("InvalidBucketAclWithObjectOwnership", 400)
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    own(s3, bucket, "BucketOwnerEnforced")
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    assert code_and_status(s3.get_bucket_ownership_controls, Bucket=bucket) == ("OwnershipControlsNotFoundError", 404)


def test_creation_with_ownership_and_lists(s3, unique):
    name = unique("owned")
    assert code_and_status(s3.create_bucket, Bucket=name, GrantRead=f"id={'a' * 64}") == ("InvalidBucketAclWithObjectOwnership", 400)
    assert code_and_status(
        s3.create_bucket, Bucket=name, ACL="public-read", ObjectOwnership="ObjectWriter"
    ) == ("InvalidBucketAclWithBlockPublicAccessError", 400)
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerPreferred")
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerPreferred"
    s3.delete_bucket(Bucket=name)


def test_public_lists_and_their_blocks(s3, endpoint, stranger, bucket):
    own(s3, bucket, "ObjectWriter")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert code_and_status(s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read") == ("AccessDenied", 403)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k2", Body=b"x", ACL="public-read") == ("AccessDenied", 403)
    assert code_and_status(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == ("AccessDenied", 403)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=NONE)
    assert status(f"{endpoint}/{bucket}/k") == 403
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert status(f"{endpoint}/{bucket}/k") == 200
    assert (EVERYBODY, "READ") in grants(s3.get_object_acl(Bucket=bucket, Key="k"))
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**NONE, "IgnorePublicAcls": True})
    assert status(f"{endpoint}/{bucket}/k") == 403
    assert (EVERYBODY, "READ") in grants(s3.get_object_acl(Bucket=bucket, Key="k"))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=NONE)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="authenticated-read")
    assert status(f"{endpoint}/{bucket}/k") == 403
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    # With lists off again the list has no say, though it is kept.
    own(s3, bucket, "BucketOwnerEnforced")
    assert code_and_status(stranger.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)


def test_bucket_lists_give_what_they_say(s3, friend, stranger, bucket):
    own(s3, bucket, "ObjectWriter")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert code_and_status(friend.list_objects_v2, Bucket=bucket) == ("AccessDenied", 403)
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f"id={canonical(friend)}", GrantReadACP=f"id={canonical(friend)}")
    assert [entry["Key"] for entry in friend.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    assert grants(friend.get_bucket_acl(Bucket=bucket)) == [(canonical(friend), "READ"), (canonical(friend), "READ_ACP")]
    for call in (lambda: friend.put_object(Bucket=bucket, Key="n", Body=b""), lambda: friend.get_object(Bucket=bucket, Key="k"),
                 lambda: friend.put_bucket_acl(Bucket=bucket, ACL="private"), lambda: stranger.list_objects_v2(Bucket=bucket)):
        assert code_and_status(call) == ("AccessDenied", 403)


def test_the_writer_owns_what_it_writes(s3, friend, bucket):
    own(s3, bucket, "ObjectWriter")
    s3.put_bucket_acl(Bucket=bucket, GrantFullControl=f"id={canonical(s3)}", GrantWrite=f"id={canonical(friend)}")
    friend.put_object(Bucket=bucket, Key="theirs", Body=b"x")
    # The bucket's owner sees that it is there and may take it away, but not read it.
    assert code_and_status(s3.get_object, Bucket=bucket, Key="theirs") == ("AccessDenied", 403)
    assert friend.get_object(Bucket=bucket, Key="theirs")["Body"].read() == b"x"
    assert friend.get_object_acl(Bucket=bucket, Key="theirs")["Owner"]["ID"] == canonical(friend)
    for listing, entries in ((s3.list_objects, "Contents"), (s3.list_object_versions, "Versions")):
        assert [entry["Owner"]["ID"] for entry in listing(Bucket=bucket)[entries]] == [canonical(friend)]
    [entry] = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"]
    assert entry["Owner"]["ID"] == canonical(friend)
    friend.put_object(Bucket=bucket, Key="shared", Body=b"y", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket=bucket, Key="shared")["Body"].read() == b"y"
    assert s3.get_object_acl(Bucket=bucket, Key="shared")["Owner"]["ID"] == canonical(friend)
    # A policy of the bucket gives nothing that is another's.
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    own(s3, bucket, "BucketOwnerPreferred")
    friend.put_object(Bucket=bucket, Key="given", Body=b"z", ACL="bucket-owner-full-control")
    assert s3.get_object_acl(Bucket=bucket, Key="given")["Owner"]["ID"] == canonical(s3)
    s3.delete_object(Bucket=bucket, Key="theirs")
    own(s3, bucket, "ObjectWriter")
    friend.put_object(Bucket=bucket, Key="last", Body=b"x")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    own(s3, bucket, "BucketOwnerEnforced")
    assert s3.get_object(Bucket=bucket, Key="last")["Body"].read() == b"x"
    assert {entry["Owner"]["ID"] for entry in s3.list_objects(Bucket=bucket)["Contents"]} == {canonical(s3)}


def test_a_policy_gives_nothing_that_is_anothers(s3, friend, stranger, bucket):
    own(s3, bucket, "ObjectWriter")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": FRIEND}, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
        {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    s3.put_object(Bucket=bucket, Key="mine", Body=b"x")
    friend.put_object(Bucket=bucket, Key="theirs", Body=b"x")
    assert stranger.get_object(Bucket=bucket, Key="mine")["Body"].read() == b"x"
    assert code_and_status(stranger.get_object, Bucket=bucket, Key="theirs") == ("AccessDenied", 403)


def test_lists_in_words(s3, friend, bucket):
    own(s3, bucket, "ObjectWriter")
    me = canonical(s3)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy={
        "Owner": {"ID": me}, "Grants": [
            {"Grantee": {"Type": "CanonicalUser", "ID": me}, "Permission": "FULL_CONTROL"},
            {"Grantee": {"Type": "CanonicalUser", "ID": canonical(friend)}, "Permission": "READ"}]})
    assert friend.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert code_and_status(friend.get_object_acl, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    assert grants(s3.get_object_acl(Bucket=bucket, Key="k")) == [(me, "FULL_CONTROL"), (canonical(friend), "READ")]
    for broken, code in (
        ({"GrantRead": "id=nobody"}, "InvalidArgument"), ({"GrantRead": "emailAddress=a@example.com"}, "UnresolvableGrantByEmailAddress"),
        ({"GrantRead": f"uri={EVERYBODY}s"}, "InvalidArgument"), ({}, "MissingSecurityHeader"),
        ({"ACL": "private", "GrantRead": f"id={me}"}, "InvalidRequest"),
    ):
        assert refusal(s3.put_object_acl, Bucket=bucket, Key="k", **broken).code == code, broken


def test_tags_of_an_object_decide(s3, iam, client_for, bucket, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"s3:ExistingObjectTag/team": "red"}}},
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectTagging"], "Resource": "*",
         "Condition": {"StringEquals": {"s3:RequestObjectTag/team": "red"},
                       "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team"]}}}]}))
    client = client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])
    s3.put_object(Bucket=bucket, Key="blue", Body=b"x", Tagging="team=blue")
    client.put_object(Bucket=bucket, Key="red", Body=b"x", Tagging="team=red")
    assert client.get_object(Bucket=bucket, Key="red")["Body"].read() == b"x"
    for call in (lambda: client.get_object(Bucket=bucket, Key="blue"),
                 lambda: client.put_object(Bucket=bucket, Key="n", Body=b"", Tagging="team=blue"),
                 lambda: client.put_object(Bucket=bucket, Key="n", Body=b""),
                 lambda: client.put_object(Bucket=bucket, Key="n", Body=b"", Tagging="team=red&more=1")):
        assert code_and_status(call) == ("AccessDenied", 403)
