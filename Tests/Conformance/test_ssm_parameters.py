"""Parameter Store over the wire."""

from __future__ import annotations

import datetime
import json

import pytest
from refusals import code_and_message, refusal


@pytest.fixture(scope="module")
def ssm(client_for):
    return client_for("ssm")


@pytest.fixture
def user(iam, unique, client_for):
    made = []

    def make(*statements):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, key["AccessKeyId"]))
        return client_for("ssm", key)

    yield make
    for name, key in made:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user_policy(UserName=name, PolicyName="own")
        iam.delete_user(UserName=name)


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def test_a_parameter_lives(ssm, account, unique):
    name = f"/{unique('app')}/db"
    assert ssm.put_parameter(Name=name, Value="1", Type="String")["Version"] == 1
    assert ssm.put_parameter(Name=name, Value="2", Type="String", Overwrite=True)["Version"] == 2
    assert code_and_message(ssm.put_parameter, Name=name, Value="3", Type="String") == (
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
    got = ssm.get_parameter(Name=name)["Parameter"]
    assert (got["Value"], got["Version"], got["DataType"]) == ("2", 2, "text")
    assert got["ARN"] == f"arn:aws:ssm:us-east-1:{account}:parameter{name}"
    ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["stable"])
    assert ssm.get_parameter(Name=f"{name}:stable")["Parameter"]["Value"] == "1"
    assert ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Selector"] == ":1"
    assert [entry["Value"] for entry in ssm.get_parameter_history(Name=name)["Parameters"]] == ["1", "2"]
    assert code_and_message(ssm.get_parameter, Name=f"{name}:7") == (
        "ParameterVersionNotFound", f"Systems Manager could not find version 7 of {name}. Verify the version and try again.")
    ssm.unlabel_parameter_version(Name=name, ParameterVersion=1, Labels=["stable"])
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=[{"Key": "a", "Value": "b"}])
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"] == [{"Key": "a", "Value": "b"}]
    ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=name, TagKeys=["a"])
    many = ssm.get_parameters(Names=[name, "/none"])
    assert len(many["Parameters"]) == 1 and many["InvalidParameters"] == ["/none"]
    assert ssm.delete_parameters(Names=[name, "/none"])["DeletedParameters"] == [name]
    assert refusal(ssm.delete_parameter, Name=name).code == "ParameterNotFound"


def test_a_version_or_an_arn_does_not_stand_for_the_parameter(ssm, account, unique):
    name = f"/{unique('whole')}/x"
    ssm.put_parameter(Name=name, Value="1", Type="String")
    ssm.label_parameter_version(Name=name, Labels=["first"])
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter{name}"
    for other in (f"{name}:1", f"{name}:first", arn):
        assert refusal(ssm.delete_parameter, Name=other).code == "ValidationException"
        assert ssm.delete_parameters(Names=[other]) | {"ResponseMetadata": None} == {
            "DeletedParameters": [], "InvalidParameters": [other], "ResponseMetadata": None}
        assert refusal(ssm.label_parameter_version, Name=other, Labels=["second"]).code == "ValidationException"
        assert refusal(ssm.unlabel_parameter_version, Name=other, ParameterVersion=1, Labels=["first"]).code == (
            "ValidationException")
    for other in (f"{name}:1", f"{name}:first"):
        tag = {"ResourceType": "Parameter", "ResourceId": other}
        assert refusal(ssm.add_tags_to_resource, **tag, Tags=[{"Key": "a", "Value": "b"}]).code == "InvalidResourceId"
        assert refusal(ssm.list_tags_for_resource, **tag).code == "InvalidResourceId"
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "1"


