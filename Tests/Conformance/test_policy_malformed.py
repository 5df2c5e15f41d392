"""Policies are refused when they are put, with AWS's messages, and what was there before stays."""

from __future__ import annotations

import json

import pytest
import tarn_server
from botocore.exceptions import ClientError

GOOD = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def deep(levels):
    return '{"Version":"2012-10-17","Statement":' + '{"a":' * levels + "1" + "}" * levels + "}"


SYNTAX = "Syntax errors in policy."
IDENTITY = [
    ("{", SYNTAX), ("[]", SYNTAX), (deep(1_000), SYNTAX), ('{"Version":"2012-10-17","Version":"2012-10-17"}', SYNTAX),
    (document([]), SYNTAX), (document({**GOOD, "Effekt": "Allow"}), SYNTAX),
    (document({**GOOD, "Resource": " arn:aws:kms:*:111122223333:key/*"}),
     'Resource  arn:aws:kms:*:111122223333:key/* must be in ARN format or "*".'),
    (document({**GOOD, "Resource": "box"}), 'Resource box must be in ARN format or "*".'),
    (document({**GOOD, "Resource": "arn:awz:s3:::b"}), 'Partition "awz" is not valid for resource "arn:awz:s3:::b".'),
    (document({**GOOD, "Action": "GetObject"}), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    (document({**GOOD, "Condition": {"StringEqualz": {"aws:a": "b"}}}), "Invalid Condition type : StringEqualz."),
    (document({**GOOD, "Principal": "*"}), "Policy document should not specify a principal."),
    (document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}),
     "Policy document should not specify a principal."),
    (document({**GOOD, "Action": "s3:Get:Object"}), "Actions/Condition can contain only one colon."),
    (document({**GOOD, "Resource": "arn:aws:s3:us-east-1::b"}),
     "Resource arn:aws:s3:us-east-1::b can not contain region information."),
    (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
    (document({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
    (document({**GOOD, "Sid": "a b"}),
     "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"),
    (document([{**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}]), "Statement IDs (SID) in a single policy must be unique."),
]


@pytest.mark.parametrize("text, message", IDENTITY)
def test_identity_policies(iam, unique, text, message):
    name = unique("malformed")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(GOOD))
    with pytest.raises(ClientError) as refused:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=text)
    error = refused.value.response
    assert error["Error"]["Code"] == "MalformedPolicyDocument" and error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Message"] == message
    assert iam.get_user_policy(UserName=name, PolicyName="own")["PolicyDocument"]["Statement"] == GOOD
    iam.delete_user_policy(UserName=name, PolicyName="own")
    iam.delete_user(UserName=name)


def test_bucket_policies(s3, bucket):
    own = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject",
           "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=document(own))
    rows = [
        ("{", "Policies must be valid JSON and the first byte must be '{'"),
        (deep(1_000), "Policies must be valid JSON and the first byte must be '{'"),
        (document({**own, "Resource": "arn:aws:s3:::another/*"}), "Policy has invalid resource"),
        (document({**own, "Action": "sqs:SendMessage"}), "Policy has invalid action"),
        (document({**own, "Principal": {"AWS": "somebody"}}), "Invalid principal in policy"),
        (document({**own, "Condition": {"StringEqualz": {"aws:a": "b"}}}), "Invalid Condition type : StringEqualz"),
        (document({**own, "Condition": {"StringEquals": {"s3:prefiks": "b"}}}), "Policy has an invalid condition key"),
        (document({**own, "Condition": {"StringEquals": {"s3:prefix": "b"}}}),
         "Conditions do not apply to combination of actions and resources in statement"),
        (document({key: value for key, value in own.items() if key != "Principal"}), "Missing required field Principal"),
        (document({key: value for key, value in own.items() if key != "Action"}), "Missing required field Action"),
    ]
    for text, message in rows:
        with pytest.raises(ClientError) as refused:
            s3.put_bucket_policy(Bucket=bucket, Policy=text)
        assert refused.value.response["Error"]["Code"] == "MalformedPolicy", text
        assert refused.value.response["Error"]["Message"] == message, text
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"] == own
    s3.delete_bucket_policy(Bucket=bucket)


def test_principals_must_exist(s3, client_for, iam, bucket, unique, account, endpoint, monkeypatch):
    """A user or role that a policy names must be there, in whatever account; the account's root stands for all of it."""
    name, other = unique("named"), "444455556666"
    trust = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other}:role/{name}"}, "Action": "sts:AssumeRole"})
    foreign = client_for("iam", other)
    arn = foreign.create_role(RoleName=name, AssumeRolePolicyDocument=trust.replace(f"role/{name}", "root"))["Role"]["Arn"]
    # Its clients put the account before the host name, so AWS's own is asked for, by proxy.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    control, point = tarn_server.session(account).client(
        "s3control", use_ssl=False, config=tarn_server.settings(proxies={"http": endpoint})), unique("point")
    control.create_access_point(AccountId=account, Name=point, Bucket=bucket)
    queue = client_for("sqs").create_queue(QueueName=name)["QueueUrl"]
    topic = client_for("sns").create_topic(Name=name)["TopicArn"]

    def statement(actions, resource):
        return document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": actions, "Resource": resource})

    def puts():
        """Each way of naming the role, with the refusal that it meets once the role is gone."""
        yield ("MalformedPolicy", "Invalid principal in policy"), lambda: s3.put_bucket_policy(
            Bucket=bucket, Policy=statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
        yield ("MalformedPolicy", "Invalid principal in policy"), lambda: control.put_access_point_policy(
            AccountId=account, Name=point, Policy=statement(
                "s3:GetObject", f"arn:aws:s3:us-east-1:{account}:accesspoint/{point}/object/*"))
        yield ("InvalidAttributeValue", "Invalid value for the parameter Policy."), lambda: client_for(
            "sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": statement("sqs:SendMessage", "*")})
        yield ("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"), lambda: client_for(
            "sns").set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=statement("sns:Publish", topic))

    for _, put in puts():
        put()
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.delete_role(RoleName=name)
    foreign.delete_role(RoleName=name)
    for expected, put in puts():
        with pytest.raises(ClientError) as refused:
            put()
        error = refused.value.response["Error"]
        assert (error["Code"], error["Message"]) == expected
    with pytest.raises(ClientError) as refused:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    assert refused.value.response["Error"]["Message"] == f'Invalid principal in policy: "AWS":"{arn}"'
    control.delete_access_point(AccountId=account, Name=point)


