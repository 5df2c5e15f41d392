import Documents
import Kernel

/// What is asked of the auto scaling of one capacity: `AutoScalingSettingsUpdate`.
struct ScalingUpdate: Codable, Sendable {
    struct Policy: Codable, Sendable {
        struct Tracking: Codable, Sendable {
            var DisableScaleIn: Bool?
            var ScaleInCooldown: Int64?
            var ScaleOutCooldown: Int64?
            var TargetValue: Double
        }
        var PolicyName: String?
        var TargetTrackingScalingPolicyConfiguration: Tracking
    }
    var MinimumUnits: Int64?
    var MaximumUnits: Int64?
    var AutoScalingDisabled: Bool?
    var AutoScalingRoleArn: String?
    var ScalingPolicyUpdate: Policy?
}

/// One capacity of a table or of an index in one Region, as Application Auto Scaling names it.
struct ScaledCapacity: Hashable, Sendable {
    enum Measure: String, Sendable { case read = "Read", write = "Write" }
    var region: String
    var table: String
    var index: String?
    var measure: Measure

    var resource: String { "table/\(table)" + (index.map { "/index/\($0)" } ?? "") }
    var dimension: String { "dynamodb:\(index == nil ? "table" : "index"):\(measure.rawValue)CapacityUnits" }
    var metric: String { "DynamoDB\(measure.rawValue)CapacityUtilization" }
    /// What the console calls a policy, too.
    var policyName: String { "\(metric):\(resource)" }

    fileprivate var place: Members {
        [
            "ServiceNamespace": "dynamodb", "ResourceId": .string(resource), "ScalableDimension": .string(dimension),
        ]
    }
}

/// Auto scaling of a table's replicas, read from and written to Application Auto Scaling in the caller's name, which must
/// be allowed to (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.API.html).
struct ReplicaScaling: Sendable {
    var context: Context

    private func call(_ operation: String, _ region: String, _ input: Members) async throws -> Document {
        var there = context
        there.region = region
        return try await there.callAsCaller("application-autoscaling", operation, .map(input)).output
    }

    /// `AutoScalingSettingsDescription`
    func settings(_ capacity: ScaledCapacity) async throws -> Document {
        guard let target = try await target(capacity) else { return ["AutoScalingDisabled": true] }
        var members: Members = [:]
        members["MinimumUnits"] = target["MinCapacity"]
        members["MaximumUnits"] = target["MaxCapacity"]
        members["AutoScalingRoleArn"] = target["RoleARN"]
        members["ScalingPolicies"] = .list(
            try await policies(capacity).map { policy in
                var tracking: Members = [:]
                let configuration = policy["TargetTrackingScalingPolicyConfiguration"]
                for member in ["DisableScaleIn", "ScaleInCooldown", "ScaleOutCooldown", "TargetValue"] {
                    tracking[member] = configuration?[member]
                }
                return [
                    "PolicyName": policy["PolicyName"] ?? .null, "TargetTrackingScalingPolicyConfiguration": .map(tracking),
                ]
            })
        return .map(members)
    }

    private func target(_ capacity: ScaledCapacity) async throws -> Document? {
        try await call(
            "DescribeScalableTargets", capacity.region,
            [
                "ServiceNamespace": "dynamodb", "ResourceIds": [.string(capacity.resource)],
                "ScalableDimension": .string(capacity.dimension),
            ])["ScalableTargets"]?.list?.first
    }

    private func policies(_ capacity: ScaledCapacity) async throws -> [Document] {
        try await call("DescribeScalingPolicies", capacity.region, capacity.place)["ScalingPolicies"]?.list ?? []
    }

    /// Turns scaling on, off, or to other limits.
    func update(_ capacity: ScaledCapacity, _ update: ScalingUpdate) async throws {
        if update.AutoScalingDisabled == true {
            guard try await target(capacity) != nil else { return }
            _ = try await call("DeregisterScalableTarget", capacity.region, capacity.place)
            return
        }
        var target = capacity.place
        if let least = update.MinimumUnits { target["MinCapacity"] = .integer(least) }
        if let most = update.MaximumUnits { target["MaxCapacity"] = .integer(most) }
        if let role = update.AutoScalingRoleArn { target["RoleARN"] = .string(role) }
        _ = try await call("RegisterScalableTarget", capacity.region, target)
        guard let wanted = update.ScalingPolicyUpdate else { return }
        let present = try await policies(capacity).compactMap { $0["PolicyName"]?.string }
        let name = wanted.PolicyName ?? present.first ?? capacity.policyName
        // A capacity has one policy.
        for other in present where other != name {
            _ = try await call(
                "DeleteScalingPolicy", capacity.region, capacity.place.merging(["PolicyName": .string(other)]) { $1 })
        }
        let tracking = wanted.TargetTrackingScalingPolicyConfiguration
        var configuration: Members = [
            "TargetValue": .double(tracking.TargetValue),
            "PredefinedMetricSpecification": ["PredefinedMetricType": .string(capacity.metric)],
        ]
        if let isOff = tracking.DisableScaleIn { configuration["DisableScaleIn"] = .bool(isOff) }
        if let seconds = tracking.ScaleInCooldown { configuration["ScaleInCooldown"] = .integer(seconds) }
        if let seconds = tracking.ScaleOutCooldown { configuration["ScaleOutCooldown"] = .integer(seconds) }
        var policy = capacity.place
        policy["PolicyName"] = .string(name)
        policy["PolicyType"] = "TargetTrackingScaling"
        policy["TargetTrackingScalingPolicyConfiguration"] = .map(configuration)
        _ = try await call("PutScalingPolicy", capacity.region, policy)
    }
}
