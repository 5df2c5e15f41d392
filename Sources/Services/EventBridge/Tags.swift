import Documents
import Kernel
import Store

/// Tags of rules and buses.
extension EventBridgeService {
    struct TagInput: Decodable, Sendable {
        var ResourceARN: String
        var Tags: [Tag]
    }
    struct UntagInput: Decodable, Sendable {
        var ResourceARN: String
        var TagKeys: [String]
    }
    struct ListTagsInput: Decodable, Sendable { var ResourceARN: String }
    struct ListTagsOutput: Encodable, Sendable { var Tags: [Tag] }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceARN, context) { try $0.add(input.Tags) }
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceARN, context) { $0.remove(input.TagKeys) }
    }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let tags = try await context.store.read { snapshot in
            switch try Self.place(input.ResourceARN) {
            case (let place, let rule?): try snapshot.rule(rule, on: place).tags
            case (let place, nil): try snapshot.bus(place)?.tags ?? [:]
            }
        }
        return ListTagsOutput(Tags: tags.map { Tag(Key: $0.key, Value: $0.value) })
    }

    private func changeTags(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout TagList) throws -> Void
    ) async throws -> Nothing {
        let (place, name) = try Self.place(arn)
        let now = context.now
        try await context.store.write { transaction in
            if let name {
                try ManagedRules.demandOwn(name, on: place, in: transaction)
                var rule = try transaction.rule(name, on: place)
                try body(&rule.tags)
                return try transaction.put(place.ruleKey(name), rule)
            }
            var bus = try transaction.bus(place) ?? BusRecord(name: place.name, created: now, modified: now)
            try body(&bus.tags)
            try transaction.put(place.key, bus)
        }
        return Nothing()
    }

    private static func place(_ text: String) throws -> (BusPlace, String?) {
        guard let arn = ARN(text), arn.service == "events" else {
            throw EventsFault.validation("Parameter \(text) is not valid. Reason: Provided Arn is not in correct format.")
        }
        if let (place, rule) = BusPlace.rule(arn) { return (place, rule) }
        guard arn.resource.hasPrefix("event-bus/") else { throw EventsFault.resourceNotFound(text) }
        return (BusPlace(account: arn.account, region: arn.region, name: String(arn.resource.dropFirst("event-bus/".count))), nil)
    }
}

extension EventBridgeService.Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value }
}

extension TagList {
    init(_ tags: [EventBridgeService.Tag]?) throws {
        self.init()
        try add(tags ?? [])
    }

    /// - Throws: ``EventsFault``
    mutating func add(_ tags: [EventBridgeService.Tag]) throws {
        try add(tags, limit: EventsLimit.tags) { flaw -> EventsFault? in
            switch flaw {
            case .reserved: .validation("Tag keys starting with 'aws:' are reserved for system use.")
            case .tooMany: .validation("Too many tags: at most \(EventsLimit.tags).")
            case .repeated, .lookAlike: nil
            }
        }
    }
}
