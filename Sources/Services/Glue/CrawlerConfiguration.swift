import Documents
import SQLEngine

/// A crawler's Configuration: JSON that says how tables are told apart and how the catalogue is changed
/// (https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html).
struct CrawlerConfiguration: Sendable, Hashable {
    /// The folder at which tables stand; the bucket is 1.
    private(set) var tableLevel: Int?
    /// CombineCompatibleSchemas: one schema for each path, however unlike the files.
    private(set) var combinesSchemas = false
    /// MergeNewColumns: a table that is there gets new columns and keeps the rest as somebody made it.
    private(set) var keepsColumns = false
    /// InheritFromTable: partitions have their table's columns and format, not those of their own files.
    private(set) var inheritsFromTable = false
    /// A crawl that finds more tables fails and writes nothing.
    private(set) var tableThreshold: Int?

    private typealias Reader = (inout CrawlerConfiguration, Document) -> Bool

    /// - Throws: ``GlueFault/invalid(_:)`` for what is not such JSON.
    init(_ text: String?) throws {
        guard let text, !text.isEmpty else { return }
        guard let document = try? JSON.parse(text), let members = document.members else {
            throw GlueFault.invalid("Invalid crawler configuration: it is not a JSON object.")
        }
        guard Self.isFirstVersion(members["Version"]) else {
            throw GlueFault.invalid("Invalid crawler configuration: Version must be 1.0.")
        }
        try read(
            members, "",
            [
                "Version": { _, _ in true },
                // An index makes reading faster and changes no answer.
                "CreatePartitionIndex": { $1.bool != nil },
                "Grouping": { $1.members != nil },
                "CrawlerOutput": { $1.members != nil },
            ])
        try read(
            members["Grouping"]?.members, "Grouping.",
            [
                "TableGroupingPolicy": {
                    $0.combinesSchemas = true
                    return $1.string == "CombineCompatibleSchemas"
                },
                "TableLevelConfiguration": {
                    $0.tableLevel = $1.integer.map { Int(clamping: $0) }
                    return $1.integer.map { $0 > 0 } ?? false
                },
            ])
        let output = members["CrawlerOutput"]?.members
        try read(output, "CrawlerOutput.", ["Tables": { $1.members != nil }, "Partitions": { $1.members != nil }])
        try read(
            output?["Tables"]?.members, "CrawlerOutput.Tables.",
            [
                "AddOrUpdateBehavior": {
                    $0.keepsColumns = true
                    return $1.string == "MergeNewColumns"
                },
                "TableThreshold": {
                    $0.tableThreshold = $1.integer.map { Int(clamping: $0) }
                    return $1.integer.map { $0 > 0 } ?? false
                },
            ])
        try read(
            output?["Partitions"]?.members, "CrawlerOutput.Partitions.",
            [
                "AddOrUpdateBehavior": {
                    $0.inheritsFromTable = true
                    return $1.string == "InheritFromTable"
                }
            ])
    }

    /// AWS's examples write 1.0 and "1.0".
    private static func isFirstVersion(_ version: Document?) -> Bool {
        switch version {
        case .integer(let number): number == 1
        case .double(let number): number == 1
        case .string(let text): text == "1.0" || text == "1"
        default: false
        }
    }

    private mutating func read(_ members: Members?, _ place: String, _ readers: [String: Reader]) throws {
        for (name, value) in members ?? [:] {
            guard let reader = readers[name] else {
                throw GlueFault.invalid("Invalid crawler configuration: \(place)\(name) is not known.")
            }
            guard reader(&self, value) else {
                throw GlueFault.invalid("Invalid crawler configuration: the value of \(place)\(name) is not valid.")
            }
        }
    }

    func rules(exclusions: [String]) -> InferenceRules {
        InferenceRules(exclusions: exclusions, tableLevel: tableLevel, combinesSchemas: combinesSchemas)
    }
}
