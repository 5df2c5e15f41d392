import Documents
import Kernel
import Store

/// What is scaled: one capacity of one resource. Only DynamoDB's tables and indexes are known.
struct ScalingPlace: Codable, Sendable, Hashable {
    var account: String
    var region: String
    var namespace: String
    /// `table/NAME` or `table/NAME/index/INDEX`
    var resource: String
    /// `dynamodb:table:ReadCapacityUnits` and the like
    var dimension: String

    static func prefix(_ space: Space, _ account: String, _ region: String, _ namespace: String) -> Key {
        Key(space, .text(account), .text(region), .text(namespace))
    }
    private func key(_ space: Space) -> Key {
        Self.prefix(space, account, region, namespace).appending(.text(resource), .text(dimension))
    }
    var target: Key { key(.scalableTarget) }
    var policies: Key { key(.scalingPolicy) }
    var activities: Key { key(.scalingActivity) }
    var schedules: Key { key(.scheduledScaling) }

    var isWrite: Bool { dimension.hasSuffix(":WriteCapacityUnits") }
    var table: String { String(resource.split(separator: "/").dropFirst().first ?? "") }
    var index: String? {
        let parts = resource.split(separator: "/")
        return parts.count == 4 ? String(parts[3]) : nil
    }
    /// As DynamoDB counts it.
    var usage: UsageMeter.Place {
        UsageMeter.Place("arn:aws:dynamodb:\(region):\(account):\(resource)", isWrite ? "writes" : "reads")
    }
}

struct SuspendedState: Codable, Sendable, Equatable {
    var DynamicScalingInSuspended: Bool?
    var DynamicScalingOutSuspended: Bool?
    var ScheduledScalingSuspended: Bool?

    var document: Document {
        [
            "DynamicScalingInSuspended": .bool(DynamicScalingInSuspended ?? false),
            "DynamicScalingOutSuspended": .bool(DynamicScalingOutSuspended ?? false),
            "ScheduledScalingSuspended": .bool(ScheduledScalingSuspended ?? false),
        ]
    }
}

struct TargetRecord: Stored {
    static let tag: UInt8 = 1
    var place: ScalingPlace
    var id: String
    var minimum: Int64
    var maximum: Int64
    var created: Timestamp
    var suspended: SuspendedState
    var tags: [String: String]
    /// When capacity was last changed upwards and downwards.
    var scaledOut: Timestamp?
    var scaledIn: Timestamp?

    var arn: String { "arn:aws:application-autoscaling:\(place.region):\(place.account):scalable-target/\(id)" }
    var role: String {
        "arn:aws:iam::\(place.account):role/aws-service-role/\(ScalingRole.service)/\(ScalingRole.name)"
    }

    /// `ScalableTarget`
    var document: Document {
        [
            "ServiceNamespace": .string(place.namespace), "ResourceId": .string(place.resource),
            "ScalableDimension": .string(place.dimension), "MinCapacity": .integer(minimum), "MaxCapacity": .integer(maximum),
            "RoleARN": .string(role), "CreationTime": .timestamp(created), "SuspendedState": suspended.document,
            "ScalableTargetARN": .string(arn),
        ]
    }
}

struct PolicyRecord: Stored {
    static let tag: UInt8 = 1
    var place: ScalingPlace
    var name: String
    var id: String
    var created: Timestamp
    /// Percent.
    var target: Double
    /// Seconds.
    var outCooldown: Int64
    var inCooldown: Int64
    var disablesScaleIn: Bool
    /// `TargetTrackingScalingPolicyConfiguration`, as given.
    var configuration: Document

    var key: Key { place.policies.appending(.text(name)) }
    /// The form that the service has had since before it had its own name.
    var arn: String {
        "arn:aws:autoscaling:\(place.region):\(place.account):scalingPolicy:\(id):resource/\(place.namespace)/\(place.resource):policyName/\(name)"
    }

    /// `ScalingPolicy`
    var document: Document {
        [
            "PolicyARN": .string(arn), "PolicyName": .string(name), "ServiceNamespace": .string(place.namespace),
            "ResourceId": .string(place.resource), "ScalableDimension": .string(place.dimension),
            "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": configuration, "Alarms": [],
            "CreationTime": .timestamp(created),
        ]
    }
}

struct ActivityRecord: Stored {
    static let tag: UInt8 = 1
    var place: ScalingPlace
    var id: String
    var description: String
    var cause: String
    var started: Timestamp
    /// nil for a change of limits, which takes no time.
    var ended: Timestamp?
    var isFailure: Bool
    var message: String

    /// `ScalingActivity`
    var document: Document {
        var members: Members = [
            "ActivityId": .string(id), "ServiceNamespace": .string(place.namespace), "ResourceId": .string(place.resource),
            "ScalableDimension": .string(place.dimension), "Description": .string(description), "Cause": .string(cause),
            "StartTime": .timestamp(started), "StatusCode": .string(isFailure ? "Failed" : "Successful"),
            "StatusMessage": .string(message),
        ]
        if let ended { members["EndTime"] = .timestamp(ended) }
        return .map(members)
    }
}

extension Transaction {
    /// Writes an activity down; a target's oldest make room.
    func keep(_ activity: ActivityRecord) throws {
        // The latest first, as they are listed.
        let key = activity.place.activities.appending(.integer(-activity.started.microseconds), .text(activity.id))
        try put(key, activity)
        var (count, old): (Int, [Key]) = (0, [])
        try scan(activity.place.activities) { row, _ in
            count += 1
            if count > ApplicationAutoScalingService.Limit.activities { old.append(row) }
            return true
        }
        for row in old { try delete(row) }
    }
}

/// The role by which capacity is changed
/// (https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html).
enum ScalingRole {
    static let service = "dynamodb.application-autoscaling.amazonaws.com"
    static let name = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"

    /// Makes it, in the caller's name, the first time that it is needed.
    static func demand(_ context: Context) async throws {
        let key = RoleRecord.key(context.account, name)
        guard try await !context.store.read({ try $0.contains(key) }) else { return }
        _ = try await context.callAsCaller("iam", "CreateServiceLinkedRole", ["AWSServiceName": .string(service)])
    }

    /// The service under that role; nil while there is none.
    static func caller(_ account: String, on platform: Platform) async throws -> Caller? {
        let key = RoleRecord.key(account, name)
        guard let role = try await platform.store.read({ try $0.record(RoleRecord.self, key) }) else { return nil }
        let session = "AutoScaling-ManageTable"
        var caller = Caller(
            .assumedRole, account: account, arn: "arn:aws:sts::\(account):assumed-role/\(name)/\(session)",
            principalID: "\(role.id):\(session)")
        caller.roleARN = role.arn
        caller.sessionName = session
        return caller
    }
}
