import Documents
import Kernel
import Store

/// A secret without its values.
struct SecretRecord: Stored {
    static let tag: UInt8 = 1

    struct Tag: Codable, Hashable, Sendable {
        var Key: String?
        var Value: String?
    }

    struct Replica: Codable, Hashable, Sendable {
        var region: String
        var keyID: String?
        /// Why the last value did not reach it.
        var failure: String?
    }

    struct Rotation: Codable, Hashable, Sendable {
        var isEnabled: Bool
        var function: String
        var rules: RotationRules?
        var last: Timestamp?
        /// When the next window opens, and when it closes.
        var next: RotationWindow?
        /// Failed tries since the last success.
        var failures = 0
    }

    var account: String
    var region: String
    var name: String
    /// Six random characters at the end of the ARN: a secret made again under its name is another one.
    var suffix: String
    var description: String?
    var keyID: String?
    var created: Timestamp
    var changed: Timestamp
    /// The day of the last read.
    var accessed: Timestamp?
    /// When it goes for good, once it is marked for deletion.
    var deletion: Timestamp?
    var tags: [Tag] = []
    /// Staging label to version.
    var stages: [String: String] = [:]
    var policy: String?
    /// The service that manages it, `rds`.
    var owningService: String?
    var rotation: Rotation?
    var replicas: [Replica] = []
    /// Another Region's secret that this one follows.
    var primaryRegion: String?

    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.secret, .text(account), .text(region), .text(name))
    }
    static func all(_ account: String, _ region: String) -> Key { Key(.secret, .text(account), .text(region)) }

    var key: Key { Self.key(account, region, name) }
    var arn: String { arn(in: region) }
    func arn(in region: String) -> String {
        ARN("secretsmanager", region: region, account: account, "secret:\(name)-\(suffix)").description
    }
    var versions: Key { Key(.secretVersion, .text(arn)) }
    func versionKey(_ id: String) -> Key { Key(.secretVersion, .text(arn), .text(id)) }

    var isReplica: Bool { primaryRegion.map { $0 != region } ?? false }
    /// The newest value's version, as clients without a wish get it.
    var current: String? { stages[Stage.current] }

    func stages(of version: String) -> [String] { stages.filter { $0.value == version }.keys.sorted() }

    var versionsToStages: [String: [String]] {
        var map: [String: [String]] = [:]
        for (stage, version) in stages { map[version, default: []].append(stage) }
        return map.mapValues { $0.sorted() }
    }

    /// The timers' ids.
    var deletionTimer: String { "deletion \(arn)" }
    var rotationTimer: String { "rotation \(arn)" }
    /// What a timer or delivery finds it by.
    var address: Document {
        ["account": .string(account), "region": .string(region), "name": .string(name), "arn": .string(arn)]
    }
}

/// One version of a secret. Its value is nil while a rotation has only announced it.
struct VersionRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var created: Timestamp
    var keyID: String?
    var value: SealedValue?
    var accessed: Timestamp?
}

/// The labels that Secrets Manager itself moves.
enum Stage {
    static let current = "AWSCURRENT"
    static let previous = "AWSPREVIOUS"
    static let pending = "AWSPENDING"
}

extension SecretRecord {
    /// Puts a label on a version, taking it from where it was. When AWSCURRENT moves, AWSPREVIOUS goes to where it was
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
    mutating func attach(_ stage: String, to version: String) {
        if stage == Stage.current, let old = stages[Stage.current], old != version { stages[Stage.previous] = old }
        stages[stage] = version
    }
}
