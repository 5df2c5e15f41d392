"""`tarn fault`: services and whole Regions that are throttled or away, as their clients meet them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest
import tarn_server
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tarn_server.Server]:
    """A server whose faults meet nobody else."""
    home = tmp_path_factory.mktemp("faults")
    server = tarn_server.Server(data=home / "data", log=home / "server.log")
    server.start()
    try:
        yield server
    finally:
        assert server.stop() == 0


def fault(server: tarn_server.Server, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tarn_server.binary()), "fault", *words, "--endpoint", server.endpoint], capture_output=True, text=True, timeout=60,
        check=False, env=dict(os.environ))


def answer(server: tarn_server.Server, service: str, call: str, region: str = "us-east-1") -> tuple[str, int]:
    client = tarn_server.client(service, server.endpoint, "444455556666", region)
    try:
        getattr(client, call)()
        return "", 200
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


CALLS = [("s3", "list_buckets"), ("dynamodb", "list_tables"), ("sqs", "list_queues"), ("sns", "list_topics"),
         ("lambda", "list_functions"), ("kms", "list_keys")]


def test_a_region_that_is_away(own: tarn_server.Server) -> None:
    added = fault(own, "add", "unavailable", "--region", "us-east-1")
    assert added.returncode == 0 and "region=us-east-1" in added.stdout and "service=all" in added.stdout
    for service, call in CALLS:
        assert answer(own, service, call) == ("ServiceUnavailable", 503), service
        assert answer(own, service, call, "eu-west-1") == ("", 200), service
    assert fault(own, "clear").stdout == "1 removed\n"
    assert [answer(own, *call) for call in CALLS] == [("", 200)] * len(CALLS)


@pytest.mark.parametrize("service, call, expected", [
    ("s3", "list_buckets", ("SlowDown", 503)), ("dynamodb", "list_tables", ("ThrottlingException", 400)),
    ("lambda", "list_functions", ("TooManyRequestsException", 429)), ("iam", "list_users", ("Throttling", 400))])
def test_throttling_in_each_services_words(own: tarn_server.Server, service: str, call: str, expected: tuple[str, int]) -> None:
    assert fault(own, "add", "slow-down", "--service", service, "--count", "1").returncode == 0
    assert answer(own, "ssm", "describe_parameters") == ("", 200)
    assert answer(own, service, call) == expected
    assert answer(own, service, call) == ("", 200)
    fault(own, "clear")


def test_clients_that_retry_get_through(own: tarn_server.Server) -> None:
    for service in ("dynamodb", "sqs"):
        fault(own, "add", "unavailable", "--service", service, "--count", "2")
    settings = {"retries": {"mode": "standard", "max_attempts": 4}}
    assert tarn_server.client("dynamodb", own.endpoint, "444455556666", **settings).list_tables()["TableNames"] == []
    assert "QueueUrls" not in tarn_server.client("sqs", own.endpoint, "444455556666", **settings).list_queues()
    fault(own, "clear")


@pytest.mark.parametrize("words", [
    ["nothing"], ["slow-down", "--service", "nonesuch"], ["unavailable", "--service", "sqs", "--bucket", "b"],
    ["hot-prefix", "--service", "dynamodb"], ["slow"], ["unavailable", "--share", "2"]])
def test_what_is_no_fault(own: tarn_server.Server, words: list[str]) -> None:
    assert fault(own, "add", *words).returncode != 0
    assert fault(own, "list").stdout == ""
