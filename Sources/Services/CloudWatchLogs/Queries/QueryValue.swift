import Documents

/// What a query cannot be carried out with.
enum QueryError: Error {
    case malformed(String)
    /// Part of the language that is not built.
    case notBuilt(String)
}

/// A value in a query's row.
enum QueryValue: Sendable, Hashable {
    case null
    case text(String)
    case number(Double)
    case time(Int64)
    case bool(Bool)
    /// A map or a list. It is nothing to functions of numbers and texts, and equal to nothing.
    case structure(Document)

    var number: Double? {
        switch self {
        case .number(let value): value
        case .time(let value): Double(value)
        case .text(let text): Double(text)
        default: nil
        }
    }

    /// As answers show it; nil for null.
    var text: String? {
        switch self {
        case .null, .structure: return nil
        case .text(let text): return text
        case .bool(let value): return value ? "1" : "0"
        case .time(let milliseconds):
            let text = Timestamp(milliseconds: milliseconds).iso8601(milliseconds: true)
            return String(text.dropLast().map { $0 == "T" ? " " : $0 })
        case .number(let value):
            if let whole = Int64(exactly: value) { return "\(whole)" }
            // Four places, as the console has them.
            let rounded = (value * 10_000).rounded() / 10_000
            return Int64(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
        }
    }

    /// As answers show it: a structure is its JSON.
    var shown: String? {
        if case .structure(let document) = self { return JSON.text(document) }
        return text
    }

    var isStructure: Bool {
        if case .structure = self { return true }
        return false
    }

    var isTrue: Bool {
        switch self {
        case .bool(let value): value
        case .number(let value): value != 0
        default: false
        }
    }

    /// Order of values: numbers by their size where both are numbers, else texts; what is not there comes first.
    static func isLess(_ left: QueryValue, _ right: QueryValue) -> Bool {
        if let a = left.number, let b = right.number { return a < b }
        guard let a = left.text else { return right.text != nil }
        guard let b = right.text else { return false }
        return a < b
    }
}

/// One event or one group of events, by the names of its fields.
struct QueryRow: Sendable {
    var fields: [String: QueryValue]
    /// The event's own fields without masks, where it has any and the query may look behind them.
    var whole: [String: QueryValue]?
    /// A structure was put into it: names with a point may lead into that.
    private var hasStructures = false

    private static let fieldsMax = 1_000
    private static let depthMax = 16

    init(_ fields: [String: QueryValue]) { self.fields = fields }

    /// A field, or what stands in a structure under the rest of the name.
    func value(of name: String) -> QueryValue {
        if let value = fields[name] { return value }
        guard hasStructures else { return .null }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        for count in stride(from: parts.count - 1, to: 0, by: -1) {
            let value = fields[parts[..<count].joined(separator: ".")]
            guard let value, value.isStructure else { continue }
            return value.item(at: parts[count...].map { .key(String($0)) })
        }
        return .null
    }

    mutating func set(_ name: String, to value: QueryValue) {
        fields[name] = value
        if value.isStructure { hasStructures = true }
    }

    /// An event with the fields that are found in it
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html).
    init(_ event: EventRecord, message: String, stream: String, group: GroupRecord, pointer: String) {
        fields = [
            "@timestamp": .time(event.timestamp.milliseconds), "@ingestionTime": .time(event.ingested.milliseconds),
            "@message": .text(message), "@logStream": .text(stream), "@log": .text("\(group.account):\(group.name)"),
            "@ptr": .text(pointer),
        ]
        if let brace = message.firstIndex(of: "{"), let document = try? JSON.parse(String(message[brace...])),
            case .map = document
        {
            flatten(document, "", 0)
        }
        if group.name.hasPrefix("/aws/lambda/") { readLambda(message) }
    }

    private mutating func flatten(_ value: Document, _ path: String, _ depth: Int) {
        guard fields.count < Self.fieldsMax, depth < Self.depthMax else { return }
        switch value {
        case .map(let members):
            for (name, inner) in members { flatten(inner, path.isEmpty ? name : "\(path).\(name)", depth + 1) }
        case .list(let items): for (index, inner) in items.enumerated() { flatten(inner, "\(path).\(index)", depth + 1) }
        case .null: break
        case .bool(let value): fields[path] = .bool(value)
        case .integer(let value): fields[path] = .number(Double(value))
        case .double(let value): fields[path] = .number(value)
        default: fields[path] = .text(value.string ?? JSON.text(value))
        }
    }

    /// The lines that Lambda itself writes.
    private mutating func readLambda(_ message: String) {
        for kind in ["START", "END", "REPORT"] where message.hasPrefix("\(kind) RequestId: ") {
            fields["@type"] = .text(kind)
            let id = message.dropFirst(kind.count + " RequestId: ".count).prefix { !$0.isWhitespace }
            fields["@requestId"] = .text(String(id))
            guard kind == "REPORT" else { return }
            let names = [
                "Duration": "@duration", "Billed Duration": "@billedDuration", "Memory Size": "@memorySize",
                "Max Memory Used": "@maxMemoryUsed", "Init Duration": "@initDuration",
            ]
            for part in message.split(separator: "\t").dropFirst() {
                let pair = part.split(separator: ":", maxSplits: 1)
                guard pair.count == 2, let name = names[String(pair[0])] else { continue }
                let words = pair[1].split(separator: " ")
                guard let number = words.first.flatMap({ Double($0) }) else { continue }
                fields[name] = .number(words.last == "MB" ? number * 1_000_000 : number)
            }
        }
    }
}
