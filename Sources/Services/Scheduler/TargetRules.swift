import Documents
import Kernel

/// What a target must be when its schedule is made.
enum TargetRules {
    /// - Throws: ``SchedulerFault``, ``AWSError``.
    static func check(_ target: Target, _ group: GroupPlace, _ context: Context) async throws {
        guard let arn = ARN(target.Arn) else { throw SchedulerFault.validation("Provided Arn is not in correct format.") }
        let input = target.Input ?? ""
        guard input.utf8.count <= SchedulerLimit.inputBytes else {
            throw SchedulerFault.validation("The size of Input exceeds the maximum of \(SchedulerLimit.inputBytes) bytes.")
        }
        if let universal = try UniversalTarget(arn, context.platform.models) {
            try checkParameters(target, allowed: nil)
            if target.Input != nil || universal.operation.input?.required.isEmpty == false {
                try universal.check(target.Input ?? "{}")
            }
        } else {
            guard let kind = TemplatedTarget(arn) else {
                throw SchedulerFault.validation("\(arn.service) is not a supported service for a target.")
            }
            try check(target, kind, arn)
        }
        try await checkRole(target.RoleArn, group, context)
    }

    private static func check(_ target: Target, _ kind: TemplatedTarget, _ arn: ARN) throws {
        if kind.wantsJSON, let input = target.Input, (try? JSON.parse(input)) == nil {
            throw SchedulerFault.validation("Invalid RequestJson provided. Reason: the input is not well-formed JSON.")
        }
        switch kind {
        case .queue:
            try checkParameters(target, allowed: "SqsParameters")
            // A standard queue may have groups too, for its fairness.
            if arn.resource.hasSuffix(".fifo"), target.SqsParameters?.MessageGroupId == nil {
                throw SchedulerFault.validation("SqsParameters with a MessageGroupId must be set for a FIFO queue.")
            }
        case .bus:
            try checkParameters(target, allowed: "EventBridgeParameters")
            guard let event = target.EventBridgeParameters else {
                throw SchedulerFault.validation("EventBridgeParameters must be set for an event bus.")
            }
            guard !event.Source.hasPrefix("aws.") else {
                throw SchedulerFault.validation("Source must not begin with 'aws.'.")
            }
        case .stream:
            try checkParameters(target, allowed: "KinesisParameters")
            guard target.KinesisParameters != nil else {
                throw SchedulerFault.validation("KinesisParameters must be set for a Kinesis data stream.")
            }
        case .cluster:
            try checkParameters(target, allowed: "EcsParameters")
            guard target.EcsParameters != nil else {
                throw SchedulerFault.validation("EcsParameters must be set for an Amazon ECS cluster.")
            }
        case .pipeline: try checkParameters(target, allowed: "SageMakerPipelineParameters")
        default: try checkParameters(target, allowed: nil)
        }
    }

    /// Parameters of another kind of target have no place.
    private static func checkParameters(_ target: Target, allowed: String?) throws {
        let given: [(String, Bool)] = [
            ("EcsParameters", target.EcsParameters != nil), ("EventBridgeParameters", target.EventBridgeParameters != nil),
            ("KinesisParameters", target.KinesisParameters != nil),
            ("SageMakerPipelineParameters", target.SageMakerPipelineParameters != nil),
            ("SqsParameters", target.SqsParameters != nil),
        ]
        if let wrong = given.first(where: { $0.1 && $0.0 != allowed }) {
            throw SchedulerFault.validation("\(wrong.0) is not supported for the target \(target.Arn).")
        }
    }

    /// The role's trust policy must let Scheduler in, for this group.
    private static func checkRole(_ role: String, _ group: GroupPlace, _ context: Context) async throws {
        let caller = Caller.service(SchedulerService.principal, account: group.account, sourceARN: group.arn)
        guard try await context.isAssumable(role, by: caller) else {
            throw SchedulerFault.validation(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
        }
    }
}
