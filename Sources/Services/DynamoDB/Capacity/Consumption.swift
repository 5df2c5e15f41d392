import Documents

/// What a request used of one table and its indexes, in capacity units
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
struct Consumption: Sendable {
    struct Units: Sendable {
        var reads = 0.0
        var writes = 0.0
        var total: Double { reads + writes }
    }
    let table: TableRecord
    var own = Units()
    /// By the index's number.
    var indexes: [Int64: Units] = [:]

    init(_ table: TableRecord) { self.table = table }

    var total: Units {
        indexes.values.reduce(into: own) {
            $0.reads += $1.reads
            $0.writes += $1.writes
        }
    }

    /// - Parameter factor: 2 in a transaction, which prepares and commits.
    mutating func add(_ outcome: WriteRequest.Outcome, times factor: Double = 1) {
        own.writes += Capacity.writes(outcome.size) * factor
        for charge in outcome.indexes { indexes[charge.index, default: Units()].writes += charge.units * factor }
    }

    mutating func add(_ page: PageReader.Page, of index: IndexRecord?, isConsistent: Bool) {
        let units = Capacity.reads(page.bytes, isConsistent: isConsistent)
        if let index { indexes[index.number, default: Units()].reads += units } else { own.reads += units }
        own.reads += page.fetched
    }

    /// `ConsumedCapacity`, in the form that the request asks for; nil if it does not.
    /// - Parameter splits: transactions also tell reads and writes apart.
    func document(for input: Document, splits: Bool = false) -> Document? {
        guard let wanted = input["ReturnConsumedCapacity"]?.string, wanted != "NONE" else { return nil }
        var members = Self.members(total, splits)
        members["TableName"] = .string(input.namesTable(table.arn) ? table.arn : table.name)
        guard wanted == "INDEXES" else { return .map(members) }
        members["Table"] = .map(Self.members(own, splits))
        for (key, isGlobal) in [("LocalSecondaryIndexes", false), ("GlobalSecondaryIndexes", true)] {
            var named: Members = [:]
            for index in table.indexes where index.isGlobal == isGlobal {
                if let units = indexes[index.number] { named[index.name] = .map(Self.members(units, splits)) }
            }
            if !named.isEmpty { members[key] = .map(named) }
        }
        return .map(members)
    }

    private static func members(_ units: Units, _ splits: Bool) -> Members {
        var members: Members = ["CapacityUnits": .double(units.total)]
        guard splits else { return members }
        if units.reads > 0 { members["ReadCapacityUnits"] = .double(units.reads) }
        if units.writes > 0 { members["WriteCapacityUnits"] = .double(units.writes) }
        return members
    }

    /// The list that operations over several tables answer with.
    static func documents(_ all: [Consumption], for input: Document, splits: Bool = false) -> Document? {
        let documents = all.compactMap { $0.document(for: input, splits: splits) }
        return documents.isEmpty ? nil : .list(documents)
    }
}

extension Document {
    /// Whether a request names a table by this ARN, in whichever place its operation has for that.
    fileprivate func namesTable(_ arn: String) -> Bool {
        if self["TableName"]?.string == arn || self["RequestItems"]?.members?[arn] != nil { return true }
        for item in self["TransactItems"]?.list ?? [] {
            if item.members?.contains(where: { $0.value["TableName"]?.string == arn }) == true { return true }
        }
        // A statement has names, and nothing else, in double quotes.
        let statements = (self["Statements"]?.list ?? []) + (self["TransactStatements"]?.list ?? [])
        return ([self] + statements).contains { $0["Statement"]?.string?.contains("\"\(arn)\"") == true }
    }
}

/// What one change of an item cost in one secondary index.
struct IndexCharge: Sendable {
    var index: Int64
    var units: Double
}

enum Capacity {
    /// Bytes that a read unit covers.
    static let readBytes = 4_096
    /// Bytes that a write unit covers.
    static let writeBytes = 1_024

    static func reads(_ bytes: Int, isConsistent: Bool) -> Double {
        Double(max(1, (bytes + readBytes - 1) / readBytes)) * (isConsistent ? 1 : 0.5)
    }

    static func writes(_ bytes: Int) -> Double { Double(max(1, (bytes + writeBytes - 1) / writeBytes)) }
}
