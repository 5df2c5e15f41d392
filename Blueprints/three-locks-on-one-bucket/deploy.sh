#!/usr/bin/env bash
# Builds the architecture with plain AWS CLI calls, one part per argument.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source names.sh

# fill FILE: a policy with the names of this run.
fill() {
    sed -e "s#@BUCKET@#$BUCKET#g" -e "s#@ACCOUNT@#$ACCOUNT#g" -e "s#@KEY@#${KEY:-}#g" "policies/$1" >"$WORK/$1"
}

# as ROLE COMMAND...: the command in a session of the role.
as() {
    local keys
    keys="$(aws sts assume-role --role-arn "arn:aws:iam::$ACCOUNT:role/$1" --role-session-name deploy --output text \
        --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')"
    local id secret token
    read -r id secret token <<<"$keys"
    shift
    AWS_ACCESS_KEY_ID="$id" AWS_SECRET_ACCESS_KEY="$secret" AWS_SESSION_TOKEN="$token" "$@"
}

trust() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":"sts:AssumeRole"}]}' "$1"; }

document() {
    python -c 'import random, sys
random.seed(4)
sys.stdout.buffer.write(b"%PDF-1.4\n" + random.randbytes(400_000) + b"\n%%EOF\n")' >"$WORK/$DOCUMENT"
}

policies() {
    local name
    for name in bucket-admin bucket-admin.as-printed key-admin key-admin.as-printed bucket-access; do fill "$name.json"; done
    for name in bucket-admin key-admin bucket-access; do
        aws iam create-policy --policy-name "secure-$name" --policy-document "file://$WORK/$name.json" --output text \
            --query Policy.Arn
    done
}

# role NAME PRINCIPAL POLICY
role() {
    aws iam create-role --role-name "$1" --assume-role-policy-document "$(trust "$2")" --output text --query Role.Arn
    aws iam attach-role-policy --role-name "$1" --policy-arn "arn:aws:iam::$ACCOUNT:policy/$3"
}

roles() {
    local own="{\"AWS\":\"arn:aws:iam::$ACCOUNT:root\"}"
    role "$BUCKET_ADMIN" "$own" secure-bucket-admin
    role "$KEY_ADMIN" "$own" secure-key-admin
    # The instance's, and the checks' own session of it.
    role "$USERS" "{\"Service\":\"ec2.amazonaws.com\",\"AWS\":\"arn:aws:iam::$ACCOUNT:root\"}" secure-bucket-access
    role encrypt-only "$own" secure-bucket-access
    role decrypt-only "$own" secure-bucket-access
    aws iam put-role-policy --role-name decrypt-only --policy-name defaults --policy-document \
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::'"$DEFAULTS_BUCKET"'/*"}]}'
    aws iam create-instance-profile --instance-profile-name "$USERS" --output text --query InstanceProfile.Arn
    aws iam add-role-to-instance-profile --instance-profile-name "$USERS" --role-name "$USERS"
}

key() {
    python -c 'from locks import *; print(key_policy(role_arn(USERS)))' >"$WORK/key.json"
    as "$KEY_ADMIN" aws kms create-key --description "For the documents" --policy "file://$WORK/key.json" --output text \
        --query KeyMetadata.KeyId >"$WORK/key-id"
    as "$KEY_ADMIN" aws kms create-alias --alias-name "$ALIAS" --target-key-id "$(cat "$WORK/key-id")"
}

buckets() {
    KEY="$(aws kms describe-key --key-id "$ALIAS" --output text --query KeyMetadata.Arn)"
    as "$BUCKET_ADMIN" aws s3 mb "s3://$BUCKET"
    fill bucket.json
    as "$BUCKET_ADMIN" aws s3api put-bucket-policy --bucket "$BUCKET" --policy "file://$WORK/bucket.json"
    as "$BUCKET_ADMIN" aws s3 mb "s3://$DEFAULTS_BUCKET"
    as "$BUCKET_ADMIN" aws s3api put-bucket-encryption --bucket "$DEFAULTS_BUCKET" --server-side-encryption-configuration \
        '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"'"$KEY"'"}}]}'
}

"$1"
