import Documents
import Kernel
import Store

/// PutRecords (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html). Each record stands for itself:
/// one that its shard's rate has no room for fails alone, and the call succeeds.
extension KinesisService {
    struct PutEntry: Codable, Sendable {
        var Data: [UInt8]
        var ExplicitHashKey: String?
        var PartitionKey: String?
    }
    struct PutRecordsInput: Codable, Sendable {
        var Records: [PutEntry]
        var StreamName: String?
        var StreamARN: String?
    }
    struct PutRecordsOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var SequenceNumber: String?
            var ShardId: String?
            var ErrorCode: String?
            var ErrorMessage: String?
        }
        var FailedRecordCount: Int
        var Records: [Entry]
        var EncryptionType: String?
    }

    func putRecords(_ input: Document, _ context: Context) async throws -> Document {
        let live = try await readable(input["StreamName"]?.string, input["StreamARN"]?.string, context)
        let record = live.record
        let entries = input["Records"]?.list ?? []
        guard entries.count <= KinesisLimit.batchRecords else {
            throw KinesisFault.validation("Records must have length less than or equal to \(KinesisLimit.batchRecords)")
        }
        let items = try entries.enumerated().map { try Self.item($1, at: "records.\($0 + 1).member.", of: record) }
        guard items.reduce(0, { $0 + $1.size }) <= KinesisLimit.batchBytes else {
            throw KinesisFault.invalid("Records size exceeds 10 MB limit")
        }
        let key = try await streamKey(of: record, context)
        var answers = [Document](repeating: .null, count: items.count)
        var failures = 0
        for outcome in try await place(items, of: live, key, context) {
            for (position, answer) in outcome.answers { answers[position] = answer }
            failures += outcome.failures
        }
        var output: Members = ["FailedRecordCount": .integer(Int64(failures)), "Records": .list(answers)]
        if key != nil { output["EncryptionType"] = "KMS" }
        return .map(output)
    }

    private struct Outcome: Sendable {
        var answers: [(Int, Document)] = []
        var failures = 0
    }

    /// Writes to all shards at once, and within a shard in the records' order.
    private func place(_ items: [Item], of live: LiveStream, _ key: StreamKey?, _ context: Context) async throws -> [Outcome] {
        var byShard: [Int: (shard: ShardRecord, positions: [Int])] = [:]
        let snapshot = live.snapshot
        for (position, item) in items.enumerated() {
            guard let shard = snapshot.shard(holding: item.hash) else {
                throw StoreError.corrupt("the shards of \(live.place.arn)")
            }
            byShard[shard.index, default: (shard, [])].positions.append(position)
        }
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            var moved: [Int] = []
            for (shard, positions) in byShard.values {
                group.addTask { try await self.place(positions, of: items, in: shard, live, key, context) }
            }
            var outcomes: [Outcome] = []
            for try await outcome in group {
                if let outcome { outcomes.append(outcome) }
            }
            let done = Set(outcomes.flatMap { $0.answers.map(\.0) })
            moved = items.indices.filter { !done.contains($0) }
            if !moved.isEmpty {
                // A shard was closed under the call: its children take the records.
                let rest = try await self.place(moved.map { items[$0] }, of: live, key, context)
                outcomes += rest.map { Outcome(answers: $0.answers.map { (moved[$0.0], $0.1) }, failures: $0.failures) }
            }
            return outcomes
        }
    }

    /// - Returns: nil if the shard has been closed.
    private func place(
        _ positions: [Int], of items: [Item], in shard: ShardRecord, _ live: LiveStream, _ key: StreamKey?, _ context: Context
    ) async throws -> Outcome? {
        let entries = try positions.map { position in
            let item = items[position]
            return (item.size, try StreamEntry.encode(item.partitionKey, item.data, key, context: live.id))
        }
        guard let numbers = try await append(entries, to: shard, of: live, context) else { return nil }
        var outcome = Outcome()
        for (position, number) in zip(positions, numbers) {
            if let number {
                outcome.answers.append((position, ["SequenceNumber": .string(number.description), "ShardId": .string(shard.id)]))
            } else {
                let refusal = KinesisFault.throughput(shard: shard.id, stream: live.place.name, account: live.place.account).wire
                outcome.answers.append(
                    (position, ["ErrorCode": .string(refusal.code), "ErrorMessage": .string(refusal.message)]))
                outcome.failures += 1
            }
        }
        return outcome
    }
}
