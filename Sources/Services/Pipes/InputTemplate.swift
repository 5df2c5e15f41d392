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
        return (try? JSON.parse(output, keepsNumerals: true)) ?? .string(output)
    }

    private func value(_ name: String, _ event: Document, _ now: Timestamp) -> Document? {
        switch name {
        case "aws.pipes.pipe-arn": .string(pipe.arn)
        case "aws.pipes.pipe-name": .string(pipe.name)
        case "aws.pipes.source-arn": .string(pipe.source)
        case "aws.pipes.enrichment-arn": .string(pipe.enrichment ?? "")
        case "aws.pipes.target-arn": .string(pipe.target)
        case "aws.pipes.event.ingestion-time": .string(now.iso8601(milliseconds: true))
        case "aws.pipes.event": event
        case "aws.pipes.event.json": EventPath.opened(event)
        default: EventPath(name)?.value(in: event)
        }
    }
}
