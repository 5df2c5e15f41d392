import Documents
import Testing

@testable import EventSources

@Suite struct SourceFilterTests {
    private func passes(_ patterns: [String], body: String) throws -> Bool {
        try SourceFilter(patterns).passes(["body": .string(body), "messageId": "m"], .body(body))
    }

    private func passes(_ patterns: [String], data: String) throws -> Bool {
        let event: Document = ["kinesis": ["partitionKey": "k", "data": .blob(Array(data.utf8))], "eventSource": "aws:kinesis"]
        return try SourceFilter(patterns).passes(event, .kinesis(Array(data.utf8)))
    }

    @Test func noPatternPassesAll() throws { #expect(try passes([], body: "x")) }

    @Test func aBodyIsSeenAsTheObjectThatItHolds() throws {
        #expect(try passes([#"{"body":{"a":[1]}}"#], body: #"{"a": 1}"#))
        #expect(try !passes([#"{"body":{"a":[1]}}"#], body: #"{"a": 2}"#))
        #expect(try !passes([#"{"body":{"a":[1]}}"#], body: "text"))
    }

    @Test func textAndObjectDoNotMeet() throws {
        #expect(try passes([#"{"body":["text"]}"#], body: "text"))
        #expect(try !passes([#"{"body":["text"]}"#], body: #"{"text": 1}"#))
        // Though the field is missing in the text too.
        #expect(try !passes([#"{"body":{"a":[{"exists":false}]}}"#], body: "text"))
    }

    @Test func aPatternWithoutDataLooksAtTheRestOnly() throws {
        #expect(try passes([#"{"messageId":["m"]}"#], body: "text"))
        #expect(try passes([#"{"partitionKey":["k"]}"#], data: "text"))
    }

    @Test func oneOfSeveralIsEnough() throws {
        #expect(try passes([#"{"data":{"a":[2]}}"#, #"{"data":{"a":[1]}}"#], data: #"{"a":1}"#))
    }

    @Test func whatIsNoPatternIsRefused() {
        #expect(throws: InvalidSourceFilter.self) { try SourceFilter(["{"]) }
        #expect(throws: InvalidSourceFilter.self) { try SourceFilter([#"{"a":"b"}"#]) }
    }
}
