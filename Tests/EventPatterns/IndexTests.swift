import Documents
import EventPatterns
import Testing

/// The automaton against the plain matcher, on random patterns and events of a seeded source.
@Suite struct IndexTests {
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let names = ["a", "b", "c"]
    static let texts = ["", "x", "xy", "X", "yx", "10.0.0.1", "10.0.1.1", "é", "é"]

    static func leaf(_ random: inout Seeded) -> Document {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2, 3: .integer(Int64.random(in: 0...4, using: &random))
        case 4: .double(Double(Int.random(in: 0...8, using: &random)) / 2)
        default: .string(texts.randomElement(using: &random) ?? "")
        }
    }

    static func value(_ random: inout Seeded, _ depth: Int) -> Document {
        switch Int.random(in: 0..<(depth > 2 ? 4 : 8), using: &random) {
        case 5, 6: event(&random, depth + 1)
        case 7: .list((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth + 1) })
        default: leaf(&random)
        }
    }

    static func event(_ random: inout Seeded, _ depth: Int = 0) -> Document {
        var members: Members = [:]
        for name in names where Int.random(in: 0..<4, using: &random) > 0 { members[name] = value(&random, depth) }
        return .map(members)
    }

    static func test(_ random: inout Seeded) -> Document {
        let text = Document.string(texts.randomElement(using: &random) ?? "")
        let low = Int64.random(in: 0...3, using: &random)
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return ["prefix": text]
        case 1: return ["suffix": text]
        case 2: return ["equals-ignore-case": text]
        case 3: return ["prefix": ["equals-ignore-case": text]]
        case 4: return ["suffix": ["equals-ignore-case": text]]
        case 5: return ["wildcard": ["x*", "*x", "*", "x*y", "1*.*"][Int(low)]]
        case 6: return ["anything-but": ["x", text]]
        case 7: return ["anything-but": ["prefix": "x"]]
        case 8: return ["numeric": [">", .integer(low), "<=", .integer(low + 2)]]
        case 9: return ["numeric": ["=", .integer(low)]]
        case 10: return ["cidr": "10.0.0.0/24"]
        case 11: return ["exists": .bool(Bool.random(using: &random))]
        default: return leaf(&random)
        }
    }

    static func pattern(_ random: inout Seeded, _ depth: Int = 0) -> Document {
        var members: Members = [:]
        for name in names.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)) {
            if depth < 2, Int.random(in: 0..<3, using: &random) == 0 {
                members[name] = pattern(&random, depth + 1)
            } else {
                members[name] = .list((0..<Int.random(in: 1...3, using: &random)).map { _ in test(&random) })
            }
        }
        if Int.random(in: 0..<6, using: &random) == 0 {
            members["$or"] = [pattern(&random, depth + 1), pattern(&random, depth + 1)]
        }
        return .map(members)
    }

    @Test(arguments: 0..<20) func agreesWithThePlainMatcher(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let patterns = try (0..<60).map { ($0, try EventPattern(Self.pattern(&random))) }
        let index = PatternIndex(patterns)
        for _ in 0..<60 {
            let event = Self.event(&random)
            let expected = Set(patterns.filter { $0.1.matches(event) }.map(\.0))
            let found = index.matches(event)
            #expect(found == expected, "\(JSON.text(event)): \(found.symmetricDifference(expected).sorted())")
        }
    }

    @Test func tenThousandRules() throws {
        let patterns = try (0..<10_000).map { number in
            let text = #"""
                {"source":["app.\#(number % 40)"],"detail-type":["order"],
                 "detail":{"customer":["c\#(number)"],"amount":[{"numeric":[">",\#(number % 100)]}],"region":[{"prefix":"eu-"}]}}
                """#
            return (number, try EventPattern(text))
        }
        let index = PatternIndex(patterns)
        let event = try JSON.parse(
            #"{"source":"app.7","detail-type":"order","detail":{"customer":"c4727","amount":99,"region":"eu-west-1"}}"#)
        #expect(index.matches(event) == [4727])
    }
}
