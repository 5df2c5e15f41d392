"""The acceptance checks of access-point-per-team, one per argument. A check that fails says what it expected and saw."""

import json
import sys

import botocore.exceptions

from points import (
    ACCOUNT, BUCKET, POINT, PUBLIC_POINT, TEAM_POINT, VPC_POINT, WORK, Mismatch, anonymous, arn, cli, client, expect, host, refused,
)

ARTEFACT = "a build's artefact\n"


def printed_arn():
    """The article's ARN lacks `accesspoint/`; today's client refuses it before any request."""
    printed = arn(POINT).replace("accesspoint/", "")
    try:
        client("s3", "Alice").get_object(Bucket=printed, Key="/Alice/object.zip")
    except botocore.exceptions.ParamValidationError as error:
        return print(str(error).splitlines()[-1])
    raise Mismatch("the printed ARN", "ParamValidationError", "a request was made")


def host_and_arn():
    """The host name serves objects, and the ARN works as --bucket in the CLI and in boto3."""
    (WORK / "download.zip").unlink(missing_ok=True)
    output, status = cli("Alice", "get-object", "--key", "Alice/object.zip", "--bucket", arn(POINT), "download.zip")
    expect("the CLI's status", (0, ARTEFACT), (status, (WORK / "download.zip").read_text() if status == 0 else output))
    alice = client("s3", "Alice")
    seen = {}
    alice.meta.events.register("before-send.s3", lambda request, **_: seen.update(url=request.url))
    answer = alice.get_object(Bucket=arn(POINT), Key="Alice/object.zip")
    expect("by boto3", ARTEFACT, answer["Body"].read().decode())
    expect("the host", f"http://{host(POINT)}/Alice/object.zip", seen["url"])
    print(seen["url"])
    alias = client("s3control").get_access_point(AccountId=ACCOUNT, Name=POINT)["Alias"]
    expect("by alias", ARTEFACT, alice.get_object(Bucket=alias, Key="Alice/object.zip")["Body"].read().decode())
    # A key that begins with a slash is another key, with its slash kept.
    alice_key = "/Alice/object.zip"
    root = client("s3")
    root.put_object(Bucket=arn(POINT), Key=alice_key, Body=b"slash")
    expect("the slash is kept", b"slash", root.get_object(Bucket=BUCKET, Key=alice_key)["Body"].read())
    root.delete_object(Bucket=BUCKET, Key=alice_key)


def alice_only_under_her_prefix():
    alice = client("s3", "Alice")
    alice.put_object(Bucket=arn(POINT), Key="Alice/new.txt", Body=b"new")
    expect("she reads it back", b"new", alice.get_object(Bucket=arn(POINT), Key="Alice/new.txt")["Body"].read())
    refused("another prefix, get", alice.get_object, Bucket=arn(POINT), Key="other/object.zip")
    refused("another prefix, put", alice.put_object, Bucket=arn(POINT), Key="other/new.txt", Body=b"new")
    refused("the bucket itself", alice.get_object, Bucket=BUCKET, Key="Alice/object.zip")
    refused("delete was not given", alice.delete_object, Bucket=arn(POINT), Key="Alice/new.txt")
    refused("another user", client("s3", "Bob").get_object, Bucket=arn(POINT), Key="Alice/object.zip")


def each_point_by_itself():
    """One bucket, several access points: what one allows, another does not."""
    bob = client("s3", "Bob")
    expect("Bob's report", b"all is well\n", bob.get_object(Bucket=arn(TEAM_POINT), Key="reports/today.txt")["Body"].read())
    listed = bob.list_objects_v2(Bucket=arn(TEAM_POINT), Prefix="reports/")["Contents"]
    expect("what Bob lists", ["reports/today.txt"], [entry["Key"] for entry in listed])
    refused("Bob lists all", bob.list_objects_v2, Bucket=arn(TEAM_POINT))
    refused("Bob's report by Alice's access point", bob.get_object, Bucket=arn(POINT), Key="reports/today.txt")
    refused("Alice by Bob's", client("s3", "Alice").get_object, Bucket=arn(TEAM_POINT), Key="Alice/object.zip")
    points = client("s3control").list_access_points(AccountId=ACCOUNT, Bucket=BUCKET)["AccessPointList"]
    expect("the bucket's access points", sorted([POINT, TEAM_POINT, VPC_POINT, PUBLIC_POINT]), [point["Name"] for point in points])


def vpc_only():
    """Not even the account's root comes in from outside the VPC."""
    point = client("s3control").get_access_point(AccountId=ACCOUNT, Name=VPC_POINT)
    expect("its origin", ("VPC", "vpc-0123456789abcdef0"), (point["NetworkOrigin"], point["VpcConfiguration"]["VpcId"]))
    root = client("s3")
    refused("root reads", root.get_object, Bucket=arn(VPC_POINT), Key="reports/today.txt")
    refused("root lists, as the console does", root.list_objects_v2, Bucket=arn(VPC_POINT))
    expect("anonymous", 403, anonymous(VPC_POINT, "reports/today.txt"))
    expect("the bucket is as open as ever", 200,
           root.head_object(Bucket=BUCKET, Key="reports/today.txt")["ResponseMetadata"]["HTTPStatusCode"])


def public_policy_is_blocked():
    """A public policy is refused under the block; where it is taken, the block still keeps strangers out."""
    control, given = client("s3control"), {"AccountId": ACCOUNT, "Name": PUBLIC_POINT}
    public = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{arn(PUBLIC_POINT)}/object/*"}]})
    refused("a public policy", control.put_access_point_policy, **given, Policy=public)
    expect("anonymous", 403, anonymous(PUBLIC_POINT, "reports/today.txt"))
    # The same access point with only the last of the four settings.
    control.delete_access_point(**given)
    control.create_access_point(**given, Bucket=BUCKET, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    control.put_access_point_policy(**given, Policy=public)
    expect("it counts as public", True, control.get_access_point_policy_status(**given)["PolicyStatus"]["IsPublic"])
    expect("anonymous under RestrictPublicBuckets", 403, anonymous(PUBLIC_POINT, "reports/today.txt"))
    # And with none: only now a stranger reads.
    control.delete_access_point(**given)
    control.create_access_point(**given, Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    control.put_access_point_policy(**given, Policy=public)
    expect("anonymous without a block", 200, anonymous(PUBLIC_POINT, "reports/today.txt"))
    control.delete_access_point(**given)
    control.create_access_point(**given, Bucket=BUCKET)


CHECKS = {
    "printed-arn": printed_arn, "host-and-arn": host_and_arn, "alice": alice_only_under_her_prefix,
    "each-by-itself": each_point_by_itself, "vpc-only": vpc_only, "public-blocked": public_policy_is_blocked,
}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]]()
    except Mismatch as mismatch:
        sys.exit(f"{mismatch}")
