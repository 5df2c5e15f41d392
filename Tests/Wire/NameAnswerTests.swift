import Testing

@testable import Wire

/// RFC 1035, section 4: messages byte by byte.
@Suite struct NameAnswerTests {
    private static let loopback: [UInt8] = [127, 0, 0, 1]

    private static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func query(_ text: String, kind: UInt8 = 1, flags: UInt8 = 1) -> [UInt8] {
        [0xAB, 0xCD, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name(text) + [0, kind, 0, 1]
    }

    @Test func anAddress() {
        let asked = "S3.eu-West-1.AmazonAWS.com"
        let answer = NameAnswer.bytes(to: Self.query(asked), address: Self.loopback)
        let expected: [UInt8] =
            [0xAB, 0xCD, 0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0] + Self.name(asked) + [0, 1, 0, 1]
            + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1]
        #expect(answer == expected)
    }

    /// What follows the question (EDNS, RFC 6891) is passed over.
    @Test func extensionsArePassedOver() {
        let edns: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
        var query = Self.query("sqs.us-east-1.amazonaws.com")
        query[11] = 1
        let answer = NameAnswer.bytes(to: query + edns, address: Self.loopback)
        #expect(answer?[3] == 0 && answer?[7] == 1 && answer?[11] == 0 && answer?.suffix(4) == [127, 0, 0, 1])
    }

    @Test func otherKindsHaveNoData() {
        for kind: UInt8 in [28, 15, 65] {
            let answer = NameAnswer.bytes(to: Self.query("sts.amazonaws.com", kind: kind), address: Self.loopback)
            #expect(answer?[3] == 0 && answer?[7] == 0)
        }
        let six = [UInt8](repeating: 0, count: 15) + [1]
        #expect(NameAnswer.bytes(to: Self.query("sts.amazonaws.com", kind: 28), address: six)?.suffix(16) == six[...])
        #expect(NameAnswer.bytes(to: Self.query("sts.amazonaws.com"), address: six)?[7] == 0)
    }

    @Test(arguments: ["example.com", "amazonaws.com.example.com", "xamazonaws.com", "com", ""])
    func strangers(name: String) {
        let answer = NameAnswer.bytes(to: Self.query(name), address: Self.loopback)
        #expect(answer?[3] == 5 && answer?[7] == 0)
    }

    @Test func whatIsNoQuestion() {
        let query = Self.query("s3.amazonaws.com")
        #expect(NameAnswer.bytes(to: [], address: Self.loopback) == nil)
        #expect(NameAnswer.bytes(to: Array(query.prefix(11)), address: Self.loopback) == nil)
        // An answer is not answered; an update is not implemented.
        #expect(NameAnswer.bytes(to: Self.query("s3.amazonaws.com", flags: 0x81), address: Self.loopback) == nil)
        #expect(NameAnswer.bytes(to: Self.query("s3.amazonaws.com", flags: 0x28), address: Self.loopback)?[3] == 4)
        for count in 12..<query.count {
            #expect(NameAnswer.bytes(to: Array(query.prefix(count)), address: Self.loopback)?[3] == 1)
        }
        var two = query
        two[5] = 2
        #expect(NameAnswer.bytes(to: two, address: Self.loopback)?[3] == 1)
        let header: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        let tooLong = (0..<6).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) }
        let hostile: [[UInt8]] = [
            // A name that points to itself, one too long, one with a dot inside of a label, a label that is too long.
            [0xC0, 12, 0, 1, 0, 1], tooLong, [16] + Array("x.amazonaws.com!".utf8) + [0, 0, 1, 0, 1],
            [64] + [UInt8](repeating: 97, count: 64) + [0, 0, 1, 0, 1],
        ]
        for name in hostile { #expect(NameAnswer.bytes(to: header + name, address: Self.loopback)?[3] == 1) }
    }

    @Test func anythingAtAllEnds() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let answer = NameAnswer.bytes(to: bytes, address: Self.loopback)
            #expect((answer?.count ?? 0) <= bytes.count + 28)
        }
    }
}
