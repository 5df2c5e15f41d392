import Documents
import Store

/// A bucket and its settings. Names are global: one row per name, whoever owns it.
struct BucketRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    enum Versioning: String, Codable { case enabled = "Enabled", suspended = "Suspended" }

    var name: String
    /// The owner's twelve digits.
    var account: String
    var region: String
    var created: Timestamp
    /// nil until it is first enabled.
    var versioning: Versioning?
    var tags: [Tag]?
    /// The bucket policy's JSON, as given.
    var policy: String?
    var publicAccessBlock: PublicAccessBlock?
    var notifications: NotificationRules?
    /// The default for new objects; nil is SSE-S3.
    var encryption: BucketEncryption?
    /// nil for buckets from before the setting: the owner's ownership is enforced.
    var ownership: Ownership?
    /// The access control list; nil gives the owner full control and nobody else anything.
    var grants: [Grant]?
    /// nil where versions can't be locked.
    var objectLock: ObjectLockSetting?
    /// Removing versions and changing the versioning take a second factor.
    var needsMFAToDelete: Bool?
    var corsRules: [Shape.CORSRule]?
    var website: Shape.WebsiteConfiguration?
    /// Whoever asks pays; only said and checked, Tarn sends no bills.
    var isRequesterPays: Bool?
    var lifecycle: LifecycleSetting?
    var replication: Shape.ReplicationConfiguration?
    /// `Enabled` or `Suspended`; nil until it is first set.
    var acceleration: String?
    /// Whether ``policy`` counts as public, worked out when it was put; nil for older ones.
    var isPolicyPublic: Bool?
    /// nil where requests are not logged.
    var logging: LoggingRule?
    /// Policies see the bucket's tags; nil is no.
    var usesTagsForAccess: Bool?

    init(name: String, account: String, region: String, created: Timestamp) {
        (self.name, self.account, self.region, self.created) = (name, account, region, created)
    }

    static func key(_ name: String) -> Key { Key(.s3Bucket, .text(name)) }
    static func ownerKey(_ account: String, _ name: String) -> Key { Key(.s3BucketByOwner, .text(account), .text(name)) }

    var hasPublicPolicy: Bool { policy.map { isPolicyPublic ?? PublicPolicy.isPublic($0) } ?? false }

    var arn: String { "arn:aws:s3:::\(name)" }
}

struct PublicAccessBlock: Codable, Hashable, Sendable {
    var blockPublicAcls: Bool
    var ignorePublicAcls: Bool
    var blockPublicPolicy: Bool
    var restrictPublicBuckets: Bool

    /// What a new bucket has since April 2023.
    static let all = PublicAccessBlock(
        blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true)
}
