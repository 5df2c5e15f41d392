"""S3 requests whose bodies, queries and URLs the schema does not have: what is misspelt is refused, and not passed over."""

import base64
import hashlib
import re

import pytest
from botocore.exceptions import ClientError
from raw_http import Request, exchange, told


def checked(body):
    return {"content_md5": base64.b64encode(hashlib.md5(body).digest()).decode()}


XMLNS = b'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
MALFORMED = (400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")


@pytest.mark.parametrize("query", ["publicAccessBlock", "notification", "logging", "versioning", "website"])
def test_documents_of_another_name(bucket, send, query):
    """What is no configuration must not pass for an empty one."""
    for body in (b"<Foo/>", b"<Foo " + XMLNS + b"><Bar>1</Bar></Foo>"):
        assert told(send("PUT", f"/{bucket}", query, body, **checked(body))) == MALFORMED


def test_elements_that_the_schema_does_not_have(s3, bucket, send):
    """A misspelt filter would be a rule for the whole bucket."""
    rule = (b"<LifecycleConfiguration><Rule><ID>r</ID><Filter><Prefx>tmp/</Prefx></Filter><Status>Enabled</Status>"
            b"<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>")
    assert told(send("PUT", f"/{bucket}", "lifecycle", rule, **checked(rule))) == MALFORMED
    with pytest.raises(ClientError):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    body = b"<VersioningConfiguration><Status>Enabled</Status><Foo/></VersioningConfiguration>"
    assert told(send("PUT", f"/{bucket}", "versioning", body)) == MALFORMED
    body = b"<CreateBucketConfiguration><Region>eu-west-1</Region></CreateBucketConfiguration>"
    assert told(send("PUT", f"/{bucket}-new", "", body)) == MALFORMED
    # Names of owners are sent by clients that were written when S3 told them.
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]["ID"]
    body = (f"<AccessControlPolicy {XMLNS.decode()}><Owner><ID>{owner}</ID><DisplayName>me</DisplayName></Owner>"
            "<AccessControlList/></AccessControlPolicy>").encode()
    assert send("PUT", f"/{bucket}", "acl", body, **checked(body)).status == 200


def test_completions_that_cannot_be(s3, bucket, send):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    assert told(send("POST", f"/{bucket}/k", f"uploadId={upload}")) == (
        400, "InvalidRequest", "You must specify at least one part")
    for tag, code in [("", "MalformedXML"), ("<ETag>*</ETag>", "InvalidPart"), ("<ETag>a,*</ETag>", "InvalidPart")]:
        body = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>{tag}</Part></CompleteMultipartUpload>".encode()
        assert told(send("POST", f"/{bucket}/k", f"uploadId={upload}", body))[:2] == (400, code)
    assert told(send("GET", f"/{bucket}/k", f"part-number-marker=-1&uploadId={upload}"))[:2] == (400, "InvalidArgument")
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)


def test_keys_without_a_letter_are_not_deleted(bucket, send):
    body = b"<Delete><Object><Key></Key></Object></Delete>"
    assert told(send("POST", f"/{bucket}", "delete", body, **checked(body))) == MALFORMED


def test_characters_that_xml_does_not_have(s3, bucket, send):
    s3.put_object(Bucket=bucket, Key="a\uffffb\ufffec", Body=b"")
    answer = send("GET", f"/{bucket}", "list-type=2")
    assert "<Key>a\ufffdb\ufffdc</Key>".encode() in answer.body
    s3.delete_object(Bucket=bucket, Key="a\uffffb\ufffec")


