"""One server for the whole run, clients of one account per test module, and makers of roles and functions.

Tests of different modules don't see each other: each module works in an account of its own. Tests of one module
take their names from `unique`. `advance` moves the clock of the one server, for every module: never assume "now".
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))
import tarn_server  # noqa: E402
from raw_http import Answer, Request  # noqa: E402

REGION = "us-east-1"
LAMBDA_TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})
BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

tarn_server.clean_environment()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[tarn_server.Server]:
    """The server under test. Its log is kept when any test failed."""
    home = tmp_path_factory.mktemp("server")
    server = tarn_server.Server(data=home / "data", log=home / "server.log")
    try:
        server.start()
        yield server
    finally:
        code = server.stop()
        if request.session.testsfailed or code != 0:
            print(f"\nserver log kept: {tarn_server.keep_log(server.log, f'server-{request.module.__name__}')}")
    assert code == 0, f"the server did not stop cleanly on SIGTERM: code {code}\n{server.log_tail()}"


@pytest.fixture(autouse=True)
def _server_stays_up(server: tarn_server.Server) -> Iterator[None]:
    yield
    assert server.is_running(), f"the server ended under this test\n{server.log_tail()}"


@pytest.fixture(scope="module")
def endpoint(server: tarn_server.Server) -> str:
    return server.endpoint


@pytest.fixture(scope="module")
def account(request: pytest.FixtureRequest) -> str:
    """A 12-digit account of the module's own; as an access key (secret: test) it is the account's root."""
    digest = int(hashlib.sha256(request.module.__name__.encode()).hexdigest(), 16)
    return str(10**11 + digest % (9 * 10**11))


@pytest.fixture(scope="module")
def client_for(endpoint: str, account: str) -> Callable[..., Any]:
    """client_for(service, credentials=None, region=..., **config).

    `credentials`: an answer's `Credentials` or `AccessKey` structure, a (key, secret[, token]) tuple, a 12-digit
    account, or None for the root of the module's account. `config` goes to botocore's Config; a client for hostile
    input takes `parameter_validation=False`.
    """

    def make(service: str, credentials: Any = None, region: str = REGION, **config: Any) -> Any:
        key, secret, token = account, "test", None
        if isinstance(credentials, str):
            key = credentials
        elif isinstance(credentials, dict):
            key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
            token = credentials.get("SessionToken")
        elif credentials is not None:
            key, secret, *rest = credentials
            token = rest[0] if rest else None
        return tarn_server.client(service, endpoint, account, region, token, secret, key, **config)

    return make


def _client(service: str) -> Any:
    @pytest.fixture(scope="module", name=service)
    def make(client_for: Callable[..., Any]) -> Any:
        return client_for(service)

    return make


s3 = _client("s3")
dynamodb = _client("dynamodb")
dynamodbstreams = _client("dynamodbstreams")
logs = _client("logs")
iam = _client("iam")
sts = _client("sts")
glue = _client("glue")
athena = _client("athena")


@pytest.fixture(scope="module")
def lambda_client(client_for: Callable[..., Any]) -> Any:
    return client_for("lambda")


@pytest.fixture(scope="module")
def resource_for(endpoint: str, account: str) -> Callable[[str], Any]:
    def make(service: str) -> Any:
        session = tarn_server.session(account)
        return session.resource(service, endpoint_url=endpoint, config=tarn_server.settings())

    return make


@pytest.fixture(scope="module")
def s3_resource(resource_for: Callable[[str], Any]) -> Any:
    return resource_for("s3")


@pytest.fixture(scope="module")
def dynamodb_resource(resource_for: Callable[[str], Any]) -> Any:
    return resource_for("dynamodb")


@pytest.fixture(scope="module")
def advance(server: tarn_server.Server) -> Callable[[int], dict[str, Any]]:
    return server.advance


_numbers = itertools.count(1)
_run = uuid.uuid4().hex[:6]


@pytest.fixture(scope="session")
def unique() -> Callable[[str], str]:
    """unique(prefix): a name of lower-case letters, digits and hyphens that nothing else in the run has."""
    return lambda prefix: f"{prefix}-{_run}-{next(_numbers)}"


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """eventually(condition, timeout=20): asks until the condition's answer is true, and returns it.

    An assertion that fails inside the condition counts as "not yet"; the last one is shown when time is up.
    """

    def wait(condition: Callable[[], Any], timeout: float = 20, interval: float = 0.05) -> Any:
        deadline = time.monotonic() + timeout
        last: Any = None
        while True:
            try:
                last = condition()
                if last:
                    return last
            except AssertionError as failure:
                last = failure
            if time.monotonic() > deadline:
                pytest.fail(f"not within {timeout} s: {last!r}")
            time.sleep(interval)

    return wait


@pytest.fixture
def bucket(s3: Any, unique: Callable[[str], str]) -> Iterator[str]:
    """An empty bucket, emptied (all versions) and deleted afterwards."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    yield name
    empty(s3, name)
    s3.delete_bucket(Bucket=name)


