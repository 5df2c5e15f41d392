import Documents
import Kernel

/// What replication configurations must be
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html).
enum ReplicationRules {
    private static let guide = "Please refer to S3 Developer Guide for more information."

    /// - Returns: the configuration, each rule with an id.
    /// - Throws: ``S3Fault`` for what is wrong whatever the buckets are.
    static func check(_ given: Shape.ReplicationConfiguration) throws -> Shape.ReplicationConfiguration {
        var configuration = given
        guard let role = ARN(given.role), role.service == "iam", role.resource.hasPrefix("role/") else {
            throw S3Fault.invalidArgument("Invalid Role specified in replication configuration", name: "Role", value: given.role)
        }
        guard !given.rules.isEmpty else { throw S3Fault.malformedXML }
        guard given.rules.count <= Limit.replicationRules else {
            throw S3Fault.invalidRequest("The number of replication rules must not exceed the allowed limit of 1000 rules.")
        }
        let isNew = given.rules.contains { $0.filter != nil }
        var ids: Set<String> = []
        var priorities: Set<Int> = []
        configuration.rules = try given.rules.map { given in
            var rule = given
            if let id = rule.id, !id.isEmpty {
                guard id.utf16.count <= Limit.ruleID else {
                    throw S3Fault.invalidArgument(
                        "ID length should not exceed allowed limit of \(Limit.ruleID)", name: "ID", value: id)
                }
            } else {
                rule.id = Identifier.uuid()
            }
            guard ids.insert(rule.id ?? "").inserted else {
                throw S3Fault.invalidArgument(
                    "Rule Id must be unique. Found same Rule ID for more than one rule", name: "ID", value: rule.id ?? "")
            }
            let criteria = rule.sourceSelectionCriteria
            let words = [
                rule.status, rule.deleteMarkerReplication?.status, rule.existingObjectReplication?.status,
                criteria?.sseKMSEncryptedObjects?.status, criteria?.replicaModifications?.status,
                rule.destination.replicationTime?.status, rule.destination.metrics?.status,
            ]
            guard words.allSatisfy({ $0 == nil || $0 == "Enabled" || $0 == "Disabled" }) else { throw S3Fault.malformedXML }
            try PrefixRules.check(rule.keyPrefix)
            try isNew ? checkNew(rule, &priorities) : checkOld(rule)
            try check(rule.destination)
            try checkEncryption(rule)
            return rule
        }
        if !isNew { try checkPrefixes(configuration.rules) }
        return configuration
    }

    private static func checkNew(_ rule: Shape.ReplicationRule, _ priorities: inout Set<Int>) throws {
        guard rule.prefix == nil, let filter = rule.filter else {
            throw S3Fault.invalidRequest(
                "Base level prefix cannot be used with this version of the replication configuration schema. \(guide)")
        }
        guard [filter.prefix != nil, filter.tag != nil, filter.and != nil].count(where: { $0 }) <= 1 else {
            throw S3Fault.malformedXML
        }
        let tags = filter.tag.map { [$0] } ?? filter.and?.tags ?? []
        if let and = filter.and, (and.prefix == nil ? 0 : 1) + tags.count < 2 { throw S3Fault.malformedXML }
        _ = try TagFilterRules.check(tags)
        guard let priority = rule.priority else {
            throw S3Fault.invalidRequest(
                "Priority must be specified for this version of Cross Region Replication configuration schema. \(guide)")
        }
        guard priority >= 0 else {
            throw S3Fault.invalidArgument("Priority must be nonnegative", name: "Priority", value: String(priority))
        }
        guard priorities.insert(priority).inserted else {
            throw S3Fault.invalidRequest("Found duplicate priority \(priority) among the replication rules.")
        }
        guard let markers = rule.deleteMarkerReplication?.status else {
            throw S3Fault.invalidRequest(
                "DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema. "
                    + guide)
        }
        if markers == "Enabled", !tags.isEmpty {
            throw S3Fault.invalidRequest(
                "Delete marker replication is not supported if any Tag filter is specified. \(guide)")
        }
    }

    private static func checkOld(_ rule: Shape.ReplicationRule) throws {
        guard rule.prefix != nil else { throw S3Fault.malformedXML }
        for (isGiven, name) in [
            (rule.priority != nil, "Priority"), (rule.deleteMarkerReplication != nil, "DeleteMarkerReplication"),
            (rule.existingObjectReplication != nil, "ExistingObjectReplication"),
            (rule.sourceSelectionCriteria?.replicaModifications != nil, "ReplicaModifications"),
        ] where isGiven {
            throw S3Fault.invalidRequest(
                "\(name) cannot be used for this version of Cross Region Replication configuration schema. \(guide)")
        }
    }

