import Documents
import Kernel
import Store

struct TrackingConfiguration: Codable, Sendable {
    struct Predefined: Codable, Sendable {
        var PredefinedMetricType: String
        var ResourceLabel: String?
    }
    var TargetValue: Double
    var PredefinedMetricSpecification: Predefined?
    var CustomizedMetricSpecification: Document?
    var ScaleOutCooldown: Int64?
    var ScaleInCooldown: Int64?
    var DisableScaleIn: Bool?
}

struct PutPolicyInput: Codable, Sendable {
    var PolicyName: String
    var ServiceNamespace: String
    var ResourceId: String
    var ScalableDimension: String
    var PolicyType: String?
    var TargetTrackingScalingPolicyConfiguration: TrackingConfiguration?
    var StepScalingPolicyConfiguration: Document?
    var PredictiveScalingPolicyConfiguration: Document?
}
struct PutPolicyOutput: Codable, Sendable {
    var PolicyARN: String
    var Alarms: [Document]
}

struct DeletePolicyInput: Codable, Sendable {
    var PolicyName: String
    var ServiceNamespace: String
    var ResourceId: String
    var ScalableDimension: String
}

struct DescribePoliciesInput: Codable, Sendable {
    var PolicyNames: [String]?
    var ServiceNamespace: String
    var ResourceId: String?
    var ScalableDimension: String?
    var MaxResults: Int?
    var NextToken: String?
}
struct DescribePoliciesOutput: Codable, Sendable {
    var ScalingPolicies: [Document]
    var NextToken: String?
}

struct DescribeActivitiesInput: Codable, Sendable {
    var ServiceNamespace: String
    var ResourceId: String?
    var ScalableDimension: String?
    var MaxResults: Int?
    var NextToken: String?
    var IncludeNotScaledActivities: Bool?
}
struct DescribeActivitiesOutput: Codable, Sendable {
    var ScalingActivities: [Document]
    var NextToken: String?
}

/// PutScalingPolicy, DeleteScalingPolicy, DescribeScalingPolicies and DescribeScalingActivities.
extension ApplicationAutoScalingService {
    /// Percent that DynamoDB's utilization may be held at.
    static let targets = 20.0...90.0

    func putPolicy(_ input: PutPolicyInput, _ context: Context) async throws -> PutPolicyOutput {
        let place = try ScalingPlace(input.ServiceNamespace, input.ResourceId, input.ScalableDimension, context)
        guard input.PolicyType == "TargetTrackingScaling", let wanted = input.TargetTrackingScalingPolicyConfiguration,
            input.StepScalingPolicyConfiguration == nil, input.PredictiveScalingPolicyConfiguration == nil
        else {
            throw ScalingFault.validation(
                "Only the policy type TargetTrackingScaling, with its configuration, is supported for the service namespace dynamodb"
            )
        }
        if wanted.CustomizedMetricSpecification != nil {
            throw AWSError.notImplemented(member: "CustomizedMetricSpecification", context.service, context.operation)
        }
        guard let metric = wanted.PredefinedMetricSpecification else {
            throw ScalingFault.validation(
                "Either PredefinedMetricSpecification or CustomizedMetricSpecification must be specified")
        }
        let expected = place.isWrite ? "DynamoDBWriteCapacityUtilization" : "DynamoDBReadCapacityUtilization"
        guard metric.PredefinedMetricType == expected, metric.ResourceLabel == nil else {
            throw ScalingFault.validation(
                "The predefined metric type for the scalable dimension \(place.dimension) must be \(expected), without a resource label"
            )
        }
        guard Self.targets.contains(wanted.TargetValue) else {
            throw ScalingFault.validation("Target value must be between 20 and 90 for the metric type \(expected)")
        }
        let configuration = try DocumentEncoder().encode(wanted)
        let now = context.now
        let policy = try await context.store.write { transaction in
            guard try transaction.contains(place.target) else { throw place.noTarget }
            let known = try transaction.all(PolicyRecord.self, place.policies)
            let same = known.first { $0.name == input.PolicyName }
            guard same != nil || known.isEmpty else {
                throw ScalingFault.validation(
                    "Only one TargetTrackingScaling policy for a given metric specification is allowed.")
            }
            let policy = PolicyRecord(
                place: place, name: input.PolicyName, id: same?.id ?? Identifier.uuid(), created: same?.created ?? now,
                target: wanted.TargetValue, outCooldown: wanted.ScaleOutCooldown ?? 0, inCooldown: wanted.ScaleInCooldown ?? 0,
                disablesScaleIn: wanted.DisableScaleIn ?? false, configuration: configuration)
            try transaction.put(policy.key, policy)
            return policy
        }
        context.platform.usage.watch(place.usage)
        return PutPolicyOutput(PolicyARN: policy.arn, Alarms: [])
    }

    func deletePolicy(_ input: DeletePolicyInput, _ context: Context) async throws -> Nothing {
        let place = try ScalingPlace(input.ServiceNamespace, input.ResourceId, input.ScalableDimension, context)
        let key = place.policies.appending(.text(input.PolicyName))
        try await context.store.write { transaction in
            guard try transaction.contains(key) else {
                throw ScalingFault.objectNotFound(
                    "No scaling policy found for service namespace: \(place.namespace), resource ID: \(place.resource), scalable dimension: \(place.dimension), policy name: \(input.PolicyName)"
                )
            }
            try transaction.delete(key)
        }
        context.platform.usage.unwatch(place.usage)
        return Nothing()
    }

    func describePolicies(_ input: DescribePoliciesInput, _ context: Context) async throws -> DescribePoliciesOutput {
        try Self.demandResource(input.ResourceId, for: input.ScalableDimension)
        let (found, next) = try await page(
            PolicyRecord.self, .scalingPolicy, input.ServiceNamespace, input.MaxResults, input.NextToken, context
        ) { policy in
            (input.PolicyNames?.contains(policy.name) ?? true) && (input.ResourceId.map { $0 == policy.place.resource } ?? true)
                && (input.ScalableDimension.map { $0 == policy.place.dimension } ?? true)
        }
        return DescribePoliciesOutput(ScalingPolicies: found.map(\.document), NextToken: next)
    }

    func describeActivities(_ input: DescribeActivitiesInput, _ context: Context) async throws -> DescribeActivitiesOutput {
        try Self.demandResource(input.ResourceId, for: input.ScalableDimension)
        let (found, next) = try await page(
            ActivityRecord.self, .scalingActivity, input.ServiceNamespace, input.MaxResults, input.NextToken, context
        ) { activity in
            (input.ResourceId.map { $0 == activity.place.resource } ?? true)
                && (input.ScalableDimension.map { $0 == activity.place.dimension } ?? true)
        }
        return DescribeActivitiesOutput(ScalingActivities: found.map(\.document), NextToken: next)
    }
}
