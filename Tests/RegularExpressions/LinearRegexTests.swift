import Testing

@testable import RegularExpressions

@Suite struct LinearRegexTests {
    @Test func manyChoices() throws {
        let regex = try LinearRegex(String(repeating: "a|", count: 2_000) + "b", stepsMax: 10_000)
        #expect(regex.matches("b"))
        #expect(throws: LinearRegex.Failure.tooLong) { try LinearRegex("a{1000}a{1000}", stepsMax: 1_500) }
    }

    @Test(arguments: [
        ("a|b", "xb", ["b"]), ("(a+)(b*)", "caab", ["aab", "aa", "b"]), ("^a.c$", "abc", ["abc"]), ("^a.c$", "abcd", []),
        ("a+?", "aaa", ["a"]), ("(?:ab){2,3}", "ababab", ["ababab"]), ("[^x-z]+", "xyab", ["ab"]),
        ("\\bcat\\b", "a cat!", ["cat"]),
        ("\\bcat\\b", "concat", []), ("(?i)ERR[a-z]", "an errOr", ["errO"]), ("\\d{2}:\\d{2}", "at 12:34", ["12:34"]),
        ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]), ("x*", "aaa", [""]), ("a\\.b", "a.b", ["a.b"]),
        ("[\\w-]+@", "me-2@", ["me-2@"]),
        ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", []), ("é+", "caféé", ["éé"]), ("a{-1}", "a{-1}", ["a{-1}"]),
        ("a\\_b", "a_b", ["a_b"]), ("\\A\\x61\\u0062\\z", "ab", ["ab"]), ("\\Ab", "ab", []), ("(a)|(b)|c", "cb", ["c"]),
        ("(a|(b))+", "xab", ["ab", "b", "b"]), ("(?i)É", "né", ["é"]),
    ])
    func regexes(_ pattern: String, _ text: String, _ expected: [String]) throws {
        #expect((try LinearRegex(pattern, stepsMax: 5_000).first(in: text)?.groups.compactMap { $0 } ?? []) == expected)
    }

    @Test(arguments: ["\\x4", "\\uD800", "\\xgg", "\\x+1"]) func numbersOfScalars(_ pattern: String) {
        #expect(throws: LinearRegex.Failure.notValid) { try LinearRegex(pattern, stepsMax: 100) }
    }
}
