"""IAM beyond users, groups, roles and policies: instance profiles, providers, MFA devices, passwords, certificates."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
import struct

import pytest
from refusals import code_and_status, refusal

EC2_TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})


def code(seed, step):
    digest = hmac.new(base64.b32decode(seed), struct.pack(">q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


@pytest.fixture
def user(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    return name


@pytest.fixture(scope="module")
def step(endpoint):
    import datetime
    import urllib.request

    def now():
        with urllib.request.urlopen(f"{endpoint}/_tarn/clock") as answer:
            text = json.load(answer)["now"]
        return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) // 30

    return now


def test_instance_profiles(iam, unique):
    role, profile = unique("role"), unique("profile")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=EC2_TRUST)
    made = iam.create_instance_profile(InstanceProfileName=profile, Path="/x/", Tags=[{"Key": "a", "Value": "1"}])["InstanceProfile"]
    assert made["InstanceProfileId"].startswith("AIPA") and made["Arn"].endswith(f":instance-profile/x/{profile}")
    assert code_and_status(iam.create_instance_profile, InstanceProfileName=profile) == ("EntityAlreadyExists", 409)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
    assert code_and_status(iam.add_role_to_instance_profile, InstanceProfileName=profile, RoleName=role) == ("LimitExceeded", 409)
    assert [r["RoleName"] for r in iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]] == [role]
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"][0]["InstanceProfileName"] == profile
    assert iam.list_instance_profiles(PathPrefix="/x/")["InstanceProfiles"][0]["InstanceProfileName"] == profile
    assert refusal(iam.delete_role, RoleName=role).message == "Cannot delete entity, must remove roles from instance profile first."
    assert code_and_status(iam.delete_instance_profile, InstanceProfileName=profile) == ("DeleteConflict", 409)
    iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    iam.tag_instance_profile(InstanceProfileName=profile, Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_instance_profile(InstanceProfileName=profile, TagKeys=["a"])
    assert iam.list_instance_profile_tags(InstanceProfileName=profile)["Tags"] == [{"Key": "b", "Value": "2"}]
    iam.delete_instance_profile(InstanceProfileName=profile)
    assert refusal(iam.get_instance_profile, InstanceProfileName=profile).message == f"Instance Profile {profile} cannot be found."
    iam.delete_role(RoleName=role)


def test_openid_providers(iam, account):
    url, thumb = "https://tokens.example.com/path", "a" * 40
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["one"], ThumbprintList=[thumb])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/tokens.example.com/path"
    assert code_and_status(iam.create_open_id_connect_provider, Url=url) == ("EntityAlreadyExists", 409)
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (got["Url"], got["ClientIDList"], got["ThumbprintList"]) == ("tokens.example.com/path", ["two"], ["b" * 40])
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert code_and_status(iam.create_open_id_connect_provider, Url="ftp://x.example") == ("ValidationError", 400)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert code_and_status(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn) == ("NoSuchEntity", 404)


def test_saml_providers(iam, unique):
    document = (
        '<EntityDescriptor entityID="https://idp.example.com"><IDPSSODescriptor><KeyDescriptor><X509Certificate>'
        + "A" * 1000 + "</X509Certificate></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>")
    name = unique("saml")
    arn = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document)["SAMLProviderArn"]
    assert iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == document
    assert code_and_status(iam.create_saml_provider, Name=unique("saml"), SAMLMetadataDocument="x" * 1000) == ("InvalidInput", 400)
    assert arn in [entry["Arn"] for entry in iam.list_saml_providers()["SAMLProviderList"]]
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert code_and_status(iam.get_saml_provider, SAMLProviderArn=arn) == ("NoSuchEntity", 404)


def test_service_linked_roles_are_not_to_be_changed(iam):
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine")["Role"]
    assert (role["Path"], role["RoleName"]) == ("/aws-service-role/autoscaling.amazonaws.com/", "AWSServiceRoleForAutoScaling_mine")
    name = role["RoleName"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AutoScalingServiceRolePolicy"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    for call, more in (
        (iam.delete_role, {}), (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": policy}),
        (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (iam.detach_role_policy, {"PolicyArn": attached[0]["PolicyArn"]}),
        (iam.update_assume_role_policy, {"PolicyDocument": EC2_TRUST}), (iam.update_role, {"MaxSessionDuration": 7200}),
    ):
        assert code_and_status(call, RoleName=name, **more) == ("UnmodifiableEntity", 400)
    assert code_and_status(iam.create_service_linked_role, AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine") == ("InvalidInput", 400)
    assert code_and_status(iam.create_service_linked_role, AWSServiceName="nothing.amazonaws.com") == ("InvalidInput", 400)
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert code_and_status(iam.get_role, RoleName=name) == ("NoSuchEntity", 404)


def test_a_second_factor(iam, user, unique, step, client_for, sts, account):
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=unique("phone"))["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"]
    assert len(seed) == 64
    now = step()
    assert code_and_status(iam.enable_mfa_device, UserName=user, SerialNumber=serial, AuthenticationCode1="000000",
                   AuthenticationCode2="000001") == ("InvalidAuthenticationCode", 403)
    iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1=code(seed, now - 2), AuthenticationCode2=code(seed, now - 1))
    assert iam.list_mfa_devices(UserName=user)["MFADevices"][0]["SerialNumber"] == serial
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][0]["User"]["UserName"] == user
    assert code_and_status(iam.delete_virtual_mfa_device, SerialNumber=serial) == ("DeleteConflict", 409)
    assert refusal(iam.delete_user, UserName=user).message == "Cannot delete entity, must delete MFA device first."

    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:List*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = client_for("sts", key)
    assert code_and_status(client_for("iam", key).list_users) == ("AccessDenied", 403)
    plain = own.get_session_token()["Credentials"]
    assert refusal(client_for("iam", plain).list_users).code == "InvalidClientTokenId"
    assert "must provide both" in refusal(own.get_session_token, SerialNumber=serial).message
    assert code_and_status(own.get_session_token, SerialNumber=serial, TokenCode="000000") == ("AccessDenied", 403)
    assert code_and_status(own.get_session_token, SerialNumber=serial + "x", TokenCode=code(seed, step())) == ("AccessDenied", 403)
    shown = code(seed, step())
    session = own.get_session_token(SerialNumber=serial, TokenCode=shown)["Credentials"]
    assert client_for("iam", session).list_users()["Users"]
    assert "invalid MFA one time pass code" in refusal(own.get_session_token, SerialNumber=serial, TokenCode=shown).message
    assert code_and_status(client_for("sts", session).get_session_token) == ("AccessDenied", 403)

    role = unique("role")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}))
    wanted = {"RoleArn": f"arn:aws:iam::{account}:role/{role}", "RoleSessionName": "me"}
    assert code_and_status(own.assume_role, **wanted) == ("AccessDenied", 403)
    own.assume_role(**wanted, SerialNumber=serial, TokenCode=code(seed, step() + 1))
    client_for("sts", session).assume_role(**wanted)
    iam.delete_role(RoleName=role)

    iam.deactivate_mfa_device(UserName=user, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def test_passwords(iam, user, client_for):
    assert code_and_status(iam.get_account_password_policy) == ("NoSuchEntity", 404)
    assert code_and_status(iam.create_login_profile, UserName=user, Password="short") == ("PasswordPolicyViolation", 400)
    iam.create_login_profile(UserName=user, Password="First-Passw0rd", PasswordResetRequired=True)
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is True
    assert code_and_status(iam.create_login_profile, UserName=user, Password="First-Passw0rd") == ("EntityAlreadyExists", 409)
    assert refusal(iam.delete_user, UserName=user).message == "Cannot delete entity, must delete login profile first."
    own = client_for("iam", iam.create_access_key(UserName=user)["AccessKey"])
    change = {"OldPassword": "First-Passw0rd", "NewPassword": "Second-Passw0rd"}
    assert code_and_status(own.change_password, **change) == ("AccessDenied", 403)
    iam.update_account_password_policy(
        MinimumPasswordLength=10, RequireNumbers=True, AllowUsersToChangePassword=True, PasswordReusePrevention=2)
    assert code_and_status(own.change_password, **{**change, "OldPassword": "wrong"}) == ("AccessDenied", 403)
    assert code_and_status(own.change_password, **{**change, "NewPassword": "no-numbers-in-it"}) == ("PasswordPolicyViolation", 400)
    own.change_password(**change)
    assert code_and_status(own.change_password, OldPassword="Second-Passw0rd", NewPassword="First-Passw0rd") == ("PasswordPolicyViolation", 400)
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 10
    iam.delete_account_password_policy()
    iam.delete_login_profile(UserName=user)


def test_when_keys_and_roles_were_last_used(iam, user, client_for):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    never = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert never["UserName"] == user and never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    client_for("sts", key, region="eu-west-1").get_caller_identity()
    use = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (use["ServiceName"], use["Region"]) == ("sts", "eu-west-1") and use["LastUsedDate"]
    assert code_and_status(iam.get_access_key_last_used, AccessKeyId="AKIA" + "A" * 16) == ("NoSuchEntity", 404)


def test_the_credential_report(iam, user):
    iam.create_access_key(UserName=user)
    assert iam.generate_credential_report()["State"] in ("STARTED", "COMPLETE")
    rows = list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))
    assert rows[0]["user"] == "<root_account>" and None not in rows[0] and None not in rows[0].values()
    assert all(len(row) == 22 for row in rows)


def test_details_and_summary_of_the_account(iam, user, unique):
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "AWSManagedPolicy"], PaginationConfig={"PageSize": 2}))
    users = [entry for page in pages for entry in page["UserDetailList"]]
    assert [u["AttachedManagedPolicies"][0]["PolicyName"] for u in users if u["UserName"] == user] == ["ViewOnlyAccess"]
    policies = [entry for page in pages for entry in page["Policies"]]
    assert policies[0]["PolicyVersionList"][0]["IsDefaultVersion"] is True
    assert iam.get_account_summary()["SummaryMap"]["Users"] == len(users)
    iam.detach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")


@pytest.fixture(scope="module")
def pair():
    """A certificate and its key, made by openssl; another key; an OpenSSH public key line."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/k", "-out", f"{folder}/c",
                        "-days", "30", "-subj", "/CN=example.com"], check=True, capture_output=True)
        other = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout.decode()
        public = subprocess.run(["openssl", "rsa", "-in", f"{folder}/k", "-pubout"], check=True, capture_output=True).stdout.decode()
        with open(f"{folder}/k") as key, open(f"{folder}/c") as certificate:
            return key.read(), certificate.read(), other, public