    /// In the older schema no two rules may be about the same key.
    private static func checkPrefixes(_ rules: [Shape.ReplicationRule]) throws {
        for (index, rule) in rules.enumerated() {
            for other in rules[(index + 1)...] {
                let (one, two) = (rule.prefix ?? "", other.prefix ?? "")
                guard one.hasPrefix(two) || two.hasPrefix(one) else { continue }
                throw S3Fault.invalidRequest("Found overlapping prefixes '\(one)' and '\(two)'.")
            }
        }
    }

    private static func check(_ destination: Shape.ReplicationDestination) throws {
        guard bucketName(destination.bucket) != nil else {
            throw S3Fault.invalidArgument("Invalid bucket ARN.", name: "Bucket", value: destination.bucket)
        }
        if let account = destination.account {
            guard account.utf8.count == 12, account.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw S3Fault.invalidArgument("Invalid account", name: "Account", value: account)
            }
        }
        if let translation = destination.accessControlTranslation {
            guard translation.owner == "Destination" else { throw S3Fault.malformedXML }
            guard destination.account != nil else {
                throw S3Fault.invalidRequest(
                    "Account must be specified if AccessControlTranslation is specified in replication destination.")
            }
        }
        if let name = destination.storageClass, !storageClasses.contains(name) { throw S3Fault.malformedXML }
        if let time = destination.replicationTime {
            guard time.time.minutes == 15 else {
                throw S3Fault.invalidRequest("Replication destination must specify a ReplicationTime of 15 minutes.")
            }
            if time.status == "Enabled", destination.metrics?.status != "Enabled" {
                throw S3Fault.invalidRequest("Metrics must be enabled if ReplicationTime is enabled.")
            }
        }
        if let minutes = destination.metrics?.eventThreshold?.minutes, minutes != 15 {
            throw S3Fault.invalidRequest("The EventThreshold of replication metrics must be 15 minutes.")
        }
    }

    private static let storageClasses: Set<String> = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER",
        "DEEP_ARCHIVE",
    ]

    private static func checkEncryption(_ rule: Shape.ReplicationRule) throws {
        let wanted = rule.sourceSelectionCriteria?.sseKMSEncryptedObjects
        let key = rule.destination.encryptionConfiguration?.replicaKMSKeyID
        if wanted?.status == "Enabled", key == nil {
            throw S3Fault.invalidRequest("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")
        }
        if rule.destination.encryptionConfiguration != nil, wanted == nil {
            throw S3Fault.invalidRequest("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.")
        }
    }

    /// The bucket in `arn:aws:s3:::BUCKET`.
    static func bucketName(_ arn: String) -> String? {
        guard let parsed = ARN(arn), parsed.service == "s3", parsed.region.isEmpty, parsed.account.isEmpty,
            BucketName.isValid(parsed.resource)
        else { return nil }
        return parsed.resource
    }
}

extension Shape.ReplicationRule {
    var destinationName: String { ReplicationRules.bucketName(destination.bucket) ?? "" }
    var tagFilter: [Tag] {
        (filter?.tag.map { [$0] } ?? filter?.and?.tags ?? []).map { Tag(key: $0.key, value: $0.value) }
    }
    var keyPrefix: String { prefix ?? filter?.prefix ?? filter?.and?.prefix ?? "" }

    /// The older schema always took delete markers along.
    var takesMarkers: Bool { filter == nil || deleteMarkerReplication?.status == "Enabled" }
    var takesKMS: Bool { sourceSelectionCriteria?.sseKMSEncryptedObjects?.status == "Enabled" }
    var takesReplicaChanges: Bool { sourceSelectionCriteria?.replicaModifications?.status == "Enabled" }
    var hasTimeControl: Bool { destination.replicationTime?.status == "Enabled" }
    var tellsFailures: Bool { hasTimeControl || destination.metrics?.status == "Enabled" }

    /// Whether it is about a version.
    func matches(_ record: ObjectRecord, _ key: String) -> Bool {
        guard status == "Enabled", key.utf8.starts(with: keyPrefix.utf8) else { return false }
        if record.isDeleteMarker { return takesMarkers && tagFilter.isEmpty }
        if record.encryption?.method.usesKMS == true, !takesKMS { return false }
        return tagFilter.allSatisfy(record.tags.contains)
    }
}

extension Shape.ReplicationConfiguration {
    /// The rules that apply to a version, one for each destination: of several, the one of the highest priority.
    func rules(for record: ObjectRecord, _ key: String) -> [Shape.ReplicationRule] {
        var chosen: [String: Shape.ReplicationRule] = [:]
        for rule in rules where rule.matches(record, key) {
            if let other = chosen[rule.destinationName], other.priority ?? 0 >= rule.priority ?? 0 { continue }
            chosen[rule.destinationName] = rule
        }
        return chosen.values.sorted { $0.destinationName < $1.destinationName }
    }
}
