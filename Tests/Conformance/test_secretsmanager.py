"""Secrets Manager over the wire: values, versions, refusals, rotation by a real function, and nothing in clear on disk."""

from __future__ import annotations

import json
import uuid

import pytest
from refusals import code_and_message, refusal


@pytest.fixture(scope="module")
def secrets(client_for):
    return client_for("secretsmanager")


@pytest.fixture(scope="module")
def cloudtrail(client_for):
    return client_for("cloudtrail")


@pytest.fixture(scope="module")
def kms(client_for):
    return client_for("kms")


@pytest.fixture
def user(iam, unique, client_for):
    """user(service, *statements): a client of a user who may do just that."""
    made = []

    def make(service, *statements):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, key["AccessKeyId"]))
        return client_for(service, key), iam.get_user(UserName=name)["User"]["Arn"]

    yield make
    for name, key in made:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user_policy(UserName=name, PolicyName="own")
        iam.delete_user(UserName=name)


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def test_a_secret_lives(secrets, unique):
    name = unique("app/db")
    made = secrets.create_secret(
        Name=name, SecretString='{"password":"one"}', Description="d", Tags=[{"Key": "team", "Value": "red"}])
    assert made["ARN"].rsplit("-", 1)[0].endswith(f":secret:{name}")
    got = secrets.get_secret_value(SecretId=made["ARN"])
    assert (got["SecretString"], got["VersionStages"], got["VersionId"]) == (
        '{"password":"one"}', ["AWSCURRENT"], made["VersionId"])
    put = secrets.put_secret_value(SecretId=name, SecretBinary=b"\x00\xff")
    assert put["VersionStages"] == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == b"\x00\xff"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["VersionId"] == made["VersionId"]
    described = secrets.describe_secret(SecretId=name)
    assert described["VersionIdsToStages"] == {made["VersionId"]: ["AWSPREVIOUS"], put["VersionId"]: ["AWSCURRENT"]}
    assert described["Tags"] == [{"Key": "team", "Value": "red"}]
    secrets.update_secret(SecretId=name, SecretString="three", Description="e")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "three"
    secrets.untag_resource(SecretId=name, TagKeys=["team"])
    secrets.tag_resource(SecretId=name, Tags=[{"Key": "a", "Value": "b"}])
    assert secrets.describe_secret(SecretId=name)["Tags"] == [{"Key": "a", "Value": "b"}]
    listed = secrets.list_secrets(Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
    assert [entry["ARN"] for entry in listed] == [made["ARN"]]
    assert len(secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]) == 3
    gone = secrets.delete_secret(SecretId=name)
    assert (gone["DeletionDate"] - described["CreatedDate"]).days in (29, 30)
    assert code_and_message(secrets.get_secret_value, SecretId=name) == (
        "InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
    secrets.restore_secret(SecretId=name)
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert code_and_message(secrets.get_secret_value, SecretId=name) == (
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def test_bad_input_is_refused(secrets, unique):
    name = unique("bad")
    assert code_and_message(secrets.create_secret, Name="no spaces") == (
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
    assert code_and_message(secrets.batch_get_secret_value) == (
        "InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    assert code_and_message(secrets.batch_get_secret_value, SecretIdList=["a"], MaxResults=1) == (
        "InvalidParameterException",
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
    assert refusal(secrets.create_secret, Name=name, AddReplicaRegions=[{"Region": "xx-east-9"}]).code == (
        "InvalidParameterException")
    assert refusal(secrets.create_secret, Name="rds!mine", SecretString="x").code == "InvalidParameterException"
    secrets.create_secret(Name=name)
    assert refusal(secrets.get_secret_value, SecretId=name).message == (
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
    assert code_and_message(secrets.put_secret_value, SecretId=name) == (
        "InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    assert refusal(secrets.create_secret, Name=name).message == (
        f"The operation failed because the secret {name} already exists.")


def test_random_passwords(secrets):
    one = secrets.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]
    assert len(one) == 20 and one.isalnum()
    assert one != secrets.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]


def test_the_key_decides_too(secrets, kms, user, unique):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    name = unique("sealed")
    arn = secrets.create_secret(Name=name, SecretString="s", KmsKeyId=key)["ARN"]
    without, _ = user("secretsmanager", allow("secretsmanager:GetSecretValue", arn))
    assert code_and_message(without.get_secret_value, SecretId=arn) == ("AccessDeniedException", "Access to KMS is not allowed")
    holder, _ = user(
        "secretsmanager", allow("secretsmanager:GetSecretValue", arn),
        allow("kms:Decrypt", key, Condition={"StringEquals": {
            "kms:EncryptionContext:SecretARN": arn, "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}))
    assert holder.get_secret_value(SecretId=arn)["SecretString"] == "s"
    # The AWS managed key serves whoever may use the service.
    plain = secrets.create_secret(Name=unique("plain"), SecretString="p")["ARN"]
    reader, _ = user("secretsmanager", allow("secretsmanager:GetSecretValue", plain))
    assert reader.get_secret_value(SecretId=plain)["SecretString"] == "p"
    code, message = code_and_message(reader.get_secret_value, SecretId=arn)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: secretsmanager:GetSecretValue on resource: {arn} because no identity-based" in message


def test_conditions_and_policies_bind(secrets, user, unique):
    name = unique("guarded")
    arn = secrets.create_secret(Name=name, SecretString="g", Tags=[{"Key": "team", "Value": "red"}])["ARN"]
    tagged, _ = user("secretsmanager", allow("secretsmanager:GetSecretValue", Condition={"StringEquals": {
        "secretsmanager:ResourceTag/team": "red", "secretsmanager:VersionStage": "AWSCURRENT"}}))
    assert tagged.get_secret_value(SecretId=name)["SecretString"] == "g"
    secrets.put_secret_value(SecretId=name, SecretString="h")
    assert refusal(tagged.get_secret_value, SecretId=name, VersionStage="AWSPREVIOUS").code == "AccessDeniedException"
    nobody, who = user("secretsmanager", allow("secretsmanager:ListSecrets"))
    assert refusal(nobody.get_secret_value, SecretId=arn).code == "AccessDeniedException"
    grant = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}
    unknown = json.dumps(grant).replace(who, f"{who}-not")
    assert code_and_message(secrets.put_resource_policy, SecretId=name, ResourcePolicy=unknown) == (
        "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.")
    secrets.put_resource_policy(SecretId=name, ResourcePolicy=json.dumps(grant), BlockPublicPolicy=True)
    assert nobody.get_secret_value(SecretId=arn)["SecretString"] == "h"
    public = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}
    assert refusal(secrets.put_resource_policy, SecretId=name, ResourcePolicy=json.dumps(public),
                   BlockPublicPolicy=True).code == "PublicPolicyException"
    creator, _ = user("secretsmanager", allow(["secretsmanager:CreateSecret", "secretsmanager:TagResource"], Condition={
        "StringEquals": {"aws:RequestTag/team": "blue"}}))
    assert refusal(creator.create_secret, Name=unique("c"), SecretString="x").code == "AccessDeniedException"
    creator.create_secret(Name=unique("c"), SecretString="x", Tags=[{"Key": "team", "Value": "blue"}])
    batch = secrets.batch_get_secret_value(SecretIdList=[arn, unique("none")])
    assert [entry["Name"] for entry in batch["SecretValues"]] == [name] and len(batch["Errors"]) == 1


def test_replicas_follow(secrets, client_for, unique):
    name = unique("replicated")
    made = secrets.create_secret(Name=name, SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert made["ReplicationStatus"][0]["Status"] == "InSync"
    there = client_for("secretsmanager", region="eu-west-1")
    secrets.put_secret_value(SecretId=name, SecretString="2")
    assert there.get_secret_value(SecretId=name)["SecretString"] == "2"
    assert code_and_message(there.put_secret_value, SecretId=name, SecretString="3") == (
        "InvalidRequestException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.")
    secrets.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=["eu-west-1"])
    assert refusal(there.get_secret_value, SecretId=name).code == "ResourceNotFoundException"


ROTATION = """
import boto3


def handler(event, context):
    client = boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    assert "AWSPENDING" in stages[token]
    if step == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="rotated-" + token[:8],
                                    VersionStages=["AWSPENDING"])
    elif step == "testSecret":
        pending = client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        assert pending["SecretString"].startswith("rotated-")
    elif step == "finishSecret":
        current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token,
                                           RemoveFromVersionId=current)
"""


def deeds(cloudtrail, arn):
    """What Secrets Manager has done to the secret by itself, the newest first."""
    found = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn}])["Events"]
    events = [json.loads(event["CloudTrailEvent"]) for event in found]
    own = [event for event in events if event["eventType"] == "AwsServiceEvent"]
    assert all(event["additionalEventData"] == {"SecretId": arn} for event in own)
    return [event["eventName"] for event in own]


def test_a_promoted_replica_is_left_alone(secrets, client_for, unique):
    name = unique("promoted")
    secrets.create_secret(Name=name, SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}])
    there = client_for("secretsmanager", region="eu-west-1")
    there.stop_replication_to_replica(SecretId=name)
    there.put_secret_value(SecretId=name, SecretString="its own")
    regions = [{"Region": "eu-west-1"}]
    (status,) = secrets.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=regions)["ReplicationStatus"]
    assert status["Status"] == "Failed" and "already exists in region eu-west-1" in status["StatusMessage"]
    secrets.put_secret_value(SecretId=name, SecretString="2")
    secrets.tag_resource(SecretId=name, Tags=[{"Key": "a", "Value": "b"}])
    assert there.get_secret_value(SecretId=name)["SecretString"] == "its own"
    assert "Tags" not in there.describe_secret(SecretId=name)
    (status,) = secrets.replicate_secret_to_regions(
        SecretId=name, AddReplicaRegions=regions, ForceOverwriteReplicaSecret=True)["ReplicationStatus"]
    assert status["Status"] == "InSync"
    assert there.get_secret_value(SecretId=name)["SecretString"] == "2"
    assert there.describe_secret(SecretId=name)["PrimaryRegion"] == "us-east-1"
    added = [{"Region": "eu-west-2", "KmsKeyId": "alias/none"}]
    status = secrets.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=added)["ReplicationStatus"][-1]
    assert (status["Region"], status["Status"]) == ("eu-west-2", "Failed") and "alias/none" in status["StatusMessage"]
    secrets.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=["eu-west-1", "eu-west-2"])
    assert refusal(there.describe_secret, SecretId=name).code == "ResourceNotFoundException"


