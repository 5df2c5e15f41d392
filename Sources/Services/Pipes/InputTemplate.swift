import Documents
import Kernel

/// A pipe's input template: JSON or text with places for parts of the event
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html).
struct InputTemplate: Sendable {
    let text: String
    let pipe: PipeRecord

    /// - Throws: ``PipesFault/invalid(_:)`` for a place that is not closed or of no known form.
    static func check(_ text: String) throws(PipesFault) {
        for part in try parts(text) {
            if case .place(let name) = part, !name.hasPrefix("$"), !reserved.contains(name) {
                throw .invalid("Invalid InputTemplate: <\(name)> is neither a JSON path nor a reserved variable.")
            }
        }
    }

    private static let reserved: Set<String> = [
        "aws.pipes.pipe-arn", "aws.pipes.pipe-name", "aws.pipes.source-arn", "aws.pipes.enrichment-arn",
        "aws.pipes.target-arn", "aws.pipes.event.ingestion-time", "aws.pipes.event", "aws.pipes.event.json",
    ]

    private enum Part { case text(Substring), place(String) }

    private static func parts(_ text: String) throws(PipesFault) -> [Part] {
        var (parts, rest): ([Part], Substring) = ([], text[...])
        while let open = rest.firstIndex(of: "<") {
            let name = rest[rest.index(after: open)...]
            // A sign that opens no place stands for itself.
            guard name.hasPrefix("$") || name.hasPrefix("aws.pipes.") else {
                parts.append(.text(rest[...open]))
                rest = name
                continue
            }
            guard let close = name.firstIndex(of: ">") else { throw .invalid("Invalid InputTemplate: a variable is not closed.") }
            parts.append(.text(rest[..<open]))
            parts.append(.place(String(name[..<close])))
            rest = name[name.index(after: close)...]
        }
        parts.append(.text(rest))
        return parts
    }

    /// The template with the event's values: JSON where it is JSON, else text.
    func apply(_ event: Document, now: Timestamp) throws(PipesFault) -> Document {
        var output = ""
        var isInString = false
        for part in try Self.parts(text) {
            switch part {
            case .text(let piece):
                var isEscaped = false
                for character in piece {
                    if character == "\"", !isEscaped { isInString.toggle() }
                    isEscaped = character == "\\" && !isEscaped
                }
                output += piece
            case .place(let name):
                let value = value(name, event, now)
                guard isInString else {
                    output += JSON.text(value ?? .null)
                    continue
                }
                let plain = value.map { $0.string ?? JSON.text($0) } ?? ""
                output += JSON.text(.string(plain)).dropFirst().dropLast()
            }
        }
        return (try? JSON.parse(output)) ?? .string(output)
    }

    private func value(_ name: String, _ event: Document, _ now: Timestamp) -> Document? {
        switch name {
        case "aws.pipes.pipe-arn": .string(pipe.arn)
        case "aws.pipes.pipe-name": .string(pipe.name)
        case "aws.pipes.source-arn": .string(pipe.source)
        case "aws.pipes.enrichment-arn": .string(pipe.enrichment ?? "")
        case "aws.pipes.target-arn": .string(pipe.target)
        case "aws.pipes.event.ingestion-time": .string(now.iso8601(milliseconds: true))
        case "aws.pipes.event", "aws.pipes.event.json": event
        default: EventPath(name)?.value(in: event)
        }
    }
}

/// A path into an event: `$.body.orders[0].id`. What is JSON in `body` and `data` is looked into.
struct EventPath: Sendable {
    private enum Step: Sendable { case member(String), element(Int) }
    private var steps: [Step] = []

    /// - Returns: nil for text that is no path.
    init?(_ text: String) {
        guard text.hasPrefix("$") else { return nil }
        var rest = text.dropFirst()
        while let first = rest.first {
            if first == "." {
                let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                steps.append(.member(String(name)))
                rest = rest.dropFirst(1 + name.count)
            } else if first == "[", let close = rest.firstIndex(of: "]") {
                let inner = rest[rest.index(after: rest.startIndex)..<close]
                if let index = Int(inner) {
                    steps.append(.element(index))
                } else if inner.count >= 2, let quote = inner.first, quote == "'" || quote == "\"", inner.last == quote {
                    steps.append(.member(String(inner.dropFirst().dropLast())))
                } else {
                    return nil
                }
                rest = rest[rest.index(after: close)...]
            } else {
                return nil
            }
        }
    }

    func value(in event: Document) -> Document? {
        var present = event
        for (depth, step) in steps.enumerated() {
            switch step {
            case .member(let name):
                guard let next = present[name] else { return nil }
                present = depth == 0 ? Self.opened(next, name) : next
            case .element(let index):
                guard let list = present.list, list.indices.contains(index) else { return nil }
                present = list[index]
            }
        }
        return present
    }

    private static func opened(_ value: Document, _ name: String) -> Document {
        guard let text = value.string, name == "body" || name == "data" else { return value }
        if name == "data" {
            guard let bytes = Base64.decode(text), let plain = String(validating: bytes, as: UTF8.self) else { return value }
            return (try? JSON.parse(plain)) ?? .string(plain)
        }
        guard let parsed = try? JSON.parse(text) else { return value }
        switch parsed {
        case .map, .list: return parsed
        default: return value
        }
    }

    /// A parameter's text: what a path leads to, or the text itself.
    static func resolve(_ text: String, in event: Document) -> String {
        guard let path = EventPath(text) else { return text }
        return path.value(in: event).map { $0.string ?? JSON.text($0) } ?? ""
    }
}