def test_presigned_urls_that_are_half_right(bucket, client_for, endpoint):
    def asked(url, **changes):
        for old, new in changes.values():
            assert re.search(old, url)
            url = re.sub(old, new, url)
        host = endpoint.removeprefix("http://")
        return told(exchange(endpoint, f"GET {url[len(endpoint):]} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()))

    wanted = {"Params": {"Bucket": bucket, "Key": "k"}, "ExpiresIn": 60}
    old = client_for("s3", signature_version="s3").generate_presigned_url("get_object", **wanted)
    incomplete = (403, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    for name in ("Signature", "AWSAccessKeyId", "Expires"):
        assert asked(old, left=(f"{name}=[^&]*&?", "")) == incomplete
    assert asked(old, end=(r"Expires=\d+", "Expires=soon")) == (
        403, "AccessDenied", "Invalid date (should be seconds since epoch): soon")
    new = client_for("s3", signature_version="s3v4").generate_presigned_url("get_object", **wanted)
    code, status = "AuthorizationQueryParametersError", 400
    assert asked(new, date=("X-Amz-Date=[^&]*", "X-Amz-Date=now"))[:2] == (status, code)
    answer = asked(new, date=(r"X-Amz-Date=\d{8}", "X-Amz-Date=20200101"))
    assert answer[:2] == (status, code) and "This date is not the same as X-Amz-Date" in answer[2]


@pytest.mark.parametrize("method, path, query, expected", [
    ("DELETE", "/k", "acl", (405, "MethodNotAllowed")), ("DELETE", "/k", "policy", (400, "InvalidRequest")),
    ("PUT", "/k", "torrent", (405, "MethodNotAllowed")), ("PUT", "/k", "uploads", (405, "MethodNotAllowed")),
    ("PUT", "/k", "versioning", (400, "InvalidRequest")), ("GET", "/k", "uploads", (400, "InvalidRequest")),
    ("DELETE", "", "acl", (405, "MethodNotAllowed")), ("DELETE", "", "versioning", (405, "MethodNotAllowed")),
    ("PUT", "", "location", (405, "MethodNotAllowed")), ("GET", "", "torrent", (400, "InvalidRequest")),
    ("POST", "", "uploads", (400, "InvalidRequest")), ("GET", "", "acl&policy", (400, "InvalidArgument")),
    ("GET", "/k", "acl&tagging", (400, "InvalidArgument")), ("GET", "/k", "x-id=GetObject", (200, "")),
    ("GET", "", "list-type=2&x-id=ListObjectsV2", (200, "")),
])
def test_what_is_done_to_a_part_is_not_done_to_the_whole(s3, unique, send, method, path, query, expected):
    """`DELETE ?acl` is no deletion of the object, nor of the bucket, and `PUT ?torrent` writes no object."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    if path:
        s3.put_object(Bucket=name, Key="k", Body=b"kept")
    assert told(send(method, f"/{name}{path}", query))[:2] == expected
    assert s3.head_bucket(Bucket=name)
    if path:
        assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"kept"


def test_refusals_of_subresources_say_what_is_wrong(bucket, send):
    assert told(send("GET", f"/{bucket}/k", "versions"))[2] == "Key is not expected for the GET method ?versions subresource"
    assert told(send("GET", f"/{bucket}", "retention"))[2] == "A key must be specified"
    assert told(send("GET", f"/{bucket}", "acl&cors"))[2] == "Conflicting query string parameters: acl, cors"
    assert b"<ResourceType>LOCATION</ResourceType>" in send("DELETE", f"/{bucket}", "location").body


def test_bodies_in_chunks_of_http_say_no_length(s3, bucket, endpoint, account):
    """S3 takes `Transfer-Encoding: chunked` only with the length of what is inside."""
    answer = Request(
        endpoint, "s3", "PUT", f"/{bucket}/k", headers={"transfer-encoding": "chunked"}, body=b"3\r\nabc\r\n0\r\n\r\n",
        payload="UNSIGNED-PAYLOAD", key=account).sign().send()
    assert told(answer) == (501, "NotImplemented", "A header you provided implies functionality that is not implemented")
    assert b"<Header>Transfer-Encoding</Header>" in answer.body


def test_an_empty_content_type_is_none(s3, bucket, send):
    assert send("PUT", f"/{bucket}/k", "", b"x", content_type="").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"