def test_server_certificates(iam, unique, pair):
    key, certificate, other, _ = pair
    name = unique("certificate")
    assert code_and_status(iam.upload_server_certificate, ServerCertificateName=name, CertificateBody=certificate, PrivateKey=other) \
        == ("KeyPairMismatch", 400)
    assert code_and_status(iam.upload_server_certificate, ServerCertificateName=name, CertificateBody="x", PrivateKey=key) \
        == ("MalformedCertificate", 400)
    made = iam.upload_server_certificate(ServerCertificateName=name, CertificateBody=certificate, PrivateKey=key, Path="/cloudfront/")
    assert made["ServerCertificateMetadata"]["ServerCertificateId"].startswith("ASCA")
    assert iam.get_server_certificate(ServerCertificateName=name)["ServerCertificate"]["CertificateBody"].strip() == certificate.strip()
    iam.update_server_certificate(ServerCertificateName=name, NewServerCertificateName=name + "2")
    assert name + "2" in [c["ServerCertificateName"] for c in iam.list_server_certificates()["ServerCertificateMetadataList"]]
    iam.delete_server_certificate(ServerCertificateName=name + "2")
    assert code_and_status(iam.get_server_certificate, ServerCertificateName=name + "2") == ("NoSuchEntity", 404)


def test_a_users_other_keys(iam, user, pair):
    _, certificate, _, public = pair
    made = iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=public)["SSHPublicKey"]
    assert made["SSHPublicKeyId"].startswith("APKA") and len(made["Fingerprint"].split(":")) == 16
    line = iam.get_ssh_public_key(UserName=user, SSHPublicKeyId=made["SSHPublicKeyId"], Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"]
    assert line.startswith("ssh-rsa AAAA")
    assert code_and_status(iam.upload_ssh_public_key, UserName=user, SSHPublicKeyBody=line) == ("DuplicateSSHPublicKey", 400)
    assert code_and_status(iam.upload_ssh_public_key, UserName=user, SSHPublicKeyBody="ssh-rsa AAAA") == ("InvalidPublicKey", 400)
    pem = iam.get_ssh_public_key(UserName=user, SSHPublicKeyId=made["SSHPublicKeyId"], Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"]
    assert pem.split() == public.split()
    git = iam.create_service_specific_credential(UserName=user, ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    assert git["ServiceUserName"].startswith(f"{user}-at-") and git["ServicePassword"]
    reset = iam.reset_service_specific_credential(UserName=user, ServiceSpecificCredentialId=git["ServiceSpecificCredentialId"])
    assert reset["ServiceSpecificCredential"]["ServicePassword"] != git["ServicePassword"]
    assert code_and_status(iam.create_service_specific_credential, UserName=user, ServiceName="s3.amazonaws.com") == ("NotSupportedService", 404)
    signing = iam.upload_signing_certificate(UserName=user, CertificateBody=certificate)["Certificate"]
    assert code_and_status(iam.upload_signing_certificate, UserName=user, CertificateBody=certificate) == ("DuplicateCertificate", 409)
    iam.update_user(UserName=user, NewUserName=user + "2")
    user = user + "2"
    assert code_and_status(iam.delete_user, UserName=user) == ("DeleteConflict", 409)
    iam.delete_signing_certificate(UserName=user, CertificateId=signing["CertificateId"])
    iam.delete_ssh_public_key(UserName=user, SSHPublicKeyId=made["SSHPublicKeyId"])
    iam.delete_service_specific_credential(UserName=user, ServiceSpecificCredentialId=git["ServiceSpecificCredentialId"])
    iam.delete_user(UserName=user)


def test_aws_managed_policies_are_there(iam):
    for name in (
        "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "job-function/ViewOnlyAccess", "SecurityAudit", "IAMFullAccess",
        "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AWSGlueConsoleFullAccess", "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AmazonElasticMapReduceRole", "AmazonMSKFullAccess", "AmazonRedshiftDataFullAccess",
        "AmazonRedshiftQueryEditorV2FullAccess", "AWSCodeCommitPowerUser", "CloudWatchLogsReadOnlyAccess",
        "AWSKeyManagementServicePowerUser", "SecretsManagerReadWrite", "AmazonSSMFullAccess",
    ):
        policy = iam.get_policy(PolicyArn=f"arn:aws:iam::aws:policy/{name}")["Policy"]
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        assert version["Document"]["Statement"]


def test_groups_are_renamed_with_their_members(iam, user, unique):
    group = unique("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.update_group(GroupName=group, NewGroupName=group + "2", NewPath="/p/")
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=user)["Groups"]] == [group + "2"]
    assert [u["UserName"] for u in iam.get_group(GroupName=group + "2")["Users"]] == [user]
    iam.remove_user_from_group(GroupName=group + "2", UserName=user)
    iam.delete_group(GroupName=group + "2")


def test_names_and_paths_are_refused_in_iams_words(iam):
    allowed = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    assert refusal(iam.create_user, UserName="a b").message == f"The specified value for userName is invalid. {allowed}"
    assert refusal(iam.create_role, RoleName="a/b", AssumeRolePolicyDocument=EC2_TRUST).message == (
        f"The specified value for roleName is invalid. {allowed}")
    assert refusal(iam.create_group, GroupName="g", Path="x").message == (
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters "
        "and/or / characters.")
    assert refusal(iam.tag_user, UserName="nobody", Tags=[{"Key": "aws:x", "Value": "y"}]).code == "NoSuchEntity"
    assert code_and_status(iam.create_user, UserName="tagged", Tags=[{"Key": "aws:x", "Value": "y"}]) == ("InvalidInput", 400)


def test_a_role_that_was_never_used_says_so(iam, unique):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2_TRUST)
    assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}


