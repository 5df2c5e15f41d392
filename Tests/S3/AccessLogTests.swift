import Documents
import Kernel
import Testing

@testable import S3

/// The line of an access log: its fields, its dashes, its quoting.
@Suite struct AccessLogTests {
    private static let bucket = BucketRecord(
        name: "lake", account: "123456789012", region: "eu-west-1", created: Timestamp(seconds: 0))

    private static func request(
        _ operation: String? = "GetObject", method: String = "GET", path: String = "/lake/a%20key", query: String = "",
        headers: [String: String] = [:], key: String? = "a key", caller: Caller? = .root(of: "123456789012"), status: Int = 200,
        error: String? = nil, deleted: [String] = []
    ) -> ServedRequest {
        let http = HTTPDetails(
            method: method, host: "lake.s3.amazonaws.com", path: path, query: query, headers: headers, sourceIP: "10.0.0.1",
            isSecure: true)
        return ServedRequest(
            time: Timestamp(seconds: 1_549_411_238), http: http, bucket: "lake", key: key, operation: operation, caller: caller,
            requestID: "REQ", hostID: "HOST", status: status, errorCode: error, bytesSent: 10, objectSize: 0, versionID: nil,
            milliseconds: 0, deletedKeys: deleted)
    }

    /// Takes a line apart as its readers do: at spaces, but not within quotation marks and brackets.
    private static func fields(_ line: String) -> [String] {
        var (fields, field, closer) = ([String](), "", Character?.none)
        for character in line {
            if let end = closer {
                if character == end { closer = nil }
            } else if character == "\"" || character == "[" {
                closer = character == "[" ? "]" : "\""
            } else if character == " " {
                fields.append(field)
                field = ""
                continue
            }
            field.append(character)
        }
        return fields + [field]
    }

    private static func line(_ request: ServedRequest) -> [String] {
        fields(AccessLogLine(request: request, bucket: bucket, accessPoint: nil).text)
    }

    @Test func theFieldsStandInOrder() {
        let owner = CanonicalUser.id("123456789012")
        let fields = Self.line(
            Self.request(query: "versionId=1", headers: ["authorization": "AWS4-HMAC-SHA256 x", "user-agent": "boto3"]))
        #expect(
            fields.prefix(8) == [
                owner, "lake", "[06/Feb/2019:00:00:38 +0000]", "10.0.0.1", owner, "REQ", "REST.GET.OBJECT", "a%20key",
            ])
        #expect(fields[8] == "\"GET /lake/a%20key?versionId=1 HTTP/1.1\"")
        // Status, error, bytes sent, size (a zero is a dash), total time, turn-around time.
        #expect(fields[9..<15] == ["200", "-", "10", "-", "0", "1"])
        #expect(fields[15..<18] == ["\"-\"", "\"boto3\"", "-"])
        #expect(fields[18..<22] == ["HOST", "SigV4", "-", "AuthHeader"])
        #expect(fields[22] == "lake.s3.amazonaws.com" && fields.last == "eu-west-1")
    }

    @Test func whatAClientSendsCannotBreakTheLine() {
        let evil = "a\"b\nc\u{7F}d\te é"
        let fields = Self.line(Self.request(headers: ["user-agent": evil, "referer": "x\" \"y"]))
        #expect(fields[16] == "\"a%22b%0Ac%7Fd%09e é\"")
        #expect(fields[15] == "\"x%22 %22y\"")
        #expect(fields.count == Self.line(Self.request()).count)
    }

    @Test func requesters() {
        #expect(Self.line(Self.request(caller: nil))[4] == "-")
        #expect(Self.line(Self.request(caller: .anonymous))[4] == "-")
        let user = Caller(.user, account: "123456789012", arn: "arn:aws:iam::123456789012:user/u", principalID: "AIDA")
        #expect(Self.line(Self.request(caller: user))[4] == user.arn)
        #expect(Self.line(Self.request(caller: .service("x.amazonaws.com", account: "1")))[4] == "svc:x.amazonaws.com")
    }

    @Test func operations() {
        #expect(Self.line(Self.request("PutBucketPolicy", method: "PUT", key: nil))[6] == "REST.PUT.BUCKETPOLICY")
        #expect(Self.line(Self.request("CopyObject", method: "PUT"))[6] == "REST.COPY.OBJECT")
        #expect(Self.line(Self.request(nil, method: "POST"))[6] == "REST.POST.OBJECT")
        #expect(Self.line(Self.request(nil, method: "GET", key: nil))[6] == "REST.GET.BUCKET")
        #expect(Self.line(Self.request(query: "AWSAccessKeyId=1&Signature=2"))[19..<22] == ["SigV2", "-", "QueryString"])
        #expect(Self.line(Self.request(status: 403, error: "AccessDenied"))[9..<11] == ["403", "AccessDenied"])
    }

    @Test func oneLineForEachDeletedKey() {
        let request = Self.request("DeleteObjects", method: "POST", path: "/lake", key: nil, deleted: ["x", "y z"])
        let more = AccessLogLine(request: request, bucket: Self.bucket, accessPoint: nil).more.map(Self.fields)
        #expect(more.map { $0[6] } == ["BATCH.DELETE.OBJECT", "BATCH.DELETE.OBJECT"])
        #expect(more.map { $0[7] } == ["x", "y%20z"])
        #expect(more.map { $0[9] } == ["204", "204"])
    }
}
