import Documents
import FunctionEngine
import Kernel
import Store

/// CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration.
extension LambdaService {
    struct FunctionCode: Decodable, Sendable {
        var ZipFile: [UInt8]?
        var S3Bucket: String?
        var S3Key: String?
        var S3ObjectVersion: String?
    }

    struct CreateInput: Decodable, Sendable {
        var FunctionName: String
        var Runtime: String?
        var Role: String
        var Handler: String?
        var Code: FunctionCode
        var Description: String?
        var Timeout: Int?
        var MemorySize: Int?
        var Publish: Bool?
        var Environment: EnvironmentInput?
        var Tags: [String: String]?
        var Architectures: [String]?
        var EphemeralStorage: StorageInput?
        var Layers: [String]?
        var VpcConfig: Document?
        var DeadLetterConfig: Document?
        var CodeSigningConfigArn: String?
        var KMSKeyArn: String?
        var TracingConfig: TracingInput?
        var LoggingConfig: LoggingSettings?
    }

    func createFunction(_ input: CreateInput, _ context: Context) async throws -> FunctionConfiguration {
        let name = try FunctionName(input.FunctionName, context)
        try Self.refuseNetwork(input.VpcConfig, context)
        try FunctionLimit.check(
            name: name.name, timeout: input.Timeout, memory: input.MemorySize, ephemeralStorage: input.EphemeralStorage?.Size)
        let tags = try [String: String](checking: input.Tags)
        let logging = try input.LoggingConfig?.over(nil)
        guard let runtime = input.Runtime, let handler = input.Handler else {
            throw LambdaFault.invalidParameter(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.")
        }
        try check(runtime: runtime, context)
        let variables = input.Environment?.Variables ?? [:]
        try FunctionLimit.check(variables: variables)
        guard try await context.store.read({ try !$0.contains(name.key) }) else {
            throw LambdaFault.functionExists(name: name.name)
        }
        _ = try await ExecutionRole.assume(
            input.Role, for: name.name, arn: name.arn, account: name.account, region: name.region, on: context.platform)
        try await Self.checkSigning(input.CodeSigningConfigArn, of: name.name, context.platform)
        let layers = try await layers(input.Layers ?? [], context)
        let zip = try await CodeStore.fetch(
            zip: input.Code.ZipFile, bucket: input.Code.S3Bucket, key: input.Code.S3Key, version: input.Code.S3ObjectVersion,
            context)
        let package = try await parts().code.add(zip)
        var record = FunctionRecord(
            account: name.account, region: name.region, name: name.name, role: input.Role, runtime: runtime, handler: handler,
            description: input.Description ?? "", timeout: input.Timeout ?? 3, memory: input.MemorySize ?? 128,
            variables: variables,
            architecture: input.Architectures?.first ?? "x86_64", ephemeralStorage: input.EphemeralStorage?.Size ?? 512,
            tags: tags, code: package.id, codeSize: package.size, codeHash: package.hash,
            revision: Identifier.uuid(),
            modified: context.now)
        record.layers = layers.isEmpty ? nil : layers
        record.deadLetter = Self.target(input.DeadLetterConfig)
        (record.logging, record.tracing) = (logging, input.TracingConfig?.Mode)
        record.codeSigning = input.CodeSigningConfigArn
        let change = try await change(of: record, name, to: variables, key: input.KMSKeyArn, role: nil, context)
        change?.apply(to: &record)
        let made = record
        do {
            try await storing(change, of: made, context.platform) {
                if let target = made.deadLetter {
                    try await checkDestination(target, of: made, kinds: [.queue, .topic], context.platform)
                }
                try await context.store.write { transaction in
                    guard try !transaction.contains(made.key) else { throw LambdaFault.functionExists(name: made.name) }
                    try transaction.put(made.key, made)
                }
            }
        } catch {
            try await parts().code.remove(package.id)
            throw error
        }
        guard input.Publish == true else { return try await shown(made, context).creating }
        return try await shown(try await publish(name, PublishInput(FunctionName: made.name), context), context).creating
    }

    struct UpdateCodeInput: Decodable, Sendable {
        var FunctionName: String
        var ZipFile: [UInt8]?
        var S3Bucket: String?
        var S3Key: String?
        var S3ObjectVersion: String?
        var Architectures: [String]?
        var Publish: Bool?
        var DryRun: Bool?
        var RevisionId: String?
    }

    func updateCode(_ input: UpdateCodeInput, _ context: Context) async throws -> FunctionConfiguration {
        let name = try FunctionName(unqualified: input.FunctionName, context)
        let present = try await name.find(context.platform)
        if let revision = input.RevisionId, revision != present.revision { throw LambdaFault.revisionMismatch }
        try await Self.checkSigning(present.codeSigning, of: name.name, context.platform)
        let zip = try await CodeStore.fetch(
            zip: input.ZipFile, bucket: input.S3Bucket, key: input.S3Key, version: input.S3ObjectVersion, context)
        let package = try await parts().code.add(zip)
        let change: @Sendable (inout FunctionRecord) -> Void = { record in
            (record.code, record.codeSize, record.codeHash) = (package.id, package.size, package.hash)
            record.architecture = input.Architectures?.first ?? record.architecture
        }
        if input.DryRun == true {
            var preview = present
            change(&preview)
            try await parts().code.remove(package.id)
            return try await shown(preview, context)
        }
        let (old, new): (FunctionRecord, FunctionRecord)
        do { (old, new) = try await update(name, input.RevisionId, context, change) } catch {
            try await parts().code.remove(package.id)
            throw error
        }
        try await parts().code.remove(unused: [old.code], of: new, context.store)
        guard input.Publish == true else { return try await shown(new, context).updating }
        return try await shown(try await publish(name, PublishInput(FunctionName: name.name), context), context).updating
    }

    struct EnvironmentInput: Decodable, Sendable { var Variables: [String: String]? }
    struct StorageInput: Decodable, Sendable { var Size: Int }

    struct UpdateConfigurationInput: Decodable, Sendable {
        var FunctionName: String
        var Role: String?
        var Handler: String?
        var Description: String?
        var Timeout: Int?
        var MemorySize: Int?
        var Environment: EnvironmentInput?
        var Runtime: String?
        var EphemeralStorage: StorageInput?
        var RevisionId: String?
        var Layers: [String]?
        var VpcConfig: Document?
        var DeadLetterConfig: Document?
        var KMSKeyArn: String?
        var TracingConfig: TracingInput?
        var LoggingConfig: LoggingSettings?
    }

    func updateConfiguration(_ input: UpdateConfigurationInput, _ context: Context) async throws -> FunctionConfiguration {
        let name = try FunctionName(unqualified: input.FunctionName, context)
        try Self.refuseNetwork(input.VpcConfig, context)
        try FunctionLimit.check(
            name: name.name, timeout: input.Timeout, memory: input.MemorySize, ephemeralStorage: input.EphemeralStorage?.Size)
        if let runtime = input.Runtime { try check(runtime: runtime, context) }
        if let variables = input.Environment?.Variables { try FunctionLimit.check(variables: variables) }
        var planned = try await name.find(context.platform)
        planned.role = input.Role ?? planned.role
        let logging = try input.LoggingConfig?.over(planned.logging)
        let layers: [FunctionRecord.LayerUse]?
        if let arns = input.Layers { layers = try await self.layers(arns, context) } else { layers = nil }
        if let target = Self.target(input.DeadLetterConfig) {
            try await checkDestination(target, of: planned, kinds: [.queue, .topic], context.platform)
        }
        if let role = input.Role {
            _ = try await ExecutionRole.assume(
                role, for: name.name, arn: name.arn, account: name.account, region: name.region, on: context.platform)
        }
        let variables = input.Environment.map { $0.Variables ?? [:] }
        let present = try await name.find(context.platform)
        let change = try await change(of: present, name, to: variables, key: input.KMSKeyArn, role: input.Role, context)
        let (_, new) = try await storing(change, of: present, context.platform) {
            try await update(name, input.RevisionId, context) { record in
                record.role = input.Role ?? record.role
                record.handler = input.Handler ?? record.handler
                record.description = input.Description ?? record.description
                record.timeout = input.Timeout ?? record.timeout
                record.memory = input.MemorySize ?? record.memory
                change?.apply(to: &record)
                record.runtime = input.Runtime ?? record.runtime
                record.ephemeralStorage = input.EphemeralStorage?.Size ?? record.ephemeralStorage
                if let layers { record.layers = layers.isEmpty ? nil : layers }
                record.logging = logging ?? record.logging
                record.tracing = input.TracingConfig?.Mode ?? record.tracing
                if input.DeadLetterConfig != nil { record.deadLetter = Self.target(input.DeadLetterConfig) }
            }
        }
        return try await shown(new, context).updating
    }

    struct NameInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String?
    }