def test_a_function_rotates_the_secret(secrets, cloudtrail, function, lambda_client, unique, eventually):
    name = unique("rotating")
    arn = secrets.create_secret(Name=name, SecretString="initial")["ARN"]
    rotator = function(ROTATION, [allow("secretsmanager:*", arn)])
    rules = {"AutomaticallyAfterDays": 30}
    wanted = {"SecretId": name, "RotationLambdaARN": rotator["FunctionArn"], "RotationRules": rules}
    code, message = code_and_message(secrets.rotate_secret, **wanted)
    assert code == "AccessDeniedException"
    assert message.startswith("Secrets Manager cannot invoke the specified Lambda function.")
    lambda_client.add_permission(
        FunctionName=rotator["FunctionName"], StatementId="rotation", Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com", SourceAccount=arn.split(":")[4])
    token = str(uuid.uuid4())
    assert secrets.rotate_secret(**wanted, ClientRequestToken=token)["VersionId"] == token
    eventually(lambda: "LastRotatedDate" in secrets.describe_secret(SecretId=name), timeout=60)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "rotated-" + token[:8]
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "initial"
    described = secrets.describe_secret(SecretId=name)
    assert described["RotationEnabled"] and described["NextRotationDate"] > described["LastRotatedDate"]
    secrets.cancel_rotate_secret(SecretId=name)
    assert not secrets.describe_secret(SecretId=name)["RotationEnabled"]
    assert deeds(cloudtrail, arn) == ["RotationSucceeded", "RotationStarted"]


def test_a_value_by_hand_ends_a_rotation(secrets, cloudtrail, function, lambda_client, unique, eventually):
    name = unique("abandoned")
    arn = secrets.create_secret(Name=name, SecretString="initial")["ARN"]
    rotator = function("def handler(event, context): raise RuntimeError('never')", [])
    lambda_client.add_permission(
        FunctionName=rotator["FunctionName"], StatementId="rotation", Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com")
    pending = secrets.rotate_secret(SecretId=name, RotationLambdaARN=rotator["FunctionArn"])["VersionId"]
    eventually(lambda: deeds(cloudtrail, arn) == ["RotationFailed", "RotationStarted"], timeout=60)
    assert code_and_message(secrets.rotate_secret, SecretId=name) == (
        "InvalidRequestException", "A previous rotation isn’t complete. That rotation will be reattempted.")
    secrets.put_secret_value(SecretId=name, SecretString="mine", VersionStages=["OTHER"])
    assert secrets.describe_secret(SecretId=name)["VersionIdsToStages"][pending] == ["AWSPENDING"]
    secrets.put_secret_value(SecretId=name, SecretString="by hand")
    assert pending not in secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert deeds(cloudtrail, arn)[0] == "RotationAbandoned"
    assert secrets.rotate_secret(SecretId=name)["VersionId"] != pending


def test_deletions_are_told_and_tokens_are_checked(secrets, cloudtrail, unique):
    name = unique("told")
    arn = secrets.create_secret(Name=name, SecretString="1")["ARN"]
    secrets.put_secret_value(SecretId=name, SecretString="2")
    assert refusal(secrets.list_secret_version_ids, SecretId=name, NextToken="bogus").code == "InvalidNextTokenException"
    one = secrets.list_secret_version_ids(SecretId=name, MaxResults=1)
    two = secrets.list_secret_version_ids(SecretId=name, MaxResults=1, NextToken=one["NextToken"])
    assert one["Versions"] != two["Versions"] and "NextToken" not in two
    secrets.delete_secret(SecretId=name)
    secrets.restore_secret(SecretId=name)
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert deeds(cloudtrail, arn) == [
        "EndSecretVersionDelete", "StartSecretVersionDelete", "CancelSecretVersionDelete", "StartSecretVersionDelete"]


def test_nothing_rests_in_clear(secrets, client_for, server, unique, user):
    """No secret value in the server's log or anywhere in its data directory."""
    ssm = client_for("ssm")
    values = [f"hidden-{uuid.uuid4().hex}" for _ in range(6)]
    name = unique("quiet")
    arn = secrets.create_secret(Name=name, SecretString=values[0])["ARN"]
    secrets.put_secret_value(SecretId=name, SecretBinary=values[1].encode())
    secrets.update_secret(SecretId=name, SecretString=values[2])
    ssm.put_parameter(Name=f"/{name}/small", Value=values[3], Type="SecureString")
    ssm.put_parameter(Name=f"/{name}/large", Value=values[4], Type="SecureString", Tier="Advanced")
    nobody, _ = user("secretsmanager", allow("s3:ListAllMyBuckets"))
    assert refusal(nobody.put_secret_value, SecretId=arn, SecretString=values[5]).code == "AccessDeniedException"
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == values[2]
    assert ssm.get_parameter(Name=f"/{name}/large", WithDecryption=True)["Parameter"]["Value"] == values[4]
    password = secrets.get_random_password(PasswordLength=40, ExcludePunctuation=True)["RandomPassword"]
    files = [server.log, *(path for path in server.data.rglob("*") if path.is_file())]
    assert any(path.stat().st_size for path in files)
    for path in files:
        content = path.read_bytes()
        for value in [*values, password]:
            assert value.encode() not in content, f"{path} holds a secret"


def test_the_command_line(aws, unique):
    name = unique("cli")
    aws("secretsmanager", "create-secret", "--name", name, "--secret-string", "from-cli")
    got = json.loads(aws("secretsmanager", "get-secret-value", "--secret-id", name))
    assert got["SecretString"] == "from-cli"
    error = aws("secretsmanager", "get-secret-value", "--secret-id", unique("none"), fails=True)
    assert ("An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: "
            "Secrets Manager can't find the specified secret.") in error


def test_the_policy_of_a_secret_is_named_default(secrets, unique):
    name = unique("named")
    secrets.create_secret(Name=name, SecretString="1")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}]})
    assert secrets.list_resource_policies(SecretId=name)["ResourcePolicies"] == []
    assert refusal(secrets.put_resource_policy, SecretId=name, ResourcePolicy=policy, PolicyName="other").code == (
        "InvalidParameterException")
    assert secrets.put_resource_policy(SecretId=name, ResourcePolicy=policy, PolicyName="default")["PolicyName"] == "default"
    assert secrets.list_resource_policies(SecretId=name)["ResourcePolicies"] == [{"PolicyName": "default"}]
    got = secrets.get_resource_policy(SecretId=name)
    assert (got["PolicyName"], got["ResourcePolicy"]) == ("default", policy)
    assert refusal(secrets.get_resource_policy, SecretId=name, PolicyName="other").code == "ResourceNotFoundException"
    assert refusal(secrets.delete_resource_policy, SecretId=name, PolicyName="other").code == "InvalidParameterException"
    assert refusal(secrets.list_resource_policies, SecretId=name, NextToken="bogus").code == "InvalidNextTokenException"
    assert secrets.delete_resource_policy(SecretId=name)["PolicyName"] == "default"


def test_every_change_is_dated(secrets, unique, advance):
    name = unique("dated")
    secrets.create_secret(Name=name, SecretString="1")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}]})
    last = secrets.describe_secret(SecretId=name)["LastChangedDate"]
    for change, request in (
            (secrets.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}), (secrets.untag_resource, {"TagKeys": ["a"]}),
            (secrets.put_resource_policy, {"ResourcePolicy": policy}), (secrets.delete_resource_policy, {}),
            (secrets.delete_secret, {}), (secrets.restore_secret, {})):
        advance(60)
        change(SecretId=name, **request)
        changed = secrets.describe_secret(SecretId=name)["LastChangedDate"]
        assert changed > last, change
        last = changed


def test_the_window_ends(secrets, unique, advance):
    name = unique("leaving")
    secrets.create_secret(Name=name, SecretString="x")
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert refusal(secrets.create_secret, Name=name).message == (
        "You can't create this secret because a secret with this name is already scheduled for deletion.")
    advance(7 * 86400 + 1)
    assert refusal(secrets.describe_secret, SecretId=name).code == "ResourceNotFoundException"
    secrets.create_secret(Name=name, SecretString="y")
