import Documents
import EventPatterns

/// A filter that is no event pattern.
public struct InvalidSourceFilter: Error, Sendable { public var pattern: String }

/// Which records are handed on (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html).
public struct SourceFilter: Sendable {
    /// Where a record keeps its sender's data, which patterns see parsed.
    enum Data {
        case whole
        case kinesis([UInt8])
        case body(String)
    }

    private struct Pattern: Sendable {
        var pattern: EventPattern
        /// The pattern describes the data as an object; data of another form then does not pass.
        var wantsObject: Set<String>
    }
    private let patterns: [Pattern]

    /// - Parameter texts: event patterns as JSON.
    public init(_ texts: [String]) throws(InvalidSourceFilter) {
        var patterns: [Pattern] = []
        for text in texts {
            guard let document = try? JSON.parse(text), let pattern = try? EventPattern(document) else {
                throw InvalidSourceFilter(pattern: text)
            }
            let objects = ["data", "body"].filter { if case .map? = document[$0] { true } else { false } }
            patterns.append(Pattern(pattern: pattern, wantsObject: Set(objects)))
        }
        self.patterns = patterns
    }

    func passes(_ event: Document, _ data: Data) -> Bool {
        guard !patterns.isEmpty else { return true }
        var seen = event
        var form: (name: String, isObject: Bool)?
        switch data {
        case .whole: break
        case .body(let text):
            let parsed = Self.object(Array(text.utf8))
            form = ("body", parsed != nil)
            if let parsed, case .map(var members) = event {
                members["body"] = parsed
                seen = .map(members)
            }
        case .kinesis(let bytes):
            // Patterns see a record's own members beside those of the event.
            guard case .map(var members) = event else { return false }
            for (name, value) in event["kinesis"]?.members ?? [:] { members[name] = value }
            let parsed = Self.object(bytes)
            form = ("data", parsed != nil)
            members["data"] = parsed ?? String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .null
            seen = .map(members)
        }
        return patterns.contains { pattern in
            if let form, !form.isObject, pattern.wantsObject.contains(form.name) { return false }
            return pattern.pattern.matches(seen)
        }
    }

    private static func object(_ bytes: [UInt8]) -> Document? {
        guard let first = bytes.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{"), let parsed = try? JSON.parse(bytes),
            case .map = parsed
        else { return nil }
        return parsed
    }
}
