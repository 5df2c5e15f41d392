import Documents
import Kernel
import Policy

/// Resource policies of streams and consumers
/// (https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html#kinesis-using-iam-sharing).
extension KinesisService {
    struct PutPolicyInput: Codable, Sendable {
        var ResourceARN: String
        var Policy: String
    }

    func putPolicy(_ input: PutPolicyInput, _ context: Context) async throws -> Nothing {
        let rules = ResourcePolicyRules(vendor: "kinesis", bytesMax: KinesisLimit.policyBytes) {
            $0 == "*" || $0 == input.ResourceARN
        }
        do { try rules.check(input.Policy) } catch { throw KinesisFault.invalid(error.message) }
        let policy = try await context.store.write { try NamedPrincipals.bound(input.Policy, in: $0) }
        try await setPolicy(input.ResourceARN, policy, context)
        return Nothing()
    }

    struct PolicyInput: Codable, Sendable { var ResourceARN: String }
    struct PolicyOutput: Codable, Sendable { var Policy: String }

    func getPolicy(_ input: PolicyInput, _ context: Context) async throws -> PolicyOutput {
        let policy =
            input.ResourceARN.contains("/consumer/")
            ? try await consumer(input.ResourceARN, context).policy
            : try await stream(nil, input.ResourceARN, context).record.policy
        return PolicyOutput(Policy: try await context.store.shown(policy: policy ?? "{}"))
    }

    func deletePolicy(_ input: PolicyInput, _ context: Context) async throws -> Nothing {
        guard try await getPolicy(input, context).Policy != "{}" else {
            throw KinesisFault.resourceNotFound("No resource policy found for resource ARN \(input.ResourceARN)")
        }
        try await setPolicy(input.ResourceARN, nil, context)
        return Nothing()
    }

    private func setPolicy(_ arn: String, _ policy: String?, _ context: Context) async throws {
        if arn.contains("/consumer/") {
            try await changeConsumer(arn, context) { $0.policy = policy }
        } else {
            try await change(try await stream(nil, arn, context), context) { record, _ in
                try record.demandActive(context.now)
                record.policy = policy
            }
        }
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let place = StreamPlace(arn: arn) else { return nil }
        let now = platform.clock.now()
        guard let live = try await registry.find(place, in: platform.store, at: now) else { return nil }
        if arn.contains("/consumer/") {
            let record = live.record
            let consumer = try await platform.store.read { try $0.consumers(of: record, now).first { $0.arn == arn } }
            return consumer.map { ResourceFacts(account: place.account, policy: $0.policy, tags: $0.tags.byKey) }
        }
        return ResourceFacts(account: place.account, policy: live.record.policy, tags: live.record.tags.byKey)
    }
}
