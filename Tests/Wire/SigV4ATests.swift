import Crypto
import Documents
import Kernel
import Testing

@testable import Wire

/// Against what the AWS Common Runtime signs, and the key pair of its published test suite.
struct SigV4ATests {
    static let accessKeyID = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let host = "abc.mrap.accesspoint.s3-global.amazonaws.com"

    @Test func theKeyIsDerivedAsPublished() throws {
        let key = try #require(SigV4A.privateKey(accessKeyID: Self.accessKeyID, secret: Self.secret)).publicKey
        let point = Hex.encode(key.rawRepresentation)
        #expect(
            point == "b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1"
                + "865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518")
    }

    private static func accepts(_ request: WireRequest, _ hash: String, signature: String? = nil) throws -> Bool {
        let query = try #require(QueryParameters(request.query))
        let presented = try #require(try PresentedSignature.read(request, query))
        let canonical = SigV4.canonicalRequest(
            request, signedHeaders: presented.signedHeaders, isS3: true, isPresigned: presented.place == .query,
            payloadHash: hash)
        let key = try SigningKeys().key(presented, secret: secret)
        let text = SigV4.stringToSign(key.algorithm, time: presented.time, scope: presented.scope, canonical: canonical)
        return key.accepts(signature ?? presented.signature, of: text)
    }

    private static func signed(regions: String = "us-*,eu-west-1") -> WireRequest {
        WireRequest(
            method: "GET", target: "/my-object",
            headers: [
                "host": host, "x-amz-date": "20150830T123600Z", "x-amz-region-set": regions,
                "x-amz-content-sha256": SigV4.emptyHash,
                "authorization":
                    "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-region-set, Signature=3046022100daf55340b8582f260a3b78f39fd5e8432dec75ba455c929163678167e969512c022100dd482c46d48a9f456867fa1c45fd29dab960efb61567003cbd49e2cf510c9a5a",
            ])
    }

    @Test func aSignedRequest() throws {
        let request = Self.signed()
        #expect(try Self.accepts(request, SigV4.emptyHash))
        let query = try #require(QueryParameters(""))
        let presented = try #require(try PresentedSignature.read(request, query))
        #expect(presented.regionSet?.patterns == ["us-*", "eu-west-1"])
        #expect(presented.service == "s3" && presented.scope == "20150830/s3/aws4_request" && presented.region.isEmpty)
        // Another set, another body, another signature.
        #expect(try !Self.accepts(Self.signed(regions: "*"), SigV4.emptyHash))
        #expect(try !Self.accepts(request, SigV4.hash([1])))
        #expect(try !Self.accepts(request, SigV4.emptyHash, signature: "30"))
        #expect(try !Self.accepts(request, SigV4.emptyHash, signature: String(repeating: "0", count: 64)))
    }

    @Test func aPresignedURL() throws {
        let query =
            "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=600&X-Amz-Region-Set=%2A&X-Amz-Signature=3045022100fffecd4fde9083d99ad4e12d726ba722bd711c4e11abe7636e8aae668d5e336002204605253286a9cf07407e168284243727c25d9c653110c8b8e0dc1273855b6ce3"
        let request = WireRequest(method: "GET", target: "/my-object?\(query)", headers: ["host": Self.host])
        #expect(try Self.accepts(request, "UNSIGNED-PAYLOAD"))
        #expect(request.details.regionSet?.patterns == ["*"])
        let other = WireRequest(method: "GET", target: "/my-object?\(query)", headers: ["host": "other"])
        #expect(try !Self.accepts(other, "UNSIGNED-PAYLOAD"))
    }

    @Test func withoutRegionsThereIsNoSignature() throws {
        var request = Self.signed()
        request.headers["x-amz-region-set"] = nil
        let query = try #require(QueryParameters(""))
        #expect(throws: AuthFault.self) { try PresentedSignature.read(request, query) }
    }

    /// Chunks carry signatures of this kind too, filled up with `*`.
    @Test func chunks() throws {
        let key = try #require(SigV4A.privateKey(accessKeyID: Self.accessKeyID, secret: Self.secret))
        var signer = ChunkedDecoder.Signer(
            key: .ecdsa(key.publicKey), time: "20150830T123600Z", scope: "20150830/s3/aws4_request", previous: "first")
        let body = Array("hello".utf8)
        func sign(_ bytes: [UInt8]) throws -> String {
            let text =
                "AWS4-ECDSA-P256-SHA256-PAYLOAD\n\(signer.time)\n\(signer.scope)\n\(signer.previous)\n\(SigV4.emptyHash)\n\(SigV4.hash(bytes))"
            let signature = Hex.encode(try key.signature(for: Array(text.utf8)).derRepresentation)
            let padded = signature + String(repeating: "*", count: 144 - signature.utf8.count)
            signer.previous = padded
            return padded
        }
        let decoding = signer
        let wire = "5;chunk-signature=\(try sign(body))\r\nhello\r\n0;chunk-signature=\(try sign([]))\r\n\r\n"
        var decoder = ChunkedDecoder(signer: decoding, isTrailed: false, trailerNames: nil, decodedLength: 5)
        #expect(try decoder.feed(Array(wire.utf8)) == body)
        try decoder.finish()
        var forged = ChunkedDecoder(signer: decoding, isTrailed: false, trailerNames: nil, decodedLength: 5)
        #expect(throws: AuthFault.chunkMismatch) {
            _ = try forged.feed(Array(wire.replacing("hello", with: "hallo").utf8))
        }
    }

    @Test(arguments: [
        ("*", "eu-west-1", true), ("us-*", "us-east-1", true), ("us-*", "eu-west-1", false),
        ("us-east-1,eu-west-1", "eu-west-1", true), ("us-east-1, eu-*-1", "eu-south-1", true), ("us-east-1", "us-east-12", false),
        ("*-*-*-*a", "us-east-1", false), ("us-*-1*", "us-east-1", true),
    ])
    func regionSets(set: String, region: String, isCovered: Bool) {
        #expect(RegionSet(set)?.covers(region) == isCovered)
    }

    @Test func regionSetsThatAreNone() {
        #expect(RegionSet("") == nil && RegionSet("us-east-1,,") == nil && RegionSet(",") == nil)
        #expect(RegionSet("us-east-1")?.only == "us-east-1" && RegionSet("us-*")?.only == nil)
    }
}
