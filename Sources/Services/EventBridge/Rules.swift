import Documents
import EventPatterns
import Kernel
import Store

/// Rules (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html).
extension EventBridgeService {
    struct PutRuleInput: Decodable, Sendable {
        var Name: String
        var ScheduleExpression: String?
        var EventPattern: String?
        var State: String?
        var Description: String?
        var RoleArn: String?
        var Tags: [Tag]?
        var EventBusName: String?
    }

    struct PutRuleOutput: Encodable, Sendable { var RuleArn: String }

    func putRule(_ input: PutRuleInput, _ context: Context) async throws -> PutRuleOutput {
        let place = BusPlace(input.EventBusName, context)
        let pattern = input.EventPattern.flatMap { $0.isEmpty ? nil : $0 }
        let schedule = input.ScheduleExpression.flatMap { $0.isEmpty ? nil : $0 }
        guard pattern != nil || schedule != nil else {
            throw EventsFault.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        }
        if let pattern {
            guard pattern.utf8.count <= EventsLimit.patternBytes else {
                throw EventsFault.validation("Event pattern is longer than \(EventsLimit.patternBytes) characters.")
            }
            do { _ = try EventPattern(pattern) } catch { throw EventsFault.invalidPattern(error) }
        }
        if let schedule {
            guard place.isDefault else {
                throw EventsFault.validation("ScheduleExpression is supported only on the default event bus.")
            }
            _ = try Schedule(schedule)
        }
        let tags = try TagList(input.Tags)
        if let role = input.RoleArn { try await Self.check(role: role, of: place.ruleARN(input.Name), context) }
        let (now, platform, router) = (context.now, context.platform, router)
        try await context.store.write { transaction in
            _ = try transaction.bus(place)
            try ManagedRules.demandOwn(input.Name, on: place, in: transaction)
            let old = try transaction.record(RuleRecord.self, place.ruleKey(input.Name))
            if old == nil {
                let count = try transaction.count(place.rules)
                guard count < EventsLimit.rulesPerBus else { throw EventsFault.limitExceeded }
            }
            // Tags of a rule that is there already change by TagResource alone.
            let rule = RuleRecord(
                name: input.Name, pattern: pattern, schedule: schedule, state: input.State ?? "ENABLED",
                description: input.Description, role: input.RoleArn, created: old?.created ?? now, tags: old?.tags ?? tags)
            try transaction.put(place.ruleKey(input.Name), rule)
            try Self.setTimer(
                rule, on: place, keepsTurn: old?.schedule == schedule && old?.isOn == true, now, transaction, platform)
            transaction.afterCommit { router.forget(place) }
        }
        try await router.refreshInterest(platform)
        return PutRuleOutput(RuleArn: place.ruleARN(input.Name))
    }

    /// A role that EventBridge is to take on must let it in.
    static func check(role: String, of rule: String, _ context: Context) async throws {
        guard let arn = ARN(role), arn.service == "iam", arn.resource.hasPrefix("role/") else {
            throw EventsFault.validation("Parameter \(role) is not valid. Reason: Provided Arn is not in correct format.")
        }
        let caller = Caller.service(principal, account: context.account, sourceARN: rule)
        guard try await context.isAssumable(role, by: caller) else {
            throw EventsFault.validation("Provided role '\(role)' cannot be assumed by principal '\(principal)'.")
        }
    }

    struct RuleInput: Decodable, Sendable {
        var Name: String
        var EventBusName: String?
    }

    struct DeleteRuleInput: Decodable, Sendable {
        var Name: String
        var EventBusName: String?
        /// Only managed rules ask for it; those of archives go with their archives.
        var Force: Bool?
    }

    func deleteRule(_ input: DeleteRuleInput, _ context: Context) async throws -> Nothing {
        let place = BusPlace(input.EventBusName, context)
        let router = router
        try await context.store.write { transaction in
            _ = try transaction.bus(place)
            try ManagedRules.demandOwn(input.Name, on: place, in: transaction)
            guard try transaction.targets(of: input.Name, on: place).isEmpty else {
                throw EventsFault.validation("Rule can't be deleted since it has targets.")
            }
            try transaction.delete(place.ruleKey(input.Name))
            try transaction.cancelTimer(Self.id, id: place.timerID(input.Name))
            transaction.afterCommit { router.forget(place) }
        }
        try await router.refreshInterest(context.platform)
        return Nothing()
    }

