import Documents
import Kernel
import Logging

/// A stream's error log (https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html), written as
/// the delivery role. Where it can't be written the operator's log has it.
enum ErrorLog {
    static func write(_ errors: [DeliveryError], _ batch: FirehoseService.Batch) async {
        guard !errors.isEmpty else { return }
        let (record, platform) = (batch.record, batch.platform)
        for error in errors {
            platform.log.warning(
                "a delivery stream has trouble",
                metadata: ["stream": "\(record.arn)", "code": "\(error.code)", "message": "\(error.message)"])
        }
        guard let options = batch.destination.CloudWatchLoggingOptions, options.Enabled == true,
            let group = options.LogGroupName, let stream = options.LogStreamName,
            let role = batch.destination.RoleARN ?? (try? batch.destination.companion())?.RoleARN
        else { return }
        let now = platform.clock.now()
        let events = errors.map { error -> Document in
            var members: Members = [
                "deliveryStreamARN": .string(record.arn), "destination": .string(destination(batch)),
                "deliveryStreamVersionId": .integer(Int64(record.version)), "message": .string(error.message),
                "errorCode": .string(error.code),
            ]
            if let function = error.function { members["processor"] = .string(function) }
            return ["timestamp": .integer(now.milliseconds), "message": .string(JSON.text(.map(members)))]
        }
        let input: Document = ["logGroupName": .string(group), "logStreamName": .string(stream), "logEvents": .list(events)]
        do {
            let caller = try await batch.sessions.caller(role)
            _ = try await platform.call(Call("logs", "PutLogEvents", input, caller: caller, region: record.region))
        } catch {
            platform.log.warning(
                "a delivery stream's error log can't be written",
                metadata: ["stream": "\(record.arn)", "group": "\(group)", "error": "\(error)"])
        }
    }

    private static func destination(_ batch: FirehoseService.Batch) -> String {
        batch.destination.EndpointConfiguration?.Url ?? batch.destination.BucketARN ?? ""
    }
}
