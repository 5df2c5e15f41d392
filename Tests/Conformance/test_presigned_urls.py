"""Presigned URLs of Signature Version 4: what they open, for how long, and which changes they do not bear."""

from __future__ import annotations

import datetime
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from raw_http import fetch


@pytest.fixture(scope="module")
def s3v4(client_for: Callable[..., Any]) -> Any:
    """boto3 itself still presigns with Signature Version 2 unless told otherwise."""
    return client_for("s3", signature_version="s3v4")


def test_boto3s_own_presigned_urls(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"body")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"})
    assert fetch(url) == (200, b"body")
    assert fetch(url.replace("Signature=", "Signature=A"))[0] == 403


def test_presigned_get_and_put(s3v4: Any, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "a b/ä+%.txt"}
    assert fetch(s3v4.generate_presigned_url("put_object", Params=place), "PUT", b"body")[0] == 200
    assert fetch(s3v4.generate_presigned_url("get_object", Params=place)) == (200, b"body")
    url = s3v4.generate_presigned_url("get_object", Params={**place, "ResponseContentType": "text/x-own"})
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "text/x-own"


@pytest.mark.parametrize("old, new", [
    ("X-Amz-Signature=", "X-Amz-Signature=0"), ("X-Amz-Expires=3600", "X-Amz-Expires=36000"), ("/key?", "/other?")])
def test_a_changed_presigned_url_is_refused(s3v4: Any, bucket: str, old: str, new: str) -> None:
    s3v4.put_object(Bucket=bucket, Key="other", Body=b"secret")
    url = s3v4.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    assert old in url
    status, body = fetch(url.replace(old, new))
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in body, (status, body)


@pytest.mark.parametrize("name", ["x-amz-copy-source", "x-amz-meta-a", "x-amz-tagging", "x-amz-storage-class"])
def test_a_presigned_url_takes_no_header_that_is_not_signed(s3v4: Any, bucket: str, name: str) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, "CanonicalHeaders"
    place = {"Bucket": bucket, "Key": "key"}
    s3v4.put_object(**place, Body=b"before")
    request = urllib.request.Request(
        s3v4.generate_presigned_url("put_object", Params=place), b"after", {name: f"/{bucket}/other"}, method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    answer = refused.value.read().decode()
    assert refused.value.code == 403 and "<Code>AccessDenied</Code>" in answer, answer
    assert f"<HeadersNotSigned>{name}</HeadersNotSigned>" in answer
    assert s3v4.get_object(**place)["Body"].read() == b"before"


def test_a_presigned_url_for_get_does_not_put(s3v4: Any, bucket: str) -> None:
    url = s3v4.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    assert fetch(url, "PUT", b"body")[0] == 403
    assert s3v4.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_presigned_url_expires(s3v4: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    s3v4.put_object(Bucket=bucket, Key="key", Body=b"body")
    place = {"Bucket": bucket, "Key": "key"}
    assert fetch(s3v4.generate_presigned_url("get_object", Params=place, ExpiresIn=60))[0] == 200
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
    # The same signer in Python and in the AWS Common Runtime, whichever botocore finds.
    for module in ("botocore.auth", "botocore.crt.auth"):
        if module in sys.modules:
            kept = past.replace(tzinfo=None) if module == "botocore.auth" else past
            monkeypatch.setattr(sys.modules[module], "get_current_datetime", lambda *_, _kept=kept, **__: _kept)
    url = s3v4.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    assert f"X-Amz-Date={past:%Y%m%d}" in url
    status, body = fetch(url)
    assert status == 403, body
    assert b"<Code>AccessDenied</Code>" in body and b"Request has expired" in body


def test_a_presigned_url_lasts_seven_days_at_most(s3v4: Any, bucket: str) -> None:
    url = s3v4.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"}, ExpiresIn=604_801)
    status, body = fetch(url)
    assert status == 400 and b"<Code>AuthorizationQueryParametersError</Code>" in body, (status, body)
