import Documents
import Kernel
import Store

/// Brings a pipe's log records to their destinations, as CloudWatch Logs' delivery does for AWS's services: by its service
/// principal where the destination has a policy, and by its service-linked role to Firehose
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
enum PipeLogDelivery {
    static let name = "log"
    static let age = Duration.seconds(86_400)
    static let principal = "delivery.logs.amazonaws.com"
    static let policy = "AWSLogDeliveryWrite20150319"
    static let role = "AWSServiceRoleForLogDelivery"

    static func caller(_ account: String, _ region: String) -> Caller {
        .service(principal, account: account, sourceARN: source(account, region))
    }

    static func source(_ account: String, _ region: String) -> String { "arn:aws:logs:\(region):\(account):delivery" }

    static func group(_ arn: ARN) -> String { String(arn.resource.dropFirst("log-group:".count)) }
}

extension PipesService {
    func deliverLog(_ delivery: Delivery, _ platform: Platform) async throws {
        let payload = delivery.payload
        guard let account = payload["account"]?.string, let region = payload["region"]?.string,
            let name = payload["name"]?.string, let records = payload["records"]?.list,
            let settings = try? PipeLogSettings(payload["log"])
        else { throw GiveUp("no log") }
        for (place, destination) in settings.destinations.enumerated() {
            do {
                let sender = PipeLogSender(
                    platform: platform, account: account, region: region, pipe: name, id: "\(delivery.id)-\(place)",
                    written: delivery.created)
                try await sender.send(records, to: destination)
            } catch let error as AWSError where error.isSenders && error.status != 429 {
                // One destination that takes nothing must not hold up the others.
                platform.log.warning(
                    "a pipe's log was not taken", metadata: ["pipe": "\(name)", "error": "\(error.code): \(error.message)"])
            }
        }
    }
}

private struct PipeLogSender {
    let platform: Platform
    let account: String
    let region: String
    let pipe: String
    let id: String
    let written: Timestamp

    func send(_ records: [Document], to destination: PipeLogSettings.Destination) async throws {
        let caller = PipeLogDelivery.caller(account, region)
        switch destination {
        case .group(let arn):
            let place: Members = [
                "logGroupName": .string(PipeLogDelivery.group(arn)), "logStreamName": .string(pipe),
            ]
            let events = records.map { ($0["timestamp"]?.integer ?? written.milliseconds, JSON.text($0)) }
            for batch in LogWriting.batches(events.map { ($0.0, $0.1.utf8.count) }) {
                let events = events[batch].map { time, text -> Document in
                    ["timestamp": .integer(time), "message": .string(text)]
                }
                try await LogWriting.put(events, at: place) { operation, input in
                    _ = try await platform.call(Call("logs", operation, .map(input), caller: caller, region: arn.region))
                }
            }
        case .deliveryStream(let arn):
            let stream = String(arn.resource.dropFirst("deliverystream/".count))
            let lines = records.map { JSON.write($0) + Array("\n".utf8) }
            let role = "arn:aws:iam::\(account):role/aws-service-role/\(PipeLogDelivery.principal)/\(PipeLogDelivery.role)"
            let delivering = try await platform.assume(role, session: "LogDelivery", as: caller, region: arn.region)
            for batch in PipeTarget.batches(
                lines.map(\.count), size: PipeTarget.Limit.many, bytes: PipeTarget.Limit.bytes["firehose"] ?? .max)
            {
                let entries = lines[batch].map { line -> Document in ["Data": .blob(line)] }
                _ = try await platform.call(
                    Call(
                        "firehose", "PutRecordBatch", ["DeliveryStreamName": .string(stream), "Records": .list(entries)],
                        caller: delivering, region: arn.region))
            }
        case .bucket(let name, let owner, let prefix):
            // 2026/01/31/09
            let hour = String(written.iso8601().prefix(13)).replacing("-", with: "/").replacing("T", with: "/")
            let folder = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
            let key =
                "\(folder)AWSLogs/\(account)/vendedlogs/pipes/\(region)/\(pipe)/\(hour)/\(id).log"
            let text = records.map { JSON.text($0) + "\n" }.joined()
            let input: Document = [
                "Bucket": .string(name), "Key": .string(key), "ExpectedBucketOwner": .string(owner),
                "ACL": "bucket-owner-full-control", "ContentType": "application/json",
            ]
            _ = try await platform.call(
                Call(
                    "s3", "PutObject", input, body: RequestBody(ByteStream(bytes: Array(text.utf8))), caller: caller,
                    region: region))
        }
    }
}
