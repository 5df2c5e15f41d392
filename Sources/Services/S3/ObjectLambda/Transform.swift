import Documents
import Kernel

/// Requests through Object Lambda access points: those that a function transforms, and those that go on to the access point
/// behind it.
extension S3Service {
    static let objectLambdaPrincipal = "s3-object-lambda.amazonaws.com"

    /// Carries out an operation on an Object Lambda access point.
    func serve(
        _ operation: String, _ input: Document, _ body: RequestBody, through point: ObjectLambdaRecord, _ context: Context
    ) async throws -> Reply {
        guard let transformation = point.transformation(of: operation) else {
            guard case .map(var members) = input else { throw AccessPointFault.invalid }
            members["Bucket"] = .string(point.supportingPoint)
            var call = Call(
                "s3", operation, .map(members), body: body, caller: Self.called(context.caller), region: context.region)
            call.http = context.http
            return try await context.platform.call(call)
        }
        // There is no identity that the function could go on with.
        guard context.caller.kind != .anonymous else { throw S3Fault.accessDenied }
        try Self.check(input, operation, point)
        let event = ObjectLambdaEvent(operation: operation, point: point, transformation: transformation, context: context)
        let url = try await inputURL(operation, input, point, context)
        if operation == "GetObject" { return try await get(event, url, context) }
        let answer = try await invoke(event.document(inputURL: url, token: nil), transformation, context)
        let shape = try context.platform.models.service("s3").operation(operation)?.output
        guard let shape else { throw AWSError.notImplemented("s3", operation) }
        return operation == "HeadObject"
            ? try FunctionAnswer(answer).head(shape) : try FunctionAnswer(answer).listing(shape, operation: operation)
    }

    /// The caller, as whose request S3 Object Lambda goes on.
    private static func called(_ caller: Caller) -> Caller {
        var caller = caller
        caller.calledVia = (caller.calledVia ?? []) + [objectLambdaPrincipal]
        return caller
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/range-get-olap.html
    private static func check(_ input: Document, _ operation: String, _ point: ObjectLambdaRecord) throws {
        for (member, feature) in [("Range", "\(operation)-Range"), ("PartNumber", "\(operation)-PartNumber")]
        where input[member] != nil && !point.allowedFeatures.contains(feature) {
            throw ObjectLambdaFault.featureOff(feature)
        }
    }

    /// Where the function finds what was asked for, signed as its client.
    private func inputURL(_ operation: String, _ input: Document, _ point: ObjectLambdaRecord, _ context: Context) async throws
        -> String
    {
        guard let behind = try await accessPoint(point.supportingPoint, context) else { throw AccessPointFault.invalid }
        let credentials = try await context.platform.identity.credentials(
            actingAs: Self.called(context.caller), for: .seconds(Limit.transformationSeconds))
        let url = PresignedURL(
            method: operation == "HeadObject" ? "HEAD" : "GET", endpoint: context.platform.endpoint, bucket: behind.alias,
            key: input["Key"]?.string, query: ObjectLambdaEvent.query(context.http?.query ?? ""), region: point.region)
        return url.signed(by: credentials, at: context.platform.clock.now(), for: Limit.transformationSeconds)
    }

    private func get(_ event: ObjectLambdaEvent, _ url: String, _ context: Context) async throws -> Reply {
        let wait = try transformations.begin(event.point.arn)
        defer { transformations.end(wait.token) }
        let document = event.document(inputURL: url, token: wait.token)
        // Goes on after the response has begun: a function may have more to do.
        Task { [self] in
            do {
                _ = try await invoke(document, event.transformation, context)
                wait.settle(.failed(ObjectLambdaFault.noResponse))
            } catch { wait.settle(.failed(error)) }
        }
        let alarm = Task { [patience = transformations.patience] in
            guard (try? await RealTime.wait(patience)) != nil else { return }
            wait.settle(.failed(ObjectLambdaFault.timeout))
        }
        defer { alarm.cancel() }
        switch await wait.outcome() {
        case .failed(let error): throw error
        case .response(let members, let stream, let handover): return try Self.reply(members, stream, handover)
        }
    }

    private static func reply(_ response: Document, _ stream: ByteStream, _ handover: Handover) throws -> Reply {
        let status = response["StatusCode"]?.integer.map { Int($0) } ?? 200
        if let code = response["ErrorCode"]?.string {
            handover.end(nil)
            throw AWSError(code, status < 300 ? 500 : status, response["ErrorMessage"]?.string ?? "")
        }
        var output = response.members ?? [:]
        for name in ["RequestRoute", "RequestToken", "StatusCode", "ErrorMessage", "Body", "ContentLength"] { output[name] = nil }
        // GetObject's answer has it as text.
        if let expires = output["Expires"]?.timestamp { output["Expires"] = .string(expires.httpDate()) }
        if status == 304 || status == 204 {
            handover.end(nil)
            return Reply(.map(output), status: status)
        }
        if let length = stream.length { output["ContentLength"] = .integer(length) }
        return Reply(.map(output), body: handover.body(stream), status: status)
    }

    /// Invokes the function as the client, who must be allowed to.
    /// - Returns: what the function returned.
    private func invoke(
        _ event: Document, _ transformation: ObjectLambdaRecord.Transformation, _ context: Context
    ) async throws -> [UInt8] {
        guard let arn = ARN(transformation.functionARN) else { throw ObjectLambdaFault.functionNotFound("") }
        let call = Call(
            "lambda", "Invoke", ["FunctionName": .string(transformation.functionARN), "Payload": .blob(JSON.write(event))],
            caller: Self.called(context.caller), region: arn.region)
        let reply: Reply
        do { reply = try await context.platform.call(call) } catch let error as AWSError {
            let details = "status code: \(error.status), error code: \(error.code), error message: \(error.message)"
            throw switch error.code {
            case "AccessDeniedException": ObjectLambdaFault.mayNotInvoke(details)
            case "ResourceNotFoundException": ObjectLambdaFault.functionNotFound(details)
            case "TooManyRequestsException": ObjectLambdaFault.throttled(details)
            default: ObjectLambdaFault.invocationFailed(details)
            }
        }
        let bytes = try await reply.body?.collect(limit: Limit.functionAnswer) ?? []
        if reply.output["FunctionError"]?.string != nil {
            let said = (try? JSON.parse(bytes))?["errorMessage"]?.string ?? ""
            throw ObjectLambdaFault.functionFailed(said)
        }
        return bytes
    }
}
