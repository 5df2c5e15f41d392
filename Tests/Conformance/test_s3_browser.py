"""What browsers do with S3: form uploads, presigned URLs, cross-origin requests, websites."""

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

import pytest
from botocore.signers import S3PostPresigner
from raw_http import unsigned
from refusals import code_and_status, refusal


def form(fields, data=b"hello", name="photo.jpg", boundary="xyzzy"):
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    if data is not None:
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def post(endpoint, bucket, fields, data=b"hello", **more):
    body, headers = form(fields, data, **more)
    return unsigned(endpoint, "POST", f"/{bucket}", headers, body)


def code(body):
    return ElementTree.fromstring(body).findtext("Code")


def message(body):
    return ElementTree.fromstring(body).findtext("Message")


def test_form_upload(s3, bucket, endpoint):
    made = s3.generate_presigned_post(
        bucket, "up/${filename}", Fields={"Content-Type": "text/plain", "x-amz-meta-colour": "blue"},
        Conditions=[["starts-with", "$key", "up/"], {"Content-Type": "text/plain"}, {"x-amz-meta-colour": "blue"},
                    ["content-length-range", 1, 100]])
    status, headers, body = post(endpoint, bucket, made["fields"], name="C:\\a\\photo.jpg")
    assert status == 204, body
    assert headers["location"].endswith(f"/{bucket}/up%2Fphoto.jpg")
    got = s3.get_object(Bucket=bucket, Key="up/photo.jpg")
    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain"
    assert got["Metadata"] == {"colour": "blue"}


def test_form_upload_of_a_large_file(s3, signer, bucket, endpoint):
    data = b"\r\n--xyzz" * 100_000
    made = signer.generate_presigned_post(bucket, "big")
    assert post(endpoint, bucket, made["fields"], data)[0] == 204
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == data


def test_form_answers(s3, signer, bucket, endpoint):
    for status in ("200", "201", "204"):
        made = signer.generate_presigned_post(
            bucket, "k", Fields={"success_action_status": status}, Conditions=[{"success_action_status": status}])
        got, headers, body = post(endpoint, bucket, made["fields"])
        assert got == int(status)
        assert headers["x-amz-server-side-encryption"] == "AES256"
        if status == "201":
            root = ElementTree.fromstring(body)
            assert (root.tag, root.findtext("Bucket"), root.findtext("Key")) == ("PostResponse", bucket, "k")
    made = signer.generate_presigned_post(
        bucket, "k", Fields={"success_action_redirect": "http://example.com/done?a=1"},
        Conditions=[["starts-with", "$success_action_redirect", "http://example.com/"]])
    got, headers, _ = post(endpoint, bucket, made["fields"])
    assert got == 303
    assert headers["location"].startswith(f"http://example.com/done?a=1&bucket={bucket}&key=k&etag=%22")