def empty(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


@pytest.fixture
def send(endpoint: str, account: str) -> Callable[..., Answer]:
    """send(method, path, query, body, headers...): a signed request to S3 as it stands, past what a client would mend."""

    def make(method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> Answer:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request(endpoint, "s3", method, path, query, headers=fields, body=body, key=account).sign().send()

    return make


@pytest.fixture
def table(dynamodb: Any, unique: Callable[[str], str]) -> Iterator[str]:
    """A table with the string hash key `pk`, deleted afterwards."""
    name = unique("table")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    yield name
    dynamodb.delete_table(TableName=name)


@pytest.fixture
def nothing_changed(s3: Any, dynamodb: Any, bucket: str, table: str) -> Iterator[tuple[str, str]]:
    """A bucket with one object and a table with one item that are the same after the test."""
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "kept"}})
    before = _state(s3, dynamodb, table)
    yield bucket, table
    assert _state(s3, dynamodb, table) == before
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"]
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"kept"


def _state(s3: Any, dynamodb: Any, table: str) -> tuple[Any, ...]:
    return ([entry["Name"] for entry in s3.list_buckets()["Buckets"]], dynamodb.list_tables()["TableNames"],
            dynamodb.scan(TableName=table)["Items"])


@pytest.fixture
def lambda_role(iam: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., str]]:
    """lambda_role(*statements): the ARN of a role that Lambda may assume, with basic logs and the given statements."""
    made: list[tuple[str, bool]] = []

    def make(*statements: dict[str, Any]) -> str:
        name = unique("role")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]
        iam.attach_role_policy(RoleName=name, PolicyArn=BASIC_EXECUTION)
        made.append((name, bool(statements)))
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="own",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        return role["Arn"]

    yield make
    for name, has_own in made:
        if has_own:
            iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.detach_role_policy(RoleName=name, PolicyArn=BASIC_EXECUTION)
        iam.delete_role(RoleName=name)


def zipped(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path, text in files.items():
            bundle.writestr(path, text)
    return archive.getvalue()


@pytest.fixture
def function(
    lambda_client: Any, lambda_role: Callable[..., str], unique: Callable[[str], str]
) -> Iterator[Callable[..., dict[str, Any]]]:
    """function(code, statements=[], **settings): CreateFunction's answer, once the function is active.

    `code`: the text of index.py (with `def handler(event, context)`), or a dict from path to text. `statements`: what
    the execution role may do beside writing logs; `Role=` gives a role of the caller's own. Other keywords go to
    CreateFunction.
    """
    made: list[str] = []

    def make(code: str | dict[str, str], statements: list[dict[str, Any]] | None = None, **settings: Any) -> dict[str, Any]:
        files = {"index.py": code} if isinstance(code, str) else code
        wanted: dict[str, Any] = {
            "FunctionName": unique("function"), "Runtime": "python3.11", "Handler": "index.handler", "Timeout": 20,
            "Code": {"ZipFile": zipped(files)}, **settings,
        }
        if "Role" not in wanted:
            wanted["Role"] = lambda_role(*(statements or []))
        answer = lambda_client.create_function(**wanted)
        made.append(wanted["FunctionName"])
        lambda_client.get_waiter("function_active_v2").wait(
            FunctionName=wanted["FunctionName"], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        return answer

    yield make
    for name in made:
        try:
            lambda_client.delete_function(FunctionName=name)
        except lambda_client.exceptions.ResourceNotFoundException:
            pass  # the test deleted it itself


@pytest.fixture(scope="module")
def events_may_log(logs: Any, account: str) -> None:
    """EventBridge may write to the groups under /aws/events/: the policy that its console puts."""
    logs.put_resource_policy(policyName="TrustEventsToStoreLogEvents", policyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{REGION}:{account}:log-group:/aws/events/*:*"}],
    }))


@pytest.fixture(scope="module")
def aws_environment(endpoint: str) -> dict[str, str]:
    """What a command needs in its environment to reach the server; the credentials come per call."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


@pytest.fixture(scope="module")
def aws(aws_environment: dict[str, str], account: str) -> Callable[..., str]:
    """aws("s3", "ls"): the AWS CLI's standard output. `fails=True` expects a failure and gives standard error."""
    environment = {**aws_environment, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}

    def run(*words: str, fails: bool = False, stdin: bytes | None = None, timeout: float = 60) -> str:
        done = subprocess.run(
            ["aws", *words], env=environment, input=stdin if stdin is not None else b"", capture_output=True,
            timeout=timeout, check=False)
        output, errors = done.stdout.decode(), done.stderr.decode()
        if fails:
            assert done.returncode != 0, f"aws {' '.join(words)} was expected to fail, but said: {output}"
            return errors
        assert done.returncode == 0, f"aws {' '.join(words)}: code {done.returncode}\n{output}\n{errors}"
        return output

    return run
