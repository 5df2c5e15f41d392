import Documents
import Kernel
import Store

/// Event buses (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html).
extension EventBridgeService {
    struct Tag: Codable, Sendable {
        var Key: String
        var Value: String
    }

    struct DeadLetter: Codable, Sendable {
        var Arn: String?

        init?(_ arn: String?) {
            guard let arn, !arn.isEmpty else { return nil }
            Arn = arn
        }
    }

    struct Logging: Decodable, Sendable {
        var Level: String?
        var isOn: Bool { Level != nil && Level != "OFF" }
    }

    struct CreateBusInput: Decodable, Sendable {
        var Name: String
        var EventSourceName: String?
        var Description: String?
        var KmsKeyIdentifier: String?
        var DeadLetterConfig: DeadLetter?
        var LogConfig: Logging?
        var Tags: [Tag]?
    }

    struct CreateBusOutput: Encodable, Sendable {
        var EventBusArn: String
        var Description: String?
        var KmsKeyIdentifier: String?
        var DeadLetterConfig: DeadLetter?
    }

    func createBus(_ input: CreateBusInput, _ context: Context) async throws -> CreateBusOutput {
        if input.LogConfig?.isOn == true {
            throw AWSError.notImplemented(member: "LogConfig", context.service, context.operation)
        }
        if let source = input.EventSourceName {
            guard source == input.Name else {
                throw EventsFault.validation("The name of a partner event bus must be the name of its event source.")
            }
        } else if input.Name.contains("/") {
            throw EventsFault.validation("Event bus name must not contain '/'.")
        }
        let place = BusPlace(account: context.account, region: context.region, name: input.Name)
        var made = BusRecord(
            name: input.Name, created: context.now, modified: context.now, description: input.Description,
            tags: try TagList(input.Tags))
        if let key = input.KmsKeyIdentifier, !key.isEmpty {
            try await check(key: key, context)
            made.key = key
        }
        made.deadLetter = DeadLetter(input.DeadLetterConfig?.Arn)?.Arn
        if let queue = made.deadLetter { try Self.check(deadLetter: queue) }
        let (bus, router) = (made, router)
        return try await context.store.write { transaction in
            guard !place.isDefault, try !transaction.contains(place.key) else { throw EventsFault.busExists(input.Name) }
            let count = try transaction.count(Key(.eventBus, .text(place.account), .text(place.region)))
            guard count < EventsLimit.buses else { throw EventsFault.limitExceeded }
            if let source = input.EventSourceName { try Self.claim(source, for: place, bus.created, in: transaction) }
            try transaction.put(place.key, bus)
            // Events may have been put on it before it was there.
            transaction.afterCommit { router.forget(place) }
            return CreateBusOutput(
                EventBusArn: place.arn, Description: input.Description, KmsKeyIdentifier: bus.key,
                DeadLetterConfig: DeadLetter(bus.deadLetter))
        }
    }

    struct UpdateBusInput: Decodable, Sendable {
        var Name: String?
        var Description: String?
        var KmsKeyIdentifier: String?
        var DeadLetterConfig: DeadLetter?
        var LogConfig: Logging?
    }

    struct UpdateBusOutput: Encodable, Sendable {
        var Arn: String
        var Name: String
        var Description: String?
        var KmsKeyIdentifier: String?
        var DeadLetterConfig: DeadLetter?
    }

    func updateBus(_ input: UpdateBusInput, _ context: Context) async throws -> UpdateBusOutput {
        if input.LogConfig?.isOn == true {
            throw AWSError.notImplemented(member: "LogConfig", context.service, context.operation)
        }
        let place = BusPlace(input.Name, context)
        if let key = input.KmsKeyIdentifier, !key.isEmpty { try await check(key: key, context) }
        if let queue = DeadLetter(input.DeadLetterConfig?.Arn)?.Arn { try Self.check(deadLetter: queue) }
        let (now, router) = (context.now, router)
        return try await context.store.write { transaction in
            var bus = try transaction.bus(place) ?? BusRecord(name: place.name, created: now, modified: now)
            (bus.description, bus.modified) = (input.Description, now)
            // An empty text goes back to the key that is AWS's own.
            if let key = input.KmsKeyIdentifier { bus.key = key.isEmpty ? nil : key }
            if let config = input.DeadLetterConfig { bus.deadLetter = DeadLetter(config.Arn)?.Arn }
            try transaction.put(place.key, bus)
            transaction.afterCommit { router.forget(place) }
            return UpdateBusOutput(
                Arn: place.arn, Name: place.name, Description: bus.description, KmsKeyIdentifier: bus.key,
                DeadLetterConfig: DeadLetter(bus.deadLetter))
        }
    }

