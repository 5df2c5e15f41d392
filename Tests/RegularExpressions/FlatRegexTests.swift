import Testing

@testable import RegularExpressions

@Suite struct FlatRegexTests {
    @Test(arguments: [
        ("a{2}", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaaa", true), ("^a{2,}b", "ab", false),
        ("^a{0,3}b$", "aaab", true), ("^a{0,3}b$", "aaaab", false), ("a?b", "b", true), ("^$", "", true), ("^$", "a", false),
        ("a^b", "ab", false), ("a$b", "ab", false), ("x*", "", true), ("a{0}b", "b", true), ("^a{0}$", "a", false),
        ("a|^b", "cb", false), ("a|b$|c", "xb", true), ("^.+$", "a\nb", false), ("^[^a]{3}$", "bcd", true),
        ("^a{64}b", String(repeating: "a", count: 64) + "b", true), ("^a{65}b", String(repeating: "a", count: 64) + "b", false),
        ("^a{64,65}b", String(repeating: "a", count: 66) + "b", false),
        ("^a{64,}b", String(repeating: "a", count: 200) + "b", true),
        ("^a{130,}b", String(repeating: "a", count: 129) + "b", false), ("é{2}", "aéé", true),
    ])
    func flat(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try FlatRegex(pattern).matches(text) == expected)
    }

    @Test(arguments: ["(a)", "(?:a){2}", "\\ba", "(?i)a", "a**", "["]) func notFlat(_ pattern: String) {
        #expect(throws: LinearRegex.Failure.notValid) { try FlatRegex(pattern) }
    }

    /// The other engine says the same of expressions and texts that a fixed seed makes.
    @Test func saysWhatTheGeneralEngineSays() throws {
        var seed: UInt64 = 0x7461_726E
        func pick(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(count))
        }
        let items = ["a", "b", "[ab]", "[^a]", ".", "c", "^", "$", "|"]
        let times = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,70}", "{0,2}"]
        for _ in 0..<2_000 {
            var pattern = ""
            for _ in 0...pick(6) {
                let item = items[pick(items.count)]
                pattern += item + ("^$|".contains(item) ? "" : times[pick(times.count)])
            }
            let (flat, general) = (try FlatRegex(pattern), try LinearRegex(pattern, stepsMax: 10_000))
            for _ in 0..<5 {
                let text = (0..<pick(9)).map { _ in ["a", "a", "b", "c"][pick(4)] }.joined()
                #expect(flat.matches(text) == general.matches(text), "\(pattern) on \(text)")
            }
        }
    }

    /// The largest that a filter pattern may hold.
    @Test func manyRepeats() throws {
        let regex = try FlatRegex(String(repeating: "a{0,255}", count: 127) + "b")
        #expect(!regex.matches(String(repeating: "a", count: 2_000)))
        #expect(regex.matches(String(repeating: "a", count: 2_000) + "b"))
    }
}
