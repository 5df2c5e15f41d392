import Documents
import Kernel
import Testing

@testable import Pipes

@Suite struct InputTemplateTests {
    private static let pipe = PipeRecord(
        account: "000000000000", region: "us-east-1", name: "p", id: "i", desired: "RUNNING", current: "RUNNING",
        source: "arn:aws:sqs:us-east-1:000000000000:q", sourceParameters: [:], target: "t", role: "r", tags: [:],
        created: Timestamp(seconds: 0), modified: Timestamp(seconds: 0))

    private func apply(_ text: String, _ event: Document) throws -> Document {
        try InputTemplate(text: text, pipe: Self.pipe).apply(event, now: Timestamp(seconds: 0))
    }

    @Test func valuesKeepTheirTypesOutsideStrings() throws {
        let event: Document = ["a": ["n": 1, "l": [true, .null]], "s": "x\"y"]
        #expect(
            try apply(#"{"n": <$.a.n>, "l": <$.a.l>, "s": <$.s>, "none": <$.b>}"#, event)
                == ["n": 1, "l": [true, .null], "s": "x\"y", "none": .null])
    }

    @Test func insideStringsTheyAreText() throws {
        let event: Document = ["a": ["n": 1], "s": "x\"y"]
        #expect(try apply(#""<$.a> and <$.s><$.none>""#, event) == .string(#"{"n":1} and x"y"#))
        // An escaped quotation mark ends no string.
        #expect(try apply(#"{"a": "\"<$.s>\""}"#, event) == ["a": #""x"y""#])
    }

    @Test func bodiesAndDataAreLookedInto() throws {
        let event: Document = [
            "body": #"{"a": [1, {"b": 2}]}"#, "data": .string(Base64.string(Array(#"{"c": 3}"#.utf8))),
            "eventSource": "aws:kinesis",
        ]
        #expect(try apply("<$.body.a[1].b>", event) == 2)
        #expect(try apply("<$.data.c>", event) == 3)
        #expect(try apply("<$.body>", ["body": "plain"]) == "plain")
        // A number alone stays the text that it is.
        #expect(try apply(#"{"b": <$.body>}"#, ["body": "5"]) == ["b": "5"])
    }

    @Test func wildcardsFindAll() throws {
        let event: Document = ["body": #"{"a": [{"b": 1}, {"c": 0}, {"b": 2}], "m": {"x": 3, "y": 4}}"#]
        #expect(try apply(#"{"all": <$.body.a[*].b>}"#, event) == ["all": [1, 2]])
        #expect(try apply("<$.body.m.*>", event) == [3, 4])
        #expect(try apply(#"{"none": <$.body.m.x[*]>}"#, event) == ["none": .null])
    }

    @Test func whatAnEnrichmentCallsDataIsNotDecoded() throws {
        #expect(try apply(#"{"d": <$.data>}"#, ["data": "abcd"]) == ["d": "abcd"])
        #expect(try apply(#"{"d": <$.data>}"#, ["data": "YWJj", "eventSource": "aws:kinesis"]) == ["d": "abc"])
    }

    @Test func theEventAsJSONHasItsBodyOpen() throws {
        let event: Document = ["messageId": "1", "body": #"{"a": 1}"#]
        #expect(try apply(#"{"e": <aws.pipes.event.json>}"#, event) == ["e": ["messageId": "1", "body": ["a": 1]]])
        #expect(try apply(#"{"e": <aws.pipes.event>}"#, event) == ["e": event])
    }

    @Test func variablesOfThePipe() throws {
        #expect(
            try apply(#"["<aws.pipes.pipe-name>", "<aws.pipes.event.ingestion-time>"]"#, [:]) == [
                "p", "1970-01-01T00:00:00.000Z",
            ])
        #expect(try apply("<aws.pipes.event.json>", ["a": 1]) == ["a": 1])
        #expect(try apply("1 < 2 <$.a>", ["a": 3]) == "1 < 2 3")
    }

    @Test func unknownVariablesAreRefused() {
        #expect(throws: PipesFault.self) { try InputTemplate.check("<aws.pipes.nothing>") }
        #expect(throws: PipesFault.self) { try InputTemplate.check("<$.open") }
    }

    @Test(arguments: ["a", "$..a", "$.a[", "$.a[x]", "$a"]) func noPath(_ text: String) { #expect(EventPath(text) == nil) }
}
