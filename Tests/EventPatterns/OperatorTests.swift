import Documents
import EventPatterns
import Testing

/// Every operator by values that pass and values that do not
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
@Suite struct OperatorTests {
    struct Row: Sendable {
        var test: String
        var passes: [String]
        var fails: [String]
    }

    static let rows: [Row] = [
        Row(test: #"["Alice"]"#, passes: [#""Alice""#, #"["Bob","Alice"]"#], fails: [#""alice""#, #""Alic""#, "1", "null"]),
        Row(test: "[null]", passes: ["null"], fails: [#""""#, #""null""#, "0", "false"]),
        Row(test: #"[""]"#, passes: [#""""#], fails: ["null", #"" ""#]),
        Row(test: "[true]", passes: ["true"], fails: ["false", #""true""#]),
        Row(test: "[300]", passes: ["300"], fails: ["300.0", "3", #""300""#]),
        Row(test: #"[{"prefix":"us-"}]"#, passes: [#""us-east-1""#, #""us-""#], fails: [#""eu-us-""#, #""US-""#, "1"]),
        Row(test: #"[{"suffix":".png"}]"#, passes: [#""a.png""#], fails: [#""a.PNG""#, #""png""#]),
        Row(test: #"[{"equals-ignore-case":"alice"}]"#, passes: [#""ALICE""#, #""Alice""#], fails: [#""alices""#]),
        Row(test: #"[{"prefix":{"equals-ignore-case":"EventB"}}]"#, passes: [#""EVENTBRIDGE""#], fails: [#""xeventb""#]),
        Row(test: #"[{"suffix":{"equals-ignore-case":".png"}}]"#, passes: [#""a.PNG""#], fails: [#""a.PNGs""#]),
        Row(
            test: #"[{"wildcard":"dir/*/a*.txt"}]"#, passes: [#""dir/x/y/abc.txt""#, #""dir//a.txt""#], fails: [#""dir/a.txt""#]),
        Row(test: #"[{"wildcard":"a\\*b"}]"#, passes: [#""a*b""#], fails: [#""axb""#]),
        Row(test: #"[{"anything-but":"Raining"}]"#, passes: [#""Sunny""#, "1", "null"], fails: [#""Raining""#]),
        Row(test: #"[{"anything-but":["a","b"]}]"#, passes: [#""c""#], fails: [#""a""#, #""b""#]),
        Row(test: #"[{"anything-but":[1,2]}]"#, passes: ["3", #""1""#], fails: ["1", "2"]),
        Row(test: #"[{"anything-but":{"prefix":"init"}}]"#, passes: [#""run""#], fails: [#""initial""#]),
        Row(test: #"[{"anything-but":{"prefix":["a","b"]}}]"#, passes: [#""ca""#], fails: [#""ab""#, #""ba""#]),
        Row(test: #"[{"anything-but":{"suffix":[".txt"]}}]"#, passes: [#""a.rtf""#], fails: [#""a.txt""#]),
        Row(test: #"[{"anything-but":{"wildcard":"*/lib/*"}}]"#, passes: [#""/usr/bin/x""#], fails: [#""/usr/lib/x""#]),
        Row(test: #"[{"anything-but":{"equals-ignore-case":["initializing"]}}]"#, passes: [#""x""#], fails: [#""INITIALIZING""#]),
        Row(test: #"[{"numeric":["=",100]}]"#, passes: ["100", "100.0", "1e2"], fails: ["101", #""100""#]),
        Row(test: #"[{"numeric":[">",10,"<=",20]}]"#, passes: ["10.5", "20"], fails: ["10", "20.1"]),
        Row(test: #"[{"numeric":["<",0]}]"#, passes: ["-1"], fails: ["0"]),
        Row(test: #"[{"cidr":"10.0.0.0/24"}]"#, passes: [#""10.0.0.255""#], fails: [#""10.0.1.0""#, #""::1""#, #""x""#]),
        Row(test: #"[{"cidr":"2001:db8::/32"}]"#, passes: [#""2001:db8:1::5""#], fails: [#""2001:db9::""#]),
        Row(test: #"[{"exists":true}]"#, passes: ["null", "1", #"["a"]"#], fails: [#"{"b":1}"#]),
        Row(test: #"["x",{"numeric":[">",5]}]"#, passes: [#""x""#, "6"], fails: ["5", #""y""#]),
    ]

    @Test(arguments: rows) func agrees(row: Row) throws {
        let pattern = try EventPattern(#"{"a":\#(row.test)}"#)
        let index = PatternIndex([(1, pattern)])
        for (values, expected) in [(row.passes, true), (row.fails, false)] {
            for value in values {
                let event = try JSON.parse(#"{"a":\#(value)}"#)
                #expect(pattern.matches(event) == expected, "\(row.test) on \(value)")
                #expect((index.matches(event) == [1]) == expected, "index: \(row.test) on \(value)")
            }
        }
    }

    @Test func missingFields() throws {
        let pattern = try EventPattern(#"{"d":{"p":[{"exists":false}],"x":[1]}}"#)
        #expect(pattern.matches(try JSON.parse(#"{"d":{"x":1}}"#)))
        #expect(!pattern.matches(try JSON.parse(#"{"d":{"x":1,"p":null}}"#)))
        #expect(pattern.matches(try JSON.parse(#"{"d":{"x":1,"p":{"q":2}}}"#)))
        #expect(try EventPattern(#"{"d":{"p":[{"exists":false}]}}"#).matches([:]))
    }

    @Test func orIsAnd() throws {
        let pattern = try EventPattern(#"{"s":["x"],"$or":[{"c":[0]},{"d":{"e":[1]},"f":[2]}]}"#)
        #expect(pattern.matches(try JSON.parse(#"{"s":"x","c":0}"#)))
        #expect(pattern.matches(try JSON.parse(#"{"s":"x","d":{"e":1},"f":2}"#)))
        #expect(!pattern.matches(try JSON.parse(#"{"s":"x","d":{"e":1},"f":3}"#)))
        #expect(!pattern.matches(try JSON.parse(#"{"s":"y","c":0}"#)))
        // A `$or` of one object is a field.
        #expect(throws: InvalidEventPattern.self) { try EventPattern(#"{"$or":[{"c":[0]}]}"#) }
    }

    @Test func elementsOfAnArrayPassTogether() throws {
        let pattern = try EventPattern(#"{"e":{"x":[1],"y":[2]}}"#)
        let index = PatternIndex([("p", pattern)])
        let apart = try JSON.parse(#"{"e":[{"x":1,"y":3},{"x":3,"y":2}]}"#)
        let together = try JSON.parse(#"{"e":[{"x":3},[{"x":1,"y":[5,2]}]]}"#)
        #expect(!pattern.matches(apart))
        #expect(index.matches(apart).isEmpty)
        #expect(pattern.matches(together))
        #expect(index.matches(together) == ["p"])
    }

    @Test(arguments: [
        ("[]", "Filter is not an object"), ("{}", "Empty objects are not allowed"),
        (#"{"a":"b"}"#, #""a" must be an object or an array"#), (#"{"a":[]}"#, "Empty arrays are not allowed"),
        (#"{"a":{}}"#, "Empty objects are not allowed"),
        (#"{"a":[["b"]]}"#, "Match value must be String, number, true, false, or null"),
        (#"{"a":[{"like":"b"}]}"#, "Unrecognized match type like"),
        (#"{"a":[{"prefix":1}]}"#, "prefix match pattern must be a string"),
        (#"{"a":[{"exists":"x"}]}"#, "exists match pattern must be either true or false."),
        (#"{"a":[{"numeric":[">","x"]}]}"#, "Value of > must be numeric"),
        (#"{"a":[{"numeric":[">",9,"<",3]}]}"#, "Bottom must be less than top"),
        (#"{"a":[{"prefix":"x","suffix":"y"}]}"#, "Only one key allowed in match expression"),
        (#"{"a":[{"wildcard":"a**b"}]}"#, "Consecutive wildcard characters at pos 1"),
        (#"{"a":[{"cidr":"10.0.0.0"}]}"#, "Malformed CIDR, one '/' required"),
    ]) func refuses(pattern: String, reason: String) {
        #expect(throws: InvalidEventPattern.self) { try EventPattern(pattern) }
        do { _ = try EventPattern(pattern) } catch {
            #expect(error.message == "Event pattern is not valid. Reason: \(reason)")
        }
    }
}
