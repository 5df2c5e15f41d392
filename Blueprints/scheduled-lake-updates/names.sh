# The names of everything that this blueprint makes.
export BUCKET=scheduled-lake-updates
export TABLE=objects-to-process
export SCHEDULE_FUNCTION=schedule-update
export BLANK_FUNCTION=blank-contents
export DATABASE=data_db
export CRAWLER=data-crawler
export CRAWLER_ROLE=AWSGlueServiceRole-crawler
export RESULTS=s3://scheduled-lake-updates-results/
export ACCOUNT=000000000000