def test_hierarchies(ssm, unique):
    root = f"/{unique('tree')}"
    for path in ["a", "b/c", "b/d", "b/e/f"]:
        ssm.put_parameter(Name=f"{root}/{path}", Value=path, Type="String")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=root, Recursive=True, PaginationConfig={"PageSize": 2})
    assert [entry["Value"] for page in pages for entry in page["Parameters"]] == ["a", "b/c", "b/d", "b/e/f"]
    assert [entry["Value"] for entry in ssm.get_parameters_by_path(Path=f"{root}/b")["Parameters"]] == ["b/c", "b/d"]
    found = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [f"{root}/b"]}])["Parameters"]
    assert len(found) == 3 and found[0]["Tier"] == "Standard"
    assert refusal(ssm.put_parameter, Name="/" + "/".join("abcdefghijklmnop"), Value="x", Type="String").code == (
        "HierarchyLevelLimitExceededException")
    code, message = code_and_message(ssm.put_parameter, Name="ssm-x", Value="x", Type="String")
    assert code == "ValidationException" and message == (
        "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
    code, message = code_and_message(ssm.put_parameter, Name=f"{root}/big", Value="x" * 4097, Type="String")
    assert message.startswith("Standard tier parameters support a maximum parameter value of 4096 characters.")


def test_secure_strings_need_the_key(ssm, client_for, user, account, unique):
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    name = f"/{unique('secure')}/p"
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter{name}"
    ssm.put_parameter(Name=name, Value="hush", Type="SecureString", KeyId=key)
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] != "hush"
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "hush"
    without = user(allow("ssm:GetParameter", arn))
    without.get_parameter(Name=name)
    code, message = code_and_message(without.get_parameter, Name=name, WithDecryption=True)
    assert code == "AccessDeniedException" and "kms:Decrypt" in message
    holder = user(allow("ssm:GetParameter", arn), allow("kms:Decrypt", key, Condition={
        "StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": arn}}))
    assert holder.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "hush"
    plain = f"{name}-default"
    ssm.put_parameter(Name=plain, Value="own", Type="SecureString", Tier="Advanced")
    reader = user(allow("ssm:GetParameter*", f"{arn}-default"))
    assert reader.get_parameters(Names=[plain], WithDecryption=True)["Parameters"][0]["Value"] == "own"
    assert refusal(ssm.put_parameter, Name=f"{name}2", Value="x", Type="SecureString", KeyId="alias/none").code == "InvalidKeyId"


def test_permissions_are_by_path(ssm, user, account, unique):
    root = unique("team")
    ssm.put_parameter(Name=f"/{root}/a", Value="1", Type="String")
    ssm.put_parameter(Name=f"/{root}-other/a", Value="1", Type="String")
    base = f"arn:aws:ssm:us-east-1:{account}:parameter/{root}"
    member = user(allow(["ssm:GetParameter", "ssm:GetParameters"], f"{base}/*"), allow("ssm:GetParametersByPath", base))
    assert member.get_parameter(Name=f"/{root}/a")["Parameter"]["Value"] == "1"
    assert member.get_parameters_by_path(Path=f"/{root}")["Parameters"][0]["Value"] == "1"
    code, message = code_and_message(member.get_parameter, Name=f"/{root}-other/a")
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: ssm:GetParameter on resource: {base}-other/a" in message
    assert refusal(member.get_parameters, Names=[f"/{root}/a", f"/{root}-other/a"]).code == "AccessDeniedException"
    assert refusal(member.put_parameter, Name=f"/{root}/b", Value="x", Type="String").code == "AccessDeniedException"


def test_public_parameters(ssm, client_for):
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = ssm.get_parameter(Name=name)["Parameter"]
    assert image["Value"].startswith("ami-") and image["ARN"] == f"arn:aws:ssm:us-east-1::parameter{name}"
    assert client_for("ssm", region="eu-west-1").get_parameter(Name=name)["Parameter"]["Value"] != image["Value"]
    ecs = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended"
    ids = {entry["Name"]: entry["Value"] for entry in ssm.get_parameters(Names=[ecs, f"{ecs}/image_id"])["Parameters"]}
    assert json.loads(ids[ecs])["image_id"] == ids[f"{ecs}/image_id"]
    eks = "/aws/service/eks/optimized-ami/1.31/amazon-linux-2023/x86_64/standard/recommended/image_id"
    assert ssm.get_parameter(Name=eks)["Parameter"]["DataType"] == "aws:ec2:image"
    regions = ssm.get_paginator("get_parameters_by_path").paginate(Path="/aws/service/global-infrastructure/regions")
    assert "eu-central-1" in {entry["Value"] for page in regions for entry in page["Parameters"]}
    assert code_and_message(ssm.put_parameter, Name="/aws/service/mine", Value="x", Type="String") == (
        "AccessDeniedException", "No access to reserved parameter name: /aws/service/mine.")
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String", Overwrite=True)
    assert ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"] == "21"


