"""Damaged disks, full disks and faults on demand: what S3 says then. Each test has a server of its own."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import tarn_server
from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError

ACCOUNT = "111122223333"
LARGE = bytes(range(256)) * 4096  # 1 MiB: a file of its own


@pytest.fixture
def own(tmp_path):
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    server.start()
    yield server
    assert server.stop() == 0, server.log_tail()


def client(server, **config):
    return tarn_server.client("s3", server.endpoint, ACCOUNT, **config)


def tarn(server, *words):
    done = subprocess.run(
        [str(tarn_server.binary()), *words, "--endpoint", server.endpoint], capture_output=True, text=True, timeout=60,
        check=False)
    return done.returncode, done.stdout + done.stderr


def admin(server, method, path, body=None):
    request = urllib.request.Request(
        server.endpoint + path, method=method, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def blobs(server):
    return sorted(path for path in (server.data / "blobs").rglob("*") if path.is_file() and path.parent.name != "tmp")


def flip(path, offset):
    """One bit."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def test_a_flipped_bit_is_found_and_not_served(own):
    s3 = client(own)
    s3.create_bucket(Bucket="damage")
    s3.put_object(Bucket="damage", Key="small", Body=b"small")
    s3.put_object(Bucket="damage", Key="good", Body=LARGE)
    before = set(blobs(own))
    s3.put_object(Bucket="damage", Key="bad", Body=LARGE)
    (bad,) = set(blobs(own)) - before
    upload = s3.create_multipart_upload(Bucket="damage", Key="unfinished")["UploadId"]
    s3.upload_part(Bucket="damage", Key="unfinished", UploadId=upload, PartNumber=1, Body=b"part")
    code, text = tarn(own, "scrub")
    assert (code, "0 damaged" in text, " 0 without a checksum" in text) == (0, True, True), text
    # In the first frame: refused before a byte leaves.
    flip(bad, 1000)
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket="damage", Key="bad")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    code, text = tarn(own, "scrub")
    assert code == 1
    assert "damaged: s3://damage/bad" in text and "1 damaged" in text
    flip(bad, 1000)
    # At the end: the answer breaks off, whoever reads it knows.
    flip(bad, len(LARGE) - 100)
    with pytest.raises((IncompleteReadError, ResponseStreamingError)):
        s3.get_object(Bucket="damage", Key="bad")["Body"].read()
    assert s3.get_object(Bucket="damage", Key="bad", Range="bytes=0-9")["Body"].read() == LARGE[:10]
    assert tarn(own, "scrub")[0] == 1
    assert s3.get_object(Bucket="damage", Key="good")["Body"].read() == LARGE
    # A lost file, a short one.
    flip(bad, len(LARGE) - 100)
    os.truncate(bad, 1000)
    assert tarn(own, "scrub")[0] == 1
    bad.unlink()
    code, text = tarn(own, "scrub", "--json")
    assert code == 1
    lines = [json.loads(line) for line in text.splitlines()]
    assert (lines[0]["bucket"], lines[0]["key"], lines[-1]["damaged"]) == ("damage", "bad", 1)
    with pytest.raises(ClientError):
        s3.get_object(Bucket="damage", Key="bad")


def test_scrub_survives_a_restart_and_copies(own):
    s3 = client(own)
    s3.create_bucket(Bucket="damage")
    s3.put_object(Bucket="damage", Key="a", Body=LARGE)
    s3.copy_object(Bucket="damage", Key="b", CopySource="damage/a")
    s3.put_object(Bucket="damage", Key="c", Body=LARGE, SSECustomerAlgorithm="AES256", SSECustomerKey=b"k" * 32)
    own.kill()
    own.start()
    code, text = tarn(own, "scrub")
    assert (code, "3 versions" in text) == (0, True), text
    flip(blobs(own)[0], 5)
    assert tarn(own, "scrub")[0] == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_full_disk(tmp_path, eventually):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    server = tarn_server.Server(data=disk / "data", log=tmp_path / "server.log")
    try:
        server.start()
        s3 = client(server)
        s3.create_bucket(Bucket="full")
        kept = []
        refusals = []
        for number in range(40):
            try:
                s3.put_object(Bucket="full", Key=f"k{number}", Body=LARGE)
                kept.append(f"k{number}")
            except ClientError as error:
                refusals.append((error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]))
        assert kept and refusals
        assert set(refusals) == {("ServiceUnavailable", 503)}
        # Reads go on, and nothing that was acknowledged is lost.
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="full")["Contents"]] == sorted(kept)
        for key in kept:
            assert s3.get_object(Bucket="full", Key=key)["Body"].read() == LARGE
        # A disk that has grown is seen at once.
        subprocess.run(["mount", "-o", "remount,size=48m", str(disk)], check=True)
        s3.put_object(Bucket="full", Key="grown", Body=LARGE)
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            for number in range(80):
                s3.put_object(Bucket="full", Key=f"more{number}", Body=LARGE)
        # What is there can be deleted, and its space is taken again.
        for entry in s3.list_objects_v2(Bucket="full")["Contents"]:
            s3.delete_object(Bucket="full", Key=entry["Key"])
        eventually(lambda: not blobs(server))
        s3.put_object(Bucket="full", Key="after", Body=LARGE)
        assert s3.get_object(Bucket="full", Key="after")["Body"].read() == LARGE
        assert tarn(server, "scrub")[0] == 0
    finally:
        code = server.stop()
        subprocess.run(["umount", str(disk)], check=False)
    assert code == 0, server.log_tail()


