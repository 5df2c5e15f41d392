import Documents
import Kernel
import Policy
import Store

/// CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant.
extension KMSService {
    struct GrantInput: Codable, Sendable {
        var KeyId: String
        var GranteePrincipal: String?
        var RetiringPrincipal: String?
        var Operations: [String]
        var Constraints: GrantRecord.Constraints?
        var GrantTokens: [String]?
        var Name: String?
        var DryRun: Bool?
        var GranteeServicePrincipal: String?
        var RetiringServicePrincipal: String?
    }
    struct GrantOutput: Codable, Sendable {
        var GrantToken: String
        var GrantId: String
    }

    func createGrant(_ input: GrantInput, _ context: Context) async throws -> GrantOutput {
        try checkGrantTokens(input.GrantTokens, context)
        let grantee = try Self.principal(input.GranteePrincipal, input.GranteeServicePrincipal, "Grantee")
        guard let grantee else { throw KMSFault.validation("GranteePrincipal is required.") }
        let retiring = try Self.principal(input.RetiringPrincipal, input.RetiringServicePrincipal, "Retiring")
        let constraints = input.Constraints?.isEmpty == true ? nil : input.Constraints
        let operations = input.Operations.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let id = Hex.encode(Identifier.random(32))
        let grant = try await context.store.write { transaction in
            let entry = try self.managed(input.KeyId, context, transaction)
            try entry.key.mustBeUsable()
            try Self.check(operations, constraints, entry.key)
            for named in [grantee, retiring].compactMap({ $0 }) where !named.isService {
                guard try NamedPrincipals.exists(named.name, transaction) else { throw KMSFault.invalidPrincipal(named.name) }
            }
            let granteeName = try NamedPrincipals.bound(principal: grantee.name, in: transaction)
            var grant = GrantRecord(
                id: id, keyID: entry.key.id, keyARN: entry.key.arn, region: entry.key.region, name: input.Name,
                created: context.now, grantee: granteeName, granteeIsService: grantee.isService, retiring: retiring?.name,
                retiringIsService: retiring?.isService == true, issuer: context.account, operations: operations,
                constraints: constraints)
            try Self.mustBeReadable(grant)
            if input.DryRun == true { throw KMSFault.dryRun }
            // The same request under the same name is the same grant.
            if input.Name != nil, let known = try Self.same(grant, transaction) { return known }
            guard entry.grants.count < KMSLimit.grantsPerKey else {
                throw KMSFault.limitExceeded("The key \(entry.key.arn) has \(entry.grants.count) grants.")
            }
            grant.created = context.now
            try transaction.put(grant.key, grant)
            if let place = grant.retirableKey { try transaction.put(place, []) }
            try transaction.keep(entry.key)
            return grant
        }
        return GrantOutput(GrantToken: try grantToken(grant, context), GrantId: grant.id)
    }

    /// Authorization reads every grant of a key: one that it can't read would shut the key for all.
    private static func mustBeReadable(_ grant: GrantRecord) throws(KMSFault) {
        guard let policy = grant.policy() else { throw .validation("A grant must have an operation.") }
        do { _ = try PolicyDocument(json: policy.json, kind: .resource) } catch MalformedPolicy.invalidPrincipal {
            throw .invalidARN(grant.grantee)
        } catch { throw .validation("The constraints of the grant are not valid: \(error.message)") }
    }

    private static func same(_ grant: GrantRecord, _ snapshot: Snapshot) throws -> GrantRecord? {
        var found: GrantRecord?
        try snapshot.records(GrantRecord.self, GrantRecord.all(grant.region, grant.keyID)) { _, other in
            var twin = grant
            (twin.id, twin.created) = (other.id, other.created)
            if twin == other { found = other }
            return found == nil
        }
        return found
    }

