/// Regular expressions of queries: alternatives, groups (named ones too), classes, counted repeats, `(?i)`. The machine
/// follows all ways at once (R. Cox, "Regular Expression Matching: the Virtual Machine Approach"), so no expression makes a
/// text slow; look-around and back references are not in it.
struct QueryRegex: Sendable {
    enum Step: Sendable {
        case scalar(Unicode.Scalar)
        case any
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
        case begin, end, wordEdge(Bool)
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case match
    }

    struct Match: Sendable {
        /// The whole text, then the groups; nil for one that took no part.
        var groups: [String?]
        var names: [String: Int]
    }

    static let stepsMax = 5_000
    private(set) var steps: [Step] = []
    /// Names of groups, and how many groups there are beside the whole.
    private(set) var names: [String: Int] = [:]
    private(set) var groups = 0
    private var ignoresCase = false

    /// - Throws: ``QueryError/malformed(_:)``.
    init(_ pattern: String) throws(QueryError) {
        var parser = QueryRegexParser(pattern)
        let node = try parser.read()
        (names, groups, ignoresCase) = (parser.names, parser.groups, parser.ignoresCase)
        try add(.group(node, 0))
        steps.append(.match)
    }

    private mutating func add(_ node: QueryRegexParser.Node) throws(QueryError) {
        guard steps.count < Self.stepsMax else { throw .malformed("The regular expression is too long.") }
        switch node {
        case .empty: break
        case .step(let step): steps.append(step)
        case .sequence(let nodes): for node in nodes { try add(node) }
        case .group(let node, let number):
            guard let number else { return try add(node) }
            steps.append(.save(number * 2))
            try add(node)
            steps.append(.save(number * 2 + 1))
        case .either(let left, let right):
            let split = steps.count
            steps.append(.jump(0))
            try add(left)
            let jump = steps.count
            steps.append(.jump(0))
            steps[split] = .split(split + 1, steps.count)
            try add(right)
            steps[jump] = .jump(steps.count)
        case .repeated(let node, let least, let most, let isLazy):
            for _ in 0..<least { try add(node) }
            if let most {
                var splits: [Int] = []
                for _ in least..<most {
                    splits.append(steps.count)
                    steps.append(.jump(0))
                    try add(node)
                }
                for split in splits {
                    steps[split] = isLazy ? .split(steps.count, split + 1) : .split(split + 1, steps.count)
                }
            } else {
                let split = steps.count
                steps.append(.jump(0))
                try add(node)
                steps.append(.jump(split))
                steps[split] = isLazy ? .split(steps.count, split + 1) : .split(split + 1, steps.count)
            }
        }
    }

    func matches(_ text: String) -> Bool { first(in: text) != nil }

    /// The leftmost match.
    func first(in text: String) -> Match? {
        let scalars = Array(text.unicodeScalars)
        var threads: [(step: Int, saved: [Int])] = []
        var found: [Int]?
        for place in 0...scalars.count {
            var seen = [Bool](repeating: false, count: steps.count)
            var current: [(step: Int, saved: [Int])] = []
            for thread in threads { follow(thread.step, thread.saved, place, scalars, &seen, &current) }
            if found == nil { follow(0, [Int](repeating: -1, count: (groups + 1) * 2), place, scalars, &seen, &current) }
            threads = []
            for thread in current {
                if case .match = steps[thread.step] {
                    found = thread.saved
                    break
                }
                if place < scalars.count, takes(steps[thread.step], scalars[place]) {
                    threads.append((thread.step + 1, thread.saved))
                }
            }
            if threads.isEmpty, found != nil { break }
        }
        return found.map { saved in
            Match(
                groups: (0...groups).map { group in
                    let (begin, end) = (saved[group * 2], saved[group * 2 + 1])
                    guard begin >= 0, end >= begin else { return nil }
                    var view = String.UnicodeScalarView()
                    view.append(contentsOf: scalars[begin..<end])
                    return String(view)
                }, names: names)
        }
    }

    /// Steps over what takes no text, in order of preference.
    private func follow(
        _ first: Int, _ saved: [Int], _ place: Int, _ text: [Unicode.Scalar], _ seen: inout [Bool],
        _ threads: inout [(step: Int, saved: [Int])]
    ) {
        var waiting = [(first, saved)]
        while let (step, saved) = waiting.popLast() {
            guard !seen[step] else { continue }
            seen[step] = true
            switch steps[step] {
            case .jump(let next): waiting.append((next, saved))
            case .split(let preferred, let other):
                waiting.append((other, saved))
                waiting.append((preferred, saved))
            case .save(let slot):
                var saved = saved
                saved[slot] = place
                waiting.append((step + 1, saved))
            case .begin: if place == 0 { waiting.append((step + 1, saved)) }
            case .end: if place == text.count { waiting.append((step + 1, saved)) }
            case .wordEdge(let wanted):
                let before = place > 0 && Self.isWord(text[place - 1])
                let after = place < text.count && Self.isWord(text[place])
                if (before != after) == wanted { waiting.append((step + 1, saved)) }
            default: threads.append((step, saved))
            }
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        QueryRegexParser.word.contains { $0.contains(scalar) }
    }

    private func takes(_ step: Step, _ scalar: Unicode.Scalar) -> Bool {
        switch step {
        case .any: return scalar != "\n"
        case .scalar(let own):
            return own == scalar || (ignoresCase && own.properties.lowercaseMapping == scalar.properties.lowercaseMapping)
        case .set(let ranges, let isNegated):
            func holds(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar) } }
            var isIn = holds(scalar)
            if !isIn, ignoresCase {
                isIn =
                    (scalar.properties.lowercaseMapping.unicodeScalars.first.map(holds) ?? false)
                    || (scalar.properties.uppercaseMapping.unicodeScalars.first.map(holds) ?? false)
            }
            return isIn != isNegated
        default: return false
        }
    }
}
