import Documents
import Kernel
import Store

struct WorkGroupRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var description: String?
    var state: String
    /// WorkGroupConfiguration, the members that are set.
    var configuration: Document
    var created: Timestamp
    /// In the order in which they came. nil in records from before there were tags.
    var tags: [Tags.Tag]?

    static let primary = "primary"
    static let engine: Document = ["SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"]

    /// The work group that every account has, before anybody changes it.
    static var untouchedPrimary: WorkGroupRecord {
        WorkGroupRecord(
            name: primary, state: "ENABLED",
            configuration: ["EnforceWorkGroupConfiguration": false, "PublishCloudWatchMetricsEnabled": false],
            created: Timestamp(seconds: 0))
    }

    var enforces: Bool { configuration["EnforceWorkGroupConfiguration"]?.bool ?? true }
    var outputLocation: String? { configuration["ResultConfiguration"]?["OutputLocation"]?.string }
    /// - Parameter asked: the query's own wish.
    func chosenLocation(_ asked: String?) -> String? { enforces ? outputLocation ?? asked : asked ?? outputLocation }
    func resultSettings() throws -> ResultSettings? { try ResultSettings(configuration["ResultConfiguration"]) }
    var bytesCutoff: Int64? { configuration["BytesScannedCutoffPerQuery"]?.integer }

    var output: Document {
        var settings = configuration.members ?? [:]
        settings["EnforceWorkGroupConfiguration"] = .bool(enforces)
        settings["PublishCloudWatchMetricsEnabled"] = settings["PublishCloudWatchMetricsEnabled"] ?? false
        settings["RequesterPaysEnabled"] = settings["RequesterPaysEnabled"] ?? false
        settings["ResultConfiguration"] = settings["ResultConfiguration"] ?? [:]
        settings["EngineVersion"] = Self.engine
        return [
            "Name": .string(name), "State": .string(state), "Description": .string(description ?? ""),
            "Configuration": .map(settings), "CreationTime": .timestamp(created),
        ]
    }

    var summary: Document {
        [
            "Name": .string(name), "State": .string(state), "Description": .string(description ?? ""),
            "CreationTime": .timestamp(created), "EngineVersion": Self.engine,
        ]
    }
}

extension Snapshot {
    func requireWorkGroup(_ place: Place, _ name: String) throws -> WorkGroupRecord {
        if let record = try record(WorkGroupRecord.self, place.workGroup(name)) { return record }
        guard name == WorkGroupRecord.primary else { throw AthenaFault.workGroupNotFound }
        return .untouchedPrimary
    }
}

/// Work groups (https://docs.aws.amazon.com/athena/latest/ug/workgroups-manage-queries-control-costs.html).
enum WorkGroups {
    struct CreateInput: Codable, Sendable {
        var Name: String
        var Configuration: Document?
        var Description: String?
        var Tags: [Tags.Tag]?
    }
    struct GetInput: Codable, Sendable { var WorkGroup: String }
    struct GetOutput: Codable, Sendable { var WorkGroup: Document }
    struct ListInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListOutput: Codable, Sendable {
        var WorkGroups: [Document]
        var NextToken: String?
    }
    struct UpdateInput: Codable, Sendable {
        var WorkGroup: String
        var Description: String?
        var ConfigurationUpdates: Document?
        var State: String?
    }
    struct DeleteInput: Codable, Sendable {
        var WorkGroup: String
        var RecursiveDeleteOption: Bool?
    }

    static func create(_ input: CreateInput, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try check(input.Configuration)
        let record = WorkGroupRecord(
            name: input.Name, description: input.Description, state: "ENABLED", configuration: input.Configuration ?? [:],
            created: context.now, tags: try [Tags.Tag](checking: input.Tags))
        try await context.store.write { transaction in
            guard input.Name != WorkGroupRecord.primary, try !transaction.contains(place.workGroup(input.Name)) else {
                throw AthenaFault.workGroupExists
            }
            let count = try transaction.count(place.workGroups)
            guard count < AthenaLimit.workGroups else { throw AthenaFault.tooManyWorkGroups }
            try transaction.put(place.workGroup(input.Name), record)
        }
        return Nothing()
    }

    private static func check(_ configuration: Document?) throws {
        try ResultSettings(configuration?["ResultConfiguration"])?.check()
        if let location = configuration?["ResultConfiguration"]?["OutputLocation"]?.string { _ = try OutputLocation(location) }
        if let version = configuration?["EngineVersion"]?["SelectedEngineVersion"]?.string {
            guard version == "AUTO" || version == engineVersion else {
                throw AthenaFault.invalid("Engine version \(version) is not supported.")
            }
        }
    }

