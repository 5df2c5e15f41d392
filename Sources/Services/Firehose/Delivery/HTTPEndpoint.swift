import Compression
import Crypto
import Documents
import Kernel
import Outbound

/// Delivery to an HTTP endpoint (https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html).
extension FirehoseService {
    /// Sends a batch in one request. An endpoint that fails is asked again until the retry duration is over; then the records
    /// go to the backup bucket.
    /// - Throws: `Postpone` to be called again.
    func send(_ outcome: inout Outcome, _ batch: Batch) async throws {
        guard let backup = try batch.destination.companion() else { throw FirehoseFault.invalid("S3Configuration is missing.") }
        if !outcome.ready.isEmpty, let problem = try await attempt(outcome.ready, batch) {
            outcome.note(DeliveryError(code: problem.code, message: problem.message, function: batch.function))
            let now = batch.platform.clock.now()
            let deadline = batch.created + .seconds(batch.destination.RetryOptions?.DurationInSeconds ?? FirehoseLimit.httpRetry)
            if problem.mayRetry, now < deadline {
                throw Postpone(until: min(deadline, now + Backoff.delay(attempt: batch.attempts + 3)))
            }
            outcome.failed += outcome.ready.map {
                var source = $0.source
                source.data = $0.data
                return FailedRecord(
                    source: source, kind: .endpoint, code: problem.code, message: problem.message, attempts: batch.attempts + 1,
                    ended: now.milliseconds)
            }
            // They are done with here, whatever becomes of the bucket: a repetition must not send them again.
            outcome.ready = []
        }
        try await writeFailed(outcome.failed, backup, batch)
    }

    private struct Problem {
        var code: String
        var message: String
        var mayRetry = true
    }

    /// - Returns: nil when the endpoint has taken the records.
    private func attempt(_ records: [ReadyRecord], _ batch: Batch) async throws -> Problem? {
        guard let endpoint = batch.destination.EndpointConfiguration else {
            throw FirehoseFault.invalid("EndpointConfiguration is missing.")
        }
        let requestID = Self.requestID(batch)
        let body = JSON.write([
            "requestId": .string(requestID), "timestamp": .integer(batch.platform.clock.now().milliseconds),
            "records": .list(records.map { ["data": .string(Base64.string($0.data))] }),
        ])
        var headers = [
            (name: "Content-Type", value: "application/json"), (name: "X-Amz-Firehose-Protocol-Version", value: "1.0"),
            (name: "X-Amz-Firehose-Request-Id", value: requestID),
            (name: "X-Amz-Firehose-Source-Arn", value: batch.record.arn),
            (name: "User-Agent", value: "Amazon Kinesis Data Firehose Agent/1.0"),
        ]
        do {
            if let key = try await accessKey(endpoint, batch) { headers.append(("X-Amz-Firehose-Access-Key", key)) }
        } catch let error as AWSError {
            return Problem(code: "HttpEndpoint.SecretRetrievalFailed", message: error.message)
        }
        if let attributes = batch.destination.RequestConfiguration?.CommonAttributes, !attributes.isEmpty {
            var members: Members = [:]
            for attribute in attributes { members[attribute.AttributeName] = .string(attribute.AttributeValue) }
            headers.append(("X-Amz-Firehose-Common-Attributes", JSON.text(["commonAttributes": .map(members)])))
        }
        var request = OutboundRequest("POST", endpoint.Url, headers: headers, body: body, timeout: FirehoseLimit.httpTimeout)
        if batch.destination.RequestConfiguration?.ContentEncoding == "GZIP" {
            request.body = try Gzip.compress(body)
            request.headers.append(("Content-Encoding", "gzip"))
        }
        do {
            return Self.judge(try await Outbound.send(request), requestID)
        } catch let fault as OutboundFault {
            switch fault {
            case .timedOut:
                return Problem(
                    code: "HttpEndpoint.RequestTimeout", message: "The request timed out before a response was received.")
            case .unreachable(let reason):
                return Problem(code: "HttpEndpoint.ConnectionFailed", message: "The endpoint could not be reached: \(reason)")
            case .invalid(let what):
                return Problem(code: "HttpEndpoint.InvalidUrl", message: "The request can't be made: \(what)", mayRetry: false)
            }
        }
    }

    /// The same for every attempt at a batch.
    private static func requestID(_ batch: Batch) -> String {
        let hex = Hex.encode(Array(SHA256.hash(data: Array("request \(batch.id)".utf8))).prefix(16))
        var (uuid, start) = ("", 0)
        for cut in [8, 12, 16, 20, 32] {
            uuid += (start == 0 ? "" : "-") + hex.dropFirst(start).prefix(cut - start)
            start = cut
        }
        return uuid
    }

    /// The response's contract: status 200, JSON with the request's id and a timestamp.
    private static func judge(_ response: OutboundResponse, _ requestID: String) -> Problem? {
        let shown = String(decoding: response.body.prefix(FirehoseLimit.httpAnswerBytes), as: UTF8.self)
        guard response.status == 200 else {
            // Too large stays too large.
            return Problem(
                code: "HttpEndpoint.DestinationException",
                message: "The following response was received from the endpoint destination. \(response.status): \(shown)",
                mayRetry: response.status != 413)
        }
        let isJSON = response.header("Content-Type")?.lowercased().hasPrefix("application/json") == true
        guard isJSON, let answer = try? JSON.parse(response.body), answer["requestId"]?.string == requestID,
            answer["timestamp"]?.integer != nil
        else {
            return Problem(
                code: "HttpEndpoint.InvalidResponseFromDestination",
                message: "The response received from the specified endpoint is invalid. \(response.status): \(shown)")
        }
        return nil
    }

    /// The key that was configured, or the secret's `api_key`.
    private func accessKey(_ endpoint: Destination.Endpoint, _ batch: Batch) async throws -> String? {
        guard let secret = batch.destination.SecretsManagerConfiguration, secret.Enabled, let arn = secret.SecretARN else {
            guard let sealed = endpoint.SealedAccessKey.flatMap(Base64.decode) else { return nil }
            return String(decoding: try Self.secrets(batch.platform).open(sealed, place: batch.record.arn), as: UTF8.self)
        }
        let role = try secret.RoleARN ?? batch.destination.RoleARN ?? batch.destination.companion()?.RoleARN ?? ""
        let caller = try await batch.sessions.caller(role)
        let output = try await batch.platform.call(
            Call(
                "secretsmanager", "GetSecretValue", ["SecretId": .string(arn)], caller: caller,
                region: ARN(arn)?.region ?? batch.record.region)
        ).output
        guard let text = output["SecretString"]?.string, let key = (try? JSON.parse(text))?["api_key"]?.string else {
            throw AWSError("InvalidSecret", 400, "The secret has no member api_key.")
        }
        return key
    }
}

extension FirehoseService {
    /// A configuration as it is stored: its access key sealed.
    func sealed(_ destination: Document, for place: StreamPlace, _ platform: Platform) throws -> Document {
        guard var members = destination.members, var endpoint = members["EndpointConfiguration"]?.members,
            let key = endpoint.removeValue(forKey: "AccessKey")?.string
        else { return destination }
        if !key.isEmpty {
            endpoint["SealedAccessKey"] = .string(
                Base64.string(try Self.secrets(platform).seal(Array(key.utf8), place: place.arn)))
        }
        members["EndpointConfiguration"] = .map(endpoint)
        return .map(members)
    }
}

extension FirehoseService.Batch {
    /// The transforming function, which error logs name.
    var function: String? { destination.processors.first { $0.Type == "Lambda" }?["LambdaArn"] }
}
