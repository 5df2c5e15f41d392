# The names of everything that this blueprint makes.
export ACCOUNT=000000000000
export BUCKET=shared-artifacts-demo
export POINT=alices-access-point
export TEAM_POINT=team-reports
export VPC_POINT=from-the-vpc-only
export PUBLIC_POINT=blocked-public
# The real host names are spoken to; Tarn answers for all of them as the proxy on the way.
export HTTP_PROXY="$AWS_ENDPOINT_URL" http_proxy="$AWS_ENDPOINT_URL" NO_PROXY= no_proxy=