def test_form_refusals(s3, signer, bucket, endpoint):
    made = signer.generate_presigned_post(bucket, "k", Conditions=[["content-length-range", 3, 10]])
    fields = made["fields"]
    cases = [
        ({**fields, "extra": "1"}, b"hello", 403, "AccessDenied", "Extra input fields: extra"),
        ({**fields, "key": "other"}, b"hello", 403, "AccessDenied", "Policy Condition failed"),
        (fields, b"x" * 11, 400, "EntityTooLarge", "exceeds the maximum"),
        (fields, b"x", 400, "EntityTooSmall", "smaller than the minimum"),
        ({**fields, "x-amz-signature": "0" * 64}, b"hello", 403, "SignatureDoesNotMatch", ""),
        ({name: value for name, value in fields.items() if name != "key"}, b"hello", 400, "InvalidArgument", "'key'"),
        (fields, None, 400, "InvalidArgument", "exactly one file"),
        ({**fields, "key": ""}, b"hello", 400, "InvalidArgument", "User key must have a length greater than 0."),
        ({**fields, "x-ignore-this": "1"}, b"hello", 204, None, None),
    ]
    for case, data, status, wanted, text in cases:
        got, _, body = post(endpoint, bucket, case, data)
        assert got == status, body
        if wanted:
            assert code(body) == wanted
            assert text in message(body)
    # What was refused changed nothing.
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"
    status, _, body = unsigned(
        endpoint, "POST", f"/{bucket}", {"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\nrubbish")
    assert (status, code(body)) == (400, "MalformedPOSTRequest")
    # Without a policy it is anonymous.
    assert post(endpoint, bucket, {"key": "anonymous"})[0] == 403


def test_form_policy_without_the_bucket(signer, bucket, endpoint):
    """boto3's own maker of forms adds the bucket to the conditions; one that leaves it out lets anybody choose it."""
    request = {"url": "", "url_path": "", "method": "POST", "headers": {}, "body": b"", "context": {}}
    made = S3PostPresigner(signer._request_signer).generate_presigned_post(
        request, fields={"key": "k"}, conditions=[{"key": "k"}], expires_in=60)
    status, _, body = post(endpoint, bucket, made["fields"])
    assert (status, code(body), message(body)) == (
        403, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket")


def test_form_policy_expires(signer, bucket, endpoint, advance):
    made = signer.generate_presigned_post(bucket, "k", ExpiresIn=60)
    advance(3600)
    status, _, body = post(endpoint, bucket, made["fields"])
    assert (status, message(body)) == (403, "Invalid according to Policy: Policy expired.")


def test_form_with_a_broken_policy(bucket, endpoint, account):
    for policy in ["{", json.dumps({"conditions": []}), json.dumps({"expiration": "2030-01-01T00:00:00Z"})]:
        encoded = base64.b64encode(policy.encode()).decode()
        status, _, body = post(endpoint, bucket, {"key": "k", "policy": encoded, "AWSAccessKeyId": account, "signature": "x"})
        assert status in (400, 403), body


def test_conditions_of_a_form_have_one_property(bucket, endpoint, account):
    for condition in ({}, {"bucket": bucket, "key": "k"}):
        policy = json.dumps({"expiration": "2100-01-01T00:00:00Z", "conditions": [condition]})
        encoded = base64.b64encode(policy.encode()).decode()
        signature = base64.b64encode(hmac.new(b"test", encoded.encode(), hashlib.sha1).digest()).decode()
        status, _, body = post(
            endpoint, bucket, {"key": "k", "policy": encoded, "AWSAccessKeyId": account, "signature": signature})
        assert (status, code(body)) == (400, "InvalidPolicyDocument")
        assert "Simple-Conditions must have exactly one property specified." in message(body)


def test_presigned_urls(s3, bucket, client_for):
    v4 = client_for("s3", signature_version="s3v4")
    s3.put_object(Bucket=bucket, Key="k ü", Body=b"hello")
    url = v4.generate_presigned_url("get_object", Params={
        "Bucket": bucket, "Key": "k ü", "ResponseContentType": "text/x-own",
        "ResponseContentDisposition": 'attachment; filename="a"'}, ExpiresIn=7200)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"hello"
        assert answer.headers["Content-Type"] == "text/x-own"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a"'
    put = v4.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "new", "ContentType": "text/plain"}, ExpiresIn=7200)
    request = urllib.request.Request(put, data=b"up", method="PUT", headers={"Content-Type": "text/plain"})
    urllib.request.urlopen(request).close()
    assert s3.get_object(Bucket=bucket, Key="new")["ContentType"] == "text/plain"
    for change in [("new", "old"), ("X-Amz-Expires=7200", "X-Amz-Expires=7201")]:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(v4.generate_presigned_url(
                "get_object", Params={"Bucket": bucket, "Key": "new"}, ExpiresIn=7200).replace(*change))
        assert caught.value.code == 403


def test_cross_origin(s3, bucket, endpoint):
    assert code_and_status(s3.get_bucket_cors, Bucket=bucket) == ("NoSuchCORSConfiguration", 404)
    preflight = {"Origin": "http://a.example.com", "Access-Control-Request-Method": "PUT"}
    status, _, body = unsigned(endpoint, "OPTIONS", f"/{bucket}/k", preflight)
    assert (status, message(body)) == (403, "CORSResponse: CORS is not enabled for this bucket.")
    rules = [
        {"AllowedOrigins": ["http://*.example.com"], "AllowedMethods": ["PUT", "GET"], "AllowedHeaders": ["x-amz-*"],
         "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000},
        {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]},
    ]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == rules
    status, headers, _ = unsigned(
        endpoint, "OPTIONS", f"/{bucket}/k", {**preflight, "Access-Control-Request-Headers": "x-amz-date, X-Amz-Meta-A"})
    assert status == 200
    assert headers["access-control-allow-origin"] == "http://a.example.com"
    assert headers["access-control-allow-methods"] == "PUT, GET"
    assert headers["access-control-allow-headers"] == "x-amz-date, x-amz-meta-a"
    assert headers["access-control-max-age"] == "3000"
    assert headers["access-control-allow-credentials"] == "true"
    for more in [{"Access-Control-Request-Headers": "content-type"}, {"Access-Control-Request-Method": "DELETE"},
                 {"Origin": "http://example.org"}]:
        status, headers, body = unsigned(endpoint, "OPTIONS", f"/{bucket}/k", {**preflight, **more})
        assert (status, code(body)) == (403, "AccessForbidden")
        assert "access-control-allow-origin" not in headers
    assert unsigned(endpoint, "OPTIONS", f"/{bucket}/k", {"Access-Control-Request-Method": "PUT"})[0] == 400
    status, _, body = unsigned(endpoint, "OPTIONS", f"/{bucket}/k", {**preflight, "Access-Control-Request-Method": "PATCH"})
    assert (status, code(body), message(body)) == (400, "BadRequest", "Invalid Access-Control-Request-Method: PATCH")
    # Answers themselves, refusals too.
    status, headers, _ = unsigned(endpoint, "GET", f"/{bucket}/k", {"Origin": "http://other.org"})
    assert (status, headers["access-control-allow-origin"]) == (403, "*")
    status, headers, _ = unsigned(endpoint, "GET", f"/{bucket}/k", {"Origin": "http://a.example.com"})
    assert headers["access-control-expose-headers"] == "ETag"
    assert "access-control-allow-origin" not in unsigned(endpoint, "GET", f"/{bucket}/k")[1]
    s3.delete_bucket_cors(Bucket=bucket)
    assert unsigned(endpoint, "OPTIONS", f"/{bucket}/k", preflight)[0] == 403