def test_secrets_are_read_as_parameters(ssm, client_for, user, unique):
    secrets, secret = client_for("secretsmanager"), unique("secret")
    made = secrets.create_secret(Name=secret, SecretString="one")
    secrets.put_secret_value(SecretId=secret, SecretString="two")
    name = f"/aws/reference/secretsmanager/{secret}"
    shown = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (shown["Name"], shown["Type"], shown["Value"], shown["Version"]) == (name, "SecureString", "two", 0)
    assert shown["ARN"] == made["ARN"] and json.loads(shown["SourceResult"])["SecretString"] == "two"
    for selector in (made["VersionId"], "AWSPREVIOUS"):
        assert ssm.get_parameter(Name=f"{name}:{selector}", WithDecryption=True)["Parameter"]["Value"] == "one"
    many = ssm.get_parameters(Names=[name, f"{name}x"], WithDecryption=True)
    assert [entry["Value"] for entry in many["Parameters"]] == ["two"] and many["InvalidParameters"] == [f"{name}x"]
    assert code_and_message(ssm.get_parameter, Name=f"{name}x", WithDecryption=True) == ("ParameterNotFound", (
        f"An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {name}x not found."))
    assert code_and_message(ssm.get_parameter, Name=name) == (
        "ValidationException", "WithDecryption flag must be True for retrieving a Secret Manager secret.")
    # The right to the parameter is not the right to the secret.
    theirs = user({"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"})
    code, message = code_and_message(theirs.get_parameter, Name=name, WithDecryption=True)
    assert code == "AccessDeniedException" and "secretsmanager:GetSecretValue" in message


def test_the_default_tier_is_a_setting(client_for, unique):
    ssm, setting = client_for("ssm", region="eu-south-1"), "/ssm/parameter-store/default-parameter-tier"
    assert ssm.get_service_setting(SettingId=setting)["ServiceSetting"]["Status"] == "Default"
    assert refusal(ssm.update_service_setting, SettingId=setting, SettingValue="Gold").code == "ValidationException"
    ssm.update_service_setting(SettingId=setting, SettingValue="Advanced")
    shown = ssm.get_service_setting(SettingId=setting)["ServiceSetting"]
    assert (shown["SettingValue"], shown["Status"]) == ("Advanced", "Customized")
    assert ssm.put_parameter(Name=unique("tier"), Value="x", Type="String")["Tier"] == "Advanced"
    assert ssm.reset_service_setting(SettingId=shown["ARN"])["ServiceSetting"]["SettingValue"] == "Standard"
    assert ssm.put_parameter(Name=unique("tier"), Value="x", Type="String")["Tier"] == "Standard"
    assert refusal(ssm.get_service_setting, SettingId="/ssm/nothing").code == "ServiceSettingNotFound"


def test_what_is_not_built_refuses(ssm):
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    assert ssm.describe_sessions(State="Active")["Sessions"] == []
    assert ssm.list_commands()["Commands"] == []
    assert refusal(ssm.list_documents).code == "NotImplemented"
    assert refusal(ssm.send_command, DocumentName="AWS-RunShellScript").code == "NotImplemented"


def test_no_target_is_connected(ssm):
    """StartSession answers as AWS does for a node that is not managed."""
    assert code_and_message(ssm.start_session, Target="i-0123456789abcdef0") == (
        "TargetNotConnected", "i-0123456789abcdef0 is not connected.")
    assert refusal(ssm.start_session, Target="i-0123456789abcdef0", DocumentName="None").code == "InvalidDocument"


def test_the_command_line(aws, unique):
    name = f"/{unique('cli')}"
    aws("ssm", "put-parameter", "--name", name, "--value", "v", "--type", "SecureString")
    assert aws("ssm", "get-parameter", "--name", name, "--with-decryption", "--query", "Parameter.Value",
               "--output", "text").strip() == "v"
    error = aws("ssm", "get-parameter", "--name", f"{name}x", fails=True)
    assert "An error occurred (ParameterNotFound) when calling the GetParameter operation" in error


def test_a_parameter_expires(ssm, unique, advance):
    name = f"/{unique('expiring')}"
    ssm.put_parameter(Name=name, Value="x", Type="String")
    moment = ssm.get_parameter(Name=name)["Parameter"]["LastModifiedDate"].timestamp()
    due = datetime.datetime.fromtimestamp(moment + 3600, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    ssm.put_parameter(Name=name, Value="x", Type="String", Tier="Advanced", Overwrite=True, Policies=json.dumps(
        [{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": due}}]))
    assert ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"][0]["Policies"][0][
        "PolicyType"] == "Expiration"
    advance(3700)
    assert refusal(ssm.get_parameter, Name=name).code == "ParameterNotFound"


def test_a_notification_is_finished_until_the_next_change(ssm, unique, advance):
    name = f"/{unique('notified')}"
    ssm.put_parameter(Name=name, Value="x", Type="String", Tier="Advanced", Policies=json.dumps(
        [{"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "1", "Unit": "Hours"}}]))

    def status():
        (one,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
        return one["Policies"][0]["PolicyStatus"]

    assert status() == "Pending"
    advance(3700)
    assert status() == "Finished"
    ssm.put_parameter(Name=name, Value="y", Overwrite=True)
    assert status() == "Pending"
