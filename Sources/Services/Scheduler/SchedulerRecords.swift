import Documents
import Kernel
import Store

/// Which group: the names that keys are made of.
struct GroupPlace: Hashable, Sendable {
    var account: String
    var region: String
    var name: String

    static let defaultName = "default"
    var isDefault: Bool { name == Self.defaultName }

    init(account: String, region: String, name: String) { (self.account, self.region, self.name) = (account, region, name) }
    init(_ name: String?, _ context: Context) {
        self.init(account: context.account, region: context.region, name: name ?? Self.defaultName)
    }

    var arn: String { ARN("scheduler", region: region, account: account, "schedule-group/\(name)").description }
    var key: Key { Key(.scheduleGroup, .text(account), .text(region), .text(name)) }
    static func all(_ account: String, _ region: String) -> Key { Key(.scheduleGroup, .text(account), .text(region)) }
    var schedules: Key { Key(.schedule, .text(account), .text(region), .text(name)) }
    func schedule(_ schedule: String) -> SchedulePlace { SchedulePlace(group: self, name: schedule) }
}

struct SchedulePlace: Hashable, Sendable {
    var group: GroupPlace
    var name: String

    var arn: String {
        ARN("scheduler", region: group.region, account: group.account, "schedule/\(group.name)/\(name)").description
    }
    var key: Key { group.schedules.appending(.text(name)) }
    static func all(_ account: String, _ region: String) -> Key { Key(.schedule, .text(account), .text(region)) }
    var timerID: String { "\(group.account) \(group.region) \(group.name) \(name)" }
}

/// A group. The default one has a record only once it has tags.
struct GroupRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var created: Timestamp
    var modified: Timestamp
    var isDeleting = false
    var tags: TagList = [:]
}

struct ScheduleRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var group: String
    var expression: String
    var zone: String?
    var start: Timestamp?
    var end: Timestamp?
    var description: String?
    /// `ENABLED`, `DISABLED`.
    var state: String
    var keyARN: String?
    /// Without its input, where that is sealed.
    var target: Target
    var sealed: SealedInput?
    var window: FlexibleWindow
    /// `NONE`, `DELETE`.
    var afterCompletion: String?
    var created: Timestamp
    var modified: Timestamp
    /// From here rates count.
    var anchor: Timestamp
    /// Another with each change; a turn of an earlier one is void.
    var revision: String

    var isOn: Bool { state == "ENABLED" }
}

/// A target's input under a data key of the schedule's KMS key.
struct SealedInput: Codable, Sendable {
    var bytes: [UInt8]
    var wrappedKey: [UInt8]
}

struct FlexibleWindow: Codable, Sendable, Hashable {
    var Mode: String
    var MaximumWindowInMinutes: Int?
}

/// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html
struct Target: Codable, Sendable {
    struct DeadLetter: Codable, Sendable { var Arn: String? }
    struct Retry: Codable, Sendable {
        var MaximumEventAgeInSeconds: Int?
        var MaximumRetryAttempts: Int?
    }
    struct Event: Codable, Sendable {
        var DetailType: String
        var Source: String
    }
    struct Kinesis: Codable, Sendable { var PartitionKey: String }
    struct SQS: Codable, Sendable { var MessageGroupId: String? }
    var Arn: String
    var RoleArn: String
    var DeadLetterConfig: DeadLetter?
    var RetryPolicy: Retry?
    var Input: String?
    var EcsParameters: Document?
    var EventBridgeParameters: Event?
    var KinesisParameters: Kinesis?
    var SageMakerPipelineParameters: Document?
    var SqsParameters: SQS?
}

extension Snapshot {
    /// The group's record; nil for a default group that nobody has touched.
    /// - Throws: ``SchedulerFault/groupNotFound(_:)``.
    func group(_ place: GroupPlace) throws -> GroupRecord? {
        let record = try record(GroupRecord.self, place.key)
        guard record != nil || place.isDefault else { throw SchedulerFault.groupNotFound(place.name) }
        return record
    }

    /// A group with its times: the default group, which nobody makes, is as old as its account.
    /// - Throws: ``SchedulerFault/groupNotFound(_:)``.
    func describedGroup(_ place: GroupPlace) throws -> GroupRecord? {
        let record = try group(place)
        guard place.isDefault, let opened = try accountCreated(place.account) else { return record }
        var group = record ?? GroupRecord(name: place.name, created: opened, modified: opened)
        group.created = opened
        return group
    }

    /// - Throws: ``SchedulerFault/scheduleNotFound(_:)``, ``SchedulerFault/groupNotFound(_:)``.
    func schedule(_ place: SchedulePlace) throws -> ScheduleRecord {
        _ = try group(place.group)
        guard let record = try record(ScheduleRecord.self, place.key) else {
            throw SchedulerFault.scheduleNotFound(place.name)
        }
        return record
    }
}

extension PageToken {
    static func write(_ names: [String], of list: String) -> String { write(names.joined(separator: "\n"), of: list) }

    /// - Returns: the name, or the names, of the last entry shown.
    static func read(_ token: String?, of list: String, parts: Int) throws -> [String]? {
        guard let token else { return nil }
        let names = name(token, of: list)?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let names, names.count == parts else { throw SchedulerFault.validation("Invalid NextToken.") }
        return names
    }
}
