import Documents
import Testing

@testable import DynamoDB

/// 60 lines of DynamoDB JSON, compressed by the reference implementation at level 9.
private let frame = """
    KLUv/WAaFnUNABaUNB5Qi9IGRDXs0IcHZqLgNJQk2YBbaEvaGQ44squG6DA+ACUAJQA/V2e267PuR0MRWWgBlmUxiQMDIVk0MBwGSeJAIcKQKAkQBcIwC\
    EOwMAGLIQGH8ogYhClINMwDwigUyIB5CD7nzp3NZ75jd9rKx9v9a6KTe5V3YaLPmWu+bF77t3WJ2mL+MAO2X+Wfx/rv+MXriY5eW/4v1lXP5bWsfSVSq6i\
    uXraIkqrHPB7MxVf+qjDvOletMzOV2TVvSVh2OrbSuUZkJivdeSpjkn2u9d1MAYCCqEFIE121ls1Qk0hLdhJgEEAQQBAMyymCVwhGEAKPgBAiMIz2AaVS/\
    axngjPtCitr2OYQzUdTXR9dXqzUixT2JxNlZKHeef0mxNJkKv+r8upc7qpe8XMULJolvVwCSOfUWgTU1R+VW2acrBxGY8BvRzjTDHwOKeeRtD1Wn0Ix0O3\
    fWXFdhW6SreIqngywkoZ+WctCiv9EWKbQW8cVat9/Z2WddSFTcUKo1LSf8sQzz4tNjpu57HrSYAaZVs+I8UluvDlZB4PssLoRREVgR+cXw+xtAGoA7A8=
    """

private func unpack(_ bytes: [UInt8], by size: Int) throws -> [UInt8] {
    var (plain, output): (Zstandard, [UInt8]) = (Zstandard(), [])
    for start in stride(from: 0, to: bytes.count, by: size) {
        plain.append(Array(bytes[start..<min(bytes.count, start + size)]))
        while let piece = try plain.next() { output += piece }
    }
    guard plain.isComplete else { throw Malformed(reason: "cut") }
    return output
}

struct ImportTests {
    private var compressed: [UInt8] { Base64.decode(frame) ?? [] }
    private var lines: [UInt8] {
        let texts = (0..<60).map { number in
            let fox = String(repeating: "jumps", count: number % 7)
            return
                #"{"Item":{"pk":{"S":"user-\#(number)"},"n":{"N":"\#(number * number)"},"note":{"S":"the quick brown fox \#(fox)"}}}"#
        }
        return Array((texts.joined(separator: "\n") + "\n").utf8)
    }

    @Test(arguments: [1, 7, 1_000]) func zstandardComesOut(size: Int) throws {
        #expect(try unpack(compressed, by: size) == lines)
        // Frames one after another, and one to skip between them.
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        #expect(try unpack(compressed + skippable + compressed, by: size) == lines + lines)
    }

    /// Whatever comes in, the worst is a refusal.
    @Test func damagedFramesAreRefusedOrRead() throws {
        var random = Seed(9)
        for _ in 0..<400 {
            var bytes = compressed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
            do { _ = try unpack(bytes, by: 64) } catch is Malformed {}
        }
    }

    @Test func csvIsCutAtItsDelimiters() throws {
        #expect(
            try ImportReader.cells(Array(#"a,"b,c","d ""e""",,f"#.utf8), UInt8(ascii: ",")) == ["a", "b,c", #"d "e""#, "", "f"])
        #expect(throws: Malformed.self) { try ImportReader.cells(Array(#"a,"b"#.utf8), UInt8(ascii: ",")) }
        var cutter = LineCutter(knowsQuotes: true)
        var lines: [[UInt8]] = []
        for byte in Array("\u{FEFF}a,b\r\n\"1\n2\",3\nlast".utf8) { lines += try cutter.cut([byte], isEnd: false) }
        lines += try cutter.cut([], isEnd: true)
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["a,b", "\"1\n2\",3", "last"])
    }
}
