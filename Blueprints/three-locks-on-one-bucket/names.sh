# The names of everything that this blueprint makes.
export BUCKET=secure-demo-bucket
export DEFAULTS_BUCKET=secure-demo-bucket-defaults
export ALIAS=alias/secure-demo
export DOCUMENT=KMS-Cryptographic-Details.pdf
export ACCOUNT=000000000000
# The other account of the cross-account part.
export KEY_ACCOUNT=111122223333
export BUCKET_ADMIN=secure-bucket-admin
export KEY_ADMIN=secure-key-admin
export USERS=authorized-users
