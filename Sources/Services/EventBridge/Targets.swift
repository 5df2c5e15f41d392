import Documents
import Kernel
import Store

/// Targets of rules (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html).
extension EventBridgeService {
    struct PutTargetsInput: Decodable, Sendable {
        var Rule: String
        var EventBusName: String?
        var Targets: [Target]
    }

    struct FailedEntry: Encodable, Sendable {
        var TargetId: String
        var ErrorCode: String
        var ErrorMessage: String
    }

    struct TargetsOutput: Encodable, Sendable {
        var FailedEntryCount: Int
        var FailedEntries: [FailedEntry]
    }

    func putTargets(_ input: PutTargetsInput, _ context: Context) async throws -> TargetsOutput {
        let place = BusPlace(input.EventBusName, context)
        for target in input.Targets { try TargetRules.check(target) }
        for role in Set(input.Targets.compactMap(\.RoleArn)).sorted() {
            try await Self.check(role: role, of: place.ruleARN(input.Rule), context)
        }
        let router = router
        try await context.store.write { transaction in
            _ = try transaction.rule(input.Rule, on: place)
            try ManagedRules.demandOwn(input.Rule, on: place, in: transaction)
            let ids = Set(try transaction.targets(of: input.Rule, on: place).map(\.Id)).union(input.Targets.map(\.Id))
            guard ids.count <= EventsLimit.targetsPerRule else { throw EventsFault.limitExceeded }
            for target in input.Targets {
                try transaction.put(place.targetKey(input.Rule, target.Id), TargetRecord(target: target))
            }
            transaction.afterCommit { router.forget(place) }
        }
        return TargetsOutput(FailedEntryCount: 0, FailedEntries: [])
    }

    struct RemoveTargetsInput: Decodable, Sendable {
        var Rule: String
        var EventBusName: String?
        var Ids: [String]
        var Force: Bool?
    }

    func removeTargets(_ input: RemoveTargetsInput, _ context: Context) async throws -> TargetsOutput {
        let place = BusPlace(input.EventBusName, context)
        let router = router
        return try await context.store.write { transaction in
            _ = try transaction.rule(input.Rule, on: place)
            try ManagedRules.demandOwn(input.Rule, on: place, in: transaction)
            var failed: [FailedEntry] = []
            for id in input.Ids {
                let key = place.targetKey(input.Rule, id)
                if try transaction.contains(key) {
                    try transaction.delete(key)
                } else {
                    failed.append(
                        FailedEntry(
                            TargetId: id, ErrorCode: "ResourceNotFoundException",
                            ErrorMessage: "Rule \(input.Rule) does not have a target with id \(id)."))
                }
            }
            transaction.afterCommit { router.forget(place) }
            return TargetsOutput(FailedEntryCount: failed.count, FailedEntries: failed)
        }
    }

    struct ListTargetsInput: Decodable, Sendable {
        var Rule: String
        var EventBusName: String?
        var NextToken: String?
        var Limit: Int?
    }

    struct ListTargetsOutput: Encodable, Sendable {
        var Targets: [Target]
        var NextToken: String?
    }

    func listTargets(_ input: ListTargetsInput, _ context: Context) async throws -> ListTargetsOutput {
        let place = BusPlace(input.EventBusName, context)
        let targets = try await context.store.read { snapshot in
            _ = try snapshot.rule(input.Rule, on: place)
            return try snapshot.targets(of: input.Rule, on: place)
        }
        let (page, token) = try Page.cut(
            targets, by: \.Id, input.NextToken, input.Limit, of: context.list(place.name, input.Rule))
        return ListTargetsOutput(Targets: page, NextToken: token)
    }

    struct ListNamesInput: Decodable, Sendable {
        var TargetArn: String
        var EventBusName: String?
        var NextToken: String?
        var Limit: Int?
    }

    struct ListNamesOutput: Encodable, Sendable {
        var RuleNames: [String]
        var NextToken: String?
    }

