import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

/// GetObject through an Object Lambda access point, with a function that is one in name only.
@Suite struct TransformTests {
    private static let account = "000000000000"
    private static let function = "arn:aws:lambda:us-east-1:\(account):function:transform"

    /// A bucket with an object, an access point and an Object Lambda access point over them.
    /// - Returns: the latter's ARN.
    private static func prepare(_ tarn: TestPlatform) async throws -> Document {
        try await tarn.call("s3", "CreateBucket", ["Bucket": "lake"])
        try await tarn.call("s3", "PutObject", ["Bucket": "lake", "Key": "k"], body: [1, 2, 3])
        let owner = Document.string(account)
        let behind = try await tarn.call(
            "s3control", "CreateAccessPoint", ["AccountId": owner, "Name": "behind", "Bucket": "lake"])
        let transformation: Document = [
            "Actions": ["GetObject"], "ContentTransformation": ["AwsLambda": ["FunctionArn": .string(function)]],
        ]
        let configuration: Document = [
            "SupportingAccessPoint": try #require(behind["AccessPointArn"]),
            "TransformationConfigurations": .list([transformation]),
        ]
        let made = try await tarn.call(
            "s3control", "CreateAccessPointForObjectLambda",
            ["AccountId": owner, "Name": "front", "Configuration": configuration])
        return try #require(made["ObjectLambdaAccessPointArn"])
    }

    /// - Parameter end: what is waited for before the platform is taken down.
    private static func get(
        patience: Duration = .seconds(30), until end: Signal? = nil,
        _ function: @escaping @Sendable (Document, Context) async throws -> Void
    ) async throws -> (body: [UInt8], output: Document) {
        var service = S3Service()
        service.transformations = Transformations(patience: patience)
        let s3 = service
        return try await TestPlatform.with([s3, S3ControlService(s3), FakeLambda(body: function)]) { tarn in
            let point = try await prepare(tarn)
            let reply = try await tarn.reply("s3", "GetObject", ["Bucket": point, "Key": "k"])
            let bytes = try await reply.body?.collect(limit: 1 << 20) ?? []
            try await end?.wait()
            return (bytes, reply.output)
        }
    }

    private static func code(
        patience: Duration = .seconds(30), _ function: @escaping @Sendable (Document, Context) async throws -> Void
    ) async -> String? {
        do { _ = try await get(patience: patience, function) } catch { return (error as? any Fault)?.wire.code }
        return nil
    }

    private static func write(_ event: Document, _ more: Members = [:], body: [UInt8], _ context: Context) async throws {
        let place = event["getObjectContext"]
        var input: Members = [
            "RequestRoute": place?["outputRoute"] ?? .null, "RequestToken": place?["outputToken"] ?? .null,
        ]
        input.merge(more) { $1 }
        _ = try await context.platform.call(
            Call(
                "s3", "WriteGetObjectResponse", .map(input), body: RequestBody(ByteStream(bytes: body)),
                caller: .root(of: account), region: "us-east-1"))
    }

    @Test func aResponseIsPassedOn() async throws {
        let answer = try await Self.get { event, context in
            let url = event["getObjectContext"]?["inputS3Url"]?.string ?? ""
            #expect(url.contains("-s3alias/k?") && url.contains("X-Amz-Security-Token="))
            // S3 Object Lambda invokes in its client's name.
            #expect(context.caller.calledVia == ["s3-object-lambda.amazonaws.com"] && context.caller.kind == .root)
            try await Self.write(event, ["ContentType": "x/y", "StatusCode": 206], body: [9, 8], context)
        }
        #expect(answer.body == [9, 8])
        #expect(answer.output["ContentType"] == "x/y" && answer.output["ContentLength"] == 2)
        #expect(answer.output["RequestToken"] == nil && answer.output["StatusCode"] == nil)
    }

    @Test func aFunctionThatTakesTooLong() async throws {
        let code = await Self.code(patience: .milliseconds(50)) { _, _ in try await RealTime.wait(.seconds(2)) }
        #expect(code == "LambdaTimeout")
    }

    @Test func aTokenServesOnce() async throws {
        let (codes, end) = (Codes(), Signal())
        _ = try await Self.get(until: end) { event, context in
            // The function goes on after its response.
            defer { end.raise() }
            try await Self.write(event, body: [1], context)
            do { try await Self.write(event, body: [2], context) } catch let error as AWSError { await codes.add(error.code) }
        }
        #expect(await codes.all == ["ValidationError"])
    }

    @Test func whatLambdaSays() async throws {
        let codes = [
            ("AccessDeniedException", "LambdaPermissionError"), ("ResourceNotFoundException", "LambdaNotFound"),
            ("TooManyRequestsException", "SlowDown"), ("ServiceException", "LambdaInvocationFailed"),
        ]
        for (said, code) in codes {
            #expect(await Self.code { _, _ in throw AWSError(said, 400, "") } == code)
        }
        #expect(await Self.code { _, _ in } == "LambdaResponseNotReceived")
        let refused = await Self.code { event, context in
            try await Self.write(event, ["StatusCode": 403, "ErrorCode": "Mine", "ErrorMessage": "no"], body: [], context)
        }
        #expect(refused == "Mine")
    }
}

private actor Codes {
    private(set) var all: [String] = []
    func add(_ code: String) { all.append(code) }
}

/// Runs what a test gives it in a function's place.
private struct FakeLambda: Service {
    static let id = "lambda"
    let body: @Sendable (Document, Context) async throws -> Void
    var actions: ActionMap { ["Invoke": { _, _ in [] }] }

    func register(in operations: inout Operations) {
        operations.directStream("Invoke", as: Input.self, Nothing.self) { [body] input, _, context in
            try await body(try JSON.parse(input["Payload"]?.blob ?? []), context)
            return Reply(["StatusCode": 200], body: ByteStream(bytes: Array("null".utf8)))
        }
    }

    struct Input: Codable, Sendable {}
}
