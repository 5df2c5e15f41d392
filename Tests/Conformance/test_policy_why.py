"""`tarn why REQUEST-ID` tells which statement decided, and what is missing."""

from __future__ import annotations

import json
import subprocess

import pytest
import tarn_server
from refusals import refusal


@pytest.fixture
def why(endpoint):
    def run(request_id, *words, code=0):
        done = subprocess.run([str(tarn_server.binary()), "why", request_id, "--endpoint", endpoint, *words],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout

    return run


@pytest.fixture
def user(iam, unique):
    name = unique("why")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield name, arn, key
    for own in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=own)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)


def put(iam, name, *statements):
    iam.put_user_policy(UserName=name, PolicyName="own",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def test_an_implicit_denial_names_what_is_missing(iam, user, client_for, bucket, why):
    name, arn, key = user
    put(iam, name, {"Sid": "Mfa", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
                    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Sid": "Else", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::elsewhere/*"})
    answer = refusal(client_for("s3", key).put_object, Bucket=bucket, Key="k", Body=b"x").response
    assert answer["Error"] == {"Code": "AccessDenied", "Message": "Access Denied"} | {
        name: value for name, value in answer["Error"].items() if name not in ("Code", "Message")}
    text = why(answer["ResponseMetadata"]["RequestId"])
    assert f"principal  {arn} (User)" in text
    assert "action     s3:PutObject" in text and f"resource   arn:aws:s3:::{bucket}/k" in text
    assert "DENIED implicitly: no identity-based policy allows it" in text
    assert 'Statement 1 "Mfa" of own allows the action, but its condition Bool on aws:multifactorauthpresent' in text
    assert 'Statement 2 "Else" of own allows the action, but not on this resource.' in text
    assert f"aws:username = {name}" in text


def test_an_explicit_denial_shows_its_statement(s3, iam, user, client_for, bucket, why):
    name, _, key = user
    put(iam, name, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "NoReading", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
         "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    answer = refusal(client_for("s3", key).get_object, Bucket=bucket, Key="k").response
    text = why(answer["ResponseMetadata"]["RequestId"])
    assert "DENIED explicitly" in text and "statement 1 of resource-based policy" in text and '"NoReading"' in text
    found = json.loads(why(answer["ResponseMetadata"]["RequestId"], "--json"))["decisions"][0]
    assert found["decision"] == "explicitDeny" and found["statements"][0]["sid"] == "NoReading"
    s3.delete_bucket_policy(Bucket=bucket)


def test_other_services_denials_and_allowed_calls(iam, user, client_for, table, why):
    name, _, key = user
    dynamodb = client_for("dynamodb", key)
    answer = refusal(dynamodb.scan, TableName=table).response
    assert answer["Error"]["Message"].endswith("because no identity-based policy allows the dynamodb:Scan action")
    assert "DENIED implicitly" in why(answer["ResponseMetadata"]["RequestId"])
    put(iam, name, {"Sid": "Read", "Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"})
    allowed = dynamodb.scan(TableName=table)["ResponseMetadata"]["RequestId"]
    text = why(allowed)
    assert "decision   ALLOWED" in text and '"Read"' in text


def test_root_and_unknown_requests(s3, why, eventually):
    request_id = s3.list_buckets()["ResponseMetadata"]["RequestId"]
    assert eventually(lambda: "root user" in why(request_id))
    why("0" * 16, code=1)


def test_an_encoded_message_is_decoded_only_if_it_is_ours(client_for, user, iam, sts):
    _, _, key = user
    answer = refusal(client_for("sts", key).decode_authorization_message, EncodedMessage="x").response
    assert answer["Error"]["Code"] == "AccessDenied"
    answer = refusal(sts.decode_authorization_message, EncodedMessage="x").response
    assert answer["Error"] == {"Type": "Sender", "Code": "InvalidAuthorizationMessageException",
                               "Message": "Message is not valid"}