    func listRuleNames(_ input: ListNamesInput, _ context: Context) async throws -> ListNamesOutput {
        let place = BusPlace(input.EventBusName, context)
        let names = try await context.store.read { snapshot in
            _ = try snapshot.bus(place)
            return try snapshot.all(RuleRecord.self, place.rules).map(\.name).filter { rule in
                try snapshot.targets(of: rule, on: place).contains { $0.Arn == input.TargetArn }
            }
        }
        let (page, token) = try Page.cut(
            names, by: { $0 }, input.NextToken, input.Limit, of: context.list(place.name, input.TargetArn))
        return ListNamesOutput(RuleNames: page, NextToken: token)
    }
}

/// What a target must be when it is put.
enum TargetRules {
    static func check(_ target: Target) throws {
        guard let arn = ARN(target.Arn) else {
            throw EventsFault.validation(
                "Parameter \(target.Arn) is not valid. Reason: Provided Arn is not in correct format.")
        }
        guard let kind = TargetKind(arn) else { throw EventsFault.notBuilt("targets of \(arn.service) (\(target.Arn))") }
        let inputs = [target.Input != nil, target.InputPath != nil, target.InputTransformer != nil].filter { $0 }.count
        guard inputs <= 1 else {
            throw EventsFault.validation(
                "Only one of Input, InputPath, or InputTransformer must be provided for target \(target.Id).")
        }
        if let input = target.Input, (try? JSON.parse(input)) == nil {
            throw EventsFault.validation("JSON syntax error in input for target \(target.Id)")
        }
        if let path = target.InputPath, JSONPath(path) == nil {
            throw EventsFault.validation("InputPath for target \(target.Id) is invalid.")
        }
        if let transformer = target.InputTransformer { try InputTransformation.check(transformer, of: target.Id) }
        if kind.needsRole, target.RoleArn == nil {
            throw EventsFault.validation("RoleArn is required for target \(target.Arn).")
        }
        if kind == .logGroup, target.RoleArn != nil {
            throw EventsFault.validation("RoleArn is not supported for target \(target.Arn).")
        }
        if kind == .queue, arn.resource.hasSuffix(".fifo"), target.SqsParameters?.MessageGroupId == nil {
            throw EventsFault.validation("Parameter(s) SqsParameters must be specified for target: \(target.Id).")
        }
        if let queue = target.DeadLetterConfig?.Arn {
            guard let dead = ARN(queue), dead.service == "sqs" else {
                throw EventsFault.validation(
                    "Parameter DeadLetterConfig.Arn is not valid. Reason: it must be a standard SQS queue.")
            }
            guard !dead.resource.hasSuffix(".fifo") else {
                throw EventsFault.validation("SQS FIFO is not supported by Dead Letter Queues.")
            }
        }
    }
}

/// The kinds of targets that are built.
enum TargetKind: Sendable {
    case function, queue, topic, stream, deliveryStream, logGroup, bus, stateMachine, destination

    init?(_ arn: ARN) {
        switch arn.service {
        case "lambda" where arn.resource.hasPrefix("function:"): self = .function
        case "sqs": self = .queue
        case "sns": self = .topic
        case "kinesis" where arn.resource.hasPrefix("stream/"): self = .stream
        case "firehose" where arn.resource.hasPrefix("deliverystream/"): self = .deliveryStream
        case "logs" where arn.resource.hasPrefix("log-group:"): self = .logGroup
        case "events" where arn.resource.hasPrefix("event-bus/"): self = .bus
        case "events" where arn.resource.hasPrefix("api-destination/"): self = .destination
        case "states" where arn.resource.hasPrefix("stateMachine:"): self = .stateMachine
        default: return nil
        }
    }

    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
    var needsRole: Bool {
        switch self {
        case .stream, .deliveryStream, .stateMachine, .destination: true
        default: false
        }
    }
}
