import Documents
import Kernel
import Store

/// A report on what was last accessed, as it was when it was asked for.
struct AccessReportRecord: Stored {
    static let tag: UInt8 = 1
    struct Service: Codable, Sendable, Hashable {
        var service: ServiceCatalogue.Entry
        var last: Use?
        /// Principals of an entity, accounts of an organization.
        var count = 0
        /// The last use of each action; empty in a report of services alone.
        var actions: [String: Use] = [:]
    }
    struct Use: Codable, Sendable, Hashable {
        /// The principal's ARN, or the account's path in its organization.
        var by: String
        var date: Timestamp
        var region: String
    }
    var id: String
    var account: String
    /// Who may read it.
    var principalID: String
    /// What it is about: an ARN, or a path in an organization.
    var subject: String
    var isOfActions: Bool
    var created: Timestamp
    var services: [Service]

    static func all(_ account: String) -> Key { Key(.accessReport, .text(account)) }
    var key: Key { Self.all(account).appending(.text(id)) }

    init(_ context: Context, subject: String, isOfActions: Bool = false, services: [Service]) {
        (id, account, principalID) = (Identifier.uuid(), context.account, context.caller.principalID)
        (self.subject, self.isOfActions, created, self.services) = (subject, isOfActions, context.now, services)
    }
}

extension AccessReportRecord.Service {
    /// The service with what was attempted of it.
    init(_ entry: ServiceCatalogue.Entry, _ uses: [AccessReportRecord.Attempt], withActions: Bool) {
        self.init(service: entry)
        let latest = uses.max { $0.use.date < $1.use.date }
        last = latest?.use
        count = Set(uses.map(\.use.by)).count
        guard withActions else { return }
        for use in uses where !use.isData {
            if let known = actions[use.action], known.date >= use.use.date { continue }
            actions[use.action] = use.use
        }
    }
}

extension AccessReportRecord {
    struct Attempt: Sendable {
        var action: String
        var isData: Bool
        var use: Use
    }
    enum Period {
        /// How far back reports look (IAM User Guide, "Where AWS tracks last accessed information").
        static let tracked = Duration.seconds(400 * 86_400)
        /// How long a report can be read.
        static let kept = Duration.seconds(7 * 86_400)
    }

    /// What a principal attempted within the tracked period, by namespace.
    static func attempts(
        of principal: String?, in account: String, by name: String, _ context: Context, _ snapshot: Snapshot
    ) throws -> [(namespace: String, attempt: Attempt)] {
        try context.platform.keyUses.actions(of: principal, in: account, snapshot)
            .filter { $0.use.date + Period.tracked > context.now }
            .map {
                (
                    $0.namespace,
                    Attempt(action: $0.name, isData: $0.isData, use: Use(by: name, date: $0.use.date, region: $0.use.region))
                )
            }
    }

    /// Keeps the report, and drops what is too old.
    func save(_ context: Context) async throws {
        try await context.store.write { txn in
            for old in try txn.all(AccessReportRecord.self, Self.all(account)) where old.created + Period.kept <= context.now {
                try txn.delete(old.key)
            }
            try txn.put(key, self)
        }
    }

    /// - Throws: ``IAMFault/entityNotFound(_:)`` for a job that is not there, or is another principal's.
    static func find(_ id: String, _ context: Context) async throws -> AccessReportRecord {
        let key = all(context.account).appending(.text(id))
        let found = try await context.store.read { try $0.record(AccessReportRecord.self, key) }
        guard let found, found.principalID == context.caller.principalID, found.created + Period.kept > context.now else {
            throw IAMFault.entityNotFound("Cannot find Job ID \(id)")
        }
        return found
    }
}