    struct BusInput: Decodable, Sendable { var Name: String }

    func deleteBus(_ input: BusInput, _ context: Context) async throws -> Nothing {
        let place = BusPlace(input.Name, context)
        guard !place.isDefault else { throw EventsFault.validation("Cannot delete event bus default.") }
        let (now, router) = (context.now, router)
        try await context.store.write { transaction in
            var hasRules = false
            try transaction.scan(place.rules, limit: 1) { _, _ in
                hasRules = true
                return false
            }
            guard !hasRules else { throw EventsFault.validation("Event bus \(place.name) can't be deleted since it has rules.") }
            try transaction.delete(place.key)
            try Self.release(place, now, in: transaction)
            transaction.afterCommit { router.forget(place) }
        }
        return Nothing()
    }

    struct DescribeBusInput: Decodable, Sendable { var Name: String? }

    struct BusOutput: Encodable, Sendable {
        var Name: String
        var Arn: String
        var Description: String?
        var Policy: String?
        var CreationTime: Timestamp?
        var LastModifiedTime: Timestamp?

        init(_ place: BusPlace, _ bus: BusRecord?) {
            (Name, Arn, Description, Policy) = (place.name, place.arn, bus?.description, bus?.policy)
            (CreationTime, LastModifiedTime) = (bus?.created, bus?.modified)
        }
    }

    struct DescribeBusOutput: Encodable, Sendable {
        var Name: String
        var Arn: String
        var Description: String?
        var Policy: String?
        var KmsKeyIdentifier: String?
        var DeadLetterConfig: DeadLetter?
        var CreationTime: Timestamp?
        var LastModifiedTime: Timestamp?

        init(_ place: BusPlace, _ bus: BusRecord?) {
            (Name, Arn, Description, Policy) = (place.name, place.arn, bus?.description, bus?.policy)
            (KmsKeyIdentifier, DeadLetterConfig) = (bus?.key, DeadLetter(bus?.deadLetter))
            (CreationTime, LastModifiedTime) = (bus?.created, bus?.modified)
        }
    }

    func describeBus(_ input: DescribeBusInput, _ context: Context) async throws -> DescribeBusOutput {
        let place = BusPlace(input.Name, context)
        return try await context.store.read { DescribeBusOutput(place, try $0.describedBus(place)) }
    }

    struct ListBusesInput: Decodable, Sendable {
        var NamePrefix: String?
        var NextToken: String?
        var Limit: Int?
    }

    struct ListBusesOutput: Encodable, Sendable {
        var EventBuses: [BusOutput]
        var NextToken: String?
    }

    func listBuses(_ input: ListBusesInput, _ context: Context) async throws -> ListBusesOutput {
        let defaultBus = BusPlace(account: context.account, region: context.region)
        let (names, buses) = try await context.store.read { snapshot in
            var buses: [String: BusRecord] = [:]
            try snapshot.records(BusRecord.self, Key(.eventBus, .text(defaultBus.account), .text(defaultBus.region))) { _, bus in
                buses[bus.name] = bus
                return true
            }
            for name in Set(buses.keys).union([defaultBus.name]) {
                buses[name] = try snapshot.describedBus(
                    BusPlace(account: defaultBus.account, region: defaultBus.region, name: name))
            }
            let names = Set(buses.keys).union([defaultBus.name]).filter { $0.hasPrefix(input.NamePrefix ?? "") }
            return (names.sorted(), buses)
        }
        let (page, token) = try Page.cut(names, by: { $0 }, input.NextToken, input.Limit, of: context.list())
        return ListBusesOutput(
            EventBuses: page.map { name in
                BusOutput(BusPlace(account: context.account, region: context.region, name: name), buses[name])
            }, NextToken: token)
    }
}

/// Pages of lists: a token is the name of the last entry shown.
enum Page {
    static func cut<Item>(
        _ items: [Item], by name: (Item) -> String, _ token: String?, _ limit: Int?, of list: String
    ) throws -> ([Item], String?) {
        let refusal = EventsFault.validation("Invalid value for NextToken")
        let page = try ListPage(
            items, after: token, limit: limit ?? EventsLimit.page, by: name, of: list, refusing: refusal)
        return (page.items, page.next)
    }
}