    static func get(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        let place = Place(context)
        let record = try await context.store.read { try $0.requireWorkGroup(place, input.WorkGroup) }
        return GetOutput(WorkGroup: record.output)
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let place = Place(context)
        var all = try await context.store.read { try $0.all(WorkGroupRecord.self, place.workGroups) }
        if !all.contains(where: { $0.name == WorkGroupRecord.primary }) { all.append(.untouchedPrimary) }
        all.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let page = try ListPage(
            all, after: input.NextToken, limit: input.MaxResults ?? AthenaLimit.page, by: \.name, of: context.list(),
            refusing: AthenaFault.invalid("Invalid NextToken"))
        return ListOutput(WorkGroups: page.items.map(\.summary), NextToken: page.next)
    }

    struct EngineVersionsInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct EngineVersionsOutput: Codable, Sendable { var EngineVersions: [Document] }

    static func engineVersions(_ input: EngineVersionsInput, _ context: Context) async throws -> EngineVersionsOutput {
        guard input.NextToken == nil else { throw AthenaFault.invalid("Invalid NextToken") }
        let three: Document = [
            "SelectedEngineVersion": .string(engineVersion), "EffectiveEngineVersion": .string(engineVersion),
        ]
        return EngineVersionsOutput(EngineVersions: [WorkGroupRecord.engine, three])
    }

    private static let engineVersion = "Athena engine version 3"

    static func update(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try await context.store.write { transaction in
            var record = try transaction.requireWorkGroup(place, input.WorkGroup)
            record.description = input.Description ?? record.description
            record.state = input.State ?? record.state
            if let updates = input.ConfigurationUpdates {
                record.configuration = merged(record.configuration, updates)
                try check(record.configuration)
            }
            try transaction.put(place.workGroup(input.WorkGroup), record)
        }
        return Nothing()
    }

    /// `XUpdates` changes the members of `X`, `RemoveX` takes X away, everything else takes X's place.
    private static func merged(_ old: Document, _ updates: Document) -> Document {
        var members = old.members ?? [:]
        for (name, value) in updates.members ?? [:] where value != .null {
            if name.hasSuffix("Updates") {
                let target = String(name.dropLast("Updates".count))
                members[target] = merged(members[target] ?? [:], value)
            } else if name.hasPrefix("Remove"), case .bool(let remove) = value {
                if remove { members[String(name.dropFirst("Remove".count))] = nil }
            } else {
                members[name] = value
            }
        }
        return .map(members)
    }

    static func delete(_ input: DeleteInput, _ context: Context) async throws -> Nothing {
        guard input.WorkGroup != WorkGroupRecord.primary else { throw AthenaFault.primaryCannotBeDeleted }
        let place = Place(context)
        try await context.store.write { transaction in
            _ = try transaction.requireWorkGroup(place, input.WorkGroup)
            let prepared = place.preparedStatements(of: input.WorkGroup)
            let contents = [place.queries(of: input.WorkGroup), place.namedQueries(of: input.WorkGroup), prepared]
            let isEmpty = try contents.allSatisfy { try transaction.count($0, limit: 1) == 0 }
            if !isEmpty, input.RecursiveDeleteOption != true {
                throw AthenaFault.invalid("WorkGroup is not empty. Use RecursiveDeleteOption to delete it with its contents.")
            }
            try transaction.removeNamedQueries(of: input.WorkGroup, place)
            try transaction.deleteRange(from: prepared, to: prepared.rangeEnd)
            try transaction.delete(place.workGroup(input.WorkGroup))
        }
        return Nothing()
    }
}

/// A folder of S3 that results go to.
struct OutputLocation: Sendable, Hashable {
    var bucket: String
    /// Empty, or ending in a slash.
    var prefix: String

    init(_ text: String) throws {
        guard text.hasPrefix("s3://") else { throw AthenaFault.invalid("outputLocation is not a valid S3 path.") }
        let rest = text.dropFirst(5)
        bucket = String(rest.prefix { $0 != "/" })
        guard !bucket.isEmpty else { throw AthenaFault.invalid("outputLocation is not a valid S3 path.") }
        let key = String(rest.dropFirst(bucket.count).drop { $0 == "/" })
        prefix = key.isEmpty || key.hasSuffix("/") ? key : key + "/"
    }

    var url: String { "s3://\(bucket)/\(prefix)" }
}
