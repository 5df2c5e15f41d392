import Documents

/// A path into an event: `$.body.orders[0].id`, `$.body.orders[*].id`. What is JSON in a `body`, or in a Kinesis record's
/// `data`, is looked into
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-implicit).
struct EventPath: Sendable {
    private enum Step: Sendable { case member(String), element(Int), all }
    private var steps: [Step] = []

    /// - Returns: nil for text that is no path.
    init?(_ text: String) {
        guard text.hasPrefix("$") else { return nil }
        var rest = text.dropFirst()
        while let first = rest.first {
            if first == "." {
                let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                steps.append(name == "*" ? .all : .member(String(name)))
                rest = rest.dropFirst(1 + name.count)
            } else if first == "[", let close = rest.firstIndex(of: "]") {
                let inner = rest[rest.index(after: rest.startIndex)..<close]
                if inner == "*" {
                    steps.append(.all)
                } else if let index = Int(inner) {
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

    /// - Returns: nil where the path leads nowhere; a list of what is found where it has a wildcard.
    func value(in event: Document) -> Document? {
        // A path to nowhere else takes the event as it came.
        steps.isEmpty ? event : Self.value(Self.opened(event), steps[...])
    }

    private static func value(_ present: Document, _ steps: ArraySlice<Step>) -> Document? {
        guard let step = steps.first else { return present }
        let rest = steps.dropFirst()
        switch step {
        case .member(let name): return present[name].flatMap { value($0, rest) }
        case .element(let index):
            guard let list = present.list, list.indices.contains(index) else { return nil }
            return value(list[index], rest)
        case .all:
            guard let all = present.list ?? present.members.map({ Array($0.values) }) else { return nil }
            return .list(all.compactMap { value($0, rest) })
        }
    }

    /// The event with what its source has packed into text as JSON again.
    static func opened(_ event: Document) -> Document {
        guard case .map(var members) = event else { return event }
        if let text = members["body"]?.string, let parsed = try? JSON.parse(text, keepsNumerals: true) {
            switch parsed {
            case .map, .list: members["body"] = parsed
            // A number or a word alone stays the text that it is.
            default: break
            }
        }
        // What an enrichment calls data is its own.
        if event["eventSource"]?.string == "aws:kinesis", let text = members["data"]?.string,
            let bytes = Base64.decode(text), let plain = String(validating: bytes, as: UTF8.self)
        {
            members["data"] = (try? JSON.parse(plain, keepsNumerals: true)) ?? .string(plain)
        }
        return .map(members)
    }

    /// A parameter's text: what a path leads to, or the text itself.
    static func resolve(_ text: String, in event: Document) -> String {
        guard let path = EventPath(text) else { return text }
        return path.value(in: event).map { $0.string ?? JSON.text($0) } ?? ""
    }
}
