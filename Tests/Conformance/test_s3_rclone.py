"""rclone, unmodified (its own S3 client in Go), against S3."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

RCLONE = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
pytestmark = pytest.mark.skipif(RCLONE is None, reason="rclone is not installed")


@pytest.fixture(scope="module")
def rclone(endpoint, account, tmp_path_factory):
    """rclone("copy", "dir", "tarn:bucket"): standard output. `fails=True` gives standard error instead."""
    home = tmp_path_factory.mktemp("rclone")
    environment = {
        "PATH": os.environ.get("PATH", ""), "HOME": str(home), "RCLONE_CONFIG": str(home / "none.conf"),
        "RCLONE_CONFIG_TARN_TYPE": "s3", "RCLONE_CONFIG_TARN_PROVIDER": "Other", "RCLONE_CONFIG_TARN_ACCESS_KEY_ID": account,
        "RCLONE_CONFIG_TARN_SECRET_ACCESS_KEY": "test", "RCLONE_CONFIG_TARN_REGION": "us-east-1",
        "RCLONE_CONFIG_TARN_ENDPOINT": endpoint, "RCLONE_CONFIG_TARN_FORCE_PATH_STYLE": "true",
        "RCLONE_CONFIG_TARN_CHUNK_SIZE": "5Mi", "RCLONE_CONFIG_TARN_UPLOAD_CUTOFF": "6Mi",
        "RCLONE_CONFIG_TARN_COPY_CUTOFF": "8Mi", "RCLONE_LOW_LEVEL_RETRIES": "1", "RCLONE_RETRIES": "1",
    }

    def run(*words, fails=False, stdin=b""):
        done = subprocess.run([RCLONE, *words], env=environment, input=stdin, capture_output=True, timeout=120, check=False)
        if fails:
            assert done.returncode != 0, done.stdout
            return done.stderr.decode()
        assert done.returncode == 0, f"rclone {' '.join(words)}: {done.stdout.decode()}\n{done.stderr.decode()}"
        return done.stdout.decode()

    return run


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    for path, data in [("a.txt", b"a"), ("empty", b""), ("sub/b c.txt", b"b"), ("sub/deep/ü+&=?.bin", os.urandom(100_000)),
                       ("large.bin", os.urandom((11 << 20) + 5))]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def test_a_tree_goes_there_and_back(rclone, s3, unique, tree, tmp_path):
    bucket = unique("rclone")
    rclone("mkdir", f"tarn:{bucket}")
    rclone("sync", str(tree), f"tarn:{bucket}/tree", "--metadata")
    # Nothing is left to do, by size and time and by the bytes themselves.
    before = s3.list_objects_v2(Bucket=bucket)["Contents"]
    rclone("sync", str(tree), f"tarn:{bucket}/tree")
    assert s3.list_objects_v2(Bucket=bucket)["Contents"] == before
    rclone("check", str(tree), f"tarn:{bucket}/tree", "--download")
    rclone("check", str(tree), f"tarn:{bucket}/tree")
    listed = json.loads(rclone("lsjson", f"tarn:{bucket}/tree", "--recursive", "--hash", "--files-only"))
    assert {entry["Path"]: entry["Size"] for entry in listed} == {
        str(path.relative_to(tree)): path.stat().st_size for path in tree.rglob("*") if path.is_file()}
    # In parts, with the whole's MD5 in rclone's own metadata.
    assert s3.head_object(Bucket=bucket, Key="tree/large.bin")["ETag"].endswith('-3"')
    rclone("sync", f"tarn:{bucket}/tree", str(tmp_path / "back"))
    for path in tree.rglob("*"):
        if path.is_file():
            assert (tmp_path / "back" / path.relative_to(tree)).read_bytes() == path.read_bytes()
    (tree / "a.txt").unlink()
    (tree / "empty").write_bytes(b"no more")
    rclone("sync", str(tree), f"tarn:{bucket}/tree")
    assert "a.txt" not in rclone("lsf", f"tarn:{bucket}/tree")
    assert rclone("cat", f"tarn:{bucket}/tree/empty") == "no more"
    rclone("purge", f"tarn:{bucket}")
    assert "directory not found" in rclone("lsf", f"tarn:{bucket}", fails=True)


def test_copies_moves_and_streams(rclone, s3, bucket, tree):
    rclone("copyto", str(tree / "large.bin"), f"tarn:{bucket}/one")
    # By the server: in one call, and in parts.
    rclone("copyto", f"tarn:{bucket}/one", f"tarn:{bucket}/dir/two")
    rclone("moveto", f"tarn:{bucket}/dir/two", f"tarn:{bucket}/three")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["one", "three"]
    assert s3.get_object(Bucket=bucket, Key="three")["Body"].read() == (tree / "large.bin").read_bytes()
    # Of unknown length.
    streamed = os.urandom(7 << 20)
    rclone("rcat", f"tarn:{bucket}/streamed", stdin=streamed)
    assert s3.get_object(Bucket=bucket, Key="streamed")["Body"].read() == streamed
    assert rclone("cat", f"tarn:{bucket}/one", "--offset", "5", "--count", "0") == ""
    url = rclone("link", f"tarn:{bucket}/streamed", "--expire", "1h").strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == streamed
    rclone("delete", f"tarn:{bucket}")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_versions_and_unfinished_uploads(rclone, s3, bucket):
    rclone("backend", "versioning", f"tarn:{bucket}", "Enabled")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    for text in (b"one", b"three", b"two"):
        rclone("rcat", f"tarn:{bucket}/k.txt", stdin=text)
    rclone("deletefile", f"tarn:{bucket}/k.txt")
    assert rclone("lsf", f"tarn:{bucket}") == ""
    old = rclone("lsf", f"tarn:{bucket}", "--s3-versions").split()
    assert len(old) == 3 and all(name.startswith("k-v") for name in old)
    s3.create_multipart_upload(Bucket=bucket, Key="unfinished")
    assert "unfinished" in rclone("backend", "list-multipart-uploads", f"tarn:{bucket}")
    rclone("backend", "cleanup", f"tarn:{bucket}", "-o", "max-age=0s")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    rclone("backend", "cleanup-hidden", f"tarn:{bucket}")
    found = s3.list_object_versions(Bucket=bucket)
    assert "Versions" not in found
