import Documents
import Kernel
import TestSupport
import Testing

@testable import Wire

/// A service whose answers show what came in.
private struct Echo: Service {
    static let id = "dynamodb"
    var actions: ActionMap { [:] }
    func register(in operations: inout Operations) {
        operations.direct("GetItem", as: Nothing.self, Nothing.self) { input, _ in ["Item": input["Key"] ?? [:]] }
        operations.direct("DescribeTable", as: Nothing.self, Nothing.self) { _, _ in
            throw AWSError("ResourceNotFoundException", 400, "Requested resource not found")
        }
    }
}

private struct Keys: Service {
    static let id = "s3"
    struct Put: Codable, Sendable { var Bucket: String; var Key: String }
    struct Answer: Codable, Sendable { var ETag: String }
    var actions: ActionMap { [:] }
    func register(in operations: inout Operations) {
        operations.stream("PutObject") { (input: Put, body, _) in
            Streamed(Answer(ETag: "\(input.Bucket)|\(input.Key)|\(try await body.stream.collect(limit: 1_000).count)"))
        }
    }
}

struct FrontDoorTests {
    /// Signs as a client would, at the test clock's time.
    static func signed(
        _ method: String, _ target: String, service: String, headers: [String: String] = [:], body: String = "",
        secret: String = "test", key: String = "test", time: String = "20260101T000000Z", host: String = "localhost:4566"
    ) -> WireRequest {
        var headers = headers
        let hash = SigV4.hash(Array(body.utf8))
        headers["host"] = host
        headers["x-amz-date"] = time
        if service == "s3" { headers["x-amz-content-sha256"] = headers["x-amz-content-sha256"] ?? hash }
        var request = WireRequest(method: method, target: target, headers: headers, body: ByteStream(bytes: Array(body.utf8)))
        let names = headers.keys.sorted()
        let canonical = SigV4.canonicalRequest(
            request, signedHeaders: names, isS3: service == "s3", isPresigned: false,
            payloadHash: headers["x-amz-content-sha256"] ?? hash)
        let scope = "\(time.prefix(8))/us-east-1/\(service)/aws4_request"
        let signingKey = SigV4.signingKey(secret: secret, date: String(time.prefix(8)), region: "us-east-1", service: service)
        let signature = SigV4.signature(SigV4.stringToSign(time: time, scope: scope, canonical: canonical), signingKey)
        request.headers["authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(key)/\(scope), SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
        return request
    }

    static func dynamo(_ operation: String, _ body: String, secret: String = "test", time: String = "20260101T000000Z")
        -> WireRequest
    {
        signed(
            "POST", "/", service: "dynamodb", headers: ["x-amz-target": "DynamoDB_20120810.\(operation)"], body: body,
            secret: secret, time: time)
    }

    static func answer(_ request: WireRequest) async throws -> (status: Int, text: String) {
        try await TestPlatform.with([Echo(), Keys()]) { tarn in
            let response = await FrontDoor(platform: tarn.platform).respond(to: request)
            guard case .bytes(let bytes) = response.body else { return (response.status, "") }
            return (response.status, String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func json() async throws {
        let answer = try await Self.answer(Self.dynamo("GetItem", #"{"TableName":"abc","Key":{"a":{"B":"AAE="}}}"#))
        #expect(answer.status == 200)
        #expect(answer.text == #"{"Item":{"a":{"B":"AAE="}}}"#)
    }

    @Test(arguments: [
        ("DescribeTable", #"{"TableName":"abc"}"#, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
        ("DescribeTable", "{}", "com.amazon.coral.validate#ValidationException"),
        ("DescribeTable", #"{"TableName":1}"#, "com.amazon.coral.service#SerializationException"),
        ("DescribeTable", "{", "com.amazon.coral.service#SerializationException"),
        ("DescribeTable", "[]", "com.amazon.coral.service#SerializationException"),
        ("NoSuch", "{}", "com.amazon.coral.service#UnknownOperationException"),
    ])
    func jsonErrors(operation: String, body: String, type: String) async throws {
        let answer = try await Self.answer(Self.dynamo(operation, body))
        #expect(answer.status == 400)
        #expect(answer.text.contains("\"__type\":\"\(type)\""), "\(answer.text)")
    }

    @Test func signatureErrorsOfJSON() async throws {
        #expect(try await Self.answer(Self.dynamo("GetItem", "{}", secret: "no")).text.contains("InvalidSignatureException"))
        #expect(
            try await Self.answer(Self.dynamo("GetItem", "{}", time: "20250101T000000Z")).text.contains(
                "InvalidSignatureException"))
        var unsigned = Self.dynamo("GetItem", "{}")
        unsigned.headers["authorization"] = nil
        #expect(try await Self.answer(unsigned).text.contains("MissingAuthenticationTokenException"))
        unsigned.headers["authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request"
        #expect(try await Self.answer(unsigned).text.contains("IncompleteSignatureException"))
    }

    @Test(arguments: [
        ("/bucket/a%20b/%C3%A9", "localhost:4566", "bucket|a b/é|3"),
        ("/a/", "bucket.s3.localhost:4566", "bucket|a/|3"),
        ("/bucket//a/../b", "127.0.0.1:4566", "bucket|/a/../b|3"),
        ("/k", "bucket.s3.eu-west-1.amazonaws.com", "bucket|k|3"),
    ])
    func keysOfS3(target: String, host: String, etag: String) async throws {
        let request = Self.signed("PUT", target, service: "s3", body: "abc", host: host)
        let response = try await TestPlatform.with([Keys()]) { tarn in
            await FrontDoor(platform: tarn.platform).respond(to: request)
        }
        #expect(response.status == 200)
        #expect(response.header("etag") == etag)
    }

    @Test func bodiesOfS3AreHeldToTheirHash() async throws {
        var request = Self.signed("PUT", "/b/k", service: "s3", body: "abc")
        request.body = ByteStream(bytes: Array("abd".utf8))
        let answer = try await Self.answer(request)
        #expect(answer.status == 400)
        #expect(answer.text.contains("<Code>XAmzContentSHA256Mismatch</Code>"))
        let wrong = Self.signed("PUT", "/b/k", service: "s3", headers: ["content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="], body: "abc")
        #expect(try await Self.answer(wrong).text.contains("<Code>BadDigest</Code>"))
    }

    @Test func skewOfS3() async throws {
        let answer = try await Self.answer(Self.signed("PUT", "/b/k", service: "s3", body: "abc", time: "20251231T234400Z"))
        #expect(answer.status == 403)
        #expect(answer.text.contains("<Code>RequestTimeTooSkewed</Code>"))
        #expect(
            try await Self.answer(Self.signed("PUT", "/b/k", service: "s3", body: "abc", time: "20251231T234600Z")).status == 200)
    }

    @Test(arguments: [
        "/%", "/%zz?%", "/?%", "/\u{0}", "/b/k?X-Amz-Algorithm=x", "/b/k?X-Amz-Signature=x",
        "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x&X-Amz-Signature=x&X-Amz-SignedHeaders=host&X-Amz-Date=x&X-Amz-Expires=99999999999",
        "/?Action=Nope&Version=2011-06-15", "/service/x/operation/y", "/../../etc/passwd", "http://h/b",
    ])
    func hostileTargetsGetAnError(target: String) async throws {
        for method in ["GET", "PUT", "POST", "DELETE", "OPTIONS", "PROPFIND"] {
            let answer = try await Self.answer(WireRequest(method: method, target: target, headers: ["host": "localhost"]))
            #expect((400..<600).contains(answer.status), "\(method) \(target): \(answer)")
            #expect(answer.status != 500, "\(method) \(target): \(answer)")
        }
    }

    @Test func clockIsForTheSameMachineOnly() async throws {
        let body = ByteStream(bytes: Array(#"{"seconds":60}"#.utf8))
        var request = WireRequest(method: "POST", target: "/_tarn/clock/advance", body: body)
        let answer = try await Self.answer(request)
        #expect(answer.text == #"{"now":"2026-01-01T00:01:00Z","fired":0}"#)
        request.sourceIP = "10.0.0.1"
        #expect(try await Self.answer(request).status == 403)
    }
}