    /// Changes a function, with a new revision; its warm environments end.
    func update(
        _ name: FunctionName, _ expected: String?, _ context: Context,
        _ change: @escaping @Sendable (inout FunctionRecord) -> Void
    ) async throws -> (old: FunctionRecord, new: FunctionRecord) {
        let revision = Identifier.uuid()
        let (now, platform) = (context.now, context.platform)
        let pair = try await context.store.write { transaction in
            let old = try name.latest(in: transaction)
            if let expected, expected != old.revision { throw LambdaFault.revisionMismatch }
            var new = old
            change(&new)
            (new.revision, new.modified) = (revision, now)
            try transaction.put(new.key, new)
            if new.sealedVariables != old.sealedVariables { try transaction.release([old], on: platform) }
            return (old: old, new: new)
        }
        try await parts().engine.retire(pair.new.arn, version: "$LATEST")
        return pair
    }

    private func check(runtime: String, _ context: Context) throws {
        guard !FunctionLimit.retired.contains(runtime) else { throw LambdaFault.runtimeRetired(runtime) }
        guard FunctionEngine.knows(runtime: runtime) else {
            var refusal = AWSError.notImplemented(member: "Runtime \(runtime)", context.service, context.operation)
            refusal.message += " It has python3.*, nodejs*.x and provided.*, which runs any program that is named bootstrap."
            throw refusal
        }
    }

    /// Tools send it empty: only its subnets need what is not built.
    private static func refuseNetwork(_ vpc: Document?, _ context: Context) throws {
        guard vpc?["SubnetIds"]?.list?.isEmpty ?? true else {
            throw AWSError.notImplemented(member: "VpcConfig", context.service, context.operation)
        }
    }

    /// A dead-letter target; none for an empty one, which takes it away.
    private static func target(_ config: Document?) -> String? {
        config?["TargetArn"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
