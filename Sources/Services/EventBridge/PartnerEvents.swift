import Documents
import Kernel
import Store

/// The customer's side of partner event sources, and the partner's events.
extension EventBridgeService {
    struct EventSourceList: Encodable, Sendable {
        var EventSources: [EventSourceOutput]
        var NextToken: String?
    }

    func listEventSources(_ input: ListSourcesInput, _ context: Context) async throws -> EventSourceList {
        let all = PartnerSource.ofCustomer(context.account, context.region)
        let sources = try await context.store.read { snapshot in
            try snapshot.all(PartnerSource.self, all) { $0.name.hasPrefix(input.NamePrefix ?? "") }
        }
        let (page, token) = try Page.cut(sources, by: \.name, input.NextToken, input.Limit, of: context.list())
        return EventSourceList(EventSources: page.map { EventSourceOutput($0, context.now) }, NextToken: token)
    }

    func describeEventSource(_ input: SourceName, _ context: Context) async throws -> EventSourceOutput {
        let key = PartnerSource.key(context.account, context.region, input.Name)
        guard let source = try await context.store.read({ try $0.record(PartnerSource.self, key) }) else {
            throw EventsFault.sourceNotFound(input.Name)
        }
        return EventSourceOutput(source, context.now)
    }

    func activateSource(_ input: SourceName, _ context: Context) async throws -> Nothing {
        try await set(.active, input.Name, context)
    }

    func deactivateSource(_ input: SourceName, _ context: Context) async throws -> Nothing {
        try await set(.pending, input.Name, context)
    }

    /// A source is switched only while it has its bus.
    private func set(_ state: PartnerSource.State, _ name: String, _ context: Context) async throws -> Nothing {
        let key = PartnerSource.key(context.account, context.region, name)
        let bus = BusPlace(account: context.account, region: context.region, name: name)
        try await context.store.write { transaction in
            guard var source = try transaction.record(PartnerSource.self, key) else { throw EventsFault.sourceNotFound(name) }
            guard try transaction.contains(bus.key), source.state != .deleted else { throw EventsFault.sourceState(name) }
            source.state = state
            try transaction.put(key, source)
        }
        return Nothing()
    }

    /// Ties a source to the bus that is being made for it.
    static func claim(_ name: String, for place: BusPlace, _ now: Timestamp, in transaction: any Transaction) throws {
        let key = PartnerSource.key(place.account, place.region, name)
        guard var source = try transaction.record(PartnerSource.self, key), source.state(at: now) != .deleted else {
            throw EventsFault.sourceNotFound(name)
        }
        source.state = .active
        try transaction.put(key, source)
    }

    /// A source without its bus waits for the next one; one that its partner has deleted goes with the bus.
    static func release(_ place: BusPlace, _ now: Timestamp, in transaction: any Transaction) throws {
        let key = PartnerSource.key(place.account, place.region, place.name)
        guard var source = try transaction.record(PartnerSource.self, key) else { return }
        if source.state == .deleted { return try transaction.delete(key) }
        (source.state, source.created) = (.pending, now)
        try transaction.put(key, source)
    }

    struct PartnerEventsInput: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            var Time: Timestamp?
            var Source: String?
            var Resources: [String]?
            var DetailType: String?
            var Detail: String?
        }
        var Entries: [Entry]
    }

    /// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPartnerEvents.html
    func putPartnerEvents(_ input: PartnerEventsInput, _ context: Context) async throws -> PutEventsOutput {
        var following = Consequences()
        var results: [PutEventsOutput.Entry] = []
        for entry in input.Entries {
            let missing = [("Source", entry.Source), ("DetailType", entry.DetailType), ("Detail", entry.Detail)]
                .first { $0.1?.isEmpty ?? true }
            if let name = missing?.0 {
                results.append(
                    .init(
                        ErrorCode: "InvalidArgument",
                        ErrorMessage: "Parameter \(name) is not valid. Reason: \(name) is a required argument."))
                continue
            }
            let id = Identifier.uuid()
            do {
                for place in try await openBuses(of: entry.Source ?? "", context) {
                    let event = try BusEvent(
                        id: id, detailType: entry.DetailType ?? "", source: entry.Source ?? "", account: place.account,
                        time: entry.Time ?? context.now, region: place.region, resources: entry.Resources ?? [],
                        detail: entry.Detail ?? "")
                    following = following + (try await consequences(of: event, on: place, context.platform))
                }
                results.append(.init(EventId: id))
            } catch is DocumentError {
                results.append(.init(ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."))
            } catch EventsFault.sourceNotFound(let name) {
                results.append(
                    .init(ErrorCode: "ResourceNotFoundException", ErrorMessage: "Event source \(name) does not exist."))
            }
        }
        try await commit(following, context.platform)
        return PutEventsOutput(FailedEntryCount: results.count { $0.EventId == nil }, Entries: results)
    }

    /// The buses of the customers who take this source's events now.
    /// - Throws: ``EventsFault/sourceNotFound(_:)`` for one that the caller has not made.
    private func openBuses(of name: String, _ context: Context) async throws -> [BusPlace] {
        let all = PartnerSource.ofPartner(context.account, context.region).appending(.text(name))
        return try await context.store.read { snapshot in
            let customers = try snapshot.all(PartnerSourcePlace.self, all).map(\.customer)
            guard !customers.isEmpty else { throw EventsFault.sourceNotFound(name) }
            let open = try customers.filter {
                try snapshot.record(PartnerSource.self, PartnerSource.key($0, context.region, name))?.state == .active
            }
            return open.map { BusPlace(account: $0, region: context.region, name: name) }
        }
    }
}
