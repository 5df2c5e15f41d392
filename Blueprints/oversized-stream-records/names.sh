# The names of everything that this blueprint makes.
export STREAM=test
export LARGE_STREAM=test-large
export BUCKET=oversized-stream-records
export PRODUCER=large-record-producer
export CONSUMER=large-record-consumer
export ACCOUNT=000000000000
# The article's Region.
export AWS_REGION=ap-southeast-2
export AWS_DEFAULT_REGION=ap-southeast-2
