import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketReplicationInput: Codable, Sendable {
    var bucket: String
    var replicationConfiguration: Shape.ReplicationConfiguration
    var expectedBucketOwner: String?
    var token: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case replicationConfiguration = "ReplicationConfiguration"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case token = "Token"
    }
}

struct GetBucketReplicationOutput: Codable, Sendable {
    var replicationConfiguration: Shape.ReplicationConfiguration

    enum CodingKeys: String, CodingKey {
        case replicationConfiguration = "ReplicationConfiguration"
    }
}

extension Shape {
    struct ReplicationConfiguration: Codable, Sendable, Hashable {
        var role: String
        var rules: [Shape.ReplicationRule]

        enum CodingKeys: String, CodingKey {
            case role = "Role"
            case rules = "Rules"
        }
    }

    struct ReplicationRule: Codable, Sendable, Hashable {
        var id: String?
        var priority: Int?
        var prefix: String?
        var filter: Shape.ReplicationRuleFilter?
        var status: String
        var sourceSelectionCriteria: Shape.SourceSelectionCriteria?
        var existingObjectReplication: Shape.ReplicationSwitch?
        var destination: Shape.ReplicationDestination
        var deleteMarkerReplication: Shape.DeleteMarkerReplication?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case priority = "Priority"
            case prefix = "Prefix"
            case filter = "Filter"
            case status = "Status"
            case sourceSelectionCriteria = "SourceSelectionCriteria"
            case existingObjectReplication = "ExistingObjectReplication"
            case destination = "Destination"
            case deleteMarkerReplication = "DeleteMarkerReplication"
        }
    }

    struct ReplicationRuleFilter: Codable, Sendable, Hashable {
        var prefix: String?
        var tag: Shape.Tag?
        var and: Shape.ReplicationRuleAndOperator?

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
            case tag = "Tag"
            case and = "And"
        }
    }

    struct ReplicationRuleAndOperator: Codable, Sendable, Hashable {
        var prefix: String?
        var tags: [Shape.Tag]?

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
            case tags = "Tags"
        }
    }

    struct SourceSelectionCriteria: Codable, Sendable, Hashable {
        var sseKMSEncryptedObjects: Shape.ReplicationSwitch?
        var replicaModifications: Shape.ReplicationSwitch?

        enum CodingKeys: String, CodingKey {
            case sseKMSEncryptedObjects = "SseKmsEncryptedObjects"
            case replicaModifications = "ReplicaModifications"
        }
    }

    struct ReplicationSwitch: Codable, Sendable, Hashable {
        var status: String

        enum CodingKeys: String, CodingKey {
            case status = "Status"
        }
    }

    struct DeleteMarkerReplication: Codable, Sendable, Hashable {
        var status: String?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
        }
    }

    struct ReplicationDestination: Codable, Sendable, Hashable {
        var bucket: String
        var account: String?
        var storageClass: String?
        var accessControlTranslation: Shape.AccessControlTranslation?
        var encryptionConfiguration: Shape.ReplicaEncryption?
        var replicationTime: Shape.ReplicationTime?
        var metrics: Shape.ReplicationMetrics?

        enum CodingKeys: String, CodingKey {
            case bucket = "Bucket"
            case account = "Account"
            case storageClass = "StorageClass"
            case accessControlTranslation = "AccessControlTranslation"
            case encryptionConfiguration = "EncryptionConfiguration"
            case replicationTime = "ReplicationTime"
            case metrics = "Metrics"
        }
    }

    struct AccessControlTranslation: Codable, Sendable, Hashable {
        var owner: String

        enum CodingKeys: String, CodingKey {
            case owner = "Owner"
        }
    }

    struct ReplicaEncryption: Codable, Sendable, Hashable {
        var replicaKMSKeyID: String?

        enum CodingKeys: String, CodingKey {
            case replicaKMSKeyID = "ReplicaKmsKeyID"
        }
    }

    struct ReplicationTime: Codable, Sendable, Hashable {
        var status: String
        var time: Shape.ReplicationTimeValue

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case time = "Time"
        }
    }

    struct ReplicationTimeValue: Codable, Sendable, Hashable {
        var minutes: Int?

        enum CodingKeys: String, CodingKey {
            case minutes = "Minutes"
        }
    }

    struct ReplicationMetrics: Codable, Sendable, Hashable {
        var status: String
        var eventThreshold: Shape.ReplicationTimeValue?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case eventThreshold = "EventThreshold"
        }
    }
}
