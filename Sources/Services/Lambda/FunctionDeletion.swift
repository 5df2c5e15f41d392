import Kernel
import Store

/// DeleteFunction.
extension LambdaService {
    struct DeleteOutput: Encodable, Sendable { var StatusCode = 204 }

    func deleteFunction(_ input: NameInput, _ context: Context) async throws -> DeleteOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        if name.qualifier == nil { return try await deleteAll(name, context) }
        let platform = context.platform
        let gone = try await context.store.write { transaction in
            guard try name.alias(in: transaction) == nil else {
                throw LambdaFault.invalidParameter("Deletion of aliases is not currently supported.")
            }
            let record = try name.find(in: transaction)
            guard let version = record.version, version == name.qualifier else {
                throw LambdaFault.invalidParameter(
                    "$LATEST version cannot be deleted without deleting the function.")
            }
            let aliases = try Self.aliases(of: name, in: transaction)
            let users = aliases.filter { $0.version == version || $0.weights[version] != nil }
            guard users.isEmpty else { throw LambdaFault.versionInUse(version, aliases: users.map(\.name)) }
            try transaction.delete(record.key)
            try transaction.delete(EventConfig.key(name.account, name.region, name.name, version))
            try transaction.delete(ProvisionedRecord.key(name, version))
            try transaction.release([record], on: platform)
            return record
        }
        try await parts().engine.retire(gone.arn, version: gone.version)
        try await parts().code.remove(unused: [gone.code], of: gone, context.store)
        return DeleteOutput()
    }

    static func aliases(of name: FunctionName, in snapshot: any Snapshot) throws -> [AliasRecord] {
        try snapshot.all(AliasRecord.self, AliasRecord.all(name.account, name.region, name.name))
    }

    /// The function with its versions, aliases and all that is set on them.
    private func deleteAll(_ name: FunctionName, _ context: Context) async throws -> DeleteOutput {
        let platform = context.platform
        let gone = try await context.store.write { transaction in
            let latest = try name.latest(in: transaction)
            let all = [latest] + (try Self.versions(of: latest, in: transaction))
            for record in all { try transaction.delete(record.key) }
            try Self.deleteURLs(of: name, in: transaction)
            for prefix in [
                AliasRecord.all(name.account, name.region, name.name), EventConfig.all(name.account, name.region, name.name),
                ProvisionedRecord.all(name),
            ] {
                try transaction.deleteRange(from: prefix, to: prefix.rangeEnd)
            }
            try transaction.release(all, on: platform)
            return all
        }
        try await parts().engine.retire(name.arn)
        try await parts().code.remove(unused: gone.map(\.code), of: gone[0], context.store)
        return DeleteOutput()
    }
}
