import Documents
import Kernel
import Testing

@testable import S3

/// What a Select takes, and what of it reaches the SQL worker.
@Suite struct SelectTests {
    private static func request(
        input: Document = ["CSV": [:]], output: Document = ["CSV": [:]], range: (Int64?, Int64?)? = nil, size: Int64 = 100,
        type: String = "SQL", expression: String = "SELECT * FROM S3Object"
    ) throws -> SelectRequest {
        try SelectRequest(
            SelectObjectContentInput(
                bucket: "b", key: "k", expression: expression, expressionType: type, inputSerialization: input,
                outputSerialization: output, scanRange: range.map { .init(start: $0.0, end: $0.1) }), size: size)
    }

    private static func code(_ body: () throws -> SelectRequest) -> String? {
        do { _ = try body() } catch { return (error as? SelectFault)?.wire.code }
        return nil
    }

    @Test func defaults() throws {
        let request = try Self.request()
        #expect(request.members["input"]?["compression"] == "NONE" && request.members["input"]?["csv"]?["header"] == "NONE")
        #expect(request.members["output"] == ["csv": [:]] && request.members["scanRange"] == nil)
        #expect(try Self.request(output: ["JSON": [:]]).members["output"] == ["json": [:]])
    }

    @Test func outputSerialization() throws {
        let csv: Document = [
            "CSV": [
                "QuoteFields": "ALWAYS", "FieldDelimiter": ";", "RecordDelimiter": "|", "QuoteCharacter": "'",
                "QuoteEscapeCharacter": "\\",
            ]
        ]
        let wanted: Document = [
            "quoteFields": "ALWAYS", "delimiter": ";", "recordDelimiter": "|", "quote": "'", "quoteEscape": "\\",
        ]
        #expect(try Self.request(output: csv).members["output"]?["csv"]?.members == wanted.members)
        #expect(
            try Self.request(output: ["JSON": ["RecordDelimiter": ","]]).members["output"] == ["json": ["recordDelimiter": ","]])
        #expect(Self.code { try Self.request(output: ["CSV": [:], "JSON": [:]]) } == "ObjectSerializationConflict")
        #expect(Self.code { try Self.request(output: [:]) } == "ObjectSerializationConflict")
        #expect(Self.code { try Self.request(output: ["CSV": ["QuoteFields": "SOMETIMES"]]) } == "InvalidQuoteFields")
    }

    @Test(
        arguments: [
            (0, 50, ["start": 0, "end": 50]), (99, nil, ["start": 99]), (nil, 10, ["end": 10]),
            (0, 1_000, ["start": 0, "end": 1_000]),
            (5, 5, ["start": 5, "end": 5]),
        ] as [(Int64?, Int64?, Document)])
    func scanRanges(start: Int64?, end: Int64?, members: Document) throws {
        #expect(try Self.request(range: (start, end)).members["scanRange"] == members)
    }

    @Test(arguments: [(100, nil), (-1, 5), (10, 9), (nil, -1), (nil, nil), (200, 300)] as [(Int64?, Int64?)])
    func scanRangesThatAreNone(start: Int64?, end: Int64?) {
        #expect(Self.code { try Self.request(range: (start, end)) } == "InvalidScanRange")
    }

    @Test(
        arguments: [
            ["CSV": [:], "CompressionType": "GZIP"], ["JSON": ["Type": "DOCUMENT"]],
            ["CSV": ["AllowQuotedRecordDelimiter": true]],
        ] as [Document])
    func whatCannotBeReadInPieces(input: Document) {
        #expect(Self.code { try Self.request(input: input, range: (0, 10)) } == "UnsupportedScanRangeInput")
        #expect(Self.code { try Self.request(input: input) } == nil)
    }

    @Test func inputs() throws {
        #expect(Self.code { try Self.request(input: ["CSV": [:], "JSON": ["Type": "LINES"]]) } == "ObjectSerializationConflict")
        #expect(Self.code { try Self.request(input: [:]) } == "InvalidDataSource")
        #expect(Self.code { try Self.request(input: ["JSON": ["Type": "ROWS"]]) } == "InvalidJsonType")
        #expect(Self.code { try Self.request(input: ["CSV": ["FileHeaderInfo": "MAYBE"]]) } == "InvalidFileHeaderInfo")
        #expect(Self.code { try Self.request(input: ["CSV": [:], "CompressionType": "ZIP"]) } == "InvalidCompressionFormat")
        #expect(Self.code { try Self.request(type: "XPath") } == "InvalidExpressionType")
        let long = String(repeating: "x", count: Limit.expressionSize + 1)
        #expect(Self.code { try Self.request(expression: long) } == "ExpressionTooLong")
        #expect(Self.code { try Self.request(input: ["CSV": ["FieldDelimiter": "||"]]) } != nil)
        #expect(Self.code { try Self.request(input: ["CSV": ["FieldDelimiter": ""]]) } != nil)
        let given: Document = [
            "CSV": ["RecordDelimiter": "\r\n", "QuoteCharacter": "", "Comments": "#", "FileHeaderInfo": "USE"]
        ]
        let csv = try Self.request(input: given).members["input"]?["csv"]
        #expect(csv?["recordDelimiter"] == "\r\n" && csv?["quote"] == "" && csv?["comments"] == "#" && csv?["header"] == "USE")
    }
}