    struct RuleOutput: Encodable, Sendable {
        var Name: String
        var Arn: String
        var EventPattern: String?
        var ScheduleExpression: String?
        var State: String
        var Description: String?
        var RoleArn: String?
        var ManagedBy: String?
        var EventBusName: String

        init(_ rule: RuleRecord, _ place: BusPlace) {
            (Name, Arn, EventPattern, ScheduleExpression) = (rule.name, place.ruleARN(rule.name), rule.pattern, rule.schedule)
            (State, Description, RoleArn, EventBusName) = (rule.state, rule.description, rule.role, place.name)
            ManagedBy = rule.managedBy
        }
    }

    struct DescribeRuleOutput: Encodable, Sendable {
        var Name: String
        var Arn: String
        var EventPattern: String?
        var ScheduleExpression: String?
        var State: String
        var Description: String?
        var RoleArn: String?
        var ManagedBy: String?
        var EventBusName: String
        var CreatedBy: String
    }

    func describeRule(_ input: RuleInput, _ context: Context) async throws -> DescribeRuleOutput {
        let place = BusPlace(input.EventBusName, context)
        let rule = try await context.store.read { try $0.rule(input.Name, on: place) }
        return DescribeRuleOutput(
            Name: rule.name, Arn: place.ruleARN(rule.name), EventPattern: rule.pattern, ScheduleExpression: rule.schedule,
            State: rule.state, Description: rule.description, RoleArn: rule.role, ManagedBy: rule.managedBy,
            EventBusName: place.name, CreatedBy: place.account)
    }

    func enableRule(_ input: RuleInput, _ context: Context) async throws -> Nothing {
        try await setState("ENABLED", input, context)
    }

    func disableRule(_ input: RuleInput, _ context: Context) async throws -> Nothing {
        try await setState("DISABLED", input, context)
    }

    private func setState(_ state: String, _ input: RuleInput, _ context: Context) async throws -> Nothing {
        let place = BusPlace(input.EventBusName, context)
        let (now, platform, router) = (context.now, context.platform, router)
        try await context.store.write { transaction in
            try ManagedRules.demandOwn(input.Name, on: place, in: transaction)
            var rule = try transaction.rule(input.Name, on: place)
            let wasOn = rule.isOn
            rule.state = state
            try transaction.put(place.ruleKey(rule.name), rule)
            try Self.setTimer(rule, on: place, keepsTurn: wasOn, now, transaction, platform)
            transaction.afterCommit { router.forget(place) }
        }
        try await router.refreshInterest(platform)
        return Nothing()
    }

    struct ListRulesInput: Decodable, Sendable {
        var NamePrefix: String?
        var EventBusName: String?
        var NextToken: String?
        var Limit: Int?
    }

    struct ListRulesOutput: Encodable, Sendable {
        var Rules: [RuleOutput]
        var NextToken: String?
    }

    func listRules(_ input: ListRulesInput, _ context: Context) async throws -> ListRulesOutput {
        let place = BusPlace(input.EventBusName, context)
        let rules = try await context.store.read { snapshot in
            _ = try snapshot.bus(place)
            var rules = try snapshot.all(RuleRecord.self, place.rules) { $0.name.hasPrefix(input.NamePrefix ?? "") }
            rules += try ManagedRules.rules(on: place, in: snapshot).filter { $0.name.hasPrefix(input.NamePrefix ?? "") }
            return rules.sorted { $0.name < $1.name }
        }
        let (page, token) = try Page.cut(rules, by: \.name, input.NextToken, input.Limit, of: context.list(place.name))
        return ListRulesOutput(Rules: page.map { RuleOutput($0, place) }, NextToken: token)
    }

    struct TestInput: Decodable, Sendable {
        var EventPattern: String
        var Event: String
    }

    struct TestOutput: Encodable, Sendable { var Result: Bool }

    func testPattern(_ input: TestInput, _ context: Context) async throws -> TestOutput {
        let event: Document
        do { event = try JSON.parse(input.Event) } catch { throw EventsFault.validation("Parameter Event is not valid.") }
        for name in ["id", "detail-type", "source", "account", "time", "region", "resources", "detail"] where event[name] == nil {
            throw EventsFault.validation("Parameter Event is not valid.")
        }
        do { return TestOutput(Result: try EventPattern(input.EventPattern).matches(event)) } catch {
            throw EventsFault.invalidPattern(error)
        }
    }
}
