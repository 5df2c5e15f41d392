import Documents
import FunctionEngine
import Kernel
import Store

/// A name for a version, with a share for another one.
struct AliasRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var function: String
    var name: String
    var version: String
    var description: String
    /// The share of calls that other versions get, 0 to 1.
    var weights: [String: Double]
    var revision: String
    var statements: [FunctionRecord.Statement] = []
    var frame: FunctionRecord.PolicyFrame?

    static func all(_ account: String, _ region: String, _ function: String) -> Key {
        Key(.lambdaAlias, .text(account), .text(region), .text(function))
    }
    static func key(_ account: String, _ region: String, _ function: String, _ name: String) -> Key {
        all(account, region, function).appending(.text(name))
    }
    var key: Key { Self.key(account, region, function, name) }
    var arn: String { ARN("lambda", region: region, account: account, "function:\(function):\(name)").description }

    /// The version of one call.
    func draw() -> String {
        var rest = Double.random(in: 0..<1)
        for (version, weight) in weights {
            if rest < weight { return version }
            rest -= weight
        }
        return version
    }
}

/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
extension LambdaService {
    struct Routing: Codable, Sendable { var AdditionalVersionWeights: [String: Double]? }

    struct AliasInput: Decodable, Sendable {
        var FunctionName: String
        var Name: String
        var FunctionVersion: String?
        var Description: String?
        var RoutingConfig: Routing?
        var RevisionId: String?
    }

    struct CreateAliasInput: Decodable, Sendable {
        var FunctionName: String
        var Name: String
        var FunctionVersion: String
        var Description: String?
        var RoutingConfig: Routing?
    }

    struct AliasOutput: Encodable, Sendable {
        var AliasArn: String
        var Name: String
        var FunctionVersion: String
        var Description: String
        var RoutingConfig: Routing?
        var RevisionId: String

        init(_ alias: AliasRecord) {
            (AliasArn, Name, FunctionVersion) = (alias.arn, alias.name, alias.version)
            (Description, RevisionId) = (alias.description, alias.revision)
            RoutingConfig = alias.weights.isEmpty ? nil : Routing(AdditionalVersionWeights: alias.weights)
        }
    }

    private func check(_ alias: AliasRecord, _ name: FunctionName, in snapshot: any Snapshot) throws {
        guard alias.weights.count <= 1 else {
            throw LambdaFault.invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
        }
        var versioned = name
        for version in [alias.version] + alias.weights.keys.sorted() {
            versioned.qualifier = version
            _ = try versioned.find(in: snapshot)
        }
        guard !alias.weights.isEmpty else { return }
        guard alias.version != "$LATEST", alias.weights["$LATEST"] == nil else {
            throw LambdaFault.invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version")
        }
        guard alias.weights[alias.version] == nil else {
            throw LambdaFault.invalidParameter(
                "Invalid function version \(alias.version). Function version \(alias.version) is already included in routing "
                    + "configuration.")
        }
        guard alias.weights.values.allSatisfy({ (0...1).contains($0) }) else {
            throw LambdaFault.invalidParameter("Weights of additional versions must be between 0.0 and 1.0")
        }
    }

    func createAlias(_ input: CreateAliasInput, _ context: Context) async throws -> AliasOutput {
        let name = try FunctionName(input.FunctionName, context)
        let alias = AliasRecord(
            account: name.account, region: name.region, function: name.name, name: input.Name, version: input.FunctionVersion,
            description: input.Description ?? "", weights: input.RoutingConfig?.AdditionalVersionWeights ?? [:],
            revision: Identifier.uuid())
        try await context.store.write { transaction in
            _ = try name.latest(in: transaction)
            guard try !transaction.contains(alias.key) else { throw LambdaFault.aliasExists(arn: alias.arn) }
            try self.check(alias, name, in: transaction)
            try transaction.put(alias.key, alias)
        }
        return AliasOutput(alias)
    }

