"""The AWS CLI as people use it, and the `tarn` command itself."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tarn_server


def tarn(*words: str, environment: dict[str, str] | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tarn_server.binary()), *words], env=environment, capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL, check=False)


# aws s3

def test_make_copy_list_remove(aws: Callable[..., str], unique: Callable[[str], str], tmp_path: Path) -> None:
    bucket = unique("cli")
    assert aws("s3", "mb", f"s3://{bucket}") == f"make_bucket: {bucket}\n"
    assert bucket in aws("s3", "ls")
    file = tmp_path / "small file.txt"
    file.write_text("hello")
    aws("s3", "cp", str(file), f"s3://{bucket}/folder/")
    assert aws("s3", "ls", f"s3://{bucket}/").split() == ["PRE", "folder/"]
    assert aws("s3", "ls", f"s3://{bucket}/folder/").split()[2:] == ["5", "small", "file.txt"]
    assert aws("s3", "cp", f"s3://{bucket}/folder/small file.txt", "-") == "hello"
    aws("s3", "cp", "-", f"s3://{bucket}/from-stdin", stdin=b"piped")
    aws("s3", "mv", f"s3://{bucket}/from-stdin", f"s3://{bucket}/moved")
    assert aws("s3", "cp", f"s3://{bucket}/moved", "-") == "piped"
    assert "BucketNotEmpty" in aws("s3", "rb", f"s3://{bucket}", fails=True)
    aws("s3", "rm", f"s3://{bucket}", "--recursive")
    assert aws("s3", "ls", f"s3://{bucket}") == ""
    aws("s3", "rb", f"s3://{bucket}")
    assert "NoSuchBucket" in aws("s3", "ls", f"s3://{bucket}", fails=True)


def test_a_large_file_goes_in_parts_and_comes_back_whole(aws: Callable[..., str], bucket: str, s3: Any, tmp_path: Path) -> None:
    file, back = tmp_path / "large", tmp_path / "back"
    file.write_bytes(bytes(range(256)) * (20 << 12))
    aws("s3", "cp", "--no-progress", str(file), f"s3://{bucket}/large")
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-3"')
    aws("s3", "cp", "--no-progress", f"s3://{bucket}/large", str(back))
    assert back.read_bytes() == file.read_bytes()


def test_sync_copies_what_differs_and_deletes_when_told(aws: Callable[..., str], bucket: str, s3: Any, tmp_path: Path) -> None:
    local = tmp_path / "local"
    (local / "deep" / "er").mkdir(parents=True)
    for name in ("a.txt", "deep/b.txt", "deep/er/c.log"):
        (local / name).write_text(name)
        # LastModified has whole seconds: a file of the same second would count as newer than its object.
        os.utime(local / name, (1_700_000_000, 1_700_000_000))
    target = f"s3://{bucket}/site"
    assert aws("s3", "sync", "--no-progress", str(local), target).count("upload:") == 3
    assert aws("s3", "sync", "--no-progress", str(local), target) == ""
    (local / "a.txt").write_text("longer than before")
    (local / "deep" / "b.txt").unlink()
    assert aws("s3", "sync", "--no-progress", str(local), target).count("upload:") == 1
    assert aws("s3", "sync", "--no-progress", "--delete", str(local), target).count("delete:") == 1
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["site/a.txt", "site/deep/er/c.log"]
    back = tmp_path / "back"
    aws("s3", "sync", "--no-progress", "--exclude", "*.log", target, str(back))
    assert sorted(path.name for path in back.rglob("*") if path.is_file()) == ["a.txt"]


def test_presign(aws: Callable[..., str], bucket: str, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"presigned")
    url = aws("s3", "presign", f"s3://{bucket}/a b.txt", "--expires-in", "60").strip()
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert answer.read() == b"presigned"


def test_s3api(aws: Callable[..., str], bucket: str, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_text("versioned")
    aws("s3api", "put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    first = json.loads(aws("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", str(body), "--tagging", "a=b"))
    second = json.loads(aws("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", str(body)))
    assert first["VersionId"] != second["VersionId"] and first["ETag"] == second["ETag"]
    versions = json.loads(aws("s3api", "list-object-versions", "--bucket", bucket))["Versions"]
    assert [version["IsLatest"] for version in versions] == [True, False]
    tags = json.loads(aws("s3api", "get-object-tagging", "--bucket", bucket, "--key", "k", "--version-id", first["VersionId"]))
    assert tags["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert "404" in aws("s3api", "head-object", "--bucket", bucket, "--key", "missing", fails=True)
    out = tmp_path / "out"
    aws("s3api", "get-object", "--bucket", bucket, "--key", "k", "--range", "bytes=2-4", str(out))
    assert out.read_text() == "rsi"


# Other services

def test_dynamodb(aws: Callable[..., str], unique: Callable[[str], str]) -> None:
    table = unique("cli")
    aws("dynamodb", "create-table", "--table-name", table, "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=id,AttributeType=S", "AttributeName=at,AttributeType=N",
        "--key-schema", "AttributeName=id,KeyType=HASH", "AttributeName=at,KeyType=RANGE")
    aws("dynamodb", "wait", "table-exists", "--table-name", table)
    for at in ("1", "2", "10"):
        aws("dynamodb", "put-item", "--table-name", table, "--item", json.dumps({"id": {"S": "a"}, "at": {"N": at}}))
    found = json.loads(aws(
        "dynamodb", "query", "--table-name", table, "--key-condition-expression", "id = :i AND #at >= :n",
        "--expression-attribute-names", '{"#at": "at"}',
        "--expression-attribute-values", '{":i": {"S": "a"}, ":n": {"N": "2"}}'))
    assert [item["at"]["N"] for item in found["Items"]] == ["2", "10"]
    refusal = aws("dynamodb", "put-item", "--table-name", table, "--item", '{"id": {"S": "a"}, "at": {"N": "1"}}',
                  "--condition-expression", "attribute_not_exists(id)", fails=True)
    assert "ConditionalCheckFailedException" in refusal
    aws("dynamodb", "delete-table", "--table-name", table)


def test_lambda_invoke(aws: Callable[..., str], function: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    name = function("def handler(event, context):\n    return {'doubled': event['n'] * 2}")["FunctionName"]
    out = tmp_path / "out"
    answer = json.loads(aws(
        "lambda", "invoke", "--function-name", name, "--payload", '{"n": 21}', "--cli-binary-format", "raw-in-base64-out",
        str(out)) if is_cli_2(aws) else aws("lambda", "invoke", "--function-name", name, "--payload", '{"n": 21}', str(out)))
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer
    assert json.loads(out.read_text()) == {"doubled": 42}
    assert "ResourceNotFoundException" in aws("lambda", "invoke", "--function-name", name + "-not", str(out), fails=True)


def is_cli_2(aws: Callable[..., str]) -> bool:
    return aws("--version").startswith("aws-cli/2")


def test_identity(aws: Callable[..., str], account: str) -> None:
    identity = json.loads(aws("sts", "get-caller-identity"))
    assert identity["Account"] == account and identity["Arn"] == f"arn:aws:iam::{account}:root"


# The tarn command

def test_exec_sets_what_a_command_needs(aws_environment: dict[str, str], endpoint: str) -> None:
    bare = {name: value for name, value in aws_environment.items() if not name.startswith("AWS_")}
    done = tarn("exec", "--endpoint", endpoint, "--", "aws", "sts", "get-caller-identity", "--output", "json", environment=bare)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["Account"] == "000000000000"


def test_exec_leads_the_aws_cli_here_for_queues(aws_environment: dict[str, str], endpoint: str, unique: Callable[[str], str]) -> None:
    """Version 1 of the AWS CLI does not heed AWS_ENDPOINT_URL for SQS (awscli/customizations/overridesslcommonname.py)."""
    bare = {name: value for name, value in aws_environment.items() if not name.startswith("AWS_")}
    words = ("sqs", "create-queue", "--queue-name", unique("queue"), "--query", "QueueUrl", "--output", "text")
    for command in (("aws", *words), ("aws", "--endpoint-url", endpoint, *words)):
        done = tarn("exec", "--endpoint", endpoint, "--", *command, environment=bare)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(endpoint), done.stdout


def test_exec_keeps_the_callers_credentials_and_passes_the_exit_code_on(aws_environment: dict[str, str], endpoint: str) -> None:
    own = {**aws_environment, "AWS_ACCESS_KEY_ID": "123456789012", "AWS_SECRET_ACCESS_KEY": "test"}
    done = tarn("exec", "--endpoint", endpoint, "--", "aws", "sts", "get-caller-identity", "--output", "json", environment=own)
    assert json.loads(done.stdout)["Account"] == "123456789012", done
    assert tarn("exec", "--endpoint", endpoint, "--", "sh", "-c", "exit 7", environment=own).returncode == 7
    missing = tarn("exec", "--endpoint", endpoint, "--", "no-such-program-here", environment=own)
    assert missing.returncode != 0 and "no-such-program-here" in missing.stderr


def test_doctor_finds_everything_that_set_up_installs(aws_environment: dict[str, str]) -> None:
    done = tarn("doctor", environment=aws_environment)
    assert done.returncode == 0, done.stdout
    assert len([line for line in done.stdout.splitlines() if line.startswith("ok")]) >= 5


def test_doctor_names_the_remedy(aws_environment: dict[str, str], tmp_path: Path) -> None:
    done = tarn("doctor", environment={**aws_environment, "TARN_HOME": str(tmp_path)})
    assert done.returncode != 0
    assert "missing" in done.stdout and "./run --setup" in done.stdout


def test_coverage_counts_operations(aws_environment: dict[str, str]) -> None:
    done = tarn("coverage", environment=aws_environment)
    assert done.returncode == 0, done
    for service in ("s3", "dynamodb", "lambda", "iam", "sts", "logs", "glue", "athena"):
        assert service in done.stdout
    assert tarn("coverage", "--markdown", environment=aws_environment).stdout.count("|") > 20


def test_the_clock_moves_and_stays_moved(endpoint: str) -> None:
    before = tarn("clock", "--endpoint", endpoint).stdout.strip()
    moved = tarn("clock", "advance", "90s", "--endpoint", endpoint)
    assert moved.returncode == 0, moved
    assert tarn("clock", "--endpoint", endpoint).stdout.strip() > before
    for wrong in ("-5s", "five", "10y", "0s", ""):
        assert tarn("clock", "advance", "--endpoint", endpoint, "--", wrong).returncode != 0, wrong


def test_a_command_without_a_server_says_so() -> None:
    done = tarn("clock", "advance", "5s", "--endpoint", f"http://127.0.0.1:{tarn_server.free_port()}")
    assert done.returncode != 0 and "tarn serve" in done.stderr


def test_a_second_server_on_the_same_data_is_refused(server: tarn_server.Server) -> None:
    done = tarn("serve", "--port", str(tarn_server.free_port()), "--data", str(server.data), timeout=30)
    assert done.returncode != 0
    assert f"another server uses the data directory {server.data}" in done.stderr, done.stderr
    assert server.is_healthy()


def test_a_second_server_on_the_same_port_is_refused(server: tarn_server.Server, tmp_path: Path) -> None:
    done = tarn("serve", "--port", str(server.port), "--data", str(tmp_path / "other"), timeout=30)
    assert done.returncode != 0
    assert f"another program listens on 127.0.0.1:{server.port}" in done.stderr, done.stderr
    assert server.is_healthy()


def test_what_serve_cannot_use_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = tarn("serve", "--port", "0", "--data", str(file), timeout=30)
    assert done.returncode != 0 and f"the data directory {file} cannot be used: Not a directory" in done.stderr, done.stderr
    for port in ("65536", "99999", "-1"):
        done = tarn("serve", f"--port={port}", "--data", str(tmp_path / "data"), timeout=30)
        assert done.returncode != 0 and "0 to 65535" in done.stderr, done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_default_root_key_is_not_offered_to_the_network(tmp_path: Path, host: str) -> None:
    done = tarn("serve", "--host", host, "--port", str(tarn_server.free_port()), "--data", str(tmp_path / "data"), timeout=30)
    assert done.returncode != 0
    assert "refusing to listen" in done.stderr, done.stderr


def test_a_restart_finds_everything(tmp_path: Path) -> None:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "log")
    try:
        server.start()
        s3 = tarn_server.client("s3", server.endpoint, "430000000003")
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="key", Body=b"b" * 200_000)
        server.advance(3_600)
        assert server.stop() == 0, server.log_tail()
        server.start()
        assert s3.get_object(Bucket="kept", Key="key")["Body"].read() == b"b" * 200_000
        with urllib.request.urlopen(f"{server.endpoint}/_tarn/clock", timeout=10) as answer:
            shown = json.load(answer)["now"]
        last = s3.head_object(Bucket="kept", Key="key")["LastModified"]
        assert shown > f"{last:%Y-%m-%dT%H:%M:%S}"
    finally:
        server.stop()
