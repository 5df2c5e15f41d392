import Documents
import Testing

@testable import Firehose

@Suite("Names and forms of objects")
struct FormatTests {
    private let moment = Timestamp(iso8601: "2026-03-05T23:04:09.123Z")

    @Test(
        "Java's date patterns",
        arguments: [
            ("yyyy/MM/dd/HH/", "2026/03/05/23/"), ("yy-M-d", "26-3-5"), ("EEE'-day' ''", "Thu-day '"),
            ("EEEE MMM MMMM", "Thursday Mar March"),
            ("hh:mm:ss.SSS a", "11:04:09.123 PM"), ("D", "64"), ("xxx Z X", "+00:00 +0000 Z"),
        ])
    func patterns(_ pattern: String, _ text: String) throws {
        #expect(ZonedTime.isPattern(pattern))
        #expect(ZonedTime(try #require(moment), zone: nil).format(pattern) == text)
    }

    @Test("A zone moves the date, and knows of summer time")
    func zones() throws {
        let moment = try #require(moment)
        #expect(ZonedTime(moment, zone: "Asia/Tokyo").format("yyyy-MM-dd HH xxx") == "2026-03-06 08 +09:00")
        let summer = try #require(Timestamp(iso8601: "2026-07-01T12:00:00Z"))
        #expect(ZonedTime(moment, zone: "America/New_York").format("HH") == "18")
        #expect(ZonedTime(summer, zone: "America/New_York").format("HH") == "08")
    }

    @Test("Patterns that Java has not", arguments: ["", "yyyy'", "bb", "yyyy[MM]", "{yyyy}"])
    func badPatterns(_ pattern: String) { #expect(!ZonedTime.isPattern(pattern)) }

    /// A decoder after the format's description, for the encoder to be held to.
    private func unpack(_ block: [UInt8]) -> [UInt8] {
        var (at, shift, length) = (0, 0, 0)
        while true {
            length |= Int(block[at] & 0x7F) << shift
            shift += 7
            at += 1
            if block[at - 1] < 0x80 { break }
        }
        var output: [UInt8] = []
        while at < block.count {
            let tag = block[at]
            at += 1
            if tag & 3 == 0 {
                var count = Int(tag >> 2)
                if count >= 60 {
                    let bytes = count - 59
                    count = (0..<bytes).reduce(0) { $0 | Int(block[at + $1]) << ($1 * 8) }
                    at += bytes
                }
                output += block[at...(at + count)]
                at += count + 1
            } else {
                let (count, offset) = (Int(tag >> 2) + 1, Int(block[at]) | Int(block[at + 1]) << 8)
                at += 2
                for _ in 0..<count { output.append(output[output.count - offset]) }
            }
        }
        #expect(output.count == length)
        return output
    }

    @Test("Snappy blocks unpack to what went in")
    func snappy() {
        var generator = SystemRandomNumberGenerator()
        var inputs: [[UInt8]] = [
            [], [1], Array("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".utf8),
        ]
        inputs.append((0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7 % 61) })
        inputs.append((0..<70_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        inputs.append((0..<150_000).map { _ in UInt8.random(in: 0...3, using: &generator) })
        for input in inputs { #expect(unpack(Snappy.block(input[...])) == input) }
        #expect(Snappy.block(inputs[3][...]).count < 20_000)
        // RFC 3720, B.4: 32 bytes of zeroes.
        #expect(Snappy.crc32c([UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)
    }

    @Test("gzip goes both ways, and only so far")
    func gzip() throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        #expect(Deflate.gunzip(try Deflate.gzip(bytes), limit: 1 << 20) == bytes)
        #expect(Deflate.gunzip(try Deflate.gzip(bytes), limit: 1_000) == nil)
        #expect(Deflate.gunzip(Array("not gzip at all".utf8), limit: 1_000) == nil)
        #expect(Deflate.gunzip(Array(try Deflate.gzip(bytes).dropLast(20)), limit: 1 << 20) == nil)
    }
}
