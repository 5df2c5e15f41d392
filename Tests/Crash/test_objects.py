"""Kills the server (kill -9) in the middle of multipart completions, copies and deletions of objects in files of their own;
then listing, versions, uploads, bytes on disk and checksums must agree, whichever way each call in flight went.

TARN_CRASH_SEED repeats a run's random choices (not its timing).
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tarn_server
from botocore.exceptions import BotoCoreError, ClientError

SEED = int(os.environ.get("TARN_CRASH_SEED") or random.SystemRandom().randrange(10**9))
ACCOUNT, BUCKET = "430000000003", "crash"
ROUNDS = 8
WORKERS = 4
# Beyond what the store keeps within itself.
LARGE = 80 << 10
FRAME, TAG = 64 << 10, 16


class Known:
    """What one worker put: its versions, by (key, version), with the body that each shows; and the bodies' parts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.versions: dict[tuple[str, str], str] = {}
        self.parts: dict[str, list[bytes]] = {}
        # What was in flight when the server went away: a function that looks which way it went.
        self.doubt: Callable[[Any], None] | None = None
        self.count = 0
        self.refusal: str | None = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tarn_server.Server]:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    print(f"TARN_CRASH_SEED={SEED}")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        print(f"server log: {tarn_server.keep_log(server.log, 'crash-objects')}")


def client(server: tarn_server.Server) -> Any:
    return tarn_server.client("s3", server.endpoint, ACCOUNT, read_timeout=20)


def put(s3: Any, known: Known, dice: random.Random) -> None:
    key, body = f"{known.name}/{dice.randrange(30)}", dice.randbytes(LARGE + dice.randrange(FRAME))
    name = hashlib.sha256(body).hexdigest()
    known.parts[name] = [body]

    def settle(s3: Any) -> None:
        take_over(s3, known, key, name)

    known.doubt = settle
    known.versions[key, s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]] = name


def copy(s3: Any, known: Known, dice: random.Random) -> None:
    (source, version), name = dice.choice(sorted(known.versions.items()))
    key = f"{known.name}/copy-{dice.randrange(30)}"
    known.doubt = lambda s3: take_over(s3, known, key, name)
    made = s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": source, "VersionId": version})
    known.versions[key, made["VersionId"]] = name


def complete(s3: Any, known: Known, dice: random.Random) -> None:
    """A part of 5 MiB now and then; otherwise one part, which may be small."""
    key = f"{known.name}/upload-{dice.randrange(10)}"
    sizes = [5 << 20, LARGE] if dice.random() < 0.15 else [LARGE + dice.randrange(FRAME)]
    parts = [dice.randbytes(size) for size in sizes]
    name = hashlib.sha256(b"".join(parts)).hexdigest()
    known.parts[name] = parts
    known.doubt = None
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    done = []
    for number, part in enumerate(parts, 1):
        tag = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=part)["ETag"]
        done.append({"PartNumber": number, "ETag": tag})

    def call(s3: Any) -> Any:
        return s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": done})

    def settle(s3: Any) -> None:
        """All or nothing: the object and no upload, or the upload, which can still be completed."""
        open_uploads = [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket=BUCKET, Prefix=key).get("Uploads", [])]
        if not take_over(s3, known, key, name):
            assert upload in open_uploads, f"{key}: neither the object nor its upload is there"
            known.versions[key, call(s3)["VersionId"]] = name
        else:
            assert upload not in open_uploads, f"{key}: the object is there, and its upload too"

    known.doubt = settle
    known.versions[key, call(s3)["VersionId"]] = name


def delete(s3: Any, known: Known, dice: random.Random) -> None:
    """One version, or many in one call: of these some may be gone and others not."""
    several = dice.random() < 0.5
    chosen = dice.sample(sorted(known.versions), min(12 if several else 1, len(known.versions)))

    def settle(s3: Any) -> None:
        listed = versions(s3, f"{known.name}/")
        for place in chosen:
            if place not in listed:
                known.versions.pop(place, None)

    known.doubt = settle
    if several:
        answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": k, "VersionId": v} for k, v in chosen]})
        assert not answer.get("Errors")
    else:
        s3.delete_object(Bucket=BUCKET, Key=chosen[0][0], VersionId=chosen[0][1])
    for place in chosen:
        del known.versions[place]


