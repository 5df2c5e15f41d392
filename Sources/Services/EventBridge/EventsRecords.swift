import Documents
import Kernel
import Store

/// Which bus: the names that keys are made of.
struct BusPlace: Hashable, Sendable {
    var account: String
    var region: String
    var name: String

    static let defaultName = "default"
    var isDefault: Bool { name == Self.defaultName }
    var arn: String { ARN("events", region: region, account: account, "event-bus/\(name)").description }
    var key: Key { Key(.eventBus, .text(account), .text(region), .text(name)) }
    var rules: Key { Key(.eventRule, .text(account), .text(region), .text(name)) }
    var targets: Key { Key(.eventTarget, .text(account), .text(region), .text(name)) }
    func ruleKey(_ rule: String) -> Key { rules.appending(.text(rule)) }
    func targets(_ rule: String) -> Key { targets.appending(.text(rule)) }
    func targetKey(_ rule: String, _ id: String) -> Key { targets.appending(.text(rule), .text(id)) }
    func ruleARN(_ rule: String) -> String {
        ARN("events", region: region, account: account, isDefault ? "rule/\(rule)" : "rule/\(name)/\(rule)").description
    }

    init(account: String, region: String, name: String = defaultName) {
        (self.account, self.region, self.name) = (account, region, name)
    }

    /// - Parameter text: a bus's name or ARN, as requests have it; nil means the default bus.
    init(_ text: String?, _ context: Context) {
        self.init(account: context.account, region: context.region, name: text ?? Self.defaultName)
        guard let text, let arn = ARN(text), arn.service == "events", arn.resource.hasPrefix("event-bus/") else { return }
        (account, region, name) = (arn.account, arn.region, String(arn.resource.dropFirst("event-bus/".count)))
    }

    /// The bus and the rule's name behind a rule's ARN.
    static func rule(_ arn: ARN) -> (BusPlace, String)? {
        let parts = arn.resource.split(separator: "/").map(String.init)
        guard arn.service == "events", parts.first == "rule" else { return nil }
        switch parts.count {
        case 2: return (BusPlace(account: arn.account, region: arn.region), parts[1])
        case 3...:
            return (
                BusPlace(account: arn.account, region: arn.region, name: parts[1..<(parts.count - 1)].joined(separator: "/")),
                parts[parts.count - 1]
            )
        default: return nil
        }
    }
}

/// A bus. The default one has a record only once something is known of it.
struct BusRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var created: Timestamp
    var modified: Timestamp
    var description: String?
    var policy: String?
    var tags: TagList = [:]
    /// The customer's key that events are kept under.
    var key: String?
    /// The queue of events that this key could not seal.
    var deadLetter: String?

    // Named apart from the key that the record stands under.
    enum CodingKeys: String, CodingKey {
        case name, created, modified, description, policy, tags, deadLetter
        case key = "kmsKey"
    }
}

struct RuleRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var pattern: String?
    var schedule: String?
    /// `ENABLED`, `DISABLED`, `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    var state: String
    var description: String?
    var role: String?
    var created: Timestamp
    var tags: TagList = [:]
    /// The service that keeps the rule, where it is not the customer.
    var managedBy: String?

    var isOn: Bool { state != "DISABLED" }
    var wantsReads: Bool { state == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" }
}

struct TargetRecord: Stored {
    static let tag: UInt8 = 1
    var target: Target
}

/// A target, with the members that the built kinds of targets use.
struct Target: Codable, Sendable {
    struct Transformer: Codable, Sendable {
        var InputPathsMap: [String: String]?
        var InputTemplate: String
    }
    struct Kinesis: Codable, Sendable { var PartitionKeyPath: String }
    struct SQS: Codable, Sendable { var MessageGroupId: String? }
    struct HTTP: Codable, Sendable {
        var PathParameterValues: [String]?
        var HeaderParameters: [String: String]?
        var QueryStringParameters: [String: String]?
    }
    struct Retry: Codable, Sendable {
        var MaximumRetryAttempts: Int?
        var MaximumEventAgeInSeconds: Int?
    }
    struct DeadLetter: Codable, Sendable { var Arn: String? }
    var Id: String
    var Arn: String
    var RoleArn: String?
    var Input: String?
    var InputPath: String?
    var InputTransformer: Transformer?
    var KinesisParameters: Kinesis?
    var SqsParameters: SQS?
    var HttpParameters: HTTP?
    var RetryPolicy: Retry?
    var DeadLetterConfig: DeadLetter?
}

extension Snapshot {
    /// - Throws: ``EventsFault/busNotFound(_:)``.
    func bus(_ place: BusPlace) throws -> BusRecord? {
        let record = try record(BusRecord.self, place.key)
        guard record != nil || place.isDefault else { throw EventsFault.busNotFound(place.name) }
        return record
    }

    /// A bus with its times: the default bus, which nobody makes, is as old as its account.
    /// - Throws: ``EventsFault/busNotFound(_:)``.
    func describedBus(_ place: BusPlace) throws -> BusRecord? {
        var record = try bus(place)
        let policy = try record?.policy.map { try NamedPrincipals.shown($0, in: self) }
        record?.policy = policy
        guard place.isDefault, let opened = try accountCreated(place.account) else { return record }
        var bus = record ?? BusRecord(name: place.name, created: opened, modified: opened)
        bus.created = opened
        return bus
    }

    /// - Throws: ``EventsFault/ruleNotFound(_:bus:)``.
    func rule(_ name: String, on place: BusPlace) throws -> RuleRecord {
        _ = try bus(place)
        guard let rule = try record(RuleRecord.self, place.ruleKey(name)) else {
            if let managed = try ManagedRules.rule(name, on: place, in: self) { return managed }
            throw EventsFault.ruleNotFound(name, bus: place.name)
        }
        return rule
    }

    func targets(of rule: String, on place: BusPlace) throws -> [Target] {
        try all(TargetRecord.self, place.targets(rule)).map(\.target)
    }
}
