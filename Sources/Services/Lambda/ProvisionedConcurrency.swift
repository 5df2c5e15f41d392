import Documents
import FunctionEngine
import Kernel
import Store

/// How many environments of an alias or a version are to be ready.
struct ProvisionedRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var function: String
    var qualifier: String
    var requested: Int
    var modified: Timestamp

    static func all(_ account: String, _ region: String) -> Key { Key(.lambdaProvisioned, .text(account), .text(region)) }
    static func all(_ name: FunctionName) -> Key { all(name.account, name.region).appending(.text(name.name)) }
    static func key(_ name: FunctionName, _ qualifier: String) -> Key { all(name).appending(.text(qualifier)) }
    var name: FunctionName? { try? FunctionName(function, account: account, region: region, qualifier: qualifier) }
    var arn: String { ARN("lambda", region: region, account: account, "function:\(function):\(qualifier)").description }

    /// What is to be ready; nil when it was deleted in the meantime.
    func version(in snapshot: any Snapshot) throws -> FunctionRecord? { try name?.found(in: snapshot) }
}

/// Who has how much of an account's concurrency
/// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
struct ConcurrencyShares {
    /// Concurrency that always stays with the functions that reserve none.
    static let unreservedMin = 100
    /// What the other functions have: reserved, or provisioned without a reservation.
    var others = 0
    var ownProvisioned = 0
    var ownReserved: Int?

    init(_ name: FunctionName, in snapshot: any Snapshot) throws {
        var provisioned: [String: Int] = [:]
        try snapshot.records(ProvisionedRecord.self, ProvisionedRecord.all(name.account, name.region)) { _, record in
            provisioned[record.function, default: 0] += record.requested
            return true
        }
        ownProvisioned = provisioned[name.name] ?? 0
        let prefix = Key(.lambdaFunction, .text(name.account), .text(name.region))
        try snapshot.records(FunctionRecord.self, prefix) { _, record in
            if record.name == name.name {
                ownReserved = record.reservedConcurrency
            } else {
                others += record.reservedConcurrency ?? provisioned[record.name] ?? 0
            }
            return true
        }
    }

    /// The most that this function may reserve.
    var reservableMax: Int { FunctionEngine.Limit.concurrency - Self.unreservedMin - others }
    /// What functions without a reservation share.
    var unreserved: Int { FunctionEngine.Limit.concurrency - others - (ownReserved ?? 0) }
}