def versions(s3: Any, prefix: str = "") -> dict[tuple[str, str], int]:
    found = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix=prefix):
        assert not page.get("DeleteMarkers"), "nobody made a marker"
        found.update({(entry["Key"], entry["VersionId"]): entry["Size"] for entry in page.get("Versions", [])})
    return found


def take_over(s3: Any, known: Known, key: str, name: str) -> bool:
    """Whether there is a version that was not acknowledged; it must have the body that was sent."""
    new = [place for place in versions(s3, key) if place[0] == key and place not in known.versions]
    assert len(new) <= 1, f"{key}: one call made {len(new)} versions"
    for place in new:
        known.versions[place] = name
    return bool(new)


def work(server: tarn_server.Server, known: Known, dice: random.Random, ending: threading.Event) -> None:
    s3 = client(server)
    while not ending.is_set():
        step = put if len(known.versions) < 3 else dice.choices([put, copy, complete, delete], [3, 3, 3, 2])[0]
        try:
            step(s3, known, dice)
            known.doubt = None
            known.count += 1
        except BotoCoreError:
            return
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                known.refusal = f"{known.name}: {error}"
            return


def blob_files(server: tarn_server.Server) -> list[int]:
    return sorted(path.stat().st_size for path in (server.data / "blobs").rglob("*") if path.is_file())


def test_all_or_nothing(server: tarn_server.Server) -> None:
    dice = random.Random(SEED)
    s3 = client(server)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    workers = [Known(f"w{number}") for number in range(WORKERS)]
    in_doubt = 0
    for _ in range(ROUNDS):
        ending, before = threading.Event(), [known.count for known in workers]
        threads = [threading.Thread(target=work, args=(server, known, random.Random(dice.random()), ending)) for known in workers]
        for thread in threads:
            thread.start()
        # On a busy machine the workers take their time to begin.
        began = time.monotonic()
        while any(known.count < count + 2 for known, count in zip(workers, before)) and time.monotonic() - began < 20:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.3))
        server.kill()
        ending.set()
        for thread in threads:
            thread.join()
        server.start()
        s3 = client(server)
        for known in workers:
            assert known.refusal is None, known.refusal
            if known.doubt:
                known.doubt(s3)
                known.doubt, in_doubt = None, in_doubt + 1
    assert in_doubt, "no call was in flight at any kill"

    expected = {place: (name, known) for known in workers for place, name in known.versions.items()}
    sizes = {place: sum(map(len, known.parts[name])) for place, (name, known) in expected.items()}
    assert versions(s3) == sizes
    for place in dice.sample(sorted(expected), min(40, len(expected))):
        name, known = expected[place]
        body = s3.get_object(Bucket=BUCKET, Key=place[0], VersionId=place[1])["Body"].read()
        assert hashlib.sha256(body).hexdigest() == name, place
    scrubbed = subprocess.run(
        [str(tarn_server.binary()), "scrub", "--endpoint", server.endpoint], capture_output=True, text=True, timeout=120,
        check=False)
    assert scrubbed.returncode == 0, scrubbed.stdout + scrubbed.stderr

    # Uploads whose part was in flight stay until somebody ends them; then the files are those of the versions, to the byte.
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    server.kill()
    server.start()
    bodies = {name: known for name, known in expected.values()}
    wanted = sorted(len(part) + TAG * -(-len(part) // FRAME) for name, known in bodies.items() for part in known.parts[name])
    deadline = time.monotonic() + 20
    while blob_files(server) != wanted:
        assert time.monotonic() < deadline, f"{len(blob_files(server))} files, {sum(blob_files(server))} bytes; the versions " \
            f"account for {len(wanted)} files, {sum(wanted)} bytes\n{server.log_tail()}"
        time.sleep(0.2)
    print(f"{sum(known.count for known in workers)} changes, {in_doubt} in flight at {ROUNDS} kills, "
          f"{len(expected)} versions, {sum(wanted)} bytes in {len(wanted)} files")