    /// IAM principals by ARN; AWS services by their name.
    private static func principal(
        _ arn: String?, _ service: String?, _ role: String
    ) throws(KMSFault) -> (name: String, isService: Bool)? {
        if arn != nil, service != nil {
            throw .validation("You cannot specify both \(role)Principal and \(role)ServicePrincipal.")
        }
        if let service { return (service, true) }
        guard let arn else { return nil }
        if arn.hasSuffix(".amazonaws.com"), !arn.hasPrefix("arn:") { return (arn, true) }
        guard let parts = ARN(arn), parts.service == "iam" || parts.service == "sts", parts.account.utf8.count == 12 else {
            throw .invalidARN(arn)
        }
        return (arn, false)
    }

    /// A key is granted for what it can do; constraints bind requests that have an encryption context.
    private static func check(
        _ operations: [String], _ constraints: GrantRecord.Constraints?, _ key: KeyRecord
    ) throws(KMSFault) {
        let common: Set<String> = ["DescribeKey", "CreateGrant", "RetireGrant"]
        let own: Set<String> =
            switch (key.usage, key.spec) {
            case (.encryptDecrypt, .symmetric):
                [
                    "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
                    "GenerateDataKeyPairWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
                ]
            case (.encryptDecrypt, _): ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"]
            case (.signVerify, _): ["Sign", "Verify", "GetPublicKey"]
            case (.mac, _): ["GenerateMac", "VerifyMac"]
            case (.keyAgreement, _): ["DeriveSharedSecret", "GetPublicKey"]
            }
        for operation in operations where !own.contains(operation) && !common.contains(operation) {
            throw .validation(
                "Operation \(operation) is not supported for keys with KeyUsage \(key.usage.rawValue) and KeySpec "
                    + key.spec.rawValue)
        }
        guard let constraints else { return }
        if constraints.EncryptionContextEquals != nil, constraints.EncryptionContextSubset != nil {
            throw .validation("You can specify only one of EncryptionContextEquals and EncryptionContextSubset.")
        }
        guard key.spec == .symmetric || constraints.pairs.isEmpty else {
            throw .validation("Encryption context constraints are supported for symmetric encryption keys only.")
        }
    }

    struct GrantEntry: Codable, Sendable {
        var KeyId: String
        var GrantId: String
        var Name: String?
        var CreationDate: Timestamp
        var GranteePrincipal: String?
        var RetiringPrincipal: String?
        var IssuingAccount: String
        var Operations: [String]
        var Constraints: GrantRecord.Constraints?

        init(_ grant: GrantRecord) {
            (KeyId, GrantId, Name) = (grant.keyARN, grant.id, grant.name)
            (CreationDate, GranteePrincipal, RetiringPrincipal) = (grant.created, grant.grantee, grant.retiring)
            IssuingAccount = "arn:aws:iam::\(grant.issuer):root"
            (Operations, Constraints) = (grant.operations, grant.constraints)
        }
    }
    struct GrantsOutput: Codable, Sendable {
        var Grants: [GrantEntry]
        var NextMarker: String?
        var Truncated: Bool

        init(_ grants: [GrantRecord], _ page: KeyPage) {
            let shown = grants.prefix(page.limit)
            Grants = shown.map(GrantEntry.init)
            Truncated = grants.count > page.limit
            NextMarker = Truncated ? shown.last.map { page.marker("\($0.keyID) \($0.id)") } : nil
        }
    }
    struct ListGrantsInput: Codable, Sendable {
        var Limit: Int?
        var Marker: String?
        var KeyId: String
        var GrantId: String?
        var GranteePrincipal: String?
        var GranteeServicePrincipal: String?
    }

    func listGrants(_ input: ListGrantsInput, _ context: Context) async throws -> GrantsOutput {
        let grantee = input.GranteePrincipal ?? input.GranteeServicePrincipal
        let page = try KeyPage(
            input.Limit, input.Marker, of: context.list(input.KeyId, input.GrantId, grantee), most: KMSLimit.shortPageMax)
        let found = try await context.store.read { snapshot -> [GrantRecord] in
            let key = try self.managed(input.KeyId, context, snapshot).key
            let all = GrantRecord.all(key.region, key.id)
            let last = page.after?.split(separator: " ").last.map(String.init)
            var found: [GrantRecord] = []
            try snapshot.records(GrantRecord.self, all, after: last.map { all.appending(.text($0)) }) { _, kept in
                let grant = try kept.shown(in: snapshot)
                if input.GrantId ?? grant.id == grant.id, grantee ?? grant.grantee == grant.grantee { found.append(grant) }
                return found.count <= page.limit
            }
            if let id = input.GrantId, found.isEmpty { throw KMSFault.grantNotFound(id) }
            return found
        }
        return GrantsOutput(found, page)
    }

