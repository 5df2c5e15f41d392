import Documents
import Kernel
import Store

/// A policy of an advanced parameter
/// (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html).
struct ParameterPolicy: Codable, Hashable, Sendable {
    enum Kind: Codable, Hashable, Sendable {
        case expiration(Timestamp)
        /// Before the expiration.
        case expirationNotification(seconds: Int64)
        /// After the last change.
        case noChangeNotification(seconds: Int64)
    }
    var text: String
    var kind: Kind
    /// Its notification was sent; nil while it waits.
    var isDone: Bool?

    var type: String {
        switch kind {
        case .expiration: "Expiration"
        case .expirationNotification: "ExpirationNotification"
        case .noChangeNotification: "NoChangeNotification"
        }
    }

    /// As a new version begins with it.
    var waiting: ParameterPolicy { ParameterPolicy(text: text, kind: kind) }

    /// - Parameter json: a list of policies; an empty one takes all away.
    static func parse(_ json: String) throws -> [ParameterPolicy] {
        guard let document = try? JSON.parse(json), let list = document.list ?? (document.members.map { [.map($0)] }) else {
            throw SSMFault.invalidPolicyAttribute("The policies are not a JSON list.")
        }
        guard list.count <= SSMLimit.policies else { throw SSMFault.tooManyPolicies }
        let policies = try list.filter { $0 != [:] }.map(policy)
        let expirations = policies.filter { $0.type == "Expiration" }.count
        guard expirations <= 1 else {
            throw SSMFault.incompatiblePolicy("A parameter can have only one Expiration policy.")
        }
        if expirations == 0, policies.contains(where: { $0.type == "ExpirationNotification" }) {
            throw SSMFault.incompatiblePolicy("An ExpirationNotification policy needs an Expiration policy.")
        }
        return policies
    }

    private static func policy(_ document: Document) throws -> ParameterPolicy {
        guard let type = document["Type"]?.string else { throw SSMFault.invalidPolicyType("") }
        guard document["Version"]?.string == "1.0" else {
            throw SSMFault.invalidPolicyAttribute("The Version of the policy \(type) must be 1.0.")
        }
        let attributes = document["Attributes"]
        let kind: Kind
        switch type {
        case "Expiration":
            guard let text = attributes?["Timestamp"]?.string, let moment = Timestamp(iso8601: text) else {
                throw SSMFault.invalidPolicyAttribute("The Timestamp of the policy Expiration is not in ISO 8601 form.")
            }
            kind = .expiration(moment)
        case "ExpirationNotification": kind = .expirationNotification(seconds: try span(attributes, "Before", type))
        case "NoChangeNotification": kind = .noChangeNotification(seconds: try span(attributes, "After", type))
        default: throw SSMFault.invalidPolicyType(type)
        }
        return ParameterPolicy(text: JSON.text(document), kind: kind)
    }

    private static func span(_ attributes: Document?, _ name: String, _ type: String) throws -> Int64 {
        let value = attributes?[name]
        guard let count = value?.integer ?? value?.string.flatMap(Int64.init), (1...365 * 24).contains(count) else {
            throw SSMFault.invalidPolicyAttribute("The attribute \(name) of the policy \(type) is not a number of days or hours.")
        }
        switch attributes?["Unit"]?.string?.lowercased() {
        case "days": return count * 86_400
        case "hours": return count * 3_600
        default: throw SSMFault.invalidPolicyAttribute("The Unit of the policy \(type) must be Days or Hours.")
        }
    }
}

extension SSMService {
    private static let policyTimers = 0..<SSMLimit.policies

    /// Sets the timers of the newest version's policies, in place of the former ones.
    func schedule(_ record: ParameterRecord, _ transaction: any Transaction, _ platform: Platform) throws {
        try cancelTimers(record, transaction)
        var expiry: Timestamp?
        for policy in record.newest.policies { if case .expiration(let moment) = policy.kind { expiry = moment } }
        for (index, policy) in record.newest.policies.enumerated() {
            let due: Timestamp
            switch policy.kind {
            case .expiration(let moment): due = moment
            case .expirationNotification(let seconds):
                guard let expiry else { continue }
                due = expiry - .seconds(seconds)
            case .noChangeNotification(let seconds): due = record.newest.modified + .seconds(seconds)
            }
            var payload = record.address.members ?? [:]
            payload["policy"] = .integer(Int64(index))
            try transaction.schedule(
                TimerRecord(
                    id: record.timer("policy \(index)"), service: Self.id, name: "policy", due: due, payload: .map(payload)),
                on: platform)
        }
    }

    func cancelTimers(_ record: ParameterRecord, _ transaction: any Transaction) throws {
        for index in Self.policyTimers { try transaction.cancelTimer(Self.id, id: record.timer("policy \(index)")) }
    }

    /// A policy has fallen due.
    func carryOut(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let region = timer.payload["region"]?.string,
            let name = timer.payload["name"]?.string, let index = timer.payload["policy"]?.integer
        else { return }
        let key = ParameterRecord.all(account, region).appending(.text(ParameterRecord.place(name)))
        try await platform.store.write { transaction in
            guard var record = try transaction.record(ParameterRecord.self, key),
                record.newest.number == timer.payload["version"]?.integer,
                record.newest.modified == timer.payload["modified"]?.timestamp,
                record.newest.policies.indices.contains(Int(index))
            else { return }
            let policy = record.newest.policies[Int(index)]
            try announce(policy, record, transaction, platform)
            guard case .expiration = policy.kind else {
                record.newest.policies[Int(index)].isDone = true
                return try transaction.put(record.key, record)
            }
            try transaction.deleteRange(from: record.versions, to: record.versions.rangeEnd)
            try transaction.delete(record.key)
            for other in Self.policyTimers where other != Int(index) {
                try transaction.cancelTimer(Self.id, id: record.timer("policy \(other)"))
            }
            try Self.count(nil, replacing: record, transaction)
            try announce("Delete", record, transaction, platform)
        }
    }
}
