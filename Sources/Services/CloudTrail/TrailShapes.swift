import Documents
import Kernel

/// A trail as CreateTrail and UpdateTrail answer it.
struct TrailSummary: Encodable, Sendable {
    var Name: String
    var S3BucketName: String
    var S3KeyPrefix: String?
    var SnsTopicName: String?
    var SnsTopicARN: String?
    var IncludeGlobalServiceEvents: Bool
    var IsMultiRegionTrail: Bool
    var TrailARN: String
    var LogFileValidationEnabled: Bool
    var CloudWatchLogsLogGroupArn: String?
    var CloudWatchLogsRoleArn: String?
    var KmsKeyId: String?
    var IsOrganizationTrail: Bool

    init(_ trail: TrailRecord) {
        (Name, S3BucketName, S3KeyPrefix, TrailARN) = (trail.name, trail.bucket, trail.prefix, trail.arn)
        (IncludeGlobalServiceEvents, IsMultiRegionTrail) = (trail.includesGlobal, trail.isMultiRegion)
        (LogFileValidationEnabled, IsOrganizationTrail) = (trail.validates, trail.isOrganization)
        (CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn, KmsKeyId) = (trail.logGroup, trail.logRole, trail.kmsKey)
        (SnsTopicName, SnsTopicARN) = (trail.topic, trail.topic)
    }
}

/// A trail as GetTrail and DescribeTrails answer it.
struct TrailDescription: Encodable, Sendable {
    var Name: String
    var S3BucketName: String
    var S3KeyPrefix: String?
    var SnsTopicName: String?
    var SnsTopicARN: String?
    var IncludeGlobalServiceEvents: Bool
    var IsMultiRegionTrail: Bool
    var HomeRegion: String
    var TrailARN: String
    var LogFileValidationEnabled: Bool
    var CloudWatchLogsLogGroupArn: String?
    var CloudWatchLogsRoleArn: String?
    var KmsKeyId: String?
    var HasCustomEventSelectors: Bool
    var HasInsightSelectors = false
    var IsOrganizationTrail: Bool

    init(_ trail: TrailRecord) {
        (Name, S3BucketName, S3KeyPrefix, TrailARN) = (trail.name, trail.bucket, trail.prefix, trail.arn)
        (IncludeGlobalServiceEvents, IsMultiRegionTrail) = (trail.includesGlobal, trail.isMultiRegion)
        (LogFileValidationEnabled, IsOrganizationTrail) = (trail.validates, trail.isOrganization)
        (CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn, KmsKeyId) = (trail.logGroup, trail.logRole, trail.kmsKey)
        (SnsTopicName, SnsTopicARN) = (trail.topic, trail.topic)
        HomeRegion = trail.homeRegion
        HasCustomEventSelectors = trail.selectors != nil || trail.advanced != nil
    }
}

struct TagShape: Codable, Sendable, Hashable {
    var Key: String
    var Value: String?
}