    struct RetirableInput: Codable, Sendable {
        var Limit: Int?
        var Marker: String?
        var RetiringPrincipal: String?
        var RetiringServicePrincipal: String?
    }

    func listRetirable(_ input: RetirableInput, _ context: Context) async throws -> GrantsOutput {
        let page = try KeyPage(
            input.Limit, input.Marker, of: context.list(input.RetiringPrincipal ?? input.RetiringServicePrincipal),
            most: KMSLimit.shortPageMax)
        guard let principal = try Self.principal(input.RetiringPrincipal, input.RetiringServicePrincipal, "Retiring") else {
            throw KMSFault.validation("RetiringPrincipal is required.")
        }
        let found = try await context.store.read { snapshot -> [GrantRecord] in
            let all = GrantRecord.retirable(context.region, principal.name)
            var after: Key?
            if let parts = page.after?.split(separator: " "), parts.count == 2 {
                after = all.appending(.text(String(parts[0])), .text(String(parts[1])))
            }
            var found: [GrantRecord] = []
            try snapshot.scan(all, after: after) { place, _ in
                let elements = try place.elements()
                guard elements.count == 4, case .text(let keyID) = elements[2], case .text(let id) = elements[3],
                    let grant = try snapshot.record(GrantRecord.self, GrantRecord.key(context.region, keyID, id))
                else { return true }
                // Of the caller's account only (API Reference, "ListRetirableGrants").
                if grant.keyARN.contains(":\(context.account):") { found.append(try grant.shown(in: snapshot)) }
                return found.count <= page.limit
            }
            return found
        }
        return GrantsOutput(found, page)
    }

    struct RevokeInput: Codable, Sendable {
        var KeyId: String
        var GrantId: String
        var DryRun: Bool?
    }

    func revokeGrant(_ input: RevokeInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            let key = try self.managed(input.KeyId, context, transaction).key
            try self.end(input.GrantId, key, isDry: input.DryRun, transaction)
        }
        return Nothing()
    }

    struct RetireInput: Codable, Sendable {
        var GrantToken: String?
        var KeyId: String?
        var GrantId: String?
        var DryRun: Bool?
    }

    func retireGrant(_ input: RetireInput, _ context: Context) async throws -> Nothing {
        let (keyID, grantID) = try retired(input.GrantToken, input.KeyId, input.GrantId, context)
        try await context.store.write { transaction in
            let key = try self.managed(keyID, context, transaction).key
            try self.end(grantID, key, isDry: input.DryRun, transaction)
        }
        return Nothing()
    }

    /// Which grant RetireGrant means: the token's, or the named one.
    func retired(
        _ token: String?, _ keyID: String?, _ grantID: String?, _ context: Context
    ) throws(KMSFault) -> (key: String, grant: String) {
        switch (token, keyID, grantID) {
        case (let token?, nil, nil):
            let named = try grant(token: token, context)
            return (named.keyARN, named.id)
        case (nil, let key?, let grant?): return (key, grant)
        default: throw .validation("Specify either a grant token, or a key ID and a grant ID.")
        }
    }

    private func end(_ id: String, _ key: KeyRecord, isDry: Bool?, _ transaction: Transaction) throws {
        guard let grant = try transaction.record(GrantRecord.self, GrantRecord.key(key.region, key.id, id)) else {
            throw KMSFault.grantNotFound(id)
        }
        if isDry == true { throw KMSFault.dryRun }
        try transaction.delete(grant.key)
        if let place = grant.retirableKey { try transaction.delete(place) }
        try transaction.keep(key)
    }
}
