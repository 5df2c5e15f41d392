import Documents
import EventSources
import Kernel
import Store

/// CreatePipe, UpdatePipe, StartPipe, StopPipe, DeletePipe.
extension PipesService {
    struct CreateInput: Decodable, Sendable {
        var Name: String
        var Description: String?
        var DesiredState: String?
        var Source: String
        var SourceParameters: Document?
        var Enrichment: String?
        var EnrichmentParameters: Document?
        var Target: String
        var TargetParameters: Document?
        var RoleArn: String
        var Tags: [String: String]?
        var LogConfiguration: Document?
        var KmsKeyIdentifier: String?
    }

    struct UpdateInput: Decodable, Sendable {
        var Name: String
        var Description: String?
        var DesiredState: String?
        var SourceParameters: Document?
        var Enrichment: String?
        var EnrichmentParameters: Document?
        var Target: String?
        var TargetParameters: Document?
        var RoleArn: String
        var LogConfiguration: Document?
        var KmsKeyIdentifier: String?
    }

    struct NameInput: Decodable, Sendable { var Name: String }

    struct StateOutput: Encodable, Sendable {
        var Arn: String
        var Name: String
        var DesiredState: String
        var CurrentState: String
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp

        init(_ record: PipeRecord, desired: String? = nil) {
            (Arn, Name, CurrentState) = (record.arn, record.name, record.current)
            DesiredState = desired ?? record.desired
            (CreationTime, LastModifiedTime) = (record.created, record.modified)
        }
    }

    func createPipe(_ input: CreateInput, _ context: Context) async throws -> StateOutput {
        let record = PipeRecord(
            account: context.account, region: context.region, name: input.Name, id: Identifier.uuid(),
            description: input.Description, desired: input.DesiredState ?? "RUNNING", current: "CREATING", source: input.Source,
            sourceParameters: input.SourceParameters ?? [:], enrichment: input.Enrichment.flatMap { $0.isEmpty ? nil : $0 },
            enrichmentParameters: input.EnrichmentParameters, target: input.Target, targetParameters: input.TargetParameters,
            role: input.RoleArn, tags: input.Tags ?? [:], log: input.LogConfiguration,
            kmsKey: input.KmsKeyIdentifier.flatMap { $0.isEmpty ? nil : $0 }, created: context.now, modified: context.now)
        try PipeRules.check(record)
        try await PipeLogAccess(context: context).prepare(PipeLogSettings(record.log))
        let kept = try await PipeSealing(on: context.platform).sealed(record)
        try await context.store.write { transaction in
            guard try !transaction.contains(kept.key) else { throw PipesFault.exists(kept.name) }
            try transaction.put(kept.key, kept)
        }
        try await runners().settle(kept)
        return StateOutput(kept)
    }

    func updatePipe(_ input: UpdateInput, _ context: Context) async throws -> StateOutput {
        try await PipeLogAccess(context: context).prepare(PipeLogSettings(input.LogConfiguration))
        let (present, sealing) = (try await find(input.Name, context), PipeSealing(on: context.platform))
        var record = present
        record.role = input.RoleArn
        record = try await sealing.opened(record)
        record.description = input.Description ?? record.description
        record.desired = input.DesiredState ?? record.desired
        if let given = input.SourceParameters { record.sourceParameters = PipeRules.merged(record.sourceParameters, given) }
        if let enrichment = input.Enrichment { record.enrichment = enrichment.isEmpty ? nil : enrichment }
        record.enrichmentParameters = input.EnrichmentParameters ?? record.enrichmentParameters
        record.target = input.Target ?? record.target
        record.targetParameters = input.TargetParameters ?? record.targetParameters
        record.log = input.LogConfiguration ?? record.log
        if let key = input.KmsKeyIdentifier { record.kmsKey = key.isEmpty ? nil : key }
        try PipeRules.check(record)
        let kept = try await sealing.sealed(record)
        return try await change(input.Name, context, to: "UPDATING") { record in
            // Another change has come between: this one was made from what is there no more.
            guard record.id == present.id, record.modified == present.modified else {
                throw PipesFault.busy(record.name, state: record.current)
            }
            record.takeSettings(of: kept)
        }
    }

    func startPipe(_ input: NameInput, _ context: Context) async throws -> StateOutput {
        try await change(input.Name, context, to: "STARTING") { $0.desired = "RUNNING" }
    }

    func stopPipe(_ input: NameInput, _ context: Context) async throws -> StateOutput {
        try await change(input.Name, context, to: "STOPPING") { $0.desired = "STOPPED" }
    }

    func deletePipe(_ input: NameInput, _ context: Context) async throws -> StateOutput {
        let record = try await set(input.Name, context, to: "DELETING") { _ in }
        try await runners().settle(record)
        return StateOutput(record, desired: "DELETED")
    }

    private func change(
        _ name: String, _ context: Context, to state: String, _ body: @escaping @Sendable (inout PipeRecord) throws -> Void
    ) async throws -> StateOutput {
        let record = try await set(name, context, to: state, body)
        try await runners().settle(record)
        return StateOutput(record)
    }

    private func set(
        _ name: String, _ context: Context, to state: String, _ body: @escaping @Sendable (inout PipeRecord) throws -> Void
    ) async throws -> PipeRecord {
        let key = PipeRecord.key(context.account, context.region, name)
        let now = context.now
        return try await context.store.write { transaction in
            guard var record = try transaction.record(PipeRecord.self, key) else { throw PipesFault.notFound(name) }
            // What is under way is finished first.
            if record.current.hasSuffix("ING"), record.current != "RUNNING" {
                throw PipesFault.busy(name, state: record.current)
            }
            try body(&record)
            (record.current, record.reason, record.modified) = (state, nil, now)
            try transaction.put(key, record)
            return record
        }
    }
}
