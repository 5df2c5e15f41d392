"""`tarn imds`: processes that find a role's keys by themselves, as on an instance or in a container."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
import tarn_server

WHO = "import boto3, json; print(json.dumps(boto3.client('sts').get_caller_identity()))"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusts(service):
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


@pytest.fixture(scope="module")
def role(iam, unique):
    def make(service="ec2.amazonaws.com", *statements):
        name = unique("role")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts(service))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return name

    return make


@pytest.fixture(scope="module")
def environment(aws_environment, account):
    kept = {name: value for name, value in aws_environment.items()
            if name not in ("AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
    return {**kept, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def imds(environment):
    """imds("--role", name, "--", "command"): the finished process."""

    def run(*words, keys=None):
        more = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), keys)) if keys else {}
        return subprocess.run(
            [str(tarn_server.binary()), "imds", *words], env={**environment, **more}, capture_output=True, text=True,
            timeout=60, stdin=subprocess.DEVNULL, check=False)

    return run


@pytest.fixture
def served(environment):
    """served("--role", name): the variables of an endpoint that serves until the test ends."""
    running = []

    def start(*words):
        process = subprocess.Popen(
            [str(tarn_server.binary()), "imds", *words], env=environment, stdout=subprocess.PIPE, text=True)
        running.append(process)
        variables = {}
        for line in process.stdout:
            name, _, value = line.removeprefix("export ").strip().partition("=")
            variables[name] = value
            if name == "AWS_SHARED_CREDENTIALS_FILE":
                return variables
        raise AssertionError("the endpoint did not start")

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()


def ask(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_boto3_finds_the_instances_keys(imds, role, account):
    name = role()
    done = imds("--role", name, "--", sys.executable, "-c", WHO)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["Arn"].startswith(f"arn:aws:sts::{account}:assumed-role/{name}/i-0")
    assert answer["UserId"].startswith("AROA")


def test_the_cli_works_with_the_roles_rights_and_no_more(imds, role, s3, unique):
    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    name = role("ec2.amazonaws.com", {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    aws = f"{sys.executable} -m awscli s3"
    done = imds("--role", name, "--", "bash", "-c", f"echo hello | {aws} cp - s3://{bucket}/a && {aws} ls s3://{bucket}")
    assert "AccessDenied" in done.stderr and done.returncode != 0
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"hello\n"


def test_a_container_finds_its_keys(imds, role, account):
    name = role("ecs-tasks.amazonaws.com")
    done = imds("--container", "--role", name, "--", sys.executable, "-c", WHO)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Arn"].startswith(f"arn:aws:sts::{account}:assumed-role/{name}/")


def test_the_commands_exit_code_is_passed_on(imds, role):
    assert imds("--role", role(), "--", "bash", "-c", "exit 7").returncode == 7


def test_tokens_are_required_and_end(served, role):
    name = role()
    base = served("--role", name)["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "latest/"
    assert ask(base + "meta-data/")[0] == 401
    assert ask(base + "api/token", "PUT")[0] == 400
    assert ask(base + "api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="21601")[0] == 400
    assert ask(base + "api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60", X_Forwarded_For="10.0.0.1")[0] == 403
    status, token = ask(base + "api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    assert status == 200
    assert ask(base + "meta-data/", X_aws_ec2_metadata_token=token[:-4] + "AAAA")[0] == 401

    def page(path):
        return ask(base + path, X_aws_ec2_metadata_token=token)

    assert page("meta-data/iam/security-credentials/") == (200, name)
    keys = json.loads(page(f"meta-data/iam/security-credentials/{name}")[1])
    assert (keys["Code"], keys["Type"], keys["AccessKeyId"][:4]) == ("Success", "AWS-HMAC", "ASIA")
    assert json.loads(page(f"meta-data/iam/security-credentials/{name}")[1]) | {"Expiration": 0, "LastUpdated": 0} \
        == keys | {"Expiration": 0, "LastUpdated": 0}
    assert page("meta-data/iam/security-credentials/other")[0] == 404
    instance = page("meta-data/instance-id")[1]
    assert page("meta-data/placement/region") == (200, "us-east-1")
    identity = json.loads(page("dynamic/instance-identity/document")[1])
    assert (identity["instanceId"], identity["region"]) == (instance, "us-east-1")
    assert "instance-id" in page("meta-data")[1].split()


def test_version_one_where_it_is_allowed(served, role):
    name = role()
    base = served("--role", name, "--http-tokens", "optional")["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
    assert ask(base + "latest/meta-data/iam/security-credentials/") == (200, name)


def test_a_container_must_show_its_authorization(served, role):
    variables = served("--container", "--role", role("ecs-tasks.amazonaws.com"))
    url = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    assert ask(url)[0] == 401
    assert ask(url, Authorization="wrong")[0] == 401
    status, text = ask(url, Authorization=variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
    assert status == 200 and set(json.loads(text)) == {"RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}


def test_a_role_that_does_not_trust_the_service_gives_no_keys(served, role):
    name = role("lambda.amazonaws.com")
    base = served("--role", name, "--http-tokens", "optional")["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
    answer = json.loads(ask(base + f"latest/meta-data/iam/security-credentials/{name}")[1])
    assert answer["Code"] == "AssumeRoleUnauthorizedAccess"
    assert f"EC2 cannot assume the role {name}." in answer["Message"]


def test_the_operator_must_be_allowed_to_pass_the_role(imds, iam, role, account, unique):
    name, user = role(), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    keys = (key["AccessKeyId"], key["SecretAccessKey"])
    done = imds("--role", name, "--", "true", keys=keys)
    assert done.returncode != 0 and "iam:PassRole" in done.stderr
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": f"arn:aws:iam::{account}:role/{name}",
         "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}))
    assert imds("--role", name, "--", "true", keys=keys).returncode == 0
    assert imds("--role", name, "--", "true", keys=(keys[0], "wrong")).returncode != 0
    assert imds("--role", "nobody", "--", "true").returncode != 0


def test_policies_see_how_the_keys_were_delivered(served, role, endpoint, account, s3, unique):
    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    name = role("ec2.amazonaws.com", {
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
        "Condition": {"NumericGreaterThanEquals": {"ec2:RoleDelivery": "2.0"}}})
    base = served("--role", name, "--http-tokens", "optional")["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "latest/"
    token = ask(base + "api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")[1]
    path = base + f"meta-data/iam/security-credentials/{name}"
    for headers, works in (({"X_aws_ec2_metadata_token": token}, True), ({}, False)):
        keys = json.loads(ask(path, **headers)[1])
        client = tarn_server.client(
            "s3", endpoint, account, token=keys["Token"], key=keys["AccessKeyId"], secret=keys["SecretAccessKey"])
        if works:
            client.list_objects_v2(Bucket=bucket)
        else:
            with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
                client.list_objects_v2(Bucket=bucket)
