import Compression
import Documents
import Kernel

/// Runs a batch's records through the plan.
extension FirehoseService {
    func process(
        _ records: [SourceRecord], _ plan: ProcessingPlan, _ batch: Batch, into outcome: inout Outcome
    ) async throws {
        let now = batch.platform.clock.now().milliseconds
        func fail(_ record: SourceRecord, _ kind: FailedRecord.Kind, _ code: String, _ message: String) {
            outcome.failed.append(FailedRecord(source: record, kind: kind, code: code, message: message, ended: now))
            outcome.note(DeliveryError(code: code, message: message))
        }
        var ready: [ReadyRecord] = []
        for record in records.flatMap(Self.apart) {
            var data = record.data
            if plan.unpacks {
                guard let plain = try? Gzip.decompress(data, limit: FirehoseLimit.unpackedBytes) else {
                    fail(record, .decompression, "Decompression.DecompressionFailed", "The record could not be decompressed.")
                    continue
                }
                data = plain
            }
            if plan.extractsLogs {
                guard let messages = LogMessages.extract(data) else {
                    fail(record, .processing, "CloudWatchLogProcessing.ExtractionFailed", "The record has no log events.")
                    continue
                }
                data = messages
            }
            guard let way = plan.deaggregation else {
                ready.append(ReadyRecord(source: record, data: data))
                continue
            }
            guard let parts = Deaggregation.parts(of: data, way) else {
                fail(record, .processing, "DynamicPartitioning.DeaggregationFailed", "The record could not be de-aggregated.")
                continue
            }
            for (index, part) in parts.enumerated() {
                var source = record
                (source.data, source.part) = (part, record.part + index)
                ready.append(ReadyRecord(source: source, data: part))
            }
        }
        if let function = plan.function { ready = try await transform(ready, function, batch, &outcome) }
        let needed = batch.destination.isPartitioned ? try PrefixExpression.check(batch.destination).fromLambda : []
        for var record in ready {
            if needed.contains(where: { record.functionKeys[$0, default: ""].isEmpty }) {
                fail(
                    record.source, .processing, "DynamicPartitioning.MetadataExtractionFailed",
                    "partitionKeys values must not be null or empty")
                continue
            }
            if let query = plan.query {
                do { record.queryKeys = try query.keys(of: record.data) } catch {
                    fail(record.source, .processing, "DynamicPartitioning.MetadataExtractionFailed", error.message)
                    continue
                }
            }
            if let delimiter = plan.delimiter { record.data += delimiter }
            outcome.ready.append(record)
        }
    }
}

extension FirehoseService {
    /// The records of a producer library's aggregate; any other record is itself.
    private static func apart(_ record: SourceRecord) -> [SourceRecord] {
        guard record.origin != nil, let parts = AggregatedRecord.parts(of: record.data) else { return [record] }
        return parts.enumerated().map { index, data in
            var part = record
            (part.data, part.part) = (data, index)
            return part
        }
    }
}

/// Several records in one (https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html).
enum Deaggregation {
    /// - Returns: nil for what is not of that form.
    static func parts(of data: [UInt8], _ way: ProcessingPlan.Deaggregation) -> [[UInt8]]? {
        switch way {
        case .delimited(let delimiter):
            var (parts, start, at) = ([[UInt8]](), 0, 0)
            while at + delimiter.count <= data.count {
                guard data[at..<(at + delimiter.count)].elementsEqual(delimiter) else {
                    at += 1
                    continue
                }
                if at > start { parts.append(Array(data[start..<at])) }
                at += delimiter.count
                start = at
            }
            if start < data.count { parts.append(Array(data[start...])) }
            return parts
        case .json:
            if let elements = (try? JSON.parse(data))?.list { return elements.map(JSON.write) }
            return values(data)
        }
    }

    /// JSON objects one behind the other, with or without blanks between them.
    private static func values(_ data: [UInt8]) -> [[UInt8]]? {
        var parts: [[UInt8]] = []
        var (depth, start, isText, isEscaped) = (0, 0, false, false)
        for (at, byte) in data.enumerated() {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0 { start = at }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth >= 0 else { return nil }
                if depth == 0 {
                    let part = Array(data[start...at])
                    guard (try? JSON.parse(part)) != nil else { return nil }
                    parts.append(part)
                }
            default:
                let isBlank = byte == 0x20 || byte >= 0x09 && byte <= 0x0D
                if depth == 0, !isBlank { return nil }
            }
            if depth == 0, isText { return nil }
        }
        return depth == 0 ? parts : nil
    }
}

/// The messages of CloudWatch Logs' subscription records, a line each
/// (https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html).
enum LogMessages {
    static func extract(_ data: [UInt8]) -> [UInt8]? {
        guard let document = try? JSON.parse(data), let events = document["logEvents"]?.list else { return nil }
        // A control message tells that the subscription works, and nothing else.
        if document["messageType"]?.string == "CONTROL_MESSAGE" { return [] }
        return events.flatMap { Array(($0["message"]?.string ?? "").utf8) + [UInt8(ascii: "\n")] }
    }
}
