/// The path and query of an operation's `requestUri`.
struct URITemplate: Sendable, Equatable {
    enum Segment: Sendable, Equatable {
        case literal(String)
        case label(String)
        /// `{Key+}`: the rest of the path, or as much as what follows leaves.
        case greedy(String)

        /// What wins when two templates fit one path: the smaller.
        var rank: Int {
            switch self {
            case .literal: 0
            case .label: 1
            case .greedy: 2
            }
        }
    }

    struct QueryLiteral: Sendable, Equatable {
        let name: String
        /// Nil: the name alone is asked for.
        let value: String?
    }

    let segments: [Segment]
    let query: [QueryLiteral]

    /// - Parameter text: `/{Bucket}/{Key+}?uploads`. `x-id`, which only tells SDKs' traces apart, is left out.
    init(_ text: String) {
        let halves = text.split(separator: "#", omittingEmptySubsequences: false)[0]
            .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        segments = halves[0].split(separator: "/").map { segment in
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return .literal(String(segment)) }
            let name = segment.dropFirst().dropLast()
            return name.hasSuffix("+") ? .greedy(String(name.dropLast())) : .label(String(name))
        }
        query = (halves.count > 1 ? halves[1] : "").split(separator: "&").compactMap { part in
            let pair = part.split(separator: "=", maxSplits: 1)
            guard let name = pair.first, name != "x-id" else { return nil }
            return QueryLiteral(name: String(name), value: pair.count > 1 ? String(pair[1]) : nil)
        }
        hasGreedy = segments.contains { $0.rank == 2 }
    }

    /// The raw label values when the path's segments fit; nil when they don't.
    ///
    /// - Parameter path: the raw path split at `/` after its first one; a last empty segment is a trailing slash.
    func labels(_ path: [Substring]) -> [String: String]? {
        var labels: [String: String] = [:]
        return walk(path) { labels[$0] = $1.count == 1 ? String($1[$1.startIndex]) : $1.joined(separator: "/") } ? labels : nil
    }

    func fits(_ path: [Substring]) -> Bool { walk(path) { _, _ in } }

    /// - Parameter visit: is given each label's name and the path's segments that are its value.
    private func walk(_ path: [Substring], _ visit: (String, ArraySlice<Substring>) -> Void) -> Bool {
        var path = path[...]
        let isGreedyLast = if case .greedy = segments.last { true } else { false }
        // A slash at the end says nothing, but it is part of a greedy label (a key of S3's may end in one).
        if !isGreedyLast, path.last == "" { path = path.dropLast() }
        guard path.count >= segments.count, isGreedyLast || path.count == segments.count || hasGreedy else { return false }
        for (position, segment) in segments.enumerated() {
            guard let part = path.first else { return false }
            switch segment {
            case .literal(let text):
                guard part == text else { return false }
                path = path.dropFirst()
            case .label(let name):
                guard !part.isEmpty else { return false }
                visit(name, path.prefix(1))
                path = path.dropFirst()
            case .greedy(let name):
                let left = segments.count - position - 1
                guard path.count > left else { return false }
                let taken = path.dropLast(left)
                guard taken.count > 1 || !part.isEmpty else { return false }
                visit(name, taken)
                path = path.suffix(left)
            }
        }
        return path.isEmpty
    }

    private let hasGreedy: Bool

    /// Whether this template comes before another that fits the same path.
    func isMoreSpecific(than other: URITemplate) -> Bool? {
        for (mine, theirs) in zip(segments, other.segments) where mine.rank != theirs.rank { return mine.rank < theirs.rank }
        return segments.count == other.segments.count ? nil : segments.count > other.segments.count
    }
}
