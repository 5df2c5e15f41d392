import Documents
import Kernel

/// What a target receives of an event
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
struct InputTransformation {
    /// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
    private static let pathsMax = 100
    private let dispatch: Dispatch

    init(_ dispatch: Dispatch) { self.dispatch = dispatch }

    static func check(_ transformer: Target.Transformer, of id: String) throws {
        let paths = transformer.InputPathsMap ?? [:]
        guard paths.count <= pathsMax else { throw EventsFault.validation("InputPathsMap for target \(id) is too large.") }
        for (name, path) in paths {
            guard !name.lowercased().hasPrefix("aws") else {
                throw EventsFault.validation("InputPathsMap for target \(id) has a reserved key: \(name)")
            }
            guard JSONPath(path) != nil else {
                throw EventsFault.validation("InputPathsMap for target \(id) has an invalid path: \(path)")
            }
        }
        for name in placeholders(of: transformer.InputTemplate) where paths[name] == nil && !predefined.contains(name) {
            throw EventsFault.validation("InputTemplate for target \(id) contains invalid placeholder \(name).")
        }
        if transformer.InputTemplate.first(where: { !$0.isWhitespace }) == "{" {
            try checkObject(transformer.InputTemplate, of: id)
        }
    }

    /// A template in curly braces must be a JSON object once its placeholders have values, and none of them its keys
    /// (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html).
    private static func checkObject(_ template: String, of id: String) throws {
        let filled = fill(template) { _, isQuoted in isQuoted ? nil : "null" }
        do { _ = try JSON.parse(filled) } catch let error as DocumentError {
            let before = filled.prefix(error.offset ?? 0)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            throw EventsFault.validation(
                "Invalid InputTemplate for target \(id) : [Source: (String)\"\(String(decoding: filled, as: UTF8.self))\"; "
                    + "line: \(line), column: \(column)].")
        }
    }

    /// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    private static let predefined: Set<String> = [
        "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event",
        "aws.events.event.json",
    ]

    /// What stands between `<` and `>` and could be a name; comparisons and mark-up with blanks are the template's own text.
    static func placeholders(of template: String) -> [String] {
        var names: [String] = []
        var rest = Substring(template)
        while let begin = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: begin)...]
            guard let end = rest.firstIndex(where: { $0 == ">" || $0 == "<" }), rest[end] == ">" else { continue }
            let name = rest[..<end]
            let isName =
                !name.isEmpty
                && name.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                        true
                    default: false
                    }
                }
            if isName { names.append(String(name)) }
            rest = rest[end...]
        }
        return names
    }

    func payload(_ event: Document) -> String {
        let target = dispatch.target
        if let input = target.Input { return input }
        if let path = target.InputPath.flatMap({ JSONPath($0) }) { return path.value(in: event).map(JSON.text) ?? "null" }
        guard let transformer = target.InputTransformer else { return dispatch.event }
        return fill(transformer, event)
    }

    /// Puts values in place of `<name>`. Between quotation marks a text goes in without its own, and anything else as JSON
    /// without quotation marks; elsewhere every value goes in as JSON. A path that finds nothing leaves nothing.
    private func fill(_ transformer: Target.Transformer, _ event: Document) -> String {
        let paths = transformer.InputPathsMap ?? [:]
        let filled = Self.fill(transformer.InputTemplate) { name, isQuoted in value(name, paths, event, isQuoted: isQuoted) }
        return String(decoding: filled, as: UTF8.self)
    }

    /// - Parameter value: takes what stands between `<` and `>` and whether that stands between quotation marks; nil leaves it
    ///   as it is.
    private static func fill(_ template: String, _ value: (String, _ isQuoted: Bool) -> String?) -> [UInt8] {
        let template = Array(template.utf8)
        var output: [UInt8] = []
        var isQuoted = false
        var index = 0
        while index < template.count {
            let byte = template[index]
            if byte == UInt8(ascii: "\\"), isQuoted, index + 1 < template.count {
                output += template[index...(index + 1)]
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == UInt8(ascii: "<"), let end = template[index...].firstIndex(of: UInt8(ascii: ">")) {
                let name = String(decoding: template[(index + 1)..<end], as: UTF8.self)
                if let text = value(name, isQuoted) {
                    output += Array(text.utf8)
                    index = end + 1
                    continue
                }
            }
            output.append(byte)
            index += 1
        }
        return output
    }

    /// nil for a name that stands for nothing: the template's own text.
    private func value(_ name: String, _ paths: [String: String], _ event: Document, isQuoted: Bool) -> String? {
        let value: Document?
        switch name {
        case "aws.events.rule-arn": value = .string(dispatch.ruleARN)
        case "aws.events.rule-name": value = .string(dispatch.rule)
        case "aws.events.event.ingestion-time": value = event["time"]
        case "aws.events.event":
            var members = event.members ?? [:]
            members["detail"] = nil
            value = .map(members)
        case "aws.events.event.json": value = event
        default:
            guard let path = paths[name] else { return nil }
            value = JSONPath(path)?.value(in: event)
        }
        guard let value else { return "" }
        let text = JSON.text(value)
        guard isQuoted else { return text }
        if case .string = value { return String(text.dropFirst().dropLast()) }
        return text.filter { $0 != "\"" }
    }
}

/// The JSONPath that EventBridge takes: `$`, `.name`, `['name']`, `[0]`, `[*]`.
struct JSONPath: Sendable {
    private enum Step {
        case name(String)
        case index(Int)
        case all
    }
    private var steps: [Step] = []

    /// nil for what is not such a path.
    init?(_ text: String) {
        var rest = Substring(text)
        guard rest.popFirst() == "$" else { return nil }
        while let first = rest.popFirst() {
            switch first {
            case ".":
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                steps.append(name == "*" ? .all : .name(String(name)))
                rest = rest.dropFirst(name.count)
            case "[":
                guard let end = rest.firstIndex(of: "]") else { return nil }
                let inner = rest[..<end]
                if inner == "*" {
                    steps.append(.all)
                } else if let index = Int(inner), index >= 0 {
                    steps.append(.index(index))
                } else if inner.count >= 3, let quote = inner.first, quote == "'" || quote == "\"", inner.last == quote {
                    steps.append(.name(String(inner.dropFirst().dropLast())))
                } else {
                    return nil
                }
                rest = rest[rest.index(after: end)...]
            default: return nil
            }
        }
    }

    func value(in document: Document) -> Document? { Self.value(document, steps[...]) }

    private static func value(_ document: Document, _ steps: ArraySlice<Step>) -> Document? {
        guard let step = steps.first else { return document }
        let rest = steps.dropFirst()
        switch step {
        case .name(let name):
            guard case .map(let members) = document, let inner = members[name] else { return nil }
            return value(inner, rest)
        case .index(let index):
            guard case .list(let items) = document, index < items.count else { return nil }
            return value(items[index], rest)
        case .all:
            guard let items = document.list ?? document.members.map({ Array($0.values) }) else { return nil }
            return .list(items.compactMap { value($0, rest) })
        }
    }
}
