import Foundation
import Kernel

/// A seeded generator (SplitMix64): the same seed gives the same run. `FUZZ_SEED` and `FUZZ_ROUNDS` in the environment choose
/// another run and a longer one.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

enum Fuzz {
    static let seed = ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 20_261_121
    static let rounds = ProcessInfo.processInfo.environment["FUZZ_ROUNDS"].flatMap { Int($0) } ?? 1_500

    /// Bytes that parsers care about.
    private static let spices = [
        "<", ">", "&", ";", "\"", "'", "/", "--", "<![CDATA[", "]]>", "<!--", "-->", "<?", "&#x0;", "&#xFFFFFFFF;", "\r\n", "\r",
        "\n",
        "\0", "0", "-1", "ffffffffffffffff", "7fffffffffffffff", ":", "=", "%", "%zz", "+", "[", "]", "{", "}", ",", "\u{FEFF}",
        "chunk-signature=", "--xyzzy", "--xyzzy--", "Content-Disposition: form-data; name=\"file\"", "\u{1F600}",
    ].map { Array($0.utf8) }

    /// A seed with some bytes changed, doubled, removed, or spiced.
    static func mutated(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            case 1: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...8, using: &random)))
            case 3:
                let end = min(bytes.count, at + Int.random(in: 0...32, using: &random))
                bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 4: bytes.insert(contentsOf: spices.randomElement(using: &random) ?? [], at: at)
            default: bytes.removeLast(bytes.count - at)
            }
        }
        return bytes
    }

    /// The same bytes in pieces.
    static func pieces(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, min(rest.count, 40)), using: &random)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    static func stream(_ pieces: [[UInt8]]) -> ByteStream {
        ByteStream(
            AsyncStream { feed in
                for piece in pieces { feed.yield(piece) }
                feed.finish()
            }, length: nil)
    }
}

/// Seeds, and inputs that once went wrong: the corpus. Add what a run finds.
enum FuzzCorpus {
    static let xml = [
        "<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a:R xmlns:a='u' k=\"&lt;&#65;\"><!-- c --><K>x &amp; <![CDATA[<y>]]></K><E/></a:R>",
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>&quot;e&quot;</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        "<a><a><a><a></a></a></a></a>", "<a>\u{1F600}\u{300}</a>", "<a b=\"\"/>", "<a>&#x10FFFF;</a>",
    ].map { Array($0.utf8) }

    static let chunked = [
        "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n",
        "b;chunk-signature=0000000000000000000000000000000000000000000000000000000000000000\r\nhello world\r\n0\r\n\r\n",
        "0\r\n\r\n", "1\r\na\r\n0\r\nx-amz-checksum-crc32:\r\n\r\n", "000000000000000b\r\nhello world\r\n0\r\n\r\n",
    ].map { Array($0.utf8) }

    static let forms = [
        "--xyzzy\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--xyzzy\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b\"\r\nContent-Type: text/plain\r\n\r\n\r\n--xyzz body\r\n--xyzzy--\r\n",
        "--xyzzy\r\ncontent-disposition:form-data;name=file\r\n\r\n\r\n--xyzzy--",
        "--xyzzy\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\ne30=\r\n--xyzzy--\r\n", "--xyzzy--\r\n",
    ].map { Array($0.utf8) }

    static let headers = [
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00ff",
        "AWS4-HMAC-SHA256 Credential=a/b/c/20260101/us-east-1/s3/aws4_request,SignedHeaders=,Signature=", "AWS a:b",
        "Credential=",
        "multipart/form-data; boundary=\"xyzzy\"",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0",
        "bucket.s3-website-us-east-1.amazonaws.com", "bytes=0-1", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "{\"expiration\":\"2030-01-01T00:00:00Z\",\"conditions\":[{\"key\":\"k\"},[\"starts-with\",\"$a\",\"\"],[\"content-length-range\",1,2]]}",
    ].map { Array($0.utf8) }
}