def test_faults(own):
    s3 = client(own)
    s3.create_bucket(Bucket="faulty")
    s3.put_object(Bucket="faulty", Key="hot/k", Body=LARGE)
    s3.put_object(Bucket="faulty", Key="cold/k", Body=b"x")
    assert tarn(own, "fault")[1] == ""
    code, text = tarn(own, "fault", "add", "slow-down", "--bucket", "faulty", "--prefix", "hot/", "--operation", "GetObject")
    assert code == 0 and "slow-down" in text, text
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket="faulty", Key="hot/k")
    assert caught.value.response["Error"]["Code"] == "SlowDown"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    s3.head_object(Bucket="faulty", Key="hot/k")
    s3.get_object(Bucket="faulty", Key="cold/k")["Body"].read()
    # A client that retries gets through when the share allows it.
    assert tarn(own, "fault", "clear")[1].strip() == "1 removed"
    admin(own, "POST", "/_tarn/faults", {"kind": "slow-down", "count": 2})
    patient = client(own, retries={"total_max_attempts": 5, "mode": "standard"})
    answer = patient.head_object(Bucket="faulty", Key="cold/k")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    admin(own, "DELETE", "/_tarn/faults")
    admin(own, "POST", "/_tarn/faults", {"kind": "truncate", "operation": "GetObject"})
    with pytest.raises((IncompleteReadError, ResponseStreamingError)):
        s3.get_object(Bucket="faulty", Key="hot/k")["Body"].read()
    admin(own, "DELETE", "/_tarn/faults")
    admin(own, "POST", "/_tarn/faults", {"kind": "slow", "milliseconds": 300})
    began = time.monotonic()
    s3.head_object(Bucket="faulty", Key="cold/k")
    assert time.monotonic() - began >= 0.3
    admin(own, "DELETE", "/_tarn/faults")
    admin(own, "POST", "/_tarn/faults", {"kind": "slow-down", "share": 0.5})
    met = 0
    for _ in range(100):
        try:
            s3.head_object(Bucket="faulty", Key="cold/k")
        except ClientError:
            met += 1
    assert 20 <= met <= 80
    assert [fault["share"] for fault in admin(own, "GET", "/_tarn/faults")["faults"]] == [0.5]


def test_a_hot_prefix_is_throttled_and_its_neighbour_is_not(own):
    s3 = client(own)
    s3.create_bucket(Bucket="rates")
    for key in ("hot/a", "hot/b", "cold/a"):
        s3.put_object(Bucket="rates", Key=key, Body=b"x")
    code, text = tarn(own, "fault", "add", "hot-prefix", "--bucket", "rates", "--reads", "5")
    assert code == 0 and "reads=5" in text and "writes=3500" in text, text

    def refused(keys):
        codes = []
        for key in keys:
            try:
                s3.head_object(Bucket="rates", Key=key)
            except ClientError as error:
                codes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return codes

    met = refused(["hot/a", "hot/b"] * 30)
    assert met and set(met) == {503}
    time.sleep(1)
    assert refused(["cold/a"] * 4) == []
    # Writes have a rate of their own, and a client that waits gets through.
    s3.put_object(Bucket="rates", Key="hot/a", Body=b"y")
    patient = client(own, retries={"total_max_attempts": 8, "mode": "standard"})
    for _ in range(12):
        patient.head_object(Bucket="rates", Key="hot/a")


@pytest.mark.parametrize("body", [
    {}, {"kind": "slow"}, {"kind": "slow", "milliseconds": 10**9}, {"kind": "melt"}, {"kind": "truncate", "share": 0},
    {"kind": "truncate", "share": 2}, {"kind": "slow-down", "count": 0}, {"kind": "slow-down", "colour": "red"}, [],
    {"kind": "hot-prefix", "reads": "many"}, {"kind": "hot-prefix", "writes": -1},
])
def test_faults_that_are_none(own, body):
    with pytest.raises(urllib.error.HTTPError) as caught:
        admin(own, "POST", "/_tarn/faults", body)
    assert caught.value.code == 400
    assert admin(own, "GET", "/_tarn/faults")["faults"] == []
