"""Takes everything down. What is not there (an earlier run that stopped half-way) is no failure."""

import boto3

from points import ACCOUNT, BUCKET, ENDPOINT, POINT, PUBLIC_POINT, REGION, TEAM_POINT, VPC_POINT, client

GONE = ("NoSuchEntity", "NoSuchBucket", "NoSuchAccessPoint")
iam = boto3.client("iam", region_name=REGION, endpoint_url=ENDPOINT)
s3, control = client("s3"), client("s3control")


def gone(call, **arguments):
    """The call's answer, or nothing if what it takes away is not there."""
    try:
        return call(**arguments)
    except iam.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        return {}


for point in (POINT, TEAM_POINT, VPC_POINT, PUBLIC_POINT):
    gone(control.delete_access_point, AccountId=ACCOUNT, Name=point)
for entry in gone(s3.list_objects_v2, Bucket=BUCKET).get("Contents", []):
    s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
gone(s3.delete_bucket, Bucket=BUCKET)
for user in ("Alice", "Bob"):
    for key in gone(iam.list_access_keys, UserName=user).get("AccessKeyMetadata", []):
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    gone(iam.delete_user, UserName=user)
