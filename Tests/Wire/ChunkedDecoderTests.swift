import Documents
import Kernel
import Testing

@testable import Wire

struct ChunkedDecoderTests {
    static let body = Array("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n".utf8)

    func decode(_ pieces: [[UInt8]], trailer: String? = "x-amz-checksum-crc32", length: Int64? = 11) throws -> String {
        var decoder = ChunkedDecoder(signer: nil, isTrailed: true, trailerNames: trailer, decodedLength: length)
        var output: [UInt8] = []
        for piece in pieces { output += try decoder.feed(piece) }
        try decoder.finish()
        return String(decoding: output, as: UTF8.self)
    }

    @Test func everySplitIntoThree() throws {
        let body = Self.body
        for first in 0...body.count {
            for second in first...body.count {
                let pieces = [Array(body[..<first]), Array(body[first..<second]), Array(body[second...])]
                #expect(try decode(pieces) == "hello world")
            }
        }
    }

    @Test func byteByByte() throws { #expect(try decode(Self.body.map { [$0] }) == "hello world") }

    @Test func everyTruncationIsRefused() {
        // The empty line at the very end may be missing.
        for length in 0..<Self.body.count - 4 {
            #expect(throws: AuthFault.self) { try decode([Array(Self.body[..<length])]) }
        }
    }

    @Test(arguments: [
        "zz\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n",
        "fffffffff\r\nx", "\r\n", ";chunk-signature=x\r\n", "5\r\nhello\r\n0\r\nno colon\r\n\r\n",
        "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:!\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n", "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\nmore",
    ])
    func hostileBodiesAreRefused(body: String) {
        #expect(throws: AuthFault.self) { try decode([Array(body.utf8)], length: nil) }
    }

    @Test func trailersAreThoseThatWereAnnounced() throws {
        let body = { (trailer: String) in [Array("5\r\nhello\r\n0\r\n\(trailer)\r\n\r\n".utf8)] }
        #expect(throws: AuthFault.malformedTrailer) { try decode(body("x-amz-checksum-crc32:NhCmhg=="), trailer: nil, length: 5) }
        #expect(throws: AuthFault.malformedTrailer) { try decode(body("other:1"), trailer: nil, length: 5) }
        #expect(throws: AuthFault.malformedTrailer) {
            try decode(body("x-amz-checksum-crc32:NhCmhg==\r\nx-amz-checksum-sha1:AAAA"), length: 5)
        }
        #expect(try decode(body("x-amz-checksum-crc32:NhCmhg==\r\nother:1"), length: 5) == "hello")
        #expect(try decode(body(""), trailer: nil, length: 5) == "hello")
    }

    @Test func anEndlessLineTakesNoMemory() {
        var decoder = ChunkedDecoder(signer: nil, isTrailed: false, trailerNames: nil, decodedLength: nil)
        #expect(throws: AuthFault.malformedChunks) { _ = try decoder.feed([UInt8](repeating: UInt8(ascii: "1"), count: 4_096)) }
    }

    @Test func moreThanPromisedIsRefused() {
        #expect(throws: AuthFault.incompleteBody) { try decode([Self.body], length: 10) }
        #expect(throws: AuthFault.incompleteBody) { try decode([Self.body], length: 12) }
    }

    /// The check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/).
    @Test func checksums() {
        let text = Array("123456789".utf8)
        func value(_ algorithm: ChecksumAlgorithm) -> String {
            var digest = ChecksumDigest(algorithm)
            digest.update(text[..<4])
            digest.update(text[4...])
            return Hex.encode(digest.finish())
        }
        #expect(value(.crc32) == "cbf43926")
        #expect(value(.crc32c) == "e3069283")
        #expect(value(.crc64nvme) == "ae8b14860a799888")
        #expect(value(.sha1) == "f7c3bc1d808e04732adf679965ccc34ca7ae3441")
        #expect(value(.sha256) == "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")
    }
}
