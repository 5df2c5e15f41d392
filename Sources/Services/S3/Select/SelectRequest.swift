import Documents

/// A Select as the SQL worker takes it (Runtimes/sql/README.md, `select`).
struct SelectRequest {
    let members: Members
    let format: SelectFault.Format

    /// - Throws: ``SelectFault``
    init(_ input: SelectObjectContentInput, size: Int64) throws {
        guard input.expressionType == "SQL" else { throw SelectFault.expressionType }
        guard input.expression.utf8.count <= Limit.expressionSize else { throw SelectFault.expressionTooLong }
        let given = input.inputSerialization
        let formats = ["CSV", "JSON", "Parquet"].filter { given[$0] != nil }
        guard formats.count <= 1 else { throw SelectFault.serialization }
        guard let name = formats.first, let format = SelectFault.Format(rawValue: name) else { throw SelectFault.dataSource }
        self.format = format
        var members: Members = ["expression": .string(input.expression)]
        let compression = given["CompressionType"]?.string ?? "NONE"
        guard ["NONE", "GZIP", "BZIP2"].contains(compression) else { throw SelectFault.compression }
        var source: Members = ["compression": .string(compression)]
        switch format {
        case .csv: source["csv"] = .map(try Self.csv(given["CSV"] ?? .null))
        case .json:
            guard let type = given["JSON"]?["Type"]?.string, type == "LINES" || type == "DOCUMENT" else {
                throw SelectFault.jsonType
            }
            source["json"] = ["type": .string(type)]
        case .parquet:
            guard compression == "NONE" else { throw SelectFault.parquetCompression }
            source["parquet"] = [:]
        }
        members["input"] = .map(source)
        members["output"] = .map(try Self.output(input.outputSerialization))
        if let range = input.scanRange {
            members["scanRange"] = .map(try Self.range(range, size))
            let isDocument = given["JSON"]?["Type"]?.string == "DOCUMENT"
            let spansLines = given["CSV"]?["AllowQuotedRecordDelimiter"]?.bool == true
            guard compression == "NONE", !isDocument, !spansLines else { throw SelectFault.scanRangeUnsupported }
        }
        self.members = members
    }

    private static func csv(_ given: Document) throws -> Members {
        let header = given["FileHeaderInfo"]?.string ?? "NONE"
        guard ["NONE", "USE", "IGNORE"].contains(header) else { throw SelectFault.headerInfo }
        var members: Members = ["header": .string(header)]
        let names = [
            ("FieldDelimiter", "delimiter", 1), ("RecordDelimiter", "recordDelimiter", 2), ("QuoteCharacter", "quote", 1),
            ("QuoteEscapeCharacter", "quoteEscape", 1), ("Comments", "comments", 1),
        ]
        for (name, member, length) in names {
            guard let text = given[name]?.string else { continue }
            guard text.unicodeScalars.count <= length, !(text.isEmpty && member.hasSuffix("elimiter")) else {
                throw SelectFault.delimiter(name)
            }
            members[member] = .string(text)
        }
        return members
    }

    private static func output(_ given: Document) throws -> Members {
        guard (given["CSV"] == nil) != (given["JSON"] == nil) else { throw SelectFault.serialization }
        if let json = given["JSON"] {
            return ["json": json["RecordDelimiter"].map { ["recordDelimiter": $0] } ?? [:]]
        }
        let csv = given["CSV"] ?? .null
        var members: Members = [:]
        if let quotes = csv["QuoteFields"]?.string {
            guard quotes == "ALWAYS" || quotes == "ASNEEDED" else { throw SelectFault.quoteFields }
            members["quoteFields"] = .string(quotes)
        }
        for (name, member) in [
            ("FieldDelimiter", "delimiter"), ("RecordDelimiter", "recordDelimiter"), ("QuoteCharacter", "quote"),
            ("QuoteEscapeCharacter", "quoteEscape"),
        ] {
            if let text = csv[name] { members[member] = text }
        }
        return ["csv": .map(members)]
    }

    private static func range(_ range: SelectObjectContentInput.ScanRange, _ size: Int64) throws -> Members {
        var members: Members = [:]
        if let start = range.start {
            guard start >= 0, start < max(size, 1) else { throw SelectFault.scanRange }
            members["start"] = .integer(start)
        }
        if let end = range.end {
            guard end >= 0, end >= range.start ?? 0 else { throw SelectFault.scanRange }
            members["end"] = .integer(end)
        }
        guard !members.isEmpty else { throw SelectFault.scanRange }
        return members
    }
}
