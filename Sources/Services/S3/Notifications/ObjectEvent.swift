import Documents
import Kernel
import Store

/// Something that happened to an object.
struct ObjectEvent: Sendable {
    enum Kind: String, Sendable {
        case put = "ObjectCreated:Put"
        /// A browser's upload by form.
        case post = "ObjectCreated:Post"
        case copy = "ObjectCreated:Copy"
        case completeMultipartUpload = "ObjectCreated:CompleteMultipartUpload"
        case delete = "ObjectRemoved:Delete"
        case deleteMarkerCreated = "ObjectRemoved:DeleteMarkerCreated"
        case taggingPut = "ObjectTagging:Put"
        case restorePost = "ObjectRestore:Post"
        case restoreCompleted = "ObjectRestore:Completed"
        case restoreExpired = "ObjectRestore:Delete"
        case aclPut = "ObjectAcl:Put"
        case taggingDelete = "ObjectTagging:Delete"
        case lifecycleDelete = "LifecycleExpiration:Delete"
        case lifecycleMarker = "LifecycleExpiration:DeleteMarkerCreated"
        case lifecycleTransition = "LifecycleTransition"
        case replicationFailed = "Replication:OperationFailedReplication"
        case replicatedLate = "Replication:OperationReplicatedAfterThreshold"
        case replicationMissed = "Replication:OperationMissedThreshold"
        case replicationNotTracked = "Replication:OperationNotTracked"

        var isRemoval: Bool { isRemovalForGood || isMarker }
        var isRemovalForGood: Bool { self == .delete || self == .lifecycleDelete }
        var isMarker: Bool { self == .deleteMarkerCreated || self == .lifecycleMarker }
        var isLifecycle: Bool { rawValue.hasPrefix("Lifecycle") }
        var isReplication: Bool { rawValue.hasPrefix("Replication:") }
        /// What S3 does by itself has no client.
        var isOwn: Bool { isLifecycle || isReplication || self == .restoreCompleted || self == .restoreExpired }

        /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
        var version: String {
            if isReplication { return "2.2" }
            let isNewer =
                isLifecycle || rawValue.hasPrefix("ObjectTagging") || rawValue.hasPrefix("ObjectAcl") || self == .restoreExpired
            return isNewer ? "2.3" : "2.1"
        }
    }

    var kind: Kind
    var key: String
    var size: Int64
    var eTag: String
    var versionID: String?
    var order: Int64
    /// Of a transition: the class that the object went to.
    var storageClass: String?
    /// Of a restoration: the archive's class.
    var archiveClass: String?
    /// Of a restoration: when the copy goes.
    var restoreExpires: Timestamp?
    /// Of a replication: `replicationRuleId`, `destinationBucket` and so on.
    var replication: Members?

    /// - Parameter order: where the event has a place of its own after the version's.
    init(_ kind: Kind, _ key: String, _ record: ObjectRecord, order: Int64? = nil) {
        (self.kind, self.key, size, eTag) = (kind, key, record.size, record.eTag)
        versionID = record.nonce == nil ? nil : record.versionID
        self.order = order ?? record.order
        if kind.rawValue.hasPrefix("ObjectRestore:") {
            (archiveClass, restoreExpires) = (record.headers.storageClass, record.restored?.expires)
        }
    }

    /// The event record, version 2.1
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
    func message(_ bucket: BucketRecord, rule: String, _ context: Context) -> Document {
        var object: Members = ["key": .string(Self.encoded(key))]
        if !kind.isRemoval {
            object["size"] = .integer(size)
            object["eTag"] = .string(eTag)
        }
        if kind.isMarker { object["eTag"] = .string(Self.emptyETag) }
        if let versionID { object["versionId"] = .string(versionID) }
        object["sequencer"] = .string(Self.sequencer(order))
        let isOwn = kind.isOwn
        var record: Members = [
            "eventVersion": .string(kind.version),
            "eventSource": "aws:s3",
            "awsRegion": .string(bucket.region),
            "eventTime": .string(context.platform.clock.now().iso8601(milliseconds: true)),
            "eventName": .string(kind.rawValue),
            "userIdentity": [
                "principalId": .string(isOwn ? "s3.amazonaws.com" : "AWS:\(context.caller.principalID)")
            ],
            "requestParameters": [
                "sourceIPAddress": .string(isOwn ? "s3.amazonaws.com" : context.http?.sourceIP ?? "127.0.0.1")
            ],
            "responseElements": [
                "x-amz-request-id": .string(context.requestID), "x-amz-id-2": .string(Identifier.host),
            ],
            "s3": [
                "s3SchemaVersion": "1.0",
                "configurationId": .string(rule),
                "bucket": [
                    "name": .string(bucket.name),
                    "ownerIdentity": ["principalId": .string(CanonicalUser.principal(bucket.account))],
                    "arn": .string(bucket.arn),
                ],
                "object": .map(object),
            ],
        ]
        if let storageClass {
            record["lifecycleEventData"] = ["transitionEventData": ["destinationStorageClass": .string(storageClass)]]
        }
        if let replication { record["replicationEventData"] = .map(replication) }
        if kind == .restoreCompleted, let archiveClass, let restoreExpires {
            record["glacierEventData"] = [
                "restoreEventData": [
                    "lifecycleRestorationExpiryTime": .string(restoreExpires.iso8601(milliseconds: true)),
                    "lifecycleRestoreStorageClass": .string(archiveClass),
                ]
            ]
        }
        return ["Records": [.map(record)]]
    }

    /// A delete marker has no bytes; events give it their ETag.
    static let emptyETag = "d41d8cd98f00b204e9800998ecf8427e"

    /// As in a form: percent-encoded, spaces as `+`, slashes kept.
    static func encoded(_ key: String) -> String {
        PercentEncoding.encode(key, keeping: "/ ").split(separator: " ", omittingEmptySubsequences: false).joined(separator: "+")
    }

    /// Hexadecimal digits that grow with each event of a key.
    static func sequencer(_ order: Int64) -> String {
        let digits = String(UInt64(max(order, 0)), radix: 16, uppercase: true)
        return String(repeating: "0", count: 18 - digits.count) + digits
    }
}
