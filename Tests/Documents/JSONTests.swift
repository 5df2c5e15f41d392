import Documents
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "reads and writes back",
        arguments: [
            "null", "true", "[1,-2,9223372036854775807]", #"{"b":1,"a":[{}]}"#, #""\" \\ \n é 😀""#, "0.5", "[]",
        ])
    func roundTrip(text: String) throws { #expect(JSON.text(try JSON.parse(text)) == text) }

    @Test("escapes are undone")
    func escapes() throws { #expect(try JSON.parse(#""\u00e9\ud83d\ude00\/\b""#) == .string("é😀/\u{8}")) }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "+1", "nul", "\"\u{1}\"", #""\x""#, #""\ud800""#, #""\ud800\u0041""#,
            "[1] 2", "{1:2}", "'a'", "NaN", "1e999", "\"abc",
        ])
    func refuses(text: String) { #expect(throws: DocumentError.self) { try JSON.parse(text) } }

    @Test("refuses bytes that are not UTF-8")
    func utf8() { #expect(throws: DocumentError.self) { try JSON.parse([0x22, 0xFF, 0x22]) } }

    @Test("stops at its depth, long before the stack does")
    func depth() throws {
        let fits = String(repeating: "[", count: JSON.depthMax) + String(repeating: "]", count: JSON.depthMax)
        #expect(throws: Never.self) { try JSON.parse(fits) }
        #expect(throws: DocumentError.self) { try JSON.parse(String(repeating: "[", count: 1_000_000)) }
    }
}

@Suite("CBOR")
struct CBORTests {
    private func isRefused(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try CBOR.parse(bytes)
            return false
        } catch {
            return error is DocumentError
        }
    }

    @Test(
        "reads and writes back",
        arguments: [
            .null, .bool(true), .integer(.min), .integer(.max), .integer(-24), .double(1.5), .string("é"), .blob([0, 255]),
            .timestamp(Timestamp(microseconds: 1_767_225_600_123_456)), .list([1, [2]]), .map(["a": .map(["b": .null])]),
        ] as [Document])
    func roundTrip(document: Document) throws { #expect(try CBOR.parse(CBOR.write(document)) == document) }

    @Test("reads RFC 8949's indefinite lengths and half floats")
    func indefinite() throws {
        #expect(try CBOR.parse([0x9F, 0x01, 0x7F, 0x61, 0x61, 0x61, 0x62, 0xFF, 0xFF]) == [1, "ab"])
        #expect(try CBOR.parse([0xF9, 0x3E, 0x00]) == .double(1.5))
        #expect(try CBOR.parse([0xBF, 0x7F, 0x61, 0x61, 0x61, 0x62, 0xFF, 0x01, 0xFF]) == ["ab": 1])
    }

    @Test("texts of any length, and maps of any size")
    func sizes() throws {
        for count in [0, 23, 24, 255, 256, 65_535, 65_536] {
            let text = String(repeating: "ä", count: count / 2) + String(repeating: "x", count: count % 2)
            #expect(try CBOR.parse(CBOR.write(.string(text))) == .string(text))
        }
        let large = Document.map(Members(uniqueKeysWithValues: (0..<300).map { ("\($0)", .integer($0)) }))
        #expect(try CBOR.parse(CBOR.write(large)) == large)
        #expect(CBOR.write(large, after: 7) == [7] + CBOR.write(large))
        #expect(try CBOR.parse(([9, 9] + CBOR.write(large))[2...]) == large)
    }

    @Test(
        "refuses names and texts that are none, and counts beyond the bytes",
        arguments: [
            [0xA1, 0x01, 0x02], [0xA1, 0x41, 0x61, 0x01], [0x61, 0xFF], [0x7F, 0x61, 0xFF, 0xFF], [0xA1, 0x61, 0xFF, 0x01],
            [0xBB, 0, 0, 0, 1, 0, 0, 0, 0, 0x61, 0x61, 0x01], [0x9B, 0, 0, 0, 1, 0, 0, 0, 0, 0x01],
        ] as [[UInt8]])
    func noTexts(bytes: [UInt8]) { #expect(isRefused(bytes)) }

    @Test(
        "refuses cut, overlong and endless input",
        arguments: [
            [0x61], [0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9F], [0xBF, 0x01, 0x02], [0x01, 0x01], [0x1C],
        ] as [[UInt8]])
    func refuses(bytes: [UInt8]) { #expect(isRefused(bytes)) }

    @Test("every split of a good document is refused")
    func cut() throws {
        let whole = CBOR.write(["a": [1, 2.5, "text", .blob([1, 2, 3])], "b": .timestamp(Timestamp(seconds: 5))])
        for end in 0..<whole.count { #expect(isRefused(Array(whole[..<end]))) }
    }
}

@Suite("Codable and timestamps")
struct CodableTests {
    struct Inner: Codable, Equatable { var flag: Bool; var bytes: [UInt8] }
    struct Outer: Codable, Equatable {
        var name: String
        var count: Int?
        var ratio: Double
        var when: Timestamp
        var list: [Inner]
        var map: [String: Inner]
        var free: Document
    }

    @Test("typed values survive the way through a document")
    func roundTrip() throws {
        let value = Outer(
            name: "n", count: nil, ratio: 2, when: Timestamp(seconds: 7), list: [Inner(flag: true, bytes: [1])],
            map: ["k": Inner(flag: false, bytes: [])], free: ["x": [1, nil]])
        let document = try DocumentEncoder().encode(value)
        #expect(document["count"] == nil)
        #expect(try DocumentDecoder().decode(Outer.self, from: document) == value)
    }

    struct Numbers: Codable, Equatable {
        enum Kind: String, Codable { case one, two }
        var narrow: [Int8]
        var short: UInt16
        var medium: Int32
        var wide: UInt64
        var single: Float
        var flags: [Bool]
        var lists: [[Int]]
        var blobs: [[UInt8]]
        var names: [String?]
        var kinds: [Kind: Int]
    }

    @Test("numbers of any width, lists of lists and enumerations survive, too; what no document holds is refused")
    func numbers() throws {
        var value = Numbers(
            narrow: [-128, 127], short: 65_535, medium: .min, wide: UInt64(Int64.max), single: 0.5, flags: [true, false],
            lists: [[], [1, -2]], blobs: [[], [255]], names: ["a", nil, ""], kinds: [.one: 1])
        #expect(try DocumentDecoder().decode(Numbers.self, from: DocumentEncoder().encode(value)) == value)
        value.wide += 1
        #expect(throws: DocumentError.self) { try DocumentEncoder().encode(value) }
    }

    /// Encodes by containers that it opens itself.
    struct Nested: Encodable {
        enum Key: CodingKey { case list, map }
        func encode(to encoder: Encoder) throws {
            var root = encoder.container(keyedBy: Key.self)
            var list = root.nestedUnkeyedContainer(forKey: .list)
            var map = root.nestedContainer(keyedBy: Key.self, forKey: .map)
            try list.encode("a")
            try map.encode(1, forKey: .list)
            var inner = list.nestedContainer(keyedBy: Key.self)
            try list.encodeNil()
            try inner.encode(true, forKey: .map)
        }
    }

    @Test("containers within containers grow side by side")
    func nested() throws {
        #expect(try DocumentEncoder().encode(Nested()) == ["list": ["a", ["map": true], nil], "map": ["list": 1]])
    }

    @Test("a wrong type names its place")
    func place() throws {
        let error = #expect(throws: DocumentError.self) {
            try DocumentDecoder().decode([String: Inner].self, from: ["k": ["flag": 1, "bytes": .blob([])]])
        }
        #expect(error?.path == ["k", "flag"])
        let deeper = #expect(throws: DocumentError.self) {
            try DocumentDecoder().decode([String: [Inner]].self, from: ["k": [["flag": true, "bytes": 1]]])
        }
        #expect(deeper?.path == ["k", "0", "bytes"])
    }

    @Test("ISO 8601 and HTTP dates", arguments: [0, 951_782_400, 1_767_225_600, 4_102_444_799, -1] as [Int64])
    func dates(seconds: Int64) throws {
        let time = Timestamp(seconds: seconds)
        #expect(Timestamp(iso8601: time.iso8601()) == time)
        #expect(Timestamp(iso8601: time.iso8601Basic()) == time)
        #expect(Timestamp(httpDate: time.httpDate()) == time)
        let precise = Timestamp(microseconds: 1_795_239_011_123_456)
        #expect(precise.iso8601(milliseconds: true) == "2026-11-21T05:30:11.123Z")
        #expect(precise.iso8601Offset(milliseconds: true) == "2026-11-21T05:30:11.123+0000")
        #expect(precise.iso8601Offset() == "2026-11-21T05:30:11+0000")
    }

    @Test("knows a date when it sees one", arguments: ["2026-02-29T00:00:00Z", "2026-01-01", "2026-13-01T00:00:00Z", "x"])
    func noDate(text: String) { #expect(Timestamp(iso8601: text) == nil) }

    @Test("February 2024's leap day")
    func leap() throws {
        #expect(
            try #require(Timestamp(iso8601: "2024-02-29T12:00:00.250+01:00")).iso8601(milliseconds: true)
                == "2024-02-29T11:00:00.250Z")
    }
}

@Suite("Strings of JSON, and base64")
struct WordTests {
    @Test("a string of any length ends, escapes and is refused at the right byte")
    func lengths() throws {
        for count in 0..<40 {
            let plain = String(repeating: "x", count: count)
            #expect(try JSON.parse("\"\(plain)\"") == .string(plain))
            #expect(try JSON.parse("\"\(plain)\\n\(plain)\"") == .string("\(plain)\n\(plain)"))
            #expect(try JSON.parse("\"\(plain)é😀\(plain)\"") == .string("\(plain)é😀\(plain)"))
            #expect(try JSON.parse("[\"\(plain)\",\"\(plain)!#[]^\"]") == [.string(plain), .string("\(plain)!#[]^")])
            #expect(throws: DocumentError.self) { try JSON.parse("\"\(plain)\u{1F}\(plain)\"") }
            #expect(throws: DocumentError.self) { try JSON.parse("\"\(plain)") }
            #expect(throws: DocumentError.self) { try JSON.parse("\"\(plain)\\") }
        }
    }

    @Test("base64 of any length comes back; RFC 4648's examples")
    func base64() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count) }
            #expect(Base64.decode(Base64.string(bytes)) == bytes)
            #expect(Array(Base64.string(bytes).utf8) == Base64.encode(bytes))
        }
        let examples = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE="]
        for (plain, text) in examples { #expect(Base64.string(Array(plain.utf8)) == text) }
    }

    @Test(
        "what is not base64 is refused",
        arguments: ["Zg=", "Zg", "Zm9v=", "Z===", "====", "Zm=v", "Z=9v", "Zm9\n", "Zm9é", "Zg==Zg=="])
    func notBase64(text: String) { #expect(Base64.decode(text) == nil) }
}
