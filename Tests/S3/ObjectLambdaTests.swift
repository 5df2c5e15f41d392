import Crypto
import Documents
import Kernel
import Model
import TestSupport
import Testing

@testable import S3

/// The parts of Object Lambda that a client does not see: who waits for whom, what is signed, what answers may say.
@Suite struct ObjectLambdaTests {
    @Test func aResponseIsHandedOverPieceByPiece() async throws {
        let pieces = PieceSource([[1, 2], [3]])
        let handover = Handover()
        let body = handover.body(ByteStream(length: 3) { await pieces.next() })
        async let writer: Void = handover.finished()
        #expect(try await body.collect(limit: 10) == [1, 2, 3])
        try await writer
    }

    @Test func aClientThatGoesAwayEndsTheFunctionsRequest() async throws {
        let handover = Handover()
        do {
            let pieces = PieceSource([[1], [2]])
            let body = handover.body(ByteStream(length: nil) { await pieces.next() })
            var iterator = body.makeAsyncIterator()
            #expect(try await iterator.next() == [1])
        }
        await #expect(throws: ObjectLambdaFault.self) { try await handover.finished() }
    }

    @Test func anErrorOfThePayloadReachesBoth() async throws {
        struct Broken: Error {}
        let handover = Handover()
        let body = handover.body(ByteStream(length: nil) { throw Broken() })
        await #expect(throws: Broken.self) { try await body.collect(limit: 1) }
        await #expect(throws: Broken.self) { try await handover.finished() }
    }

    @Test func theFirstOutcomeCounts() async throws {
        let waits = Transformations()
        let wait = try waits.begin("arn")
        #expect(waits.wait(wait.token) != nil && waits.wait("other") == nil)
        async let outcome = wait.outcome()
        #expect(wait.settle(.failed(ObjectLambdaFault.noResponse)))
        #expect(!wait.settle(.failed(ObjectLambdaFault.timeout)))
        guard case .failed(let error) = await outcome, (error as? ObjectLambdaFault)?.wire.code == "LambdaResponseNotReceived"
        else {
            Issue.record("another outcome")
            return
        }
        waits.end(wait.token)
        #expect(waits.wait(wait.token) == nil)
    }

    @Test func moreThanSomeDoNotWait() throws {
        let waits = Transformations()
        for _ in 0..<Limit.transformations { _ = try waits.begin("arn") }
        #expect(throws: ObjectLambdaFault.self) { try waits.begin("arn") }
    }

