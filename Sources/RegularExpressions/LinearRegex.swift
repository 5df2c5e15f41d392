/// Regular expressions that customers give: alternatives, groups (named ones too), classes, counted repeats,
/// `(?i)`. The machine follows all ways at once (R. Cox, "Regular Expression Matching: the Virtual Machine Approach"), so no
/// expression makes a text slow; look-around and back references are not in it.
public struct LinearRegex: Sendable {
    enum Step: Sendable {
        case scalar(Unicode.Scalar)
        case any
        /// One of ``sets``.
        case set(Int)
        case begin, end, wordEdge(Bool)
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case match
    }

    public enum Failure: Error {
        case notValid, tooLong
    }

    public struct Match: Sendable {
        /// The whole text, then the groups; nil for one that took no part.
        public var groups: [String?]
        /// Which group has which name.
        public var names: [String: Int]
    }

    private var steps: [Step] = []
    private var sets: [ScalarSet] = []
    /// Names of groups, and how many groups there are beside the whole.
    public private(set) var names: [String: Int] = [:]
    public private(set) var groups = 0
    private var ignoresCase = false
    /// The scalars of ASCII that a match may begin with, nil if that says nothing.
    private var begins: ASCIISet?

    /// - Parameter stepsMax: how long the compiled expression may be, in steps; a counted repeat is written out.
    public init(_ pattern: String, stepsMax: Int) throws(Failure) {
        var parser = LinearRegexParser(pattern)
        let node = try parser.read()
        (names, groups, ignoresCase) = (parser.names, parser.groups, parser.ignoresCase)
        sets = parser.sets.map { ScalarSet($0.ranges, isNegated: $0.isNegated, ignoresCase: parser.ignoresCase) }
        try add(.group(node, 0), stepsMax)
        steps.append(.match)
        begins = ignoresCase ? nil : firsts()
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

    /// What a match begins with, whatever stands before it; nil if a match may be empty.
    private func firsts() -> ASCIISet? {
        var firsts = ASCIISet()
        var seen = [Bool](repeating: false, count: steps.count)
        var waiting = [0]
        while let step = waiting.popLast() {
            guard !seen[step] else { continue }
            seen[step] = true
            switch steps[step] {
            case .scalar(let scalar): if scalar.isASCII { firsts.insert(scalar.value) }
            case .any: firsts.formUnion(.all)
            case .set(let index): firsts.formUnion(sets[index].ascii)
            case .split(let preferred, let other): waiting += [preferred, other]
            case .jump(let next): waiting.append(next)
            case .begin, .end, .wordEdge, .save: waiting.append(step + 1)
            case .match: return nil
            }
        }
        return firsts
    }

    /// The times of a repeat: `{2}`, `{2,}`, `{2,5}`, without the closing brace.
    /// - Returns: nil for what is no repeat and stands for itself.
    public static func times(_ text: ArraySlice<Unicode.Scalar>) -> (least: Int, most: Int?)? { LinearRegexParser.count(text) }

    /// Whether any part of the text matches.
    public func matches(_ text: String) -> Bool { search(Array(text.unicodeScalars), slots: 0) != nil }

    /// The leftmost match.
    public func first(in text: String) -> Match? {
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

    /// Matches that take any text, from left to right, none within another.
    public struct Ranges: Sendable, Equatable {
        public var found: [Range<Int>] = []
        /// How far the text was searched: to its end, unless the work ran out before.
        public var searched = 0
    }

    /// Looks for all matches. To find each takes no more than the text's length times the expression's; all together may take
    /// the square of the text's length.
    /// - Parameter work: steps of the expression that may be looked at before the search ends.
    public func ranges(in text: [Unicode.Scalar], work: Int) -> Ranges {
        var (ranges, left) = (Ranges(), work)
        while ranges.searched < text.count {
            guard let saved = search(text, from: ranges.searched, slots: 2, work: &left) else {
                if left > 0 { ranges.searched = text.count }
                break
            }
            if saved[0] < saved[1] { ranges.found.append(saved[0]..<saved[1]) }
            ranges.searched = max(saved[1], saved[0] + 1)
        }
        return ranges
    }

    /// What waits while the steps from one place on are followed.
    private enum Waiting {
        case step(Int)
        /// Takes back a saved place, for the ways that branched off before it.
        case restore(slot: Int, place: Int)
    }

    /// The ways through the expression that are open at one place of the text.
    private struct Frontier {
        /// The step of each, in order of preference.
        var threads: [Int] = []
        /// The slots of each, one after the other.
        var saved: [Int] = []
        /// The slots of the way that is followed now.
        var current: [Int] = []
        var waiting: [Waiting] = []
        /// The place at which each step was reached last.
        var reached: [Int]
        /// Steps that were looked at.
        var work = 0
    }

    /// - Parameter slots: how many ends of groups are kept; with none the search is over at the first match of any length.
    /// - Returns: the slots of the leftmost match.
    private func search(_ text: [Unicode.Scalar], slots: Int) -> [Int]? {
        var work = Int.max
        return search(text, from: 0, slots: slots, work: &work)
    }

    /// - Parameter work: steps that may be looked at; none are left where the search has ended early.
    private func search(_ text: [Unicode.Scalar], from start: Int, slots: Int, work: inout Int) -> [Int]? {
        var frontier = Frontier(
            current: [Int](repeating: -1, count: slots), reached: [Int](repeating: -1, count: steps.count))
        var threads: [Int] = []
        var saved: [Int] = []
        var found: [Int]?
        var place = start
        defer { work = max(0, work - frontier.work) }
        while place <= text.count {
            guard frontier.work < work else { return nil }
            if threads.isEmpty, let begins {
                while place < text.count, text[place].isASCII, !begins.contains(text[place].value) { place += 1 }
            }
            frontier.threads.removeAll(keepingCapacity: true)
            for index in threads.indices {
                for slot in 0..<slots { frontier.current[slot] = saved[index * slots + slot] }
                follow(threads[index], place, text, &frontier)
            }
            if found == nil {
                for slot in 0..<slots { frontier.current[slot] = -1 }
                follow(0, place, text, &frontier)
            }
            threads.removeAll(keepingCapacity: true)
            if slots > 0 { saved.removeAll(keepingCapacity: true) }
            for index in frontier.threads.indices {
                let step = frontier.threads[index]
                if case .match = steps[step] {
                    found = Array(frontier.saved[(index * slots)..<((index + 1) * slots)])
                    break
                }
                guard place < text.count, takes(steps[step], text[place]) else { continue }
                threads.append(step + 1)
                if slots > 0 { saved += frontier.saved[(index * slots)..<((index + 1) * slots)] }
            }
            if slots > 0 { frontier.saved.removeAll(keepingCapacity: true) }
            if found != nil, slots == 0 || threads.isEmpty { break }
            place += 1
        }
        return found
    }

    /// Steps over what takes no text, in order of preference.
    private func follow(_ first: Int, _ place: Int, _ text: [Unicode.Scalar], _ frontier: inout Frontier) {
        frontier.waiting.append(.step(first))
        while let waiting = frontier.waiting.popLast() {
            frontier.work += 1
            var step: Int
            switch waiting {
            case .restore(let slot, let place):
                frontier.current[slot] = place
                continue
            case .step(let next): step = next
            }
            while frontier.reached[step] != place {
                frontier.reached[step] = place
                frontier.work += 1
                var passes = true
                switch steps[step] {
                case .jump(let next):
                    step = next
                    continue
                case .split(let preferred, let other):
                    frontier.waiting.append(.step(other))
                    step = preferred
                    continue
                case .save(let slot):
                    if slot < frontier.current.count {
                        frontier.waiting.append(.restore(slot: slot, place: frontier.current[slot]))
                        frontier.current[slot] = place
                    }
                case .begin: passes = place == 0
                case .end: passes = place == text.count
                case .wordEdge(let wanted):
                    let before = place > 0 && Self.isWord(text[place - 1])
                    let after = place < text.count && Self.isWord(text[place])
                    passes = (before != after) == wanted
                case .scalar, .any, .set, .match:
                    frontier.threads.append(step)
                    if !frontier.current.isEmpty { frontier.saved += frontier.current }
                    passes = false
                }
                guard passes else { break }
                step += 1
            }
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
        case .set(let index): return sets[index].contains(scalar)
        default: return false
        }
    }
}
