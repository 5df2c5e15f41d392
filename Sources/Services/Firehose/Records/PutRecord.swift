import Documents
import Kernel

/// PutRecord and PutRecordBatch.
extension FirehoseService {
    struct RecordInput: Codable, Sendable { var Data: [UInt8] }
    struct PutInput: Codable, Sendable {
        var DeliveryStreamName: String
        var Record: RecordInput
    }
    struct PutOutput: Codable, Sendable {
        var RecordId: String
        var Encrypted: Bool
    }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html
    func putRecord(_ input: PutInput, _ context: Context) async throws -> PutOutput {
        let live = try await writable(input.DeliveryStreamName, context)
        let ids = try await put([input.Record.Data], into: live, context)
        return PutOutput(RecordId: ids.first ?? "", Encrypted: live.record.encryption?.isOn == true)
    }

    struct BatchInput: Codable, Sendable {
        var DeliveryStreamName: String
        var Records: [RecordInput]
    }
    struct BatchOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var RecordId: String?
            var ErrorCode: String?
            var ErrorMessage: String?
        }
        var FailedPutCount: Int
        var Encrypted: Bool
        var RequestResponses: [Entry]
    }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
    func putRecordBatch(_ input: BatchInput, _ context: Context) async throws -> BatchOutput {
        guard input.Records.count <= FirehoseLimit.batchRecords else {
            throw FirehoseFault.invalid("Records exceed the limit of \(FirehoseLimit.batchRecords)")
        }
        guard input.Records.reduce(0, { $0 + $1.Data.count }) <= FirehoseLimit.batchBytes else {
            throw FirehoseFault.invalid("Records size exceeds 4 MB limit")
        }
        let live = try await writable(input.DeliveryStreamName, context)
        let ids = try await put(input.Records.map(\.Data), into: live, context)
        return BatchOutput(
            FailedPutCount: 0, Encrypted: live.record.encryption?.isOn == true,
            RequestResponses: ids.map { BatchOutput.Entry(RecordId: $0) })
    }

    private func writable(_ name: String, _ context: Context) async throws -> LiveStream {
        let live = try await stream(name, context)
        let record = live.record
        guard record.source == nil else {
            throw FirehoseFault.invalid(
                "This operation is not permitted on KinesisStreamAsSource delivery stream type.")
        }
        guard record.status(at: context.now) == "ACTIVE" else {
            throw FirehoseFault.notFound(name, account: context.account)
        }
        return live
    }

    private func put(_ data: [[UInt8]], into live: LiveStream, _ context: Context) async throws -> [String] {
        for bytes in data where bytes.count > FirehoseLimit.recordBytes {
            throw FirehoseFault.invalid("Record size exceeds \(FirehoseLimit.recordBytes) bytes")
        }
        guard live.backlog < FirehoseLimit.backlogBytes else { throw FirehoseFault.slowDown }
        let offsets = try await accept(data.map { SourceRecord(data: $0) }, into: live, context.platform)
        return offsets.map { RecordID.put($0, of: live.id) }
    }
}

/// The names of records.
enum RecordID {
    /// What a put answers: opaque, and different for every record.
    static func put(_ offset: Int64, of stream: String) -> String {
        Base64.string(Array("\(stream) \(offset) \(Identifier.code(96))".utf8)).replacing("=", with: "")
    }

    /// What a function sees: digits that rise within the stream.
    static func inFunction(_ offset: Int64, part: Int) -> String {
        let digits = String(offset)
        return "4" + String(repeating: "0", count: max(0, 54 - digits.count)) + digits + padded(part, 6)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