    func updateAlias(_ input: AliasInput, _ context: Context) async throws -> AliasOutput {
        let name = try FunctionName(input.FunctionName, context)
        let revision = Identifier.uuid()
        let alias = try await context.store.write { transaction in
            var alias = try Self.alias(input.Name, of: name, in: transaction)
            if let expected = input.RevisionId, expected != alias.revision { throw LambdaFault.revisionMismatch }
            alias.version = input.FunctionVersion ?? alias.version
            alias.description = input.Description ?? alias.description
            if let routing = input.RoutingConfig { alias.weights = routing.AdditionalVersionWeights ?? [:] }
            alias.revision = revision
            try self.check(alias, name, in: transaction)
            let isProvisioned = try transaction.contains(ProvisionedRecord.key(name, input.Name))
            guard alias.weights.isEmpty || !isProvisioned else {
                throw LambdaFault.invalidParameter("Alias with weights can not be used with Provisioned Concurrency")
            }
            try transaction.put(alias.key, alias)
            return alias
        }
        try await settleProvisioned(name, context.platform)
        return AliasOutput(alias)
    }

    private static func alias(_ alias: String, of name: FunctionName, in snapshot: any Snapshot) throws -> AliasRecord {
        _ = try name.latest(in: snapshot)
        let key = AliasRecord.key(name.account, name.region, name.name, alias)
        guard let record = try snapshot.record(AliasRecord.self, key) else {
            throw LambdaFault.aliasNotFound(arn: "\(name.arn):\(alias)")
        }
        return record
    }

    struct AliasName: Decodable, Sendable {
        var FunctionName: String
        var Name: String
    }

    func getAlias(_ input: AliasName, _ context: Context) async throws -> AliasOutput {
        let name = try FunctionName(input.FunctionName, context)
        return AliasOutput(try await context.store.read { try Self.alias(input.Name, of: name, in: $0) })
    }

    func deleteAlias(_ input: AliasName, _ context: Context) async throws -> Nothing {
        let name = try FunctionName(input.FunctionName, context)
        try await context.store.write { transaction in
            _ = try name.latest(in: transaction)
            // Deleting what is not there succeeds.
            let key = AliasRecord.key(name.account, name.region, name.name, input.Name)
            try transaction.delete(key)
            try Self.deleteURLs(of: name, alias: input.Name, in: transaction)
            try transaction.delete(EventConfig.key(name.account, name.region, name.name, input.Name))
            try transaction.delete(ProvisionedRecord.key(name, input.Name))
        }
        try await settleProvisioned(name, context.platform)
        return Nothing()
    }

    struct ListAliasesInput: Decodable, Sendable {
        var FunctionName: String
        var FunctionVersion: String?
        var Marker: String?
        var MaxItems: Int?
    }

    struct ListAliasesOutput: Encodable, Sendable {
        var NextMarker: String?
        var Aliases: [AliasOutput]
    }

    func listAliases(_ input: ListAliasesInput, _ context: Context) async throws -> ListAliasesOutput {
        let name = try FunctionName(input.FunctionName, context)
        let count = FunctionLimit.page(input.MaxItems)
        let found = try await context.store.read { snapshot in
            _ = try name.latest(in: snapshot)
            var found: [AliasRecord] = []
            let prefix = AliasRecord.all(name.account, name.region, name.name)
            try snapshot.records(
                AliasRecord.self, prefix,
                after: try PageMarker.read(input.Marker, of: name.arn, input.FunctionVersion, in: context).map {
                    prefix.appending(.text($0))
                }
            ) { _, alias in
                if input.FunctionVersion.map({ $0 == alias.version }) ?? true { found.append(alias) }
                return found.count <= count
            }
            return found
        }
        let page = found.prefix(count)
        return ListAliasesOutput(
            NextMarker: PageMarker.write(
                found.count > count ? page.last?.name : nil, of: name.arn, input.FunctionVersion, in: context),
            Aliases: page.map { AliasOutput($0) })
    }
}
