#!/usr/bin/env bash
# Builds the architecture with plain AWS CLI calls, one part per argument.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source names.sh

bucket() {
    aws s3 mb "s3://$BUCKET"
}

stream() {
    aws kinesis create-stream --stream-name "$STREAM" --shard-count 1
    aws kinesis wait stream-exists --stream-name "$STREAM"
}

# role NAME POLICY-FILE
role() {
    aws iam create-role --role-name "$1" --output text --query Role.Arn --assume-role-policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    aws iam put-role-policy --role-name "$1" --policy-name own --policy-document "file://policies/$2"
    aws iam attach-role-policy --role-name "$1" \
        --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
}

roles() {
    role "$PRODUCER" producer.json
    role "$CONSUMER" consumer.json
}

# function NAME FOLDER
function_from() {
    rm -f "$WORK/$2.zip"
    (cd "functions/$2" && python -m zipfile -c "$WORK/$2.zip" index.py)
    aws lambda create-function --function-name "$1" --runtime python3.11 --handler index.lambda_handler \
        --role "arn:aws:iam::$ACCOUNT:role/$1" --zip-file "fileb://$WORK/$2.zip" --timeout 30 \
        --output text --query FunctionArn
    aws lambda wait function-active-v2 --function-name "$1"
}

functions() {
    function_from "$PRODUCER" producer
    function_from "$CONSUMER" consumer
}

# From here on the consumer gets what has a message; the other checks' records are none of its business.
mapping() {
    aws lambda create-event-source-mapping --function-name "$CONSUMER" --starting-position LATEST --batch-size 10 \
        --event-source-arn "arn:aws:kinesis:$AWS_REGION:$ACCOUNT:stream/$STREAM" --maximum-retry-attempts 2 \
        --filter-criteria '{"Filters":[{"Pattern":"{\"data\":{\"message\":[{\"exists\":true}]}}"}]}' \
        --output text --query UUID
}

# Takes away one thing; what is not there (an earlier run that stopped half-way) is no failure.
gone() {
    local output
    output="$("$@" 2>&1)" && return
    case "$output" in
        *NotFound* | *NoSuch* | *"does not exist"*) ;;
        *) printf '%s\n' "$output" >&2; return 1 ;;
    esac
}

clean() {
    local name mapping
    for mapping in $(aws lambda list-event-source-mappings --output text --query 'EventSourceMappings[].UUID' \
        --event-source-arn "arn:aws:kinesis:$AWS_REGION:$ACCOUNT:stream/$STREAM"); do
        gone aws lambda delete-event-source-mapping --uuid "$mapping" --output text --query UUID
    done
    for name in "$PRODUCER" "$CONSUMER"; do
        gone aws lambda delete-function --function-name "$name"
        gone aws logs delete-log-group --log-group-name "/aws/lambda/$name"
        gone aws iam delete-role-policy --role-name "$name" --policy-name own
        gone aws iam detach-role-policy --role-name "$name" \
            --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
        gone aws iam delete-role --role-name "$name"
    done
    gone aws kinesis delete-stream --stream-name "$STREAM"
    gone aws kinesis delete-stream --stream-name "$LARGE_STREAM"
    gone aws s3 rb --force "s3://$BUCKET"
}

"$1"
