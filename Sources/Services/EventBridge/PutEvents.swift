import Documents
import Kernel
import Store

/// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
extension EventBridgeService {
    struct PutEventsInput: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            var Time: Timestamp?
            var Source: String?
            var Resources: [String]?
            var DetailType: String?
            var Detail: String?
            var EventBusName: String?
            var TraceHeader: String?

            /// Member by member: every event pays for this.
            init(_ entry: Document) {
                (Time, Source, DetailType) = (entry["Time"]?.timestamp, entry["Source"]?.string, entry["DetailType"]?.string)
                (Detail, EventBusName) = (entry["Detail"]?.string, entry["EventBusName"]?.string)
                Resources = entry["Resources"]?.list?.compactMap(\.string)
                TraceHeader = entry["TraceHeader"]?.string
            }

            /// A member that every event has, and what EventBridge says where it is not.
            struct Missing: Sendable {
                var member: String
                var text: String { "Parameter \(member) is not valid. Reason: \(member) is a required argument." }
            }

            /// The first such member that is not there.
            var missing: Missing? {
                if Source?.isEmpty ?? true { return Missing(member: "Source") }
                if DetailType?.isEmpty ?? true { return Missing(member: "DetailType") }
                return Detail?.isEmpty ?? true ? Missing(member: "Detail") : nil
            }

            /// Bytes as EventBridge counts them
            /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html).
            var size: Int {
                (Time == nil ? 0 : 14) + (Source?.utf8.count ?? 0) + (DetailType?.utf8.count ?? 0) + (Detail?.utf8.count ?? 0)
                    + (Resources ?? []).reduce(0) { $0 + $1.utf8.count }
            }
        }
        var Entries: [Entry]
    }

    struct PutEventsOutput: Encodable, Sendable {
        struct Entry: Encodable, Sendable {
            var EventId: String?
            var ErrorCode: String?
            var ErrorMessage: String?

            var document: Document {
                if let EventId { return ["EventId": .string(EventId)] }
                return ["ErrorCode": .string(ErrorCode ?? ""), "ErrorMessage": .string(ErrorMessage ?? "")]
            }
        }
        var FailedEntryCount: Int
        var Entries: [Entry]
    }

    func putEvents(_ input: Document, _ context: Context) async throws -> Document {
        let entries = (input["Entries"]?.list ?? []).map(PutEventsInput.Entry.init)
        guard entries.reduce(0, { $0 + $1.size }) <= EventsLimit.putBytes else {
            throw EventsFault.validation("Total size of the entries in the request is over the limit.")
        }
        // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
        if let first = entries.first?.missing, entries.allSatisfy({ $0.missing != nil }) {
            throw EventsFault.validation(first.text)
        }
        var following = Consequences()
        var results: [PutEventsOutput.Entry] = []
        for entry in entries {
            if let refusal = Self.refusal(entry, context) {
                results.append(refusal)
                continue
            }
            let place = BusPlace(entry.EventBusName, context)
            let event: BusEvent
            do {
                event = try BusEvent(
                    id: Identifier.uuid(), detailType: entry.DetailType ?? "", source: entry.Source ?? "",
                    account: context.account,
                    time: entry.Time ?? context.now, region: context.region, resources: entry.Resources ?? [],
                    detail: entry.Detail ?? "")
            } catch {
                results.append(.init(ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."))
                continue
            }
            // A bus that is not there has no rules: AWS takes the event and drops it.
            following = following + (try await consequences(of: event, on: place, context.platform))
            results.append(.init(EventId: event.id))
        }
        try await commit(following, context.platform)
        return [
            "FailedEntryCount": .integer(Int64(results.count { $0.EventId == nil })),
            "Entries": .list(results.map(\.document)),
        ]
    }

    private static func refusal(_ entry: PutEventsInput.Entry, _ context: Context) -> PutEventsOutput.Entry? {
        if let missing = entry.missing { return .init(ErrorCode: "InvalidArgument", ErrorMessage: missing.text) }
        // A service speaks for itself alone.
        if entry.Source?.hasPrefix("aws.") == true, context.caller.kind != .service {
            return .init(
                ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source.")
        }
        return nil
    }

    /// One delivery for each target of each rule that the event passes, and a copy for each archive that takes it.
    /// - Parameter onlyRules: ARNs of the rules that alone see the event.
    func consequences(
        of event: BusEvent, on place: BusPlace, _ platform: Platform, onlyRules: [String]? = nil
    ) async throws -> Consequences {
        var following = Consequences()
        let now = platform.clock.now()
        let bus = try await router.bus(place, platform)
        var sealed: SealedEvent?
        if let key = bus.key, event.isCustomers {
            do { sealed = try await seal(event.json, under: key, of: place, platform) } catch let error as AWSError
                where !error.isTransient
            {
                return try unsealed(event, on: place, deadLetter: bus.deadLetter, error, platform)
            }
        }
        for rule in EventRouter.rules(for: event, on: bus) {
            if let onlyRules, !onlyRules.contains(place.ruleARN(rule.record.name)) { continue }
            for (target, document) in zip(rule.targets, rule.documents) {
                following.deliveries.append(
                    Self.delivery(of: event, sealed, to: target, document, of: rule.record.name, on: place, now))
            }
        }
        for archive in bus.archives where archive.takes(event) {
            if let copy = try await copy(of: event, for: archive, on: place, platform) {
                following.archived.append((archive, copy))
            }
        }
        return following
    }

    /// - Parameter document: the target, encoded.
    static func delivery(
        of event: BusEvent, _ sealed: SealedEvent? = nil, to target: Target, _ document: Document, of rule: String,
        on place: BusPlace, _ now: Timestamp
    ) -> Delivery {
        let dispatch = Dispatch(
            account: place.account, region: place.region, bus: place.name, rule: rule, target: target,
            event: sealed == nil ? event.json : event.withoutDetail, hops: event.hops, sealed: sealed)
        let age = target.RetryPolicy?.MaximumEventAgeInSeconds ?? EventsLimit.ageSeconds
        // A lane for each target, so that one that is slow holds nobody up.
        return Delivery(
            id: Identifier.uuid(), lane: "\(place.ruleARN(rule)) \(target.Id)", service: id, name: "target",
            payload: dispatch.document(target: document), created: now, expires: now + .seconds(age))
    }
}
