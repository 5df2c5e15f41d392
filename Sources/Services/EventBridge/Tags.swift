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
        try await changeTags(input.ResourceARN, context) { try TagRules.merged($0, input.Tags) }
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceARN, context) { tags in tags.filter { !input.TagKeys.contains($0.key) } }
    }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let tags = try await context.store.read { snapshot in
            switch try Self.place(input.ResourceARN) {
            case (let place, let rule?): try snapshot.rule(rule, on: place).tags
            case (let place, nil): try snapshot.bus(place)?.tags ?? [:]
            }
        }
        return ListTagsOutput(Tags: tags.sorted { $0.key < $1.key }.map { Tag(Key: $0.key, Value: $0.value) })
    }

    private func changeTags(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable ([String: String]) throws -> [String: String]
    ) async throws -> Nothing {
        let (place, name) = try Self.place(arn)
        let now = context.now
        try await context.store.write { transaction in
            if let name {
                try ManagedRules.demandOwn(name, on: place, in: transaction)
                var rule = try transaction.rule(name, on: place)
                rule.tags = try body(rule.tags)
                return try transaction.put(place.ruleKey(name), rule)
            }
            var bus = try transaction.bus(place) ?? BusRecord(name: place.name, created: now, modified: now)
            bus.tags = try body(bus.tags)
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

enum TagRules {
    static func merged(_ old: [String: String], _ new: [EventBridgeService.Tag]) throws -> [String: String] {
        var tags = old
        for tag in new {
            guard !tag.Key.lowercased().hasPrefix("aws:") else {
                throw EventsFault.validation("Tag keys starting with 'aws:' are reserved for system use.")
            }
            tags[tag.Key] = tag.Value
        }
        guard tags.count <= EventsLimit.tags else { throw EventsFault.validation("Too many tags: at most \(EventsLimit.tags).") }
        return tags
    }
}
