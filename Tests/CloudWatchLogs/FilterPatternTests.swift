import Testing

@testable import CloudWatchLogs

/// The examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html and its neighbours.
@Suite struct FilterPatternTests {
    private static let longest = String(repeating: "a", count: 255)

    private func matches(_ pattern: String, _ message: String) throws -> Bool { try FilterPattern(pattern).matches(message) }

    @Test(arguments: [
        ("", "anything", true), ("ERROR", "[ERROR 400] BAD", true), ("ERROR", "error", false),
        ("ERROR ARGUMENTS", "ERROR 419 MISSING ARGUMENTS", true), ("ERROR ARGUMENTS", "ERROR 420", false),
        ("?ERROR ?WARN", "WARN disk", true), ("?ERROR ?WARN", "INFO", false), ("ERROR -EXITING", "ERROR EXITING", false),
        ("ERROR -EXITING", "ERROR", true), ("\"INTERNAL SERVER\"", "500 INTERNAL SERVER ERROR", true),
        ("%colou?r%", "a color", true), ("%ERR(OR)%", "", false), ("%^[a-f]{2}[0-9]+$%", "ab12", true),
        ("%^[a-f]{2}[0-9]+$%", "xab12", false), ("%10\\.10\\.0\\.1%", "from 10.10.0.1 port", true),
        ("%10\\.10\\.0\\.1%", "from 10a10.0.1", false), ("%gray|grey%", "grey", true), ("%\\d{3,}%", "12 34", false),
        ("%^.$%", "é", true), ("%^..$%", "é", false), ("%^[^a]{2}$%", "öü", true), ("%x\\Wy%", "x\u{1F600}y", true),
        ("%^a{1}{2}$%", "aa", true), ("%^a{1}?$%", "", true), ("%a\\_[\\_]b%", "a__b", true), ("%^a{255}$%", longest, true),
        ("%^a{0,254}$%", longest, false), ("%^a|b$%", "cb", true), ("%a||b%", "c", true),
        ("%a.*c%", "abc", true), ("%a.+b.+c%", "a-c-b", false), ("%[^\\d\\s]+x%", "12 yx", true),
    ])
    func terms(_ pattern: String, _ message: String, _ expected: Bool) throws {
        if pattern.contains("(") {
            #expect(throws: LogsFault.self) { try FilterPattern(pattern) }
        } else {
            #expect(try matches(pattern, message) == expected)
        }
    }

    private static let event = """
        {"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],
        "objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"ThisFlag":true,"latency":50.5,
        "user":{"email":"John.Doe@example.com","id":1},"a-b":{"c":"d"},"text":"12"}
        """

    @Test(arguments: [
        ("{ $.eventType = \"UpdateTrail\" }", true), ("{$.eventType=UpdateTrail}", true), ("{ $.eventType = Other }", false),
        ("{ $.sourceIPAddress != 123.123.* }", true), ("{ $.sourceIPAddress = 111.*.111 }", true),
        ("{ $.arrayKey[0] = \"value\" }", true), ("{ $.arrayKey[1] = \"value\" }", false), ("{ $.arrayKey[*] = another* }", true),
        ("{ $.objectList[1].id = 2 }", true), ("{ $.objectList[*].name = b }", true), ("{ $.SomeObject IS NULL }", true),
        ("{ $.ThisFlag IS TRUE }", true), ("{ $.ThisFlag IS FALSE }", false), ("{ $.None NOT EXISTS }", true),
        ("{ $.SomeObject NOT EXISTS }", false), ("{ $.latency > 50 }", true), ("{ $.latency >= 5.05e1 }", true),
        ("{ $.latency < 50 }", false), ("{ $.missing != 1 }", false), ("{ $.eventType = %Upd[a-z]+Trail% }", true),
        ("{ ($.user.id = 1) && ($.user.email = \"John*\") }", true), ("{ $.user.id = 2 && $.latency > 1 || $.text = 12 }", true),
        ("{ $.user.id = 2 && ($.latency > 1 || $.text = 12) }", false), ("{ $['a-b'].c = d }", true), ("{ $.a-b.c = d }", true),
    ])
    func json(_ pattern: String, _ expected: Bool) throws {
        #expect(try matches(pattern, Self.event) == expected)
        #expect(try !matches(pattern, "no JSON"))
    }

    @Test func fields() throws {
        let line = #"127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#
        #expect(try matches("[ip, id, user, timestamp, request, status_code, bytes]", line))
        #expect(try !matches("[ip, id, user]", line))
        #expect(try matches("[ip, id, user, timestamp, request, status_code = 4*, bytes > 1000]", line))
        #expect(try !matches("[ip, id, user, timestamp, request, status_code = 4*, bytes > 2000]", line))
        #expect(try matches("[..., request = *html*, status_code = 4*, bytes]", line))
        #expect(try matches("[ip = 127.0.0.*, ...]", line))
        #expect(try matches("[..., status_code = 404 || status_code = 5*, bytes]", line))
        #expect(try matches("[ip = %127\\.0\\.0\\.[0-9]+%, ..., bytes < 2000 && bytes > 1000]", line))
        let values = try FilterPattern("[ip, , user, ...]").values(of: line)
        #expect(values == ["$ip": "127.0.0.1", "$2": "Prod", "$user": "frank"])
        let request = try FilterPattern("[..., request, status, bytes]").values(of: line)
        #expect(request?["$request"] == "GET /index.html HTTP/1.0")
    }

    @Test func values() throws {
        let pattern = try FilterPattern("{ $.latency > 1 && $.user.id = 1 }")
        #expect(pattern.values(of: Self.event) == ["$.latency": "50.5", "$.user.id": "1"])
        #expect(try FilterPattern("ERROR").values(of: "ERROR 1") == [:])
    }

    @Test(arguments: [
        "{", "{}", "{ $.a }", "{ $.a = }", "{ a = 1 }", "{ $.a > b }", "{ $.a = 1 && }", "{ ($.a = 1 }", "[", "[a", "[a, b = ]",
        "[a = 1 && b = 2]", "[..., a, ...]", "\"open", "%open", "%(a)%", "%!%", "%*%", "%a+?%", "%a{2}{2}%", "%^*%", "%a{%",
        "%a}%", "%a{256}%", "%a{-1}%", "%é%", "%\\n%", "%\\b%", "%[]a]%",
        "%[^]%", "%[c-a]%", "%[é]%", "%[\\D]%", "%[\\n]%", "{ $.a = 1 } x", "%a{9999}%",
    ])
    func malformed(_ pattern: String) {
        #expect(throws: LogsFault.self) { try FilterPattern(pattern) }
    }

    /// An expression that makes backtracking engines slow.
    @Test func aLongText() throws {
        let regex = try #require(FilterRegex("a*a*a*a*a*a*a*a*b"))
        #expect(!regex.matches(String(repeating: "a", count: 20_000)))
    }

    /// What a pattern of 1,024 characters can come to.
    @Test func theLongestExpressions() throws {
        let repeats = try #require(FilterRegex(String(repeating: "a{0,255}", count: 126) + "b{255}"))
        #expect(repeats.matches(String(repeating: "b", count: 255)))
        #expect(!repeats.matches(String(repeating: "b", count: 254)))
        let choices = try #require(FilterRegex(String(repeating: "a|", count: 510) + "b"))
        #expect(choices.matches("b"))
    }

    @Test func deepParentheses() {
        let pattern = "{ " + String(repeating: "(", count: 500) + "$.a = 1" + String(repeating: ")", count: 500) + " }"
        #expect(throws: LogsFault.self) { try FilterPattern(pattern) }
    }
}
