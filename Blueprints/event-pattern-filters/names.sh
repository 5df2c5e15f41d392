# The names of everything that this blueprint makes.
export ACCOUNT=000000000000
export ROLE=event-recorder
export FUNCTIONS="case-1 case-2 case-3 case-4 case-5 uploads"
export IMAGES=myapp-images
export UPLOADS=myapp-uploads
export OTHER=otherbucket-of-filters
export READ=mybucket-of-filters
export TRAIL=filters-trail
export TRAIL_BUCKET=filters-trail-logs
export LOG_POLICY=filters-events
export TOPIC=filters-fan-out
