/// Regular expressions of queries and filter patterns: alternatives, groups (named ones too), classes, counted repeats, `(?i)`. The machine
/// follows all ways at once (R. Cox, "Regular Expression Matching: the Virtual Machine Approach"), so no expression makes a
/// text slow; look-around and back references are not in it.
struct LinearRegex: Sendable {
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

    enum Failure: Error {
        case notValid, tooLong
    }

    struct Match: Sendable {
        /// The whole text, then the groups; nil for one that took no part.
        var groups: [String?]
        var names: [String: Int]
    }

    private(set) var steps: [Step] = []
    /// Names of groups, and how many groups there are beside the whole.
    private(set) var names: [String: Int] = [:]
    private(set) var groups = 0
    private var ignoresCase = false

    /// - Parameter stepsMax: how long the compiled expression may be, in steps; a counted repeat is written out.
    init(_ pattern: String, stepsMax: Int) throws(Failure) {
        var parser = LinearRegexParser(pattern)
        let node = try parser.read()
        (names, groups, ignoresCase) = (parser.names, parser.groups, parser.ignoresCase)
        try add(.group(node, 0), stepsMax)
        steps.append(.match)
    }

    private mutating func add(_ node: LinearRegexParser.Node, _ stepsMax: Int) throws(Failure) {
        guard steps.count < stepsMax else { throw .tooLong }
        switch node {
        case .empty: break
        case .step(let step): steps.append(step)
        case .sequence(let nodes): for node in nodes { try add(node, stepsMax) }
        case .group(let node, let number):
            guard let number else { return try add(node, stepsMax) }
            steps.append(.save(number * 2))
            try add(node, stepsMax)
            steps.append(.save(number * 2 + 1))
        case .either(let nodes):
            var jumps: [Int] = []
            for node in nodes.dropLast() {
                let split = steps.count
                steps.append(.jump(0))
                try add(node, stepsMax)
                jumps.append(steps.count)
                steps.append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            if let last = nodes.last { try add(last, stepsMax) }
            for jump in jumps { steps[jump] = .jump(steps.count) }
        case .repeated(let node, let least, let most, let isLazy):
            for _ in 0..<least { try add(node, stepsMax) }
            if let most {
                var splits: [Int] = []
                for _ in least..<most {
                    splits.append(steps.count)
                    steps.append(.jump(0))
                    try add(node, stepsMax)
                }
                for split in splits {
                    steps[split] = isLazy ? .split(steps.count, split + 1) : .split(split + 1, steps.count)
                }
            } else {
                let split = steps.count
                steps.append(.jump(0))
                try add(node, stepsMax)
                steps.append(.jump(split))
                steps[split] = isLazy ? .split(steps.count, split + 1) : .split(split + 1, steps.count)
            }
        }
    }

    func matches(_ text: String) -> Bool { search(Array(text.unicodeScalars), slots: 0) != nil }

    /// The leftmost match.
    func first(in text: String) -> Match? {
        let scalars = Array(text.unicodeScalars)
        guard let saved = search(scalars, slots: (groups + 1) * 2) else { return nil }
        return Match(
            groups: (0...groups).map { group in
                let (begin, end) = (saved[group * 2], saved[group * 2 + 1])
                guard begin >= 0, end >= begin else { return nil }
                var view = String.UnicodeScalarView()
                view.append(contentsOf: scalars[begin..<end])
                return String(view)
            }, names: names)
    }

    /// One of the ways through the expression, and where in the text its groups begin and end.
    private struct Thread {
        var step: Int
        var saved: [Int]
    }

    /// The ways that are open at one place of the text.
    private struct Frontier {
        /// In order of preference.
        var threads: [Thread] = []
        var waiting: [Thread] = []
        /// The place at which each step was reached last.
        var reached: [Int]
    }

    /// - Parameter slots: how many ends of groups are kept; with none the search is over at the first match of any length.
    /// - Returns: the slots of the leftmost match.
    private func search(_ text: [Unicode.Scalar], slots: Int) -> [Int]? {
        let start = Thread(step: 0, saved: [Int](repeating: -1, count: slots))
        var frontier = Frontier(reached: [Int](repeating: -1, count: steps.count))
        var threads: [Thread] = []
        var found: [Int]?
        for place in 0...text.count {
            frontier.threads.removeAll(keepingCapacity: true)
            for thread in threads { follow(thread, place, text, &frontier) }
            if found == nil { follow(start, place, text, &frontier) }
            threads.removeAll(keepingCapacity: true)
            for thread in frontier.threads {
                if case .match = steps[thread.step] {
                    found = thread.saved
                    break
                }
                if place < text.count, takes(steps[thread.step], text[place]) {
                    threads.append(Thread(step: thread.step + 1, saved: thread.saved))
                }
            }
            if found != nil, slots == 0 || threads.isEmpty { break }
        }
        return found
    }

    /// Steps over what takes no text, in order of preference.
    private func follow(_ first: Thread, _ place: Int, _ text: [Unicode.Scalar], _ frontier: inout Frontier) {
        frontier.waiting.append(first)
        while var thread = frontier.waiting.popLast() {
            guard frontier.reached[thread.step] != place else { continue }
            frontier.reached[thread.step] = place
            let passes: Bool
            switch steps[thread.step] {
            case .jump(let next):
                frontier.waiting.append(Thread(step: next, saved: thread.saved))
                continue
            case .split(let preferred, let other):
                frontier.waiting.append(Thread(step: other, saved: thread.saved))
                frontier.waiting.append(Thread(step: preferred, saved: thread.saved))
                continue
            case .save(let slot):
                if slot < thread.saved.count { thread.saved[slot] = place }
                passes = true
            case .begin: passes = place == 0
            case .end: passes = place == text.count
            case .wordEdge(let wanted):
                let before = place > 0 && Self.isWord(text[place - 1])
                let after = place < text.count && Self.isWord(text[place])
                passes = (before != after) == wanted
            default:
                frontier.threads.append(thread)
                continue
            }
            guard passes else { continue }
            thread.step += 1
            frontier.waiting.append(thread)
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        LinearRegexParser.word.contains { $0.contains(scalar) }
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