@pytest.mark.parametrize("rule", [
    {"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]},
    {"AllowedOrigins": ["http://*.a.*"], "AllowedMethods": ["GET"]},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["*"]},
])
def test_bad_cross_origin_rules(s3, bucket, rule):
    assert code_and_status(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [rule]}) == ("InvalidRequest", 400)


def test_ids_of_cross_origin_rules_have_255_characters(s3, bucket):
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{**rule, "ID": "i" * 255}]})
    wanted = {"CORSRules": [{**rule, "ID": "i" * 256}]}
    assert code_and_status(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration=wanted) == ("InvalidArgument", 400)


@pytest.fixture(scope="module")
def signer(client_for):
    """A client that signs by Signature Version 4."""
    return client_for("s3", signature_version="s3v4")


@pytest.fixture
def site(s3, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{bucket}/*"},
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{bucket}"}]}))
    for key, text in [("index.html", "home"), ("docs/index.html", "docs"), ("error.html", "sorry"), ("new/page", "page")]:
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="text/html")
    return bucket


@pytest.mark.parametrize("host", ["{}.s3-website-us-east-1.amazonaws.com", "{}.s3-website.eu-central-1.amazonaws.com",
                                  "{}.s3-website.localhost", "{}.s3-website.localhost.localstack.cloud"])
def test_website(s3, site, endpoint, host):
    host = host.format(site)

    def get(path, method="GET"):
        status, headers, body = unsigned(endpoint, method, path, host=host)
        return status, headers, body

    status, _, body = get("/")
    assert status == 404 and b"NoSuchWebsiteConfiguration" in body
    s3.put_bucket_website(Bucket=site, WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"},
        "RoutingRules": [
            {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
            {"Condition": {"KeyPrefixEquals": "lost/", "HttpErrorCodeReturnedEquals": "404"},
             "Redirect": {"HostName": "found.example.com", "ReplaceKeyWith": "it", "HttpRedirectCode": "302",
                          "Protocol": "https"}},
        ]})
    assert (get("/")[0], get("/")[2]) == (200, b"home")
    assert get("/docs/")[2] == b"docs"
    assert (get("/docs")[0], get("/docs")[1]["location"]) == (302, "/docs/")
    status, headers, body = get("/none")
    assert (status, headers["x-amz-error-code"], body) == (404, "NoSuchKey", b"sorry")
    status, headers, _ = get("/old/page")
    assert (status, headers["location"]) == (301, f"http://{host}/new/page")
    status, headers, _ = get("/lost/x")
    assert (status, headers["location"]) == (302, "https://found.example.com/it")
    s3.put_bucket_website(Bucket=site, WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "lacking.html"}})
    status, _, body = get("/none")
    assert status == 404 and b"<li>Key: none</li>\n<li>RequestId: " in body and b"<li>HostId: " in body
    assert b"Retrieve a Custom Error Document</h3>" in body and b"<li>Key: lacking.html</li>" in body
    s3.put_object(Bucket=site, Key="moved", WebsiteRedirectLocation="/new/page")
    status, headers, _ = get("/moved")
    assert (status, headers["location"]) == (301, "/new/page")
    assert get("/", "HEAD")[::2] == (200, b"")
    assert get("/", "PUT")[0] == 405
    s3.put_bucket_website(Bucket=site, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "b.example.com"}})
    assert (get("/x%20y")[0], get("/x%20y")[1]["location"]) == (301, "http://b.example.com/x%20y")
    assert s3.get_bucket_website(Bucket=site)["RedirectAllRequestsTo"] == {"HostName": "b.example.com"}
    s3.delete_bucket_website(Bucket=site)
    assert code_and_status(s3.get_bucket_website, Bucket=site) == ("NoSuchWebsiteConfiguration", 404)


def test_bad_websites(s3, bucket):
    for bad in [
        {"IndexDocument": {"Suffix": "a/b"}},
        {"ErrorDocument": {"Key": "e"}},
        {"IndexDocument": {"Suffix": "i"}, "RedirectAllRequestsTo": {"HostName": "h"}},
        {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [
            {"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}]},
        {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Condition": {}, "Redirect": {"HostName": "h"}}]},
        {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {}}]},
        {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {"HostName": ""}}]},
        {"RedirectAllRequestsTo": {"HostName": ""}},
    ]:
        assert refusal(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration=bad).status == 400


def test_request_payment(s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"


def test_torrents_are_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert refusal(s3.get_object_torrent, Bucket=bucket, Key="k").status in (405, 501)
