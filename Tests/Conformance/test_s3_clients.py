"""Unmodified clients against S3: the AWS CLI, MinIO's Python SDK, and PyArrow (the AWS SDK for C++) with Parquet."""

import io
import os
import urllib.parse
import urllib.request

import pytest

REGION = "us-east-1"


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    for path, data in [("a.txt", b"a"), ("sub/b.txt", b"b"), ("sub/deep/ü ñ.bin", os.urandom(9 << 20))]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def test_aws_s3(aws, unique, tree, tmp_path):
    name = unique("cli")
    aws("s3", "mb", f"s3://{name}")
    aws("s3", "cp", str(tree / "a.txt"), f"s3://{name}/one", "--metadata", "colour=blue")
    assert aws("s3", "cp", f"s3://{name}/one", "-") == "a"
    aws("s3", "sync", str(tree), f"s3://{name}/tree")
    assert aws("s3", "sync", str(tree), f"s3://{name}/tree") == ""
    listing = aws("s3", "ls", f"s3://{name}", "--recursive", "--summarize")
    assert "Total Objects: 4" in listing
    assert "tree/sub/deep/ü ñ.bin" in listing
    assert "PRE tree/" in aws("s3", "ls", f"s3://{name}/")
    back = tmp_path / "back"
    aws("s3", "sync", f"s3://{name}/tree", str(back))
    for path in tree.rglob("*"):
        if path.is_file():
            assert (back / path.relative_to(tree)).read_bytes() == path.read_bytes()
    (tree / "a.txt").unlink()
    assert "delete: " in aws("s3", "sync", str(tree), f"s3://{name}/tree", "--delete")
    aws("s3", "mv", f"s3://{name}/one", f"s3://{name}/two")
    # Larger than the CLI's threshold: parts are copied.
    aws("s3", "cp", f"s3://{name}/tree/sub/deep/ü ñ.bin", f"s3://{name}/copy")
    url = aws("s3", "presign", f"s3://{name}/two").strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"a"
    aws("s3", "website", f"s3://{name}", "--index-document", "index.html", "--error-document", "error.html")
    assert "index.html" in aws("s3api", "get-bucket-website", "--bucket", name)
    assert "BucketNotEmpty" in aws("s3", "rb", f"s3://{name}", fails=True)
    aws("s3", "rm", f"s3://{name}/tree", "--recursive")
    assert "Total Objects: 2" in aws("s3", "ls", f"s3://{name}", "--recursive", "--summarize")
    aws("s3", "rb", f"s3://{name}", "--force")
    assert "NoSuchBucket" in aws("s3", "ls", f"s3://{name}", fails=True)


def test_minio(endpoint, account, unique):
    minio = pytest.importorskip("minio")
    from minio.commonconfig import CopySource, Tags
    from minio.deleteobjects import DeleteObject
    from minio.versioningconfig import ENABLED, VersioningConfig

    address = urllib.parse.urlsplit(endpoint).netloc
    client = minio.Minio(address, access_key=account, secret_key="test", secure=False, region=REGION)
    name = unique("minio")
    client.make_bucket(bucket_name=name)
    assert client.bucket_exists(bucket_name=name)
    data = os.urandom(11 << 20)
    client.put_object(bucket_name=name, object_name="dir/big", data=io.BytesIO(data), length=-1, part_size=5 << 20)
    client.put_object(
        bucket_name=name, object_name="dir/small ü", data=io.BytesIO(b"small"), length=5, metadata={"colour": "blue"})
    answer = client.get_object(bucket_name=name, object_name="dir/big")
    assert answer.read() == data
    answer.close()
    assert client.stat_object(bucket_name=name, object_name="dir/small ü").metadata["x-amz-meta-colour"] == "blue"
    assert [entry.object_name for entry in client.list_objects(bucket_name=name)] == ["dir/"]
    assert [entry.object_name for entry in client.list_objects(bucket_name=name, recursive=True)] == ["dir/big", "dir/small ü"]
    client.copy_object(bucket_name=name, object_name="copy", source=CopySource(bucket_name=name, object_name="dir/big"))
    tags = Tags(for_object=True)
    tags["t"] = "1"
    client.set_object_tags(bucket_name=name, object_name="copy", tags=tags)
    assert dict(client.get_object_tags(bucket_name=name, object_name="copy")) == {"t": "1"}
    with urllib.request.urlopen(client.presigned_get_object(bucket_name=name, object_name="dir/small ü")) as got:
        assert got.read() == b"small"
    client.set_bucket_versioning(bucket_name=name, config=VersioningConfig(ENABLED))
    client.remove_object(bucket_name=name, object_name="copy")
    versions = list(client.list_objects(bucket_name=name, recursive=True, include_version=True))
    assert sorted(entry.is_delete_marker for entry in versions if entry.object_name == "copy") == [False, True]
    gone = [DeleteObject(entry.object_name, entry.version_id) for entry in versions]
    assert list(client.remove_objects(bucket_name=name, delete_object_list=gone)) == []
    client.remove_bucket(bucket_name=name)


def test_pyarrow(endpoint, account, bucket):
    fs = pytest.importorskip("pyarrow.fs")
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet

    store = fs.S3FileSystem(
        access_key=account, secret_key="test", endpoint_override=endpoint, region=REGION, allow_bucket_creation=False)
    table = pyarrow.table({"year": [2025, 2025, 2026] * 1000, "n": list(range(3000))})
    pyarrow.parquet.write_table(table, f"{bucket}/one.parquet", filesystem=store)
    assert pyarrow.parquet.read_table(f"{bucket}/one.parquet", filesystem=store).equals(table)
    pyarrow.dataset.write_dataset(
        table, f"{bucket}/lake", filesystem=store, format="parquet", partitioning=["year"], partitioning_flavor="hive")
    lake = pyarrow.dataset.dataset(f"{bucket}/lake", filesystem=store, partitioning="hive")
    assert lake.count_rows(filter=pyarrow.dataset.field("year") == 2026) == 1000
    selector = fs.FileSelector(f"{bucket}/lake", recursive=True)
    assert sum(entry.type == fs.FileType.File for entry in store.get_file_info(selector)) == 2
    store.copy_file(f"{bucket}/one.parquet", f"{bucket}/two.parquet")
    store.delete_dir_contents(f"{bucket}/lake")
    assert store.get_file_info(f"{bucket}/two.parquet").size > 0
