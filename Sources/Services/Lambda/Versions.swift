import Documents
import FunctionEngine
import Kernel
import Store

/// PublishVersion, ListVersionsByFunction: a version is the function as it was, under a number
/// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html).
extension LambdaService {
    struct PublishInput: Decodable, Sendable {
        var FunctionName: String
        var CodeSha256: String?
        var Description: String?
        var RevisionId: String?
    }

    func publishVersion(_ input: PublishInput, _ context: Context) async throws -> FunctionConfiguration {
        let name = try FunctionName(input.FunctionName, context)
        return try await shown(try await publish(name, input, context), context)
    }

    func publish(_ name: FunctionName, _ input: PublishInput, _ context: Context) async throws -> FunctionRecord {
        let (now, revision) = (context.now, Identifier.uuid())
        return try await context.store.write { transaction in
            var latest = try name.latest(in: transaction)
            if let expected = input.RevisionId, expected != latest.revision { throw LambdaFault.revisionMismatch }
            if let hash = input.CodeSha256, hash != Base64.string(latest.codeHash) {
                throw LambdaFault.invalidParameter(
                    "CodeSHA256 (\(hash)) is different from current CodeSHA256 in $LATEST (\(Base64.string(latest.codeHash))). Please try again with the CodeSHA256 in $LATEST."
                )
            }
            // Nothing has changed since the last version: that one is the answer.
            if let last = try Self.lastVersion(of: latest, in: transaction), last.isSame(as: latest, input.Description) {
                return last
            }
            let number = (latest.published ?? 0) + 1
            latest.published = number
            try transaction.put(latest.key, latest)
            var version = latest
            (version.version, version.published, version.statements, version.frame) = ("\(number)", nil, [], nil)
            (version.revision, version.modified) = (revision, now)
            if let text = input.Description, !text.isEmpty { version.description = text }
            try transaction.put(version.key, version)
            return version
        }
    }

    private static func lastVersion(of record: FunctionRecord, in snapshot: any Snapshot) throws -> FunctionRecord? {
        var last: FunctionRecord?
        let prefix = FunctionRecord.versions(record.account, record.region, record.name)
        try snapshot.records(FunctionRecord.self, prefix, reverse: true, limit: 1) { _, version in
            last = version
            return false
        }
        return last
    }

    /// All published versions, the oldest first.
    static func versions(of record: FunctionRecord, in snapshot: any Snapshot) throws -> [FunctionRecord] {
        try snapshot.all(FunctionRecord.self, FunctionRecord.versions(record.account, record.region, record.name))
    }

    struct ListVersionsInput: Decodable, Sendable {
        var FunctionName: String
        var Marker: String?
        var MaxItems: Int?
    }

    struct ListVersionsOutput: Encodable, Sendable {
        var NextMarker: String?
        var Versions: [FunctionConfiguration]
    }

    func listVersions(_ input: ListVersionsInput, _ context: Context) async throws -> ListVersionsOutput {
        let name = try FunctionName(input.FunctionName, context)
        let count = FunctionLimit.page(input.MaxItems)
        let after = try PageMarker.number(input.Marker, of: name.arn, in: context) ?? -1
        let found = try await context.store.read { snapshot in
            let latest = try name.latest(in: snapshot)
            let prefix = FunctionRecord.versions(name.account, name.region, name.name)
            return try (after < 0 ? [latest] : [])
                + snapshot.all(FunctionRecord.self, prefix, after: prefix.appending(.integer(after)), limit: count + 1)
        }
        let page = found.prefix(count)
        return ListVersionsOutput(
            NextMarker: PageMarker.write(found.count > count ? page.last?.version ?? "0" : nil, of: name.arn, in: context),
            Versions: try await shown(versions: page, context))
    }
}

extension FunctionRecord {
    fileprivate func isSame(as latest: FunctionRecord, _ text: String?) -> Bool {
        codeHash == latest.codeHash && role == latest.role && runtime == latest.runtime && handler == latest.handler
            && timeout == latest.timeout && memory == latest.memory && variables == latest.variables
            && kmsKey == latest.kmsKey && sealedVariables == latest.sealedVariables
            && architecture == latest.architecture && ephemeralStorage == latest.ephemeralStorage
            && deadLetter == latest.deadLetter && layers == latest.layers && logging == latest.logging
            && tracing == latest.tracing
            && description == (text.flatMap { $0.isEmpty ? nil : $0 } ?? latest.description)
    }
}
