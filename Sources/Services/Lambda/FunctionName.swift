import Kernel
import Store

/// The forms in which a function is named: `NAME`, `ACCOUNT:function:NAME` and the whole ARN, each with or without a
/// qualifier behind it (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
struct FunctionName: Sendable {
    var account: String
    var region: String
    var name: String
    var qualifier: String?

    /// - Throws: ``LambdaFault/invalidParameter(_:)`` for text of none of these forms.
    init(_ text: String, account: String, region: String, qualifier: String? = nil) throws(LambdaFault) {
        (self.account, self.region) = (account, region)
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.first == "arn" {
            guard parts.count >= 7, parts[2] == "lambda", parts[5] == "function" else {
                throw .invalidParameter("Value '\(text)' is not a function ARN")
            }
            (self.region, self.account) = (parts[3], parts[4])
            parts.removeFirst(6)
        } else if parts.count >= 3, parts[1] == "function" {
            self.account = parts[0]
            parts.removeFirst(2)
        } else if parts.count >= 2, parts[0] == "function" {
            parts.removeFirst()
        }
        guard (1...2).contains(parts.count), !parts[0].isEmpty else {
            throw .invalidParameter("Value '\(text)' does not name a function")
        }
        name = parts[0]
        let own = parts.count == 2 ? parts[1] : nil
        if let own, let qualifier, own != qualifier {
            throw .invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
        }
        self.qualifier = own ?? qualifier
    }

    init(_ text: String, _ context: Context, qualifier: String? = nil) throws(LambdaFault) {
        try self.init(text, account: context.account, region: context.region, qualifier: qualifier)
        guard region == context.region else { throw .otherRegion(region, here: context.region) }
    }

    /// The function itself, for what versions and aliases do not have of their own.
    /// - Throws: ``LambdaFault/notUnqualified`` where one of those is named.
    init(unqualified text: String, _ context: Context) throws(LambdaFault) {
        try self.init(text, context)
        guard qualifier == nil || qualifier == "$LATEST" else { throw .notUnqualified }
    }

    var arn: String { ARN("lambda", region: region, account: account, "function:\(name)").description }
    /// The ARN with its qualifier, as policies and functions see it.
    var qualifiedARN: String { qualifier.map { "\(arn):\($0)" } ?? arn }
    var key: Key { FunctionRecord.key(account, region, name) }

    /// The function itself, `$LATEST`, whatever the qualifier.
    /// - Throws: ``LambdaFault/functionNotFound(arn:)``.
    func latest(in snapshot: any Snapshot) throws -> FunctionRecord {
        guard let record = try snapshot.record(FunctionRecord.self, key) else {
            throw LambdaFault.functionNotFound(arn: qualifiedARN)
        }
        return record
    }

    /// The version that the qualifier means; `$LATEST` without one, an alias's own version for an alias.
    /// - Throws: ``LambdaFault/functionNotFound(arn:)``.
    func find(in snapshot: any Snapshot) throws -> FunctionRecord {
        let latest = try latest(in: snapshot)
        guard let qualifier, qualifier != "$LATEST" else { return latest }
        let version = try alias(in: snapshot)?.version ?? qualifier
        return try Self.version(version, of: latest, in: snapshot) ?? { throw LambdaFault.functionNotFound(arn: qualifiedARN) }()
    }

    /// The same, and nil where there is none.
    func found(in snapshot: any Snapshot) throws -> FunctionRecord? {
        do { return try find(in: snapshot) } catch LambdaFault.functionNotFound { return nil }
    }

    func find(_ platform: Platform) async throws -> FunctionRecord { try await platform.store.read { try find(in: $0) } }

    /// What an invocation runs: an alias sends its share to each of its versions.
    func target(in snapshot: any Snapshot) throws -> FunctionRecord {
        guard let alias = try alias(in: snapshot) else { return try find(in: snapshot) }
        let latest = try latest(in: snapshot)
        return try Self.version(alias.draw(), of: latest, in: snapshot)
            ?? { throw LambdaFault.functionNotFound(arn: qualifiedARN) }()
    }

    func target(_ platform: Platform) async throws -> FunctionRecord { try await platform.store.read { try target(in: $0) } }

    /// The alias that the qualifier names, if it is one.
    func alias(in snapshot: any Snapshot) throws -> AliasRecord? {
        guard let qualifier, qualifier != "$LATEST", Int64(qualifier) == nil else { return nil }
        return try snapshot.record(AliasRecord.self, AliasRecord.key(account, region, name, qualifier))
    }

    private static func version(_ version: String, of latest: FunctionRecord, in snapshot: any Snapshot) throws -> FunctionRecord?
    {
        if version == "$LATEST" { return latest }
        guard let number = Int64(version) else { return nil }
        let key = FunctionRecord.versions(latest.account, latest.region, latest.name).appending(.integer(number))
        guard var record = try snapshot.record(FunctionRecord.self, key) else { return nil }
        // These belong to the function and not to a version.
        (record.reservedConcurrency, record.tags) = (latest.reservedConcurrency, latest.tags)
        return record
    }
}
