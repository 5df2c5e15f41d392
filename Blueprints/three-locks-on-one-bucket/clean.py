"""Takes everything down. What is not there (an earlier run that stopped half-way) is no failure."""

import boto3

from locks import ACCOUNT, ALIAS, BUCKET, BUCKET_ADMIN, DEFAULTS_BUCKET, KEY_ADMIN, USERS, iam, kms, s3

POLICIES = [f"arn:aws:iam::{ACCOUNT}:policy/secure-{name}" for name in ("bucket-admin", "key-admin", "bucket-access")]
GONE = ("NoSuchEntity", "NoSuchBucket", "NoSuchBucketPolicy", "NotFoundException")


def gone(call, **arguments):
    """The call's answer, or nothing if what it takes away is not there."""
    try:
        return call(**arguments)
    except boto3.client("sts").exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        return {}


for bucket in (BUCKET, DEFAULTS_BUCKET):
    for entry in gone(s3.list_objects_v2, Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=entry["Key"])
    gone(s3.delete_bucket, Bucket=bucket)

key = gone(kms.describe_key, KeyId=ALIAS)
if key:
    kms.delete_alias(AliasName=ALIAS)
    kms.schedule_key_deletion(KeyId=key["KeyMetadata"]["KeyId"], PendingWindowInDays=7)

gone(iam.remove_role_from_instance_profile, InstanceProfileName=USERS, RoleName=USERS)
gone(iam.delete_instance_profile, InstanceProfileName=USERS)
for role in (BUCKET_ADMIN, KEY_ADMIN, USERS, "encrypt-only", "decrypt-only"):
    for name in gone(iam.list_role_policies, RoleName=role).get("PolicyNames", []):
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    for policy in gone(iam.list_attached_role_policies, RoleName=role).get("AttachedPolicies", []):
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    gone(iam.delete_role, RoleName=role)
for arn in POLICIES:
    for version in gone(iam.list_policy_versions, PolicyArn=arn).get("Versions", []):
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    gone(iam.delete_policy, PolicyArn=arn)
