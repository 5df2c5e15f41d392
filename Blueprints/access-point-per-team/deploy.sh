#!/usr/bin/env bash
# Builds the architecture with plain AWS CLI calls, one part per argument.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source names.sh

CONTROL=(aws s3control --endpoint-url http://s3-control.us-east-1.amazonaws.com)

# fill FILE: a policy with the names of this run.
fill() {
    sed -e "s#@BUCKET@#$BUCKET#g" -e "s#@ACCOUNT@#$ACCOUNT#g" -e "s#@POINT_ARN@#${POINT_ARN:-}#g" "policies/$1" >"$WORK/$1"
}

# point NAME POLICY [OPTION...]
point() {
    POINT_ARN="$("${CONTROL[@]}" create-access-point --account-id "$ACCOUNT" --name "$1" --bucket "$BUCKET" "${@:3}" \
        --output text --query AccessPointArn)"
    echo "$POINT_ARN"
    [ "$2" = none ] && return
    fill "$2"
    "${CONTROL[@]}" put-access-point-policy --account-id "$ACCOUNT" --name "$1" --policy "file://$WORK/$2"
}

users() {
    for name in Alice Bob; do
        aws iam create-user --user-name "$name" --output text --query User.Arn
        aws iam create-access-key --user-name "$name" --output text \
            --query 'AccessKey.[AccessKeyId,SecretAccessKey]' >"$WORK/$name.keys"
    done
}

bucket() {
    aws s3 mb "s3://$BUCKET"
    fill bucket.json
    aws s3api put-bucket-policy --bucket "$BUCKET" --policy "file://$WORK/bucket.json"
    echo "a build's artefact" | aws s3 cp - "s3://$BUCKET/Alice/object.zip"
    echo "a build's artefact" | aws s3 cp - "s3://$BUCKET/other/object.zip"
    echo "all is well" | aws s3 cp - "s3://$BUCKET/reports/today.txt"
}

points() {
    point "$POINT" alice.json --public-access-block-configuration \
        BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    point "$TEAM_POINT" reports.json
    point "$VPC_POINT" none --vpc-configuration VpcId=vpc-0123456789abcdef0
    point "$PUBLIC_POINT" none
}

"$1"
