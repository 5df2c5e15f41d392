import Documents
import Kernel
import Store

/// A grant: what one principal may do with one key, under which encryption context
/// (https://docs.aws.amazon.com/kms/latest/developerguide/grants.html).
struct GrantRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    struct Constraints: Codable, Sendable, Hashable {
        var EncryptionContextSubset: [String: String]?
        var EncryptionContextEquals: [String: String]?
        var SourceArn: String?

        var isEmpty: Bool { EncryptionContextSubset == nil && EncryptionContextEquals == nil && SourceArn == nil }
        /// The pairs that a context must have.
        var pairs: [String: String] { EncryptionContextEquals ?? EncryptionContextSubset ?? [:] }
    }

    var id: String
    var keyID: String
    var keyARN: String
    var region: String
    var name: String?
    var created: Timestamp
    /// A user or role by its unique id, as policies are kept (``NamedPrincipals``).
    var grantee: String
    var granteeIsService: Bool
    var retiring: String?
    var retiringIsService: Bool
    /// The account that made the grant.
    var issuer: String
    var operations: [String]
    var constraints: Constraints?

    /// The grant with its grantee as lists show it.
    func shown(in snapshot: Snapshot) throws -> GrantRecord {
        var shown = self
        shown.grantee = try NamedPrincipals.shown(principal: grantee, in: snapshot)
        return shown
    }

    static func all(_ region: String, _ keyID: String) -> Key { Key(.kmsGrant, .text(region), .text(keyID)) }
    static func key(_ region: String, _ keyID: String, _ id: String) -> Key { all(region, keyID).appending(.text(id)) }
    var key: Key { Self.key(region, keyID, id) }
    static func retirable(_ region: String, _ principal: String) -> Key {
        Key(.kmsGrantByRetiring, .text(region), .text(principal))
    }
    var retirableKey: Key? { retiring.map { Self.retirable(region, $0).appending(.text(keyID), .text(id)) } }

    /// Operations whose requests carry an encryption context: constraints bind these, and what CreateGrant passes on.
    private static let contextual: Set<String> = [
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "CreateGrant",
    ]

    /// The grant in the policy language, so that the one evaluator decides on it too; nil for one that grants nothing.
    func policy() -> IdentityPolicies.Named? {
        let named: Document = granteeIsService ? ["Service": .string(grantee)] : ["AWS": .string(grantee)]
        var statements: [Document] = []
        func allow(_ operations: [String], to principal: Document, _ condition: Members) {
            guard !operations.isEmpty else { return }
            var statement: Members = ["Effect": "Allow", "Principal": principal, "Resource": "*"]
            statement["Action"] = .list(operations.map { .string("kms:\($0)") })
            if !condition.isEmpty { statement["Condition"] = .map(condition) }
            statements.append(.map(statement))
        }
        let bound = operations.filter { Self.contextual.contains($0) && $0 != "CreateGrant" }
        allow(bound, to: named, conditions())
        allow(operations.filter { !Self.contextual.contains($0) && $0 != "RetireGrant" }, to: named, sourceCondition)
        if operations.contains("CreateGrant") {
            // A grant made by right of this one gives no more than this one does.
            var condition = conditions()
            condition["ForAllValues:StringEquals", default: [:]] = .map(
                (condition["ForAllValues:StringEquals"]?.members ?? [:]).merging(
                    ["kms:GrantOperations": .list(operations.map { .string($0) })], uniquingKeysWith: { $1 }))
            allow(["CreateGrant"], to: named, condition)
        }
        // To retire is to retire this grant, not another of the key's.
        let own: Members = ["StringEquals": ["tarn:GrantId": .string(id)]]
        if operations.contains("RetireGrant") { allow(["RetireGrant"], to: named, own) }
        if let retiring {
            allow(["RetireGrant"], to: retiringIsService ? ["Service": .string(retiring)] : ["AWS": .string(retiring)], own)
        }
        guard !statements.isEmpty else { return nil }
        let document: Document = ["Version": "2012-10-17", "Statement": .list(statements)]
        return IdentityPolicies.Named(name: "grant \(id)", json: String(decoding: JSON.write(document), as: UTF8.self))
    }

    private var sourceCondition: Members {
        constraints?.SourceArn.map { ["ArnLike": ["aws:SourceArn": .string($0)]] } ?? [:]
    }

    private func conditions() -> Members {
        var condition = sourceCondition
        guard let constraints, !constraints.pairs.isEmpty else { return condition }
        var pairs: Members = [:]
        for (name, value) in constraints.pairs.sorted(by: { $0.key < $1.key }) {
            pairs["kms:EncryptionContext:\(name)"] = .string(value.escapedForPolicy)
        }
        condition["StringEquals"] = .map(pairs)
        if let equal = constraints.EncryptionContextEquals {
            condition["ForAllValues:StringEquals"] = [
                "kms:EncryptionContextKeys": .list(equal.keys.sorted().map { .string($0.escapedForPolicy) })
            ]
        }
        return condition
    }
}

extension String {
    /// As a policy value that means exactly this text: a `$` in it begins no variable.
    fileprivate var escapedForPolicy: String { split(separator: "$", omittingEmptySubsequences: false).joined(separator: "${$}") }
}
