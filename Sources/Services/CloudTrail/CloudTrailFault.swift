import Kernel

/// What CloudTrail refuses.
enum CloudTrailFault: Fault {
    case trailExists(name: String, account: String)
    case trailNotFound(arn: String, account: String)
    case tooManyTrails(account: String, region: String)
    case invalidName(String)
    case invalidARN(String)
    case wrongRegion(arn: String, home: String)
    case noBucket(String)
    case bucketPolicy(String)
    case invalidBucketName(String)
    case invalidPrefix(String)
    case invalidKey(String)
    case keyNotFound(String)
    case keyRefused(String, bucket: String)
    case logGroup(String)
    case logRole(String)
    case combination(String)
    case selectors(String)
    case noInsights(String)
    case tag(String)
    case tooManyTags
    case resourceNotFound(String)
    case lookupAttributes(String)
    case timeRange(String)
    case nextToken
    case notManagementAccount
    case noOrganization
    case noServiceAccess
    case topicName(String)
    case topic
    /// What only CloudTrail Lake or its channels have.
    case storeNotFound(String)
    case channelNotFound(String)
    case queryNotFound(String)
    case importNotFound(String)
    case notBuilt(String)

    var wire: AWSError {
        switch self {
        case .trailExists(let name, let account):
            AWSError("TrailAlreadyExistsException", 400, "Trail \(name) already exists for customer: \(account)")
        case .trailNotFound(let arn, let account):
            AWSError("TrailNotFoundException", 400, "Unknown trail: \(arn) for the user: \(account)")
        case .tooManyTrails(let account, let region):
            AWSError(
                "MaximumNumberOfTrailsExceededException", 400,
                "User: \(account) already has \(TrailLimit.trailsPerRegion) trails in \(region).")
        case .invalidName(let message): AWSError("InvalidTrailNameException", 400, message)
        case .invalidARN(let arn): AWSError("CloudTrailARNInvalidException", 400, "Trail ARN is invalid: \(arn)")
        case .wrongRegion(let arn, let home):
            AWSError("InvalidHomeRegionException", 400, "The trail \(arn) can be changed in its home region only: \(home)")
        case .noBucket(let name): AWSError("S3BucketDoesNotExistException", 400, "S3 bucket \(name) does not exist!")
        case .bucketPolicy(let name):
            AWSError("InsufficientS3BucketPolicyException", 400, "Incorrect S3 bucket policy is detected for bucket: \(name)")
        case .invalidBucketName(let name): AWSError("InvalidS3BucketNameException", 400, "Bucket name is invalid: \(name)")
        case .invalidPrefix(let message): AWSError("InvalidS3PrefixException", 400, message)
        case .invalidKey(let key): AWSError("InvalidKmsKeyIdException", 400, "KMS key id is invalid: \(key)")
        case .keyNotFound(let message): AWSError("KmsKeyNotFoundException", 400, message)
        case .keyRefused(let key, let bucket):
            AWSError(
                "InsufficientEncryptionPolicyException", 400,
                "Insufficient permissions to access S3 bucket \(bucket) or KMS key \(key).")
        case .logGroup(let message): AWSError("InvalidCloudWatchLogsLogGroupArnException", 400, message)
        case .logRole(let message): AWSError("InvalidCloudWatchLogsRoleArnException", 400, message)
        case .combination(let message): AWSError("InvalidParameterCombinationException", 400, message)
        case .selectors(let message): AWSError("InvalidEventSelectorsException", 400, message)
        case .noInsights(let arn):
            AWSError(
                "InsightNotEnabledException", 400,
                "Trail \(arn) does not have Insights enabled. Edit the trail settings to enable Insights, and then try the "
                    + "operation again.")
        case .tag(let message): AWSError("InvalidTagParameterException", 400, message)
        case .tooManyTags:
            AWSError("TagsLimitExceededException", 400, "The number of tags per trail, \(TrailLimit.tags), is exceeded.")
        case .resourceNotFound(let arn): AWSError("ResourceNotFoundException", 400, "Resource not found: \(arn)")
        case .lookupAttributes(let message): AWSError("InvalidLookupAttributesException", 400, message)
        case .timeRange(let message): AWSError("InvalidTimeRangeException", 400, message)
        case .nextToken: AWSError("InvalidNextTokenException", 400, "Invalid NextToken.")
        case .notManagementAccount:
            AWSError(
                "NotOrganizationMasterAccountException", 400,
                "The request was made by an account that is not the management account of an organization.")
        case .noOrganization:
            AWSError("OrganizationsNotInUseException", 400, "Your account is not a member of an organization.")
        case .noServiceAccess:
            AWSError(
                "CloudTrailAccessNotEnabledException", 400,
                "Trusted access for CloudTrail is not enabled in your organization.")
        case .topicName(let name):
            AWSError("InvalidSnsTopicNameException", 400, "SNS topic name is invalid: \(name)")
        case .topic:
            AWSError(
                "InsufficientSnsTopicPolicyException", 400, "SNS Topic does not exist or the topic policy is incorrect!")
        case .storeNotFound(let arn):
            AWSError("EventDataStoreNotFoundException", 400, "The event data store \(arn) was not found.")
        case .channelNotFound(let arn): AWSError("ChannelNotFoundException", 400, "The channel \(arn) was not found.")
        case .queryNotFound(let id): AWSError("QueryIdNotFoundException", 400, "The query \(id) was not found.")
        case .importNotFound(let id): AWSError("ImportNotFoundException", 400, "The import \(id) was not found.")
        case .notBuilt(let what): AWSError.notImplemented(what, of: "cloudtrail")
        }
    }
}
