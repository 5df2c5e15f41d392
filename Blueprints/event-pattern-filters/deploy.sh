#!/usr/bin/env bash
# Builds the architecture with plain AWS CLI calls, one part per argument.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source names.sh

functions() {
    local name
    aws iam create-role --role-name "$ROLE" --output text --query Role.Arn --assume-role-policy-document '{
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
    aws iam attach-role-policy --role-name "$ROLE" \
        --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
    rm -f "$WORK/recorder.zip"
    (cd functions/recorder && python -m zipfile -c "$WORK/recorder.zip" index.py)
    for name in $FUNCTIONS; do
        aws lambda create-function --function-name "$name" --runtime python3.11 --handler index.handler \
            --role "arn:aws:iam::$ACCOUNT:role/$ROLE" --zip-file "fileb://$WORK/recorder.zip" --timeout 30 \
            --output text --query FunctionArn
        aws lambda wait function-active-v2 --function-name "$name"
        aws lambda add-permission --function-name "$name" --statement-id events --action lambda:InvokeFunction \
            --principal events.amazonaws.com --output text --query Statement >"$WORK/permission.json"
    done
}

# What the console puts by itself for a log group as target.
logs() {
    aws logs put-resource-policy --policy-name "$LOG_POLICY" --output text --query resourcePolicy.policyName \
        --policy-document '{
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "arn:aws:logs:us-east-1:'"$ACCOUNT"':log-group:/aws/events/filters/*:*"}]}'
}

buckets() {
    local name
    for name in "$IMAGES" "$UPLOADS" "$OTHER" "$READ"; do aws s3 mb "s3://$name"; done
}

trail() {
    aws s3 mb "s3://$TRAIL_BUCKET"
    aws s3api put-bucket-policy --bucket "$TRAIL_BUCKET" --policy '{
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:GetBucketAcl",
             "Resource": "arn:aws:s3:::'"$TRAIL_BUCKET"'"},
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
             "Resource": "arn:aws:s3:::'"$TRAIL_BUCKET"'/AWSLogs/'"$ACCOUNT"'/*",
             "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}]}'
    aws cloudtrail create-trail --name "$TRAIL" --s3-bucket-name "$TRAIL_BUCKET" --output text --query TrailARN
    aws cloudtrail put-event-selectors --trail-name "$TRAIL" --output text --query TrailARN --event-selectors '[{
        "ReadWriteType": "All", "IncludeManagementEvents": true,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]'
    aws cloudtrail start-logging --name "$TRAIL"
}

"$1"
