import Documents
import Kernel

/// Transformation by a function (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html).
extension FirehoseService {
    func transform(
        _ records: [ReadyRecord], _ function: ProcessingPlan.Function, _ batch: Batch, _ outcome: inout Outcome
    ) async throws -> [ReadyRecord] {
        var output: [ReadyRecord] = []
        var start = 0
        while start < records.count {
            var (end, bytes) = (start, 0)
            while end < records.count, end == start || bytes + records[end].data.count <= function.bytes {
                bytes += records[end].data.count
                end += 1
            }
            let part = Array(records[start..<end])
            output += try await FunctionCall(function: function, batch: batch, records: part).run(&outcome)
            start = end
        }
        return output
    }
}

/// One invocation with its records.
private struct FunctionCall {
    let function: ProcessingPlan.Function
    let batch: FirehoseService.Batch
    let records: [ReadyRecord]

    private func id(_ record: ReadyRecord) -> String { RecordID.inFunction(record.source.offset, part: record.source.part) }

    /// - Returns: the records that the function lets through.
    func run(_ outcome: inout Outcome) async throws -> [ReadyRecord] {
        let payload = JSON.write(event)
        var attempts = 0
        while true {
            attempts += 1
            do {
                return try sort(try await invoke(payload), attempts, &outcome)
            } catch let error as DeliveryError {
                // A stop is no failure of the function: the batch is delivered after the next start.
                try Task.checkCancellation()
                outcome.note(error)
                guard attempts <= function.retries else {
                    fail(records, error, attempts, &outcome)
                    return []
                }
                // By the machine's time: the function is there again when it is there again, wherever the clock stands.
                try await RealTime.wait(min(.seconds(5), .milliseconds(100 << min(attempts, 6))))
            }
        }
    }

    private var event: Document {
        var members: Members = [
            "invocationId": .string(Identifier.uuid()), "deliveryStreamArn": .string(batch.record.arn),
            "region": .string(batch.record.region),
        ]
        if let source = batch.record.source { members["sourceKinesisStreamArn"] = .string(source.stream) }
        members["records"] = .list(
            records.map { record in
                var item: Members = [
                    "recordId": .string(id(record)), "approximateArrivalTimestamp": .integer(record.source.arrived),
                    "data": .string(Base64.string(record.data)),
                ]
                if let origin = record.source.origin {
                    item["kinesisRecordMetadata"] = [
                        "sequenceNumber": .string(origin.sequence), "subsequenceNumber": .integer(Int64(record.source.part)),
                        "partitionKey": .string(origin.partitionKey), "shardId": .string(origin.shard),
                        "approximateArrivalTimestamp": .integer(origin.arrived),
                    ]
                }
                return .map(item)
            })
        return .map(members)
    }

    /// - Throws: ``DeliveryError`` when the function gives no answer that can be read.
    private func invoke(_ payload: [UInt8]) async throws -> [Document] {
        let reply: Reply
        do {
            let caller = try await batch.sessions.caller(function.role ?? batch.destination.RoleARN ?? backupRole)
            reply = try await batch.platform.call(
                Call(
                    "lambda", "Invoke", ["FunctionName": .string(function.arn), "InvocationType": "RequestResponse"],
                    body: RequestBody(ByteStream(bytes: payload)), caller: caller,
                    region: ARN(function.arn)?.region ?? batch.record.region))
        } catch let error as AWSError {
            throw refusal(error)
        }
        let bytes = try await reply.body?.collect(limit: FirehoseLimit.functionBytes) ?? []
        if reply.output["FunctionError"] != nil {
            throw failure(
                "Lambda.FunctionError",
                "The Lambda function was successfully invoked but it returned an error result. Check your Lambda function's log.")
        }
        guard let answer = try? JSON.parse(bytes), let answers = answer["records"]?.list else {
            throw failure(
                "Lambda.JsonProcessingException",
                "There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the "
                    + "status model required by Amazon Data Firehose.")
        }
        return answers
    }

    private var backupRole: String { (try? batch.destination.companion())?.RoleARN ?? "" }

    private func failure(_ code: String, _ message: String) -> DeliveryError {
        DeliveryError(code: code, message: message, function: function.arn)
    }

    private func refusal(_ error: AWSError) -> DeliveryError {
        switch error.code {
        case "AccessDeniedException", "AccessDenied":
            failure(
                "Lambda.InvokeAccessDenied",
                "Access was denied. Ensure that the access policy for the provided IAM role allows the appropriate permissions.")
        case "TooManyRequestsException":
            failure("Lambda.InvokeLimitExceeded", "The Lambda function invocation limit has been reached.")
        case "ResourceNotFoundException": failure("Lambda.FunctionNotFound", error.message)
        default: failure("Lambda.InvokeFailed", error.message)
        }
    }

    private func fail(_ records: [ReadyRecord], _ error: DeliveryError, _ attempts: Int, _ outcome: inout Outcome) {
        let now = batch.platform.clock.now().milliseconds
        outcome.failed += records.map {
            FailedRecord(
                source: $0.source, kind: .processing, code: error.code, message: error.message, attempts: attempts, ended: now,
                function: function.arn)
        }
    }

    /// Holds the answers against the records.
    private func sort(_ answers: [Document], _ attempts: Int, _ outcome: inout Outcome) throws -> [ReadyRecord] {
        var byID: [String: [Document]] = [:]
        for answer in answers { byID[answer["recordId"]?.string ?? "", default: []].append(answer) }
        var output: [ReadyRecord] = []
        for record in records {
            let found = byID[id(record)] ?? []
            let problem: DeliveryError
            if found.isEmpty {
                problem = failure("Lambda.MissingRecordId", "The returned record does not have the record ID of a record sent.")
            } else if found.count > 1 {
                problem = failure("Lambda.DuplicatedRecordId", "Multiple records with the same record ID were returned.")
            } else if let refused = take(found[0], record, &output) {
                problem = refused
            } else {
                continue
            }
            outcome.note(problem)
            fail([record], problem, attempts, &outcome)
        }
        return output
    }

    private func take(_ answer: Document, _ record: ReadyRecord, _ output: inout [ReadyRecord]) -> DeliveryError? {
        switch answer["result"]?.string {
        case "Dropped": return nil
        case "ProcessingFailed":
            return failure("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
        case "Ok":
            guard let data = answer["data"]?.string.flatMap(Base64.decode) else {
                return failure("Lambda.JsonProcessingException", "The data of the returned record is not valid base64.")
            }
            var ready = record
            ready.data = data
            for (name, value) in answer["metadata"]?["partitionKeys"]?.members ?? [:] {
                ready.functionKeys[name] = value.string ?? JSON.text(value)
            }
            output.append(ready)
            return nil
        default:
            return failure(
                "Lambda.JsonProcessingException", "The result of the returned record is not Ok, Dropped or ProcessingFailed.")
        }
    }
}

extension DeliveryError: Error {}
