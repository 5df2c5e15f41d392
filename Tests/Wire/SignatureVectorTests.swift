import Crypto
import Documents
import Kernel
import Testing

@testable import Wire

/// AWS's published examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html,
/// sigv4-query-string-auth.html, sigv4-streaming.html and sigv4-streaming-trailers.html.
struct SignatureVectorTests {
    static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    static let scope = "20130524/us-east-1/s3/aws4_request"
    static let time = "20130524T000000Z"
    static let key = SigV4.signingKey(secret: secret, date: "20130524", region: "us-east-1", service: "s3")

    static func sign(_ request: WireRequest, _ headers: [String], _ hash: String, isPresigned: Bool = false) -> String {
        let canonical = SigV4.canonicalRequest(
            request, signedHeaders: headers, isS3: true, isPresigned: isPresigned, payloadHash: hash)
        return SigV4.signature(SigV4.stringToSign(time: time, scope: scope, canonical: canonical), key)
    }

    static let host = "examplebucket.s3.amazonaws.com"

    @Test func getObject() {
        let request = WireRequest(
            method: "GET", target: "/test.txt",
            headers: ["host": Self.host, "range": "bytes=0-9", "x-amz-content-sha256": SigV4.emptyHash, "x-amz-date": Self.time])
        let signature = Self.sign(request, ["host", "range", "x-amz-content-sha256", "x-amz-date"], SigV4.emptyHash)
        #expect(signature == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func putObject() {
        let hash = SigV4.hash(Array("Welcome to Amazon S3.".utf8))
        #expect(hash == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        let request = WireRequest(
            method: "PUT", target: "/test%24file.text",
            headers: [
                "host": Self.host, "date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-content-sha256": hash, "x-amz-date": Self.time,
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            ])
        let signed = ["date", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-storage-class"]
        #expect(Self.sign(request, signed, hash) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func bucketQueries() {
        let headers = ["host": Self.host, "x-amz-content-sha256": SigV4.emptyHash, "x-amz-date": Self.time]
        let signed = ["host", "x-amz-content-sha256", "x-amz-date"]
        let lifecycle = WireRequest(method: "GET", target: "/?lifecycle", headers: headers)
        #expect(
            Self.sign(lifecycle, signed, SigV4.emptyHash) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        let list = WireRequest(method: "GET", target: "/?max-keys=2&prefix=J", headers: headers)
        #expect(Self.sign(list, signed, SigV4.emptyHash) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func presignedURL() throws {
        let query =
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        let request = WireRequest(method: "GET", target: "/test.txt?\(query)", headers: ["host": Self.host])
        let parameters = try #require(QueryParameters(request.query))
        let presented = try #require(try PresentedSignature.read(request, parameters))
        #expect(presented.expires == 86_400)
        #expect(presented.scope == Self.scope)
        #expect(Self.sign(request, presented.signedHeaders, "UNSIGNED-PAYLOAD", isPresigned: true) == presented.signature)
    }

    /// 65 KiB and 1 KiB of `a` and the last chunk.
    static func chunked(_ signatures: [String]) -> [UInt8] {
        var body: [UInt8] = []
        for (size, signature) in zip([65_536, 1_024, 0], signatures) {
            body += Array("\(String(size, radix: 16));chunk-signature=\(signature)\r\n".utf8)
            body += [UInt8](repeating: UInt8(ascii: "a"), count: size)
            if size > 0 { body += [0x0D, 0x0A] }
        }
        return body
    }
    static let signed = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]
    static let signer = ChunkedDecoder.Signer(
        key: .hmac(key), time: time, scope: scope,
        previous: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")

    @Test(arguments: [1_000_000, 4_096, 997])
    func chunkedUpload(piece: Int) throws {
        var decoder = ChunkedDecoder(signer: Self.signer, isTrailed: false, trailerNames: nil, decodedLength: 66_560)
        let body = Self.chunked(Self.signed) + [0x0D, 0x0A]
        var decoded: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: piece) {
            decoded += try decoder.feed(Array(body[start..<min(start + piece, body.count)]))
        }
        try decoder.finish()
        #expect(decoded == [UInt8](repeating: UInt8(ascii: "a"), count: 66_560))
    }

    @Test func aForgedChunkIsRefused() {
        var decoder = ChunkedDecoder(signer: Self.signer, isTrailed: false, trailerNames: nil, decodedLength: 66_560)
        var body = Self.chunked(Self.signed)
        body[200] = UInt8(ascii: "b")
        #expect(throws: AuthFault.chunkMismatch) { _ = try decoder.feed(body) }
    }

    @Test func signedTrailer() throws {
        let signatures = [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ]
        var signer = Self.signer
        signer.previous = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
        var decoder = ChunkedDecoder(
            signer: signer, isTrailed: true, trailerNames: "x-amz-checksum-crc32c", decodedLength: 66_560)
        let trailer =
            "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
        _ = try decoder.feed(Self.chunked(signatures) + Array(trailer.utf8))
        try decoder.finish()
        #expect(decoder.trailers.map(\.name) == ["x-amz-checksum-crc32c"])
    }
}

struct CanonicalHeaderTests {
    /// SigV4, "Canonical headers": no spaces around a value, one for each run of them inside.
    @Test(arguments: [("a  b \t c", "a b c"), ("  a b ", "a b"), ("", ""), (" \t ", ""), ("plain", "plain")])
    func spaces(value: String, canonical: String) {
        let request = WireRequest(method: "GET", target: "/", headers: ["x": value])
        let text = SigV4.canonicalRequest(request, signedHeaders: ["x"], isS3: true, isPresigned: false, payloadHash: "h")
        #expect(String(decoding: text, as: UTF8.self) == "GET\n/\n\nx:\(canonical)\n\nx\nh")
    }
}
