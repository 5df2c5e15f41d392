"""A trail of an organization, under the bucket policy of AWS's guide, seen by its members."""

from __future__ import annotations

import json
import random

from refusals import code_of


def test_members_see_the_trail_and_leave_it_alone(client_for, unique, eventually, advance):
    management = str(random.randint(10**11, 10**12 - 1))
    organizations, s3 = client_for("organizations", management), client_for("s3", management)
    cloudtrail = client_for("cloudtrail", management)
    organization = organizations.create_organization()["Organization"]["Id"]
    request = organizations.create_account(
        Email=f"{unique('member')}@example.com", AccountName="member")["CreateAccountStatus"]["Id"]

    def made():
        return organizations.describe_create_account_status(
            CreateAccountRequestId=request)["CreateAccountStatus"].get("AccountId")

    member = eventually(made)
    bucket, arn = unique("org-trail"), f"arn:aws:cloudtrail:us-east-1:{management}:trail/everybody"
    s3.create_bucket(Bucket=bucket)
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {**service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}",
         "Condition": {"StringEquals": {"aws:SourceArn": arn}}},
        *({**service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{owner}/*",
           "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": arn}}}
          for owner in (management, organization))]}))
    wanted = {"Name": "everybody", "S3BucketName": bucket, "IsOrganizationTrail": True, "IsMultiRegionTrail": True}
    assert code_of(cloudtrail.create_trail, **wanted) == "CloudTrailAccessNotEnabledException"
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    theirs = client_for("cloudtrail", member)
    assert code_of(theirs.create_trail, **wanted) == "NotOrganizationMasterAccountException"
    cloudtrail.create_trail(**wanted)
    cloudtrail.start_logging(Name="everybody")
    client_for("sqs", member, region="eu-west-1").create_queue(QueueName="theirs")
    advance(301)
    files = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert any(key.startswith(f"AWSLogs/{organization}/{member}/CloudTrail/eu-west-1/") for key in files), files
    assert [trail["TrailARN"] for trail in theirs.describe_trails()["trailList"]] == [arn]
    assert theirs.get_trail(Name=arn)["Trail"]["IsOrganizationTrail"]
    assert theirs.get_trail_status(Name=arn)["IsLogging"]
    assert theirs.get_event_selectors(TrailName=arn)["EventSelectors"]
    assert theirs.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == []
    assert code_of(theirs.stop_logging, Name=arn) == "AccessDeniedException"
    assert code_of(theirs.delete_trail, Name=arn) == "AccessDeniedException"
    stranger = client_for("cloudtrail", str(random.randint(10**11, 10**12 - 1)))
    assert code_of(stranger.get_trail_status, Name=arn) == "AccessDeniedException"
    cloudtrail.delete_trail(Name="everybody")
