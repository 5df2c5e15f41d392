import Documents
import EventSources
import FunctionEngine
import Kernel
import Logging
import Store

/// What is sent to a destination or a dead-letter queue, as the execution role. It rides the outbox.
struct Errand: Codable, Sendable {
    var account: String
    var region: String
    /// The function's ARN.
    var function: String
    var role: String
    var destination: String
    /// The message, a JSON text.
    var text: String
    /// For buckets.
    var objectKey: String?
    /// Message attributes, of dead-letter messages.
    var attributes: [String: String]?
    /// `Success` or `Failure`: the detail type of an event on a bus.
    var result: String?

    enum Limit {
        /// How long it is tried.
        static let age = Duration.seconds(6 * 3_600)
    }

    /// `PREFIX/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID`
    static func objectKey(_ prefix: String, _ now: Timestamp) -> String {
        let moment = now.iso8601().prefix(19)
        let day = moment.prefix(10).split(separator: "-").joined(separator: "/")
        let time = moment.split(separator: ":").joined(separator: ".")
        return "\(prefix)/\(day)/\(time)-\(Identifier.uuid())"
    }

    func enqueue(in transaction: any Transaction, on platform: Platform) throws {
        let now = platform.clock.now()
        let delivery = Delivery(
            id: Identifier.uuid(), lane: "lambda destination \(destination)", service: LambdaService.id, name: "destination",
            payload: try DocumentEncoder().encode(self), created: now, expires: now + Limit.age)
        try transaction.enqueue(delivery, on: platform)
    }
}

/// The kinds of destination (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
enum DestinationKind: Sendable {
    case queue, topic, function, bus, bucket

    /// - Returns: nil for what is no destination.
    init?(_ arn: String) {
        guard let arn = ARN(arn) else { return nil }
        switch arn.service {
        case "sqs" where !arn.resource.hasSuffix(".fifo"): self = .queue
        case "sns" where !arn.resource.hasSuffix(".fifo"): self = .topic
        case "lambda" where arn.resource.hasPrefix("function:"): self = .function
        case "events" where arn.resource.hasPrefix("event-bus/"): self = .bus
        case "s3": self = .bucket
        default: return nil
        }
    }

    /// The largest message that it takes; nil for any. What is larger goes without its payloads.
    var messageBytes: Int? {
        switch self {
        case .topic: 256 << 10
        // A bus counts the event's source and type too.
        case .queue, .function, .bus: (1 << 20) - 1_024
        case .bucket: nil
        }
    }

    /// The action that the execution role must be allowed, and the name that messages give it.
    var action: (service: String, action: String, name: String) {
        switch self {
        case .queue: ("sqs", "sqs:SendMessage", "SendMessage on SQS")
        case .topic: ("sns", "sns:Publish", "Publish on SNS")
        case .function: ("lambda", "lambda:InvokeFunction", "InvokeFunction on Lambda")
        case .bus: ("events", "events:PutEvents", "PutEvents on EventBridge")
        case .bucket: ("s3", "s3:PutObject", "PutObject on S3")
        }
    }
}

extension LambdaService {
    /// Checks a destination before it is set.
    /// - Throws: ``LambdaFault/invalidParameter(_:)`` for one that is none of `kinds` or that the role may not reach.
    func checkDestination(_ arn: String, of function: FunctionRecord, kinds: [DestinationKind], _ platform: Platform) async throws
    {
        guard let kind = DestinationKind(arn), kinds.contains(kind) else {
            throw LambdaFault.invalidParameter(
                "The provided destination config DestinationConfig(destination=\(arn)) is invalid.")
        }
        let session = try await ExecutionRole.assume(
            function.role, for: function.name, arn: function.arn, account: function.account, region: function.region, on: platform
        )
        let resource = kind == .bucket ? "\(arn)/*" : arn
        let context = Context(
            platform: platform, caller: session.caller, region: function.region, service: kind.action.service,
            operation: "SetDestination", requestID: Identifier.uuid(), now: platform.clock.now())
        do {
            try await platform.demand(Permission(kind.action.action, on: resource), in: context)
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.invalidParameter(
                "The provided execution role does not have permissions to call \(kind.action.name)")
        }
    }

    /// Carries out one errand.
    func deliverErrand(_ delivery: Delivery, _ platform: Platform) async throws {
        let errand = try DocumentDecoder().decode(Errand.self, from: delivery.payload)
        do {
            try await send(errand, platform)
        } catch let error as AWSError where error.isSenders && error.status != 501 && error.status != 429 {
            throw GiveUp("\(errand.destination): \(error.code): \(error.message)")
        } catch LambdaFault.roleNotAssumable {
            throw GiveUp("\(errand.destination): the role \(errand.role) can't be assumed")
        }
    }

    private func send(_ errand: Errand, _ platform: Platform) async throws {
        guard let kind = DestinationKind(errand.destination), let arn = ARN(errand.destination),
            let function = ARN(errand.function)
        else { throw GiveUp("no destination: \(errand.destination)") }
        let session = try await ExecutionRole.assume(
            errand.role, for: String(function.resource.dropFirst("function:".count)), arn: errand.function,
            account: errand.account, region: errand.region, on: platform)
        let region = arn.region.isEmpty ? errand.region : arn.region
        func call(_ service: String, _ operation: String, _ input: Members, body: RequestBody = .empty) async throws -> Reply {
            try await platform.call(
                Call(service, operation, .map(input), body: body, caller: session.caller, region: region))
        }
        var attributes: Members = [:]
        for (name, value) in errand.attributes ?? [:] {
            let type = name == "ErrorCode" ? "Number" : "String"
            attributes[name] = ["DataType": .string(type), "StringValue": .string(value)]
        }
        switch kind {
        case .queue:
            var input: Members = ["QueueUrl": .string(errand.destination), "MessageBody": .string(errand.text)]
            if !attributes.isEmpty { input["MessageAttributes"] = .map(attributes) }
            _ = try await call("sqs", "SendMessage", input)
        case .topic:
            var input: Members = ["TopicArn": .string(errand.destination), "Message": .string(errand.text)]
            if !attributes.isEmpty { input["MessageAttributes"] = .map(attributes) }
            _ = try await call("sns", "Publish", input)
        case .function:
            _ = try await call(
                "lambda", "Invoke",
                [
                    "FunctionName": .string(errand.destination), "InvocationType": "Event",
                    "Payload": .blob(Array(errand.text.utf8)),
                ])
        case .bus:
            let output = try await call(
                "events", "PutEvents",
                [
                    "Entries": [
                        [
                            "Source": "lambda", "EventBusName": .string(errand.destination),
                            "DetailType": .string("Lambda Function Invocation Result - \(errand.result ?? "Failure")"),
                            "Resources": [.string(errand.function), .string(errand.destination)], "Detail": .string(errand.text),
                        ]
                    ]
                ])
            if let entry = output.output["Entries"]?.list?.first, let code = entry["ErrorCode"]?.string {
                throw AWSError(code, 500, entry["ErrorMessage"]?.string ?? "")
            }
        case .bucket:
            let bytes = Array(errand.text.utf8)
            _ = try await call(
                "s3", "PutObject",
                [
                    "Bucket": .string(arn.resource), "Key": .string(errand.objectKey ?? Identifier.uuid()),
                    "ContentLength": .integer(Int64(bytes.count)), "ContentType": "application/json",
                ], body: RequestBody(ByteStream(bytes: bytes)))
        }
    }
}
