"""A user or role that is deleted and made again under its name has none of what policies granted to the first
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html, "Role principals" and "IAM
user principals"): a policy is shown with the ARNs that its principals have now, and with the unique ids of deleted ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import tarn_server
from conftest import LAMBDA_TRUST, zipped
from refusals import code_of


@pytest.fixture
def make_role(iam: Any, account: str) -> Callable[[str], dict[str, str]]:
    """make_role(name): a role without policies that the account may take on."""

    def make(name: str) -> dict[str, str]:
        trust = policy(f"arn:aws:iam::{account}:root", "sts:AssumeRole")
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]

    return make


@pytest.fixture
def session_of(sts: Any, client_for: Callable[..., Any]) -> Callable[..., Any]:
    def client(role: dict[str, str], service: str) -> Any:
        keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="again")["Credentials"]
        return client_for(service, keys)

    return client


def policy(principal: str, action: str, resource: str | None = None, **statement: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, **statement}
    if resource:
        statement["Resource"] = resource
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def principal(text: str | dict[str, Any]) -> str:
    document = json.loads(text) if isinstance(text, str) else text
    return document["Statement"][-1]["Principal"]["AWS"]


class Holders:
    """Makes a resource of each kind; gives how its policy is put for a principal, and how it is read."""

    def __init__(
        self, client_for: Callable[..., Any], unique: Callable[[str], str], account: str, endpoint: str
    ) -> None:
        (self.client, self.unique, self.account, self.endpoint) = (client_for, unique, account, endpoint)

    def s3(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        s3, name = self.client("s3"), self.unique("again")
        s3.create_bucket(Bucket=name)
        return (
            lambda who: s3.put_bucket_policy(Bucket=name, Policy=policy(who, "s3:GetObject", f"arn:aws:s3:::{name}/*")),
            lambda: s3.get_bucket_policy(Bucket=name)["Policy"],
        )

    def access_point(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        # Its host begins with the account, so the server is reached as a proxy.
        session = tarn_server.session(self.account)
        settings = tarn_server.settings(proxies={"http": self.endpoint})
        control, name = session.client("s3control", use_ssl=False, config=settings), self.unique("point")
        bucket = self.unique("again")
        self.client("s3").create_bucket(Bucket=bucket)
        at = {"AccountId": self.account, "Name": name}
        arn = control.create_access_point(Bucket=bucket, **at)["AccessPointArn"]
        return (
            lambda who: control.put_access_point_policy(**at, Policy=policy(who, "s3:GetObject", f"{arn}/object/*")),
            lambda: control.get_access_point_policy(**at)["Policy"],
        )

    def kms(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        kms = self.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]

        def put(who: str) -> None:
            both = json.loads(policy(f"arn:aws:iam::{self.account}:root", "kms:*", "*"))
            both["Statement"] += json.loads(policy(who, "kms:Encrypt", "*"))["Statement"]
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(both))

        return put, lambda: kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]

    def sqs(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=self.unique("again"))["QueueUrl"]
        return (
            lambda who: sqs.set_queue_attributes(
                QueueUrl=url, Attributes={"Policy": policy(who, "sqs:SendMessage", "*")}),
            lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"],
        )

    def sns(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        sns = self.client("sns")
        arn = sns.create_topic(Name=self.unique("again"))["TopicArn"]
        return (
            lambda who: sns.set_topic_attributes(
                TopicArn=arn, AttributeName="Policy", AttributeValue=policy(who, "sns:Publish", arn)),
            lambda: sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"],
        )

    def secretsmanager(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        secrets = self.client("secretsmanager")
        arn = secrets.create_secret(Name=self.unique("again"), SecretString="s")["ARN"]
        return (
            lambda who: secrets.put_resource_policy(
                SecretId=arn, ResourcePolicy=policy(who, "secretsmanager:GetSecretValue", "*")),
            lambda: secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"],
        )

    def lambda_(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        functions, name = self.client("lambda"), self.unique("again")
        role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]["Arn"]
        code = {"ZipFile": zipped({"index.py": "def handler(event, context): pass"})}
        functions.create_function(FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code=code)
        return (
            lambda who: functions.add_permission(
                FunctionName=name, StatementId="again", Action="lambda:InvokeFunction", Principal=who),
            lambda: functions.get_policy(FunctionName=name)["Policy"],
        )

    def dynamodb(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        tables, name = self.client("dynamodb"), self.unique("again")
        arn = tables.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )["TableDescription"]["TableArn"]
        return (
            lambda who: tables.put_resource_policy(ResourceArn=arn, Policy=policy(who, "dynamodb:GetItem", arn)),
            lambda: tables.get_resource_policy(ResourceArn=arn)["Policy"],
        )

    def kinesis(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        kinesis, name = self.client("kinesis"), self.unique("again")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
        arn = f"arn:aws:kinesis:us-east-1:{self.account}:stream/{name}"
        return (
            lambda who: kinesis.put_resource_policy(ResourceARN=arn, Policy=policy(who, "kinesis:PutRecord", arn)),
            lambda: kinesis.get_resource_policy(ResourceARN=arn)["Policy"],
        )

    def events(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        events, name = self.client("events"), self.unique("again")
        arn = events.create_event_bus(Name=name)["EventBusArn"]
        return (
            lambda who: events.put_permission(EventBusName=name, Policy=policy(who, "events:PutEvents", arn, Sid="a")),
            lambda: events.describe_event_bus(Name=name)["Policy"],
        )

    def logs(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        logs, name = self.client("logs"), self.unique("again")
        return (
            lambda who: logs.put_resource_policy(policyName=name, policyDocument=policy(who, "logs:PutLogEvents", "*")),
            lambda: next(
                entry["policyDocument"] for entry in logs.describe_resource_policies()["resourcePolicies"]
                if entry["policyName"] == name),
        )

    def iam(self) -> tuple[Callable[[str], Any], Callable[[], Any]]:
        iam, name = self.client("iam"), self.unique("again")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)
        return (
            lambda who: iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy(who, "sts:AssumeRole")),
            lambda: iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"],
        )


KINDS = [name for name in vars(Holders) if not name.startswith("__")]


@pytest.mark.parametrize("kind", KINDS)
def test_policies_show_what_became_of_their_principals(
    kind: str, client_for: Callable[..., Any], account: str, endpoint: str, iam: Any, make_role: Callable[..., Any],
    unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    put, shown = getattr(Holders(client_for, unique, account, endpoint), kind)()
    role = make_role(unique("reader"))
    put(role["Arn"])
    assert principal(shown()) == role["Arn"]
    iam.delete_role(RoleName=role["RoleName"])
    assert principal(shown()) == role["RoleId"]
    again = make_role(role["RoleName"])
    assert again["Arn"] == role["Arn"] and again["RoleId"] != role["RoleId"]
    assert principal(shown()) == role["RoleId"]


def test_a_role_made_again_reads_nothing(
    s3: Any, bucket: str, iam: Any, make_role: Callable[..., Any], session_of: Callable[..., Any], unique: Any
) -> None:
    role = make_role(unique("reader"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"v")
    text = policy(role["Arn"], "s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    first = session_of(role, "s3")
    assert first.get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"

    iam.delete_role(RoleName=role["RoleName"])
    again = session_of(make_role(role["RoleName"]), "s3")
    assert code_of(again.get_object, Bucket=bucket, Key="k") == "AccessDenied"
    # Put once more, the policy means the role that there is now.
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert again.get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"
    s3.delete_bucket_policy(Bucket=bucket)


def test_a_denial_of_everyone_else_spares_only_the_first(
    s3: Any, bucket: str, account: str, iam: Any, make_role: Callable[..., Any], session_of: Callable[..., Any], unique: Any
) -> None:
    role = make_role(unique("reader"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"v")
    everything = json.loads(policy("*", "s3:GetObject", "*"))
    del everything["Statement"][0]["Principal"]
    session = f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/again"
    document = {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "NotPrincipal": {"AWS": [f"arn:aws:iam::{account}:root", role["Arn"], session]},
            "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
        }],
    }
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=json.dumps(everything))
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    assert session_of(role, "s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"

    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="p")
    iam.delete_role(RoleName=role["RoleName"])
    again = make_role(role["RoleName"])
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=json.dumps(everything))
    assert code_of(session_of(again, "s3").get_object, Bucket=bucket, Key="k") == "AccessDenied"
    s3.delete_bucket_policy(Bucket=bucket)


def test_a_user_made_again_takes_on_no_role(
    iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str], account: str
) -> None:
    name, trusted = unique("user"), unique("trusting")
    anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}

    def make() -> tuple[str, Any]:
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(anything))
        return arn, client_for("sts", iam.create_access_key(UserName=name)["AccessKey"])

    arn, user = make()
    role = iam.create_role(RoleName=trusted, AssumeRolePolicyDocument=policy(arn, "sts:AssumeRole"))["Role"]
    assert principal(role["AssumeRolePolicyDocument"]) == arn
    assert user.assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]

    key = iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName=name, AccessKeyId=key)
    iam.delete_user_policy(UserName=name, PolicyName="p")
    iam.delete_user(UserName=name)
    _, again = make()
    assert code_of(again.assume_role, RoleArn=role["Arn"], RoleSessionName="session") == "AccessDenied"


def test_a_renamed_user_keeps_what_was_granted(
    s3: Any, bucket: str, iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str]
) -> None:
    name = unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    user = client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"v")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(arn, "s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    iam.update_user(UserName=name, NewUserName=f"{name}-now", NewPath="/moved/")
    assert user.get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"
    assert principal(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == arn.replace(f"user/{name}", f"user/moved/{name}-now")
    s3.delete_bucket_policy(Bucket=bucket)


def test_a_federated_user_has_what_its_user_was_granted(
    s3: Any, bucket: str, iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str]
) -> None:
    name = unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(anything))
    sts = client_for("sts", iam.create_access_key(UserName=name)["AccessKey"])
    keys = sts.get_federation_token(Name="guest", Policy=json.dumps(anything))["Credentials"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"v")
    document = json.loads(policy(arn, "s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    document["Statement"][0]["Effect"] = "Deny"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    assert code_of(client_for("s3", keys).get_object, Bucket=bucket, Key="k") == "AccessDenied"
    s3.delete_bucket_policy(Bucket=bucket)


def test_ids_in_policies(s3: Any, bucket: str, iam: Any, make_role: Callable[..., Any], unique: Any) -> None:
    objects = f"arn:aws:s3:::{bucket}/*"
    role = make_role(unique("reader"))
    # The id of a role that there is stands for it and is shown as its ARN; a name in a condition is no principal.
    condition = {"StringLike": {"aws:PrincipalArn": role["Arn"]}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(role["RoleId"], "s3:GetObject", objects, Condition=condition))
    kept = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert kept["Principal"] == {"AWS": role["Arn"]}
    assert kept["Condition"] == condition
    iam.delete_role(RoleName=role["RoleName"])
    kept = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert kept["Principal"] == {"AWS": role["RoleId"]}
    assert kept["Condition"] == condition
    for gone in (role["RoleId"], "AROAAAAAAAAAAAAAAAAAA"):
        text = policy(gone, "s3:GetObject", objects)
        assert code_of(s3.put_bucket_policy, Bucket=bucket, Policy=text) == "MalformedPolicy"
    s3.delete_bucket_policy(Bucket=bucket)


def test_a_grant_is_its_first_grantees(
    client_for: Callable[..., Any], iam: Any, make_role: Callable[..., Any], session_of: Callable[..., Any], unique: Any
) -> None:
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    role = make_role(unique("grantee"))
    kms.create_grant(KeyId=key, GranteePrincipal=role["Arn"], Operations=["Encrypt"])
    assert session_of(role, "kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert [g["GranteePrincipal"] for g in kms.list_grants(KeyId=key)["Grants"]] == [role["Arn"]]
    assert kms.list_grants(KeyId=key, GranteePrincipal=role["Arn"])["Grants"]

    iam.delete_role(RoleName=role["RoleName"])
    again = make_role(role["RoleName"])
    assert code_of(session_of(again, "kms").encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    assert [g["GranteePrincipal"] for g in kms.list_grants(KeyId=key)["Grants"]] == [role["RoleId"]]
