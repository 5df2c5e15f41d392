import Documents
import Kernel
import Store

/// CreateAlias, UpdateAlias, DeleteAlias, ListAliases
/// (https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html).
extension KMSService {
    struct AliasInput: Codable, Sendable {
        var AliasName: String
        var TargetKeyId: String
    }

    func createAlias(_ input: AliasInput, _ context: Context) async throws -> Nothing {
        try Self.checkName(input.AliasName)
        let (account, region, now) = (context.account, context.region, context.now)
        try await context.store.write { transaction in
            let key = try self.own(input.TargetKeyId, context, transaction)
            try key.mustNotBeDeleted()
            let place = AliasRecord.key(account, region, input.AliasName)
            guard try !transaction.contains(place) else {
                throw KMSFault.aliasExists(arn: AliasRecord.arn(account, region, input.AliasName))
            }
            try self.checkCount(key, transaction)
            try transaction.put(place, AliasRecord(name: input.AliasName, target: key.id, created: now, updated: now))
            try transaction.put(AliasRecord.of(region, key.id).appending(.text(input.AliasName)), [])
            try transaction.keep(key)
        }
        return Nothing()
    }

    func updateAlias(_ input: AliasInput, _ context: Context) async throws -> Nothing {
        try Self.checkName(input.AliasName)
        let (account, region, now) = (context.account, context.region, context.now)
        try await context.store.write { transaction in
            let place = AliasRecord.key(account, region, input.AliasName)
            guard var alias = try transaction.record(AliasRecord.self, place) else {
                throw KMSFault.aliasNotFound(arn: AliasRecord.arn(account, region, input.AliasName))
            }
            let new = try self.own(input.TargetKeyId, context, transaction)
            try new.mustNotBeDeleted()
            let old = try transaction.record(KeyRecord.self, KeyRecord.key(region, alias.target))
            if let old, old.spec.kind != new.spec.kind || old.usage != new.usage {
                throw KMSFault.validation(
                    "Alias \(input.AliasName) cannot be changed from a \(old.spec.rawValue) \(old.usage.rawValue) "
                        + "key to a \(new.spec.rawValue) \(new.usage.rawValue) key")
            }
            guard alias.target != new.id else { return }
            try self.checkCount(new, transaction)
            try transaction.delete(AliasRecord.of(region, alias.target).appending(.text(alias.name)))
            alias.target = new.id
            alias.updated = now
            try transaction.put(place, alias)
            try transaction.put(AliasRecord.of(region, new.id).appending(.text(alias.name)), [])
            if let old { try transaction.keep(old) }
            try transaction.keep(new)
        }
        return Nothing()
    }

    struct AliasNameInput: Codable, Sendable { var AliasName: String }

    func deleteAlias(_ input: AliasNameInput, _ context: Context) async throws -> Nothing {
        try Self.checkName(input.AliasName)
        let (account, region) = (context.account, context.region)
        try await context.store.write { transaction in
            let place = AliasRecord.key(account, region, input.AliasName)
            guard let alias = try transaction.record(AliasRecord.self, place) else {
                throw KMSFault.aliasNotFound(arn: AliasRecord.arn(account, region, input.AliasName))
            }
            try transaction.delete(place)
            try transaction.delete(AliasRecord.of(region, alias.target).appending(.text(alias.name)))
            if let key = try transaction.record(KeyRecord.self, KeyRecord.key(region, alias.target)) { try transaction.keep(key) }
        }
        return Nothing()
    }

    struct ListAliasesInput: Codable, Sendable {
        var KeyId: String?
        var Limit: Int?
        var Marker: String?
    }
    struct AliasesOutput: Codable, Sendable {
        struct Alias: Codable, Sendable {
            var AliasName: String
            var AliasArn: String
            var TargetKeyId: String
            var CreationDate: Timestamp
            var LastUpdatedDate: Timestamp
        }
        var Aliases: [Alias]
        var NextMarker: String?
        var Truncated: Bool
    }

    func listAliases(_ input: ListAliasesInput, _ context: Context) async throws -> AliasesOutput {
        let page = try KeyPage(input.Limit, input.Marker, of: context.list(input.KeyId), most: KMSLimit.shortPageMax)
        let (account, region) = (context.account, context.region)
        let found = try await context.store.read { snapshot -> [AliasRecord] in
            let key = try input.KeyId.map { try self.own($0, context, snapshot) }
            var found: [AliasRecord] = []
            let all = AliasRecord.all(account, region)
            try snapshot.records(AliasRecord.self, all, after: page.after.map { all.appending(.text($0)) }) { _, alias in
                if key.map({ $0.id == alias.target }) ?? true { found.append(alias) }
                return found.count <= page.limit
            }
            return found
        }
        let shown = found.prefix(page.limit)
        let isTruncated = found.count > page.limit
        return AliasesOutput(
            Aliases: shown.map {
                .init(
                    AliasName: $0.name, AliasArn: AliasRecord.arn(account, region, $0.name), TargetKeyId: $0.target,
                    CreationDate: $0.created, LastUpdatedDate: $0.updated)
            }, NextMarker: isTruncated ? shown.last.map { page.marker($0.name) } : nil, Truncated: isTruncated)
    }

    /// The caller's own key: an alias points to a key of its account and Region only.
    private func own(_ text: String, _ context: Context, _ snapshot: Snapshot) throws -> KeyRecord {
        guard !(try KeyReference(text, context)).isAlias else {
            throw KMSFault.validation("Aliases must refer to keys. Not aliases")
        }
        let key = try managed(text, context, snapshot).key
        guard key.account == context.account else { throw KMSFault.keyNotFound(arn: key.arn) }
        return key
    }

    private func checkCount(_ key: KeyRecord, _ snapshot: Snapshot) throws {
        let count = try entries.entry(key.region, key.id, snapshot)?.aliases.count ?? 0
        guard count < KMSLimit.aliasesPerKey else {
            throw KMSFault.limitExceeded("Alias limit exceeded for key \(key.arn)")
        }
    }

    private static func checkName(_ name: String) throws(KMSFault) {
        guard name.hasPrefix("alias/") else {
            throw .validation(
                "Alias must start with the prefix \"alias/\". Please see "
                    + "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
        }
        guard name.utf8.count > "alias/".utf8.count else { throw .validation("Invalid identifier") }
        guard name.utf8.allSatisfy(isNameByte) else {
            throw .validation(
                "1 validation error detected: Value '\(name)' at 'aliasName' failed to satisfy constraint: Member must satisfy "
                    + "regular expression pattern: ^[a-zA-Z0-9:/_-]+$")
        }
        guard !name.contains(":") else { throw .validation("\(name) contains invalid characters for an alias") }
        guard !name.hasPrefix("alias/aws/") else { throw .reservedAlias }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte >= 48 && byte <= 58 || byte >= 65 && byte <= 90 || byte >= 97 && byte <= 122 || [45, 47, 95].contains(byte)
    }
}

extension KeySpec {
    /// What an alias may not change: symmetric, asymmetric or HMAC.
    fileprivate var kind: Int { self == .symmetric ? 0 : isHMAC ? 1 : 2 }
}
