import Documents
import Kernel
import Store

/// Partner event sources: a partner makes one for a customer's account, the customer gives it a bus of its name
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas.html).
///
/// Any account may be a partner here. AWS holds events of a source without a bus; this drops them.
struct PartnerSource: Stored {
    static let tag: UInt8 = 1
    enum State: String, Codable, Sendable { case pending = "PENDING", active = "ACTIVE", deleted = "DELETED" }
    enum Limit {
        /// How long a source waits for its bus (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EventSource.html).
        static let waits = Duration.seconds(14 * 86_400)
        static let page = 100
    }

    var name: String
    var region: String
    var partner: String
    var customer: String
    var created: Timestamp
    var state = State.pending

    var arn: String { ARN("events", region: region, account: "", "event-source/\(name)").description }
    /// `aws.partner/NAME`
    var createdBy: String { name.split(separator: "/").prefix(2).joined(separator: "/") }
    var expires: Timestamp { created + Limit.waits }

    func state(at now: Timestamp) -> State { state == .pending && now >= expires ? .deleted : state }

    static func ofCustomer(_ account: String, _ region: String) -> Key {
        Key(.eventSource, .text(account), .text(region))
    }
    var key: Key { Self.key(customer, region, name) }
    static func key(_ customer: String, _ region: String, _ name: String) -> Key {
        ofCustomer(customer, region).appending(.text(name))
    }
    static func ofPartner(_ account: String, _ region: String) -> Key {
        Key(.eventSourceByPartner, .text(account), .text(region))
    }
    var place: Key { Self.ofPartner(partner, region).appending(.text(name), .text(customer)) }
}

/// An entry of a partner's own list.
struct PartnerSourcePlace: Stored {
    static let tag: UInt8 = 1
    var name: String
    var customer: String
}

extension EventBridgeService {
    struct SourceName: Decodable, Sendable { var Name: String }
    struct PartnerSourceInput: Decodable, Sendable {
        var Name: String
        var Account: String
    }
    struct PartnerSourceMade: Encodable, Sendable { var EventSourceArn: String }
    struct PartnerSourceOutput: Encodable, Sendable {
        var Arn: String
        var Name: String
    }
    struct EventSourceOutput: Encodable, Sendable {
        var Arn: String
        var CreatedBy: String
        var CreationTime: Timestamp
        var ExpirationTime: Timestamp?
        var Name: String
        var State: String

        init(_ source: PartnerSource, _ now: Timestamp) {
            (Arn, CreatedBy, CreationTime, Name) = (source.arn, source.createdBy, source.created, source.name)
            State = source.state(at: now).rawValue
            ExpirationTime = source.state == .pending ? source.expires : nil
        }
    }

    func createPartnerSource(_ input: PartnerSourceInput, _ context: Context) async throws -> PartnerSourceMade {
        let source = PartnerSource(
            name: input.Name, region: context.region, partner: context.account, customer: input.Account, created: context.now)
        try await context.store.write { transaction in
            let old = try transaction.record(PartnerSource.self, source.key)
            guard old.map({ $0.state(at: source.created) == .deleted }) ?? true else {
                throw EventsFault.sourceExists(source.name)
            }
            try transaction.put(source.key, source)
            try transaction.put(source.place, PartnerSourcePlace(name: source.name, customer: source.customer))
        }
        return PartnerSourceMade(EventSourceArn: source.arn)
    }

    /// A source whose customer has a bus for it stays in the customer's list, as `DELETED`.
    func deletePartnerSource(_ input: PartnerSourceInput, _ context: Context) async throws -> Nothing {
        let key = PartnerSource.key(input.Account, context.region, input.Name)
        try await context.store.write { transaction in
            guard var source = try transaction.record(PartnerSource.self, key), source.partner == context.account else { return }
            try transaction.delete(source.place)
            let bus = BusPlace(account: source.customer, region: source.region, name: source.name)
            guard try transaction.contains(bus.key) else { return try transaction.delete(key) }
            source.state = .deleted
            try transaction.put(key, source)
        }
        return Nothing()
    }

    func describePartnerSource(_ input: SourceName, _ context: Context) async throws -> PartnerSourceOutput {
        guard let source = try await customers(of: input.Name, context).first else {
            throw EventsFault.sourceNotFound(input.Name)
        }
        return PartnerSourceOutput(Arn: source.arn, Name: source.name)
    }

    /// The sources of one name that the caller has made, one for each customer.
    private func customers(of name: String, _ context: Context) async throws -> [PartnerSource] {
        let all = PartnerSource.ofPartner(context.account, context.region).appending(.text(name))
        return try await context.store.read { snapshot in
            try snapshot.all(PartnerSourcePlace.self, all).compactMap {
                try snapshot.record(PartnerSource.self, PartnerSource.key($0.customer, context.region, $0.name))
            }
        }
    }

    struct ListSourcesInput: Decodable, Sendable {
        var NamePrefix: String?
        var NextToken: String?
        var Limit: Int?
    }
    struct PartnerSourceList: Encodable, Sendable {
        var PartnerEventSources: [PartnerSourceOutput]
        var NextToken: String?
    }

    func listPartnerSources(_ input: ListSourcesInput, _ context: Context) async throws -> PartnerSourceList {
        let all = PartnerSource.ofPartner(context.account, context.region)
        let places = try await context.store.read { snapshot in
            try snapshot.all(PartnerSourcePlace.self, all) { $0.name.hasPrefix(input.NamePrefix ?? "") }
        }
        // A name has a place for each of its customers, one behind the other.
        let names = places.indices.filter { $0 == 0 || places[$0].name != places[$0 - 1].name }.map { places[$0].name }
        let (page, token) = try Page.cut(names, by: { $0 }, input.NextToken, input.Limit, of: context.list())
        return PartnerSourceList(
            PartnerEventSources: page.map { name in
                let arn = ARN("events", region: context.region, account: "", "event-source/\(name)").description
                return PartnerSourceOutput(Arn: arn, Name: name)
            }, NextToken: token)
    }

    struct AccountsInput: Decodable, Sendable {
        var EventSourceName: String
        var NextToken: String?
        var Limit: Int?
    }
    struct AccountsOutput: Encodable, Sendable {
        struct Entry: Encodable, Sendable {
            var Account: String
            var CreationTime: Timestamp
            var ExpirationTime: Timestamp?
            var State: String
        }
        var PartnerEventSourceAccounts: [Entry]
        var NextToken: String?
    }

    func listPartnerAccounts(_ input: AccountsInput, _ context: Context) async throws -> AccountsOutput {
        let sources = try await customers(of: input.EventSourceName, context)
        guard !sources.isEmpty else { throw EventsFault.sourceNotFound(input.EventSourceName) }
        let (page, token) = try Page.cut(
            sources, by: \.customer, input.NextToken, input.Limit, of: context.list(input.EventSourceName))
        return AccountsOutput(
            PartnerEventSourceAccounts: page.map {
                let shown = EventSourceOutput($0, context.now)
                return .init(
                    Account: $0.customer, CreationTime: shown.CreationTime, ExpirationTime: shown.ExpirationTime,
                    State: shown.State)
            }, NextToken: token)
    }
}
