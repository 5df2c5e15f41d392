import Documents
import Kernel
import Store
import Synchronization

/// What a pipe logs, and where (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html).
struct PipeLogSettings: Sendable {
    enum Level: Int, Sendable, Comparable {
        case off, error, info, trace

        init?(_ text: String?) {
            switch text {
            case "OFF", nil: self = .off
            case "ERROR": self = .error
            case "INFO": self = .info
            case "TRACE": self = .trace
            default: return nil
            }
        }

        var text: String { ["OFF", "ERROR", "INFO", "TRACE"][rawValue] }
        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    enum Destination: Sendable {
        /// The group's ARN, without `:*`.
        case group(ARN)
        case deliveryStream(ARN)
        case bucket(name: String, owner: String, prefix: String)
    }

    var level = Level.off
    var includesData = false
    var destinations: [Destination] = []

    /// - Throws: ``PipesFault``
    init(_ log: Document?) throws {
        guard let log else { return }
        guard let level = Level(log["Level"]?.string) else { throw PipesFault.invalid("Invalid log level.") }
        self.level = level
        includesData = log["IncludeExecutionData"]?.list?.contains("ALL") ?? false
        if let text = log["CloudwatchLogsLogDestination"]?["LogGroupArn"]?.string {
            let plain = text.hasSuffix(":*") ? String(text.dropLast(2)) : text
            guard let arn = ARN(plain) else { throw PipesFault.invalid("Invalid log group ARN: \(text)") }
            destinations.append(.group(arn))
        }
        if let text = log["FirehoseLogDestination"]?["DeliveryStreamArn"]?.string {
            guard let arn = ARN(text) else { throw PipesFault.invalid("Invalid delivery stream ARN: \(text)") }
            destinations.append(.deliveryStream(arn))
        }
        if let bucket = log["S3LogDestination"] {
            guard ["json", nil].contains(bucket["OutputFormat"]?.string) else {
                throw PipesFault.invalid("The output format of S3LogDestination must be json.")
            }
            destinations.append(
                .bucket(
                    name: bucket["BucketName"]?.string ?? "", owner: bucket["BucketOwner"]?.string ?? "",
                    prefix: bucket["Prefix"]?.string ?? ""))
        }
        guard level == .off || !destinations.isEmpty else {
            throw PipesFault.invalid("LogConfiguration must have a destination unless its level is OFF.")
        }
    }
}

/// A step of an execution that may be logged
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html#eb-pipes-logs-level).
enum PipeStep: String, Sendable {
    case executionStarted = "ExecutionStarted"
    case executionSucceeded = "ExecutionSucceeded"
    case executionPartiallyFailed = "ExecutionPartiallyFailed"
    case executionFailed = "ExecutionFailed"
    case enrichmentStageEntered = "EnrichmentStageEntered"
    case enrichmentInvocationStarted = "EnrichmentInvocationStarted"
    case enrichmentInvocationSucceeded = "EnrichmentInvocationSucceeded"
    case enrichmentStageSucceeded = "EnrichmentStageSucceeded"
    case enrichmentStageFailed = "EnrichmentStageFailed"
    case targetStageEntered = "TargetStageEntered"
    case targetStageSkipped = "TargetStageSkipped"
    case targetTransformationStarted = "TargetTransformationStarted"
    case targetTransformationSucceeded = "TargetTransformationSucceeded"
    case targetInvocationStarted = "TargetInvocationStarted"
    case targetInvocationSucceeded = "TargetInvocationSucceeded"
    case targetInvocationPartiallyFailed = "TargetInvocationPartiallyFailed"
    case targetStageSucceeded = "TargetStageSucceeded"
    case targetStagePartiallyFailed = "TargetStagePartiallyFailed"
    case targetStageFailed = "TargetStageFailed"

    /// From which level on it is logged.
    var level: PipeLogSettings.Level {
        switch self {
        case .executionPartiallyFailed, .executionFailed, .enrichmentStageFailed, .targetInvocationPartiallyFailed,
            .targetStagePartiallyFailed, .targetStageFailed:
            .error
        case .executionStarted, .executionSucceeded, .enrichmentStageEntered, .enrichmentStageSucceeded,
            .targetStageEntered, .targetStageSucceeded:
            .info
        case .enrichmentInvocationStarted, .enrichmentInvocationSucceeded, .targetStageSkipped,
            .targetTransformationStarted, .targetTransformationSucceeded, .targetInvocationStarted,
            .targetInvocationSucceeded:
            .trace
        }
    }
}

/// The records of one execution of a pipe: a batch on its way from the source to the target.
final class PipeExecution: Sendable {
    private enum Limit {
        /// Bytes of a record.
        static let record = 256 << 10
    }
    private let pipe: PipeRecord
    private let settings: PipeLogSettings
    private let platform: Platform
    private let id = Identifier.uuid()
    private let records = Mutex<[Document]>([])

    /// - Returns: nil for a pipe that logs nothing.
    init?(of pipe: PipeRecord, on platform: Platform) {
        // A configuration that is kept has been read before.
        guard let settings = try? PipeLogSettings(pipe.log), settings.level > .off else { return nil }
        (self.pipe, self.settings, self.platform) = (pipe, settings, platform)
    }

    /// Writes a step down, if it is of the level.
    func note(
        _ step: PipeStep, payload: @autoclosure () -> Document? = nil, request: @autoclosure () -> Document? = nil,
        response: @autoclosure () -> Document? = nil, error: AWSError? = nil
    ) {
        guard step.level <= settings.level else { return }
        var record: Members = [
            "executionId": .string(id), "timestamp": .integer(platform.clock.now().milliseconds),
            "messageType": .string(step.rawValue), "resourceArn": .string(pipe.arn), "logLevel": .string(settings.level.text),
        ]
        if settings.includesData {
            for (name, value) in [("payload", payload()), ("awsRequest", request()), ("awsResponse", response())] {
                if let value { record[name] = .string(JSON.text(value)) }
            }
        }
        if let error {
            record["error"] = ["httpStatusCode": .integer(Int64(error.status)), "message": .string(error.message)]
        }
        var truncated: [Document] = []
        for name in ["awsRequest", "awsResponse", "payload"] where JSON.text(.map(record)).utf8.count > Limit.record {
            guard record[name] != nil else { continue }
            record[name] = ""
            truncated.append(.string(name))
        }
        if !truncated.isEmpty { record["truncatedFields"] = .list(truncated) }
        let finished = Document.map(record)
        records.withLock { $0.append(finished) }
    }

    /// Sends what was written down on its way.
    func end() async {
        let records = records.withLock { records in
            defer { records = [] }
            return records
        }
        guard !records.isEmpty else { return }
        let (now, platform) = (platform.clock.now(), platform)
        let delivery = Delivery(
            id: Identifier.uuid(), lane: "pipes log \(pipe.arn)", service: PipesService.id, name: PipeLogDelivery.name,
            payload: [
                "account": .string(pipe.account), "region": .string(pipe.region), "name": .string(pipe.name),
                "log": pipe.log ?? .null, "records": .list(records),
            ],
            created: now, expires: now + PipeLogDelivery.age)
        do { try await platform.store.write { try $0.enqueue(delivery, on: platform) } } catch {
            platform.log.warning("a pipe's log was not kept", metadata: ["pipe": "\(pipe.arn)", "error": "\(error)"])
        }
    }
}