def test_misspelled_services(s3, client_for, iam, bucket, unique, account, function):
    """A service that is one slip away from a frequent one is none."""
    name, wrong = unique("misspelled"), "lamda.amazonaws.com"

    def statement(service, actions, resource=None):
        rest = {"Resource": resource} if resource else {}
        return document({"Effect": "Allow", "Principal": {"Service": ["s3.amazonaws.com", service]}, "Action": actions, **rest})

    queue = client_for("sqs").create_queue(QueueName=name)["QueueUrl"]
    topic = client_for("sns").create_topic(Name=name)["TopicArn"]
    key = client_for("kms").create_key()["KeyMetadata"]["KeyId"]
    secret = client_for("secretsmanager").create_secret(Name=name, SecretString="x")["ARN"]
    held = function({"index.py": "def handler(event, context):\n    pass\n"})["FunctionName"]
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}

    def puts(service):
        used = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "kms:Decrypt", "Resource": "*"}
        yield "MalformedPolicyDocument", lambda: iam.update_assume_role_policy(
            RoleName=name, PolicyDocument=statement(service, "sts:AssumeRole"))
        yield "MalformedPolicy", lambda: s3.put_bucket_policy(
            Bucket=bucket, Policy=statement(service, "s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
        yield "InvalidAttributeValue", lambda: client_for("sqs").set_queue_attributes(
            QueueUrl=queue, Attributes={"Policy": statement(service, "sqs:SendMessage", "*")})
        yield "InvalidParameter", lambda: client_for("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=statement(service, "sns:Publish", topic))
        yield "MalformedPolicyDocumentException", lambda: client_for("kms").put_key_policy(
            KeyId=key, Policy=document([root, used]))
        yield "MalformedPolicyDocumentException", lambda: client_for("secretsmanager").put_resource_policy(
            SecretId=secret, ResourcePolicy=statement(service, "secretsmanager:GetSecretValue", "*"))
        yield "InvalidParameterValueException", lambda: client_for("lambda").add_permission(
            FunctionName=held, StatementId=service.split(".")[0], Action="lambda:InvokeFunction", Principal=service)

    with pytest.raises(ClientError) as refused:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=statement(wrong, "sts:AssumeRole"))
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "MalformedPolicyDocument", f'Invalid principal in policy: "SERVICE":"{wrong}"')
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=statement("lambda.amazonaws.com", "sts:AssumeRole"))
    for service in ("lambda.amazonaws.com", "edgelambda.amazonaws.com"):
        for _, put in puts(service):
            put()
    for code, put in puts(wrong):
        with pytest.raises(ClientError) as refused:
            put()
        assert refused.value.response["Error"]["Code"] == code
