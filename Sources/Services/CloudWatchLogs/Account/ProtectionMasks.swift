import Kernel
import Store
import Synchronization

/// What data protection policies hide in the messages of one call: found before they are written, for a customer's own
/// expressions may take long over a large message, and everybody's writes would wait.
struct ProtectionMasks: Sendable {
    /// The policies have changed since: the masks are to be made anew.
    struct Outdated: Error {}

    /// The policies by which they were made.
    let documents: [String]
    private let ranges: [[Int]?]

    /// As an event keeps them: first and last byte of each part in turn; nil for a message with nothing to hide.
    subscript(message: Int) -> [Int]? { ranges.isEmpty ? nil : ranges[message] }

    init() { (documents, ranges) = ([], []) }

    init(_ messages: [String], by policies: [ProtectionPolicy], _ documents: [String]) {
        self.documents = documents
        ranges = messages.map { ProtectionPolicy.masks($0, by: policies) }
    }
}

/// Finds what is to be hidden, with policies that stay read from one call to the next.
final class ProtectionMasker: Sendable {
    private enum Limit {
        static let policies = 64
    }
    private let workshop = Workshop("logs.masks")
    private let policies = Mutex<[String: ProtectionPolicy]>([:])

    func masks(of messages: [String], by documents: [String]) async throws -> ProtectionMasks {
        guard !documents.isEmpty else { return ProtectionMasks() }
        let policies = try documents.map { try policy($0) }
        return try await workshop.run { ProtectionMasks(messages, by: policies, documents) }
    }

    private func policy(_ document: String) throws -> ProtectionPolicy {
        if let known = policies.withLock({ $0[document] }) { return known }
        let policy = try ProtectionPolicy(document)
        policies.withLock { policies in
            if policies.count >= Limit.policies { policies = [:] }
            policies[document] = policy
        }
        return policy
    }
}

extension GroupRecord {
    /// The policies that hide what comes into the group: its own, and the account's.
    func protections(in snapshot: any Snapshot) throws -> [String] {
        guard shownClass == "STANDARD" else { return [] }
        var documents = protection.map { [$0.document] } ?? []
        try snapshot.records(AccountPolicyRecord.self, AccountPolicyRecord.all(account, region, .protection)) { _, record in
            documents.append(record.document)
            return true
        }
        return documents
    }
}