    /// The published example: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, with the bucket
    /// in the path. Its signature is worked out here a second time.
    @Test func presignedURLs() throws {
        let url = PresignedURL(
            method: "GET", endpoint: "http://127.0.0.1:4566", bucket: "door-s3alias", key: "a b/é",
            query: [("versionId", "x/y"), ("list-type", "2")], region: "us-east-1")
        let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: "to/ken")
        let text = url.signed(by: credentials, at: Timestamp(seconds: 1_369_353_600), for: 60)
        #expect(text.hasPrefix("http://127.0.0.1:4566/door-s3alias/a%20b/%C3%A9?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        for part in [
            "X-Amz-Credential=AKID%2F20130524%2Fus-east-1%2Fs3%2Faws4_request", "X-Amz-Date=20130524T000000Z",
            "X-Amz-Expires=60", "X-Amz-Security-Token=to%2Fken", "versionId=x%2Fy", "list-type=2", "X-Amz-SignedHeaders=host",
        ] {
            #expect(text.contains(part))
        }
        let halves = text.split(separator: "&X-Amz-Signature=")
        #expect(halves.count == 2 && halves[1].utf8.count == 64)
        // Sorted, which is what is signed.
        let pairs = halves[0].split(separator: "?")[1].split(separator: "&").map(String.init)
        #expect(pairs == pairs.sorted())
    }

    @Test func whatTheFunctionsURLRepeats() {
        let query = ObjectLambdaEvent.query(
            "versionId=a%2Fb&partNumber=3&X-Amz-Signature=x&Range=bytes%3D0-1&prefix=p+q&list-type=2&x-id=GetObject&acl")
        #expect(query.map(\.name) == ["versionId", "prefix", "list-type", "acl"])
        #expect(query.map(\.value) == ["a/b", "p q", "2", ""])
    }

    @Test(arguments: [
        ("us-east-1", "io-use1-001"), ("eu-central-2", "io-euc2-001"), ("us-gov-west-1", "io-usgw1-001"),
        ("nowhere", "io-nowhere-001"),
    ])
    func routes(region: String, route: String) {
        #expect(ObjectLambdaEvent.route(region) == route)
    }

    @Test(arguments: [
        ("host", "Host"), ("x-amz-content-sha256", "X-Amz-Content-SHA256"), ("if-none-match", "If-None-Match"),
        ("range", "Range"),
    ])
    func headers(name: String, title: String) {
        #expect(ObjectLambdaEvent.titled(name) == title)
    }

    @Test(arguments: [
        ("GetObject", false, "GetObject"), ("GetObject", true, "GetObjectVersion"),
        ("DeleteObjectTagging", true, "DeleteObjectVersionTagging"), ("PutObjectAcl", true, "PutObjectVersionAcl"),
        ("HeadObject", true, "GetObjectVersion"), ("UploadPart", false, "PutObject"), ("ListObjectsV2", false, "ListBucket"),
        ("GetObjectRetention", true, "GetObjectRetention"), ("CopyObject", false, nil), ("PutBucketPolicy", false, nil),
    ])
    func actions(operation: String, hasVersion: Bool, action: String?) {
        let input: Document = hasVersion ? ["VersionId": "v"] : [:]
        #expect(ObjectLambdaPassage.action(operation, input) == action.map { "s3-object-lambda:\($0)" })
    }

    private static let models = try? Models(
        directory: Configuration(home: TestPlatform.home, dataDirectory: "", port: 0).modelsDirectory)

    private static func output(_ operation: String) throws -> Model.Shape {
        let known = try #require(models)
        return try #require(try known.service("s3").operation(operation)?.output)
    }

    private static func code(_ json: String, _ operation: String = "HeadObject") throws -> String? {
        let shape = try output(operation)
        do {
            let answer = try FunctionAnswer(Array(json.utf8))
            _ = operation == "HeadObject" ? try answer.head(shape) : try answer.listing(shape, operation: operation)
            return nil
        } catch { return (error as? any Fault)?.wire.code }
    }

    @Test func answersToHeads() throws {
        let json = """
            {"statusCode": 200, "headers": {"Content-Length": "12", "etag": "e", "x-amz-meta-A": "1", "x-amz-delete-marker": "true",
             "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT", "Unknown": "x", "x-amz-mp-parts-count": 3, "Content-Type": null}}
            """
        let reply = try FunctionAnswer(Array(json.utf8)).head(try Self.output("HeadObject"))
        let output = reply.output
        #expect(output["ContentLength"] == 12 && output["ETag"] == "e" && output["Metadata"] == ["a": "1"])
        #expect(output["DeleteMarker"] == true && output["PartsCount"] == 3 && output["ContentType"] == nil)
        #expect(output["LastModified"]?.timestamp == Timestamp(seconds: 1_445_412_480))
        #expect(try Self.code(#"{"statusCode": 404, "errorCode": "Gone", "errorMessage": "m"}"#) == "Gone")
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"statusCode": "200"}"#, #"{"statusCode": 99}"#,
        #"{"statusCode": 200, "headers": {"Content-Length": "many"}}"#,
        #"{"statusCode": 200, "headers": {"Content-Type": "a\r\nX-Other: b"}}"#,
        #"{"statusCode": 200, "headers": {"x-amz-meta-a\n": "b"}}"#,
    ])
    func answersThatAreNone(json: String) throws {
        #expect(try Self.code(json) == "LambdaInvalidResponse")
    }

    @Test func listings() throws {
        let shape = try Self.output("ListObjectsV2")
        let json =
            #"{"statusCode": 200, "listBucketResult": {"keyCount": 1, "maxKeys": 5, "isTruncated": false, "#
            + #""contents": [{"key": "k", "size": 1, "owner": {"id": "o"}, "checksumAlgorithm": "CRC32"}], "commonPrefixes": [{"prefix": "p"}]}}"#
        let output = try FunctionAnswer(Array(json.utf8)).listing(shape, operation: "ListObjectsV2").output
        let entry = output["Contents"]?.list?.first
        #expect(entry?["Key"] == "k" && entry?["Size"] == 1 && entry?["Owner"]?["ID"] == "o")
        #expect(entry?["ChecksumAlgorithm"] == ["CRC32"] && output["CommonPrefixes"] == [["Prefix": "p"]])
        #expect(try Self.code(#"{"statusCode": 200}"#, "ListObjects") == "LambdaInvalidResponse")
        #expect(
            try Self.code(#"{"statusCode": 200, "listBucketResult": {"maxKeys": 1}}"#, "ListObjects") == "LambdaInvalidResponse")
        let raw = try FunctionAnswer(Array(#"{"statusCode": 403, "listResultXml": "<Error/>"}"#.utf8))
            .listing(shape, operation: "ListObjectsV2")
        #expect(raw.status == 403 && raw.body?.whole == Array("<Error/>".utf8))
    }
}

/// Pieces of a payload.
private actor PieceSource {
    private var pieces: [[UInt8]]
    init(_ pieces: [[UInt8]]) { self.pieces = pieces }
    func next() -> [UInt8]? { pieces.isEmpty ? nil : pieces.removeFirst() }
}