/// Provisioned concurrency (https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html).
extension LambdaService {
    struct PutProvisionedInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String
        var ProvisionedConcurrentExecutions: Int
    }

    struct ProvisionedOutput: Encodable, Sendable {
        var RequestedProvisionedConcurrentExecutions: Int
        var AvailableProvisionedConcurrentExecutions: Int
        var AllocatedProvisionedConcurrentExecutions: Int
        var Status: String
        var StatusReason: String?
        var LastModified: String
    }

    func putProvisioned(_ input: PutProvisionedInput, _ context: Context) async throws -> ProvisionedOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let qualifier = name.qualifier ?? input.Qualifier
        guard qualifier != "$LATEST" else {
            throw LambdaFault.invalidParameter(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        }
        let record = ProvisionedRecord(
            account: name.account, region: name.region, function: name.name, qualifier: qualifier,
            requested: input.ProvisionedConcurrentExecutions, modified: context.now)
        try await context.store.write { transaction in
            let version = try name.find(in: transaction).versionName
            guard version != "$LATEST" else {
                throw LambdaFault.invalidParameter(
                    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
            }
            try Self.checkProvisioned(record, name, version, in: transaction)
            try transaction.put(ProvisionedRecord.key(name, qualifier), record)
        }
        try await settleProvisioned(name, context.platform)
        return try await output(record, context)
    }

    private static func checkProvisioned(
        _ record: ProvisionedRecord, _ name: FunctionName, _ version: String, in snapshot: any Snapshot
    ) throws {
        if let alias = try name.alias(in: snapshot) {
            guard alias.weights.isEmpty else {
                throw LambdaFault.invalidParameter("Alias with weights can not be used with Provisioned Concurrency")
            }
            if try snapshot.contains(ProvisionedRecord.key(name, version)) {
                throw LambdaFault.invalidParameter(
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
            }
        } else {
            let users = try aliases(of: name, in: snapshot).filter { $0.version == version }
            guard try !users.contains(where: { try snapshot.contains(ProvisionedRecord.key(name, $0.name)) }) else {
                throw LambdaFault.invalidParameter(
                    "Version is pointed by a Provisioned Concurrency alias")
            }
        }
        let shares = try ConcurrencyShares(name, in: snapshot)
        let present = try snapshot.record(ProvisionedRecord.self, ProvisionedRecord.key(name, record.qualifier))?.requested ?? 0
        let total = shares.ownProvisioned - present + record.requested
        if let reserved = shares.ownReserved {
            guard total <= reserved else {
                throw LambdaFault.invalidParameter(
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
            }
        } else {
            guard total <= shares.reservableMax else {
                throw LambdaFault.invalidParameter(
                    "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [\(max(0, shares.reservableMax))]."
                )
            }
        }
    }

    struct ProvisionedName: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String
    }

    private static func provisioned(_ input: ProvisionedName, _ context: Context) async throws -> (
        FunctionName, ProvisionedRecord
    ) {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let record = try await context.store.read { snapshot in
            _ = try name.find(in: snapshot)
            return try snapshot.record(ProvisionedRecord.self, ProvisionedRecord.key(name, name.qualifier ?? ""))
        }
        guard let record else { throw LambdaFault.provisionedNotFound }
        return (name, record)
    }

    func getProvisioned(_ input: ProvisionedName, _ context: Context) async throws -> ProvisionedOutput {
        try await output(try await Self.provisioned(input, context).1, context)
    }

    func deleteProvisioned(_ input: ProvisionedName, _ context: Context) async throws -> Nothing {
        let (name, record) = try await Self.provisioned(input, context)
        try await context.store.write { try $0.delete(ProvisionedRecord.key(name, record.qualifier)) }
        try await settleProvisioned(name, context.platform)
        return Nothing()
    }

    struct ListProvisionedInput: Decodable, Sendable {
        var FunctionName: String
        var Marker: String?
        var MaxItems: Int?
    }

    struct ListProvisionedOutput: Encodable, Sendable {
        struct Item: Encodable, Sendable {
            var FunctionArn: String
            var RequestedProvisionedConcurrentExecutions: Int
            var AvailableProvisionedConcurrentExecutions: Int
            var AllocatedProvisionedConcurrentExecutions: Int
            var Status: String
            var StatusReason: String?
            var LastModified: String

            init(_ arn: String, _ output: ProvisionedOutput) {
                FunctionArn = arn
                RequestedProvisionedConcurrentExecutions = output.RequestedProvisionedConcurrentExecutions
                AvailableProvisionedConcurrentExecutions = output.AvailableProvisionedConcurrentExecutions
                AllocatedProvisionedConcurrentExecutions = output.AllocatedProvisionedConcurrentExecutions
                (Status, StatusReason, LastModified) = (output.Status, output.StatusReason, output.LastModified)
            }
        }
        var ProvisionedConcurrencyConfigs: [Item]
        var NextMarker: String?
    }

    func listProvisioned(_ input: ListProvisionedInput, _ context: Context) async throws -> ListProvisionedOutput {
        let name = try FunctionName(input.FunctionName, context)
        let count = FunctionLimit.page(input.MaxItems)
        let found = try await context.store.read { snapshot in
            _ = try name.latest(in: snapshot)
            let prefix = ProvisionedRecord.all(name)
            let after = try PageMarker.read(input.Marker, of: name.arn, in: context).map { prefix.appending(.text($0)) }
            return try snapshot.all(ProvisionedRecord.self, prefix, after: after, limit: count + 1)
        }
        var items: [ListProvisionedOutput.Item] = []
        for record in found.prefix(count) { items.append(.init(record.arn, try await output(record, context))) }
        return ListProvisionedOutput(
            ProvisionedConcurrencyConfigs: items,
            NextMarker: PageMarker.write(found.count > count ? found[count - 1].qualifier : nil, of: name.arn, in: context))
    }

    private func output(_ record: ProvisionedRecord, _ context: Context) async throws -> ProvisionedOutput {
        var status: ProvisionStatus?
        if let version = try await context.store.read({ try record.version(in: $0) }) {
            status = try await parts().engine.provisionStatus(version.arn, version: version.versionName)
        }
        let allocated = min(status?.allocated ?? 0, record.requested)
        let isReady = allocated == record.requested
        return ProvisionedOutput(
            RequestedProvisionedConcurrentExecutions: record.requested,
            AvailableProvisionedConcurrentExecutions: min(status?.available ?? 0, allocated),
            AllocatedProvisionedConcurrentExecutions: allocated,
            Status: isReady ? "READY" : status?.failure == nil ? "IN_PROGRESS" : "FAILED",
            StatusReason: isReady ? nil : status?.failure, LastModified: record.modified.iso8601Offset())
    }

    /// Brings the engine in line with what is asked for of a function: after every change to it or to its aliases.
    func settleProvisioned(_ name: FunctionName, _ platform: Platform) async throws {
        let wanted = try await platform.store.read { snapshot in
            var wanted: [String: (FunctionRecord, Int)] = [:]
            try snapshot.records(ProvisionedRecord.self, ProvisionedRecord.all(name)) { _, record in
                if let version = try record.version(in: snapshot) {
                    wanted[version.versionName] = (version, record.requested)
                }
                return true
            }
            return wanted
        }
        let engine = try parts().engine
        for version in await engine.provisionedVersions(of: name.arn) where wanted[version] == nil {
            await engine.unprovision(name.arn, version: version)
        }
        for (record, count) in wanted.values {
            let open: FunctionRecord
            do { open = try await opened(record) } catch let error as any Fault {
                // The others are made ready all the same; this one says so when it is invoked.
                platform.log.warning(
                    "a function's variables cannot be opened", metadata: ["function": "\(record.arn)", "error": "\(error.wire)"])
                continue
            }
            await engine.provision(open.specification, count: count)
        }
    }

    /// After a start: everything that is to be ready.
    func provisionAll(_ platform: Platform) async throws {
        let names = try await platform.store.read { snapshot in
            var names: [String: FunctionName] = [:]
            try snapshot.records(ProvisionedRecord.self, Key(.lambdaProvisioned)) { _, record in
                if let name = record.name { names[name.arn] = name }
                return true
            }
            return names
        }
        for name in names.values { try await settleProvisioned(name, platform) }
    }
}
