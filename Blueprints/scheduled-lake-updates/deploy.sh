#!/usr/bin/env bash
# Builds the architecture with plain AWS CLI calls, one part per argument.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source names.sh

trust() {
    printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"%s"},"Action":"sts:AssumeRole"}]}' "$1"
}

# role NAME SERVICE POLICY-FILE MANAGED-POLICY
role() {
    aws iam create-role --role-name "$1" --assume-role-policy-document "$(trust "$2")" --output text --query Role.Arn
    aws iam put-role-policy --role-name "$1" --policy-name own --policy-document "file://policies/$3"
    aws iam attach-role-policy --role-name "$1" --policy-arn "arn:aws:iam::aws:policy/service-role/$4"
}

# function NAME FOLDER ENVIRONMENT
function_from() {
    rm -f "$WORK/$2.zip"
    (cd "functions/$2" && python -m zipfile -c "$WORK/$2.zip" index.py)
    aws lambda create-function --function-name "$1" --runtime python3.11 --handler index.handler \
        --role "arn:aws:iam::$ACCOUNT:role/$1" --zip-file "fileb://$WORK/$2.zip" --timeout 30 --memory-size 256 \
        --environment "$3" --output text --query FunctionArn
    aws lambda wait function-active-v2 --function-name "$1"
}

bucket() {
    aws s3 mb "s3://$BUCKET"
    aws s3api put-bucket-versioning --bucket "$BUCKET" --versioning-configuration Status=Enabled
    aws s3 mb "${RESULTS%/}"
}

roles() {
    role "$SCHEDULE_FUNCTION" lambda.amazonaws.com schedule.json AWSLambdaBasicExecutionRole
    role "$BLANK_FUNCTION" lambda.amazonaws.com blank.json AWSLambdaDynamoDBExecutionRole
    role "$CRAWLER_ROLE" glue.amazonaws.com crawler.json AWSGlueServiceRole
}

table() {
    aws dynamodb create-table --table-name "$TABLE" --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=path,AttributeType=S --key-schema AttributeName=path,KeyType=HASH \
        --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES \
        --output text --query TableDescription.TableArn
    aws dynamodb wait table-exists --table-name "$TABLE"
    aws dynamodb update-time-to-live --table-name "$TABLE" --output text \
        --time-to-live-specification Enabled=true,AttributeName=ttl
}

functions() {
    function_from "$SCHEDULE_FUNCTION" schedule "Variables={TABLE=$TABLE,DELAY_SECONDS=300}"
    function_from "$BLANK_FUNCTION" blank "Variables={}"
    aws lambda add-permission --function-name "$SCHEDULE_FUNCTION" --statement-id lake --action lambda:InvokeFunction \
        --principal s3.amazonaws.com --source-arn "arn:aws:s3:::$BUCKET" --source-account "$ACCOUNT" \
        --output text --query Statement >"$WORK/permission.json"
    aws s3api put-bucket-notification-configuration --bucket "$BUCKET" --notification-configuration '{
        "LambdaFunctionConfigurations": [{
            "Id": "MyEventNotification",
            "LambdaFunctionArn": "arn:aws:lambda:us-east-1:'"$ACCOUNT:function:$SCHEDULE_FUNCTION"'",
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "dataset/"}]}}}]}'
    local stream
    stream="$(aws dynamodb describe-table --table-name "$TABLE" --output text --query Table.LatestStreamArn)"
    aws lambda create-event-source-mapping --function-name "$BLANK_FUNCTION" --event-source-arn "$stream" \
        --batch-size 1 --maximum-batching-window-in-seconds 0 --starting-position TRIM_HORIZON --output text --query UUID
}

upload() {
    for file in "$WORK"/data/*.json; do aws s3 cp --no-progress "$file" "s3://$BUCKET/dataset/"; done
}

crawler() {
    aws glue create-database --database-input "Name=$DATABASE"
    aws glue create-crawler --name data-crawler --role "$CRAWLER_ROLE" --database-name data_db \
        --description 'crawl data bucket!' --targets "{\"S3Targets\": [{\"Path\": \"s3://$BUCKET/dataset/\"}]}"
}

# Takes away one thing; what is not there (an earlier run that stopped half-way) is no failure.
gone() {
    local output
    output="$("$@" 2>&1)" && return
    case "$output" in
        *NotFound* | *NoSuch* | *EntityNotFound* | *"does not exist"*) ;;
        *) printf '%s\n' "$output" >&2; return 1 ;;
    esac
}

role_gone() {
    gone aws iam delete-role-policy --role-name "$1" --policy-name own
    for policy in AWSLambdaBasicExecutionRole AWSLambdaDynamoDBExecutionRole AWSGlueServiceRole; do
        gone aws iam detach-role-policy --role-name "$1" --policy-arn "arn:aws:iam::aws:policy/service-role/$policy"
    done
    gone aws iam delete-role --role-name "$1"
}

clean() {
    local mapping name
    for name in "$SCHEDULE_FUNCTION" "$BLANK_FUNCTION"; do
        for mapping in $(aws lambda list-event-source-mappings --function-name "$name" --output text \
            --query 'EventSourceMappings[].UUID' 2>/dev/null); do
            gone aws lambda delete-event-source-mapping --uuid "$mapping"
        done
        gone aws lambda delete-function --function-name "$name"
        gone aws logs delete-log-group --log-group-name "/aws/lambda/$name"
        role_gone "$name"
    done
    gone aws dynamodb delete-table --table-name "$TABLE"
    gone aws glue delete-crawler --name "$CRAWLER"
    gone aws glue delete-database --name "$DATABASE"
    role_gone "$CRAWLER_ROLE"
    python checks.py empty-bucket "$BUCKET"
    python checks.py empty-bucket "${RESULTS:5:-1}"
}

"$1"
