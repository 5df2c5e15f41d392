import Documents
import Kernel
import Testing

@testable import Firehose

@Suite("Metadata queries")
struct QueryTests {
    private static let record = """
        {"id":"c1","n":7,"when":1650827861,"millis":1650827861000,"type":{"device":"mobile","a b":"x"},
         "list":["p","q",{"z":3}],"text":"{\\"inner\\":5}","date":"2022-04-24T19:17:41Z","day":"24/04/2022","none":null,"no":false}
        """

    @Test(
        "A value of each form",
        arguments: [
            (".id", "\"c1\""), (".type.device", "\"mobile\""), (".type.\"a b\"", "\"x\""), (".type[\"a b\"]", "\"x\""),
            (".list[0]", "\"p\""), (".list[-1].z", "3"), (".list[1:]|length", "2"), (".id[1:]", "\"1\""), (".n+1", "8"),
            (".n*2-4/2", "12"),
            (".n%4", "3"), (".missing", "null"), (".missing//.id", "\"c1\""), (".none // \"d\"", "\"d\""), (".no//1", "1"),
            (".when|strftime(\"%Y-%m-%d %H:%M:%S %j\")", "\"2022-04-24 19:17:41 114\""),
            ("(.millis/1000)|strftime(\"%Y\")", "\"2022\""), (".date|fromdate|strftime(\"%H\")", "\"19\""),
            (".day|strptime(\"%d/%m/%Y\")|mktime", "1650758400"), (".when|todate", "\"2022-04-24T19:17:41Z\""),
            (".text|fromjson|.inner", "5"), (".id|ascii_upcase", "\"C1\""), (".n|tostring", "\"7\""),
            (".id|ltrimstr(\"c\")|tonumber", "1"),
            (".day|split(\"/\")|.[2]", "\"2022\""), ("[.n][0]?", nil), (".id|length", "2"), (".no|not", "true"),
            ("{a:.n,\"b\":.id,id}", "{\"a\":7,\"b\":\"c1\",\"id\":\"c1\"}"),
            (".id.x?", "null"), ("-.n", "-7"), (".n > 3", nil), (".list[]", nil), ("..", nil), (".id|test(\"c\")", nil),
            ("{a:.n", nil), ("", nil), (".a b", nil),
        ] as [(String, String?)])
    func values(_ query: String, _ value: String?) throws {
        let input = try JSON.parse(Self.record)
        guard let value else {
            #expect(throws: (any Error).self) { try QueryParser.parse(query) }
            return
        }
        #expect(JSON.text(try QueryParser.parse(query).value(of: input)) == value)
    }

    @Test(
        "Values that there are not",
        arguments: [".id.x", ".n|strptime(\"%Y\")", ".n/0", ".id|tonumber", ".list|ascii_upcase", ".id|strftime(\"%Y\")"])
    func failures(_ query: String) throws {
        let input = try JSON.parse(Self.record)
        let expression = try QueryParser.parse(query)
        #expect(throws: QueryFailure.self) { try expression.value(of: input) }
    }

    @Test("Keys are texts and never empty")
    func keys() throws {
        let query = try MetadataQuery("{customer: .id, n: .n}")
        #expect(query.keys == ["customer", "n"])
        #expect(try query.keys(of: Array(Self.record.utf8)) == ["customer": "c1", "n": "7"])
        #expect(throws: QueryFailure.self) { try query.keys(of: Array("{\"id\":\"\",\"n\":1}".utf8)) }
        #expect(throws: QueryFailure.self) { try query.keys(of: Array("[1".utf8)) }
        #expect(throws: (any Error).self) { try MetadataQuery(".id") }
    }

    @Test("Nesting has an end")
    func depth() {
        let deep = String(repeating: "(", count: 100_000) + "." + String(repeating: ")", count: 100_000)
        #expect(throws: (any Error).self) { try QueryParser.parse(deep) }
    }

    @Test("Records that are several")
    func deaggregation() {
        func json(_ text: String) -> [String]? {
            Deaggregation.parts(of: Array(text.utf8), .json)?.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(json(#"{"a":"}{"}{"b":[1,{"c":2}]}"#) == [#"{"a":"}{"}"#, #"{"b":[1,{"c":2}]}"#])
        #expect(json("{\"a\":1}\n {\"a\":2}\n") == ["{\"a\":1}", "{\"a\":2}"])
        #expect(json(#"[{"a":1},{"a":2}]"#) == [#"{"a":1}"#, #"{"a":2}"#])
        #expect(json("{\"a\":1}x") == nil && json("{\"a\":1") == nil && json("}") == nil)
        let parts = Deaggregation.parts(of: Array("a##b##".utf8), .delimited(Array("##".utf8)))
        #expect(parts == [Array("a".utf8), Array("b".utf8)])
    }
}