def test_aws_policies_of_services_that_are_not_here(iam, unique):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2_TRUST)
    for policy in ("AWSXRayDaemonWriteAccess", "service-role/AWSCodeDeployRole", "AWSDenyAll"):
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    document = iam.get_policy_version(
        PolicyArn="arn:aws:iam::aws:policy/CloudWatchAgentAdminPolicy", VersionId="v1")["PolicyVersion"]["Document"]
    first, second = document["Statement"]
    assert "logs:CreateLogGroup" in first["Action"] and first["Resource"] == ["*"]
    assert (second["Action"], second["Resource"]) == (
        ["ssm:GetParameter", "ssm:PutParameter"], ["arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*"])


def test_api_keys_of_bedrock(iam, user):
    made = iam.create_service_specific_credential(
        UserName=user, ServiceName="bedrock.amazonaws.com", CredentialAgeDays=30)["ServiceSpecificCredential"]
    assert made["ServiceCredentialSecret"].startswith("ABSK") and "ServicePassword" not in made
    assert (made["ExpirationDate"] - made["CreateDate"]).days == 30
    listed = iam.list_service_specific_credentials(AllUsers=True, ServiceName="bedrock.amazonaws.com")
    (entry,) = [one for one in listed["ServiceSpecificCredentials"] if one["UserName"] == user]
    assert entry["ServiceCredentialAlias"] == made["ServiceCredentialAlias"] and "ServiceCredentialSecret" not in entry
    assert code_and_status(iam.create_service_specific_credential, UserName=user, ServiceName="codecommit.amazonaws.com",
                   CredentialAgeDays=30) == ("InvalidInput", 400)


def test_what_cannot_be_made_is_not_there(iam):
    assert iam.list_delegation_requests()["DelegationRequests"] == []
    assert refusal(iam.get_delegation_request, DelegationRequestId="dr-0123456789abcdef0").code == "NoSuchEntity"
    assert code_and_status(iam.get_outbound_web_identity_federation_info) == ("FeatureDisabled", 404)


def test_roles_of_services_that_are_not_here(iam):
    role = iam.create_service_linked_role(AWSServiceName="elasticbeanstalk.amazonaws.com")["Role"]
    assert role["Arn"].endswith("role/aws-service-role/elasticbeanstalk.amazonaws.com/AWSServiceRoleForElasticBeanstalk")
    assert refusal(iam.create_service_linked_role, AWSServiceName="spot.amazonaws.com", CustomSuffix="x").message == (
        "Custom suffix is not allowed for spot.amazonaws.com")
