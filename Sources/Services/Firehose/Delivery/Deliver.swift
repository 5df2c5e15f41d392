import Documents
import Kernel
import Logging
import Store

/// Carries out batches. The outbox repeats one that fails; names of objects follow from the batch, so that a repetition
/// writes over what it wrote before.
extension FirehoseService {
    /// One batch with all that its delivery needs.
    struct Batch: Sendable {
        var id: String
        var record: StreamRecord
        var live: LiveStream
        var destination: Destination
        var sessions: RoleSessions
        var platform: Platform
        var created: Timestamp
        var attempts: Int
    }

    func deliver(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let place = delivery.payload["arn"]?.string.flatMap(StreamPlace.init(arn:)),
            let from = delivery.payload["from"]?.integer, let to = delivery.payload["to"]?.integer
        else { throw GiveUp("a batch without its range") }
        guard let live = try await streams.find(place, in: platform.store, at: platform.clock.now()),
            live.id == delivery.payload["id"]?.string, !live.record.isDeleting
        else { return }
        let record = live.record
        let batch = Batch(
            id: delivery.id, record: record, live: live, destination: try Destination(record.destination),
            sessions: RoleSessions(record, on: platform), platform: platform, created: delivery.created,
            attempts: delivery.attempts)
        // What was counted at the time; a batch made after a restart was not counted.
        let counted = delivery.payload["bytes"]?.integer.map(Int.init) ?? 0
        let part = BatchRecord(from: from, to: to)
        let bytes = try await work.with(2 * (counted > 0 ? counted : batch.destination.bufferBytes)) {
            let records = try await read(from..<to, of: record, platform)
            // A clock that was moved far must not drop what was never tried.
            if delivery.attempts == 0 || platform.clock.now() - delivery.created < FirehoseLimit.retention {
                try await carryOut(batch, part, records)
            } else {
                // AWS drops what it could not deliver in a day.
                platform.log.error(
                    "records of a delivery stream are dropped after a day",
                    metadata: ["stream": "\(record.arn)", "records": "\(records.count)"])
            }
            return records.reduce(Int64(0)) { $0 + Int64($1.data.count) }
        }
        try await finish(part, live, bytes, platform)
    }

    private func carryOut(_ batch: Batch, _ part: BatchRecord, _ records: [SourceRecord]) async throws {
        var outcome: Outcome
        if let kept = outcomes.take(batch.id) {
            outcome = kept
        } else {
            let plan = try ProcessingPlan(batch.destination)
            outcome = Outcome(ready: [], failed: [], errors: [])
            try await process(records, plan, batch, into: &outcome)
        }
        do {
            if batch.destination.S3BackupMode == "Enabled" || batch.destination.S3BackupMode == "AllData", !outcome.isBackedUp,
                let backup = try batch.destination.companion()
            {
                try await writeSource(records, backup, batch)
                outcome.isBackedUp = true
            }
            switch batch.record.kind {
            case .s3 where batch.destination.isPartitioned: try await fill(&outcome, part, batch)
            case .s3: try await writeObjects(&outcome, batch)
            case .http: try await send(&outcome, batch)
            }
        } catch {
            let isWrong = !(error is Postpone) && !(error is CancellationError)
            if isWrong { outcome.note(Self.describe(error)) }
            await ErrorLog.write(outcome.errors, batch)
            outcome.errors = []
            outcomes.keep(outcome, batch.id)
            throw error
        }
        await ErrorLog.write(outcome.errors, batch)
    }

    /// An error of a destination as the error log names it.
    static func describe(_ error: any Error) -> DeliveryError {
        guard let fault = (error as? any Fault)?.wire else {
            return DeliveryError(code: "InternalError", message: "Data delivery failed because of an unexpected error.")
        }
        let code = fault.code == "AccessDenied" || fault.code.hasPrefix("NoSuch") ? "S3.\(fault.code)" : fault.code
        return DeliveryError(code: code, message: fault.message)
    }

    /// The batch's records, as they were put.
    private func read(_ range: Range<Int64>, of record: StreamRecord, _ platform: Platform) async throws -> [SourceRecord] {
        var records: [SourceRecord] = []
        var next = range.lowerBound
        while next < range.upperBound {
            let page = try await platform.logs.read(
                log: record.log, from: next, limit: Int(range.upperBound - next), size: FirehoseLimit.workingBytes)
            guard !page.entries.isEmpty else { break }
            for entry in page.entries {
                var key: RecordKey?
                if let number = LogForm.keyNumber(entry.record.bytes) { key = try await openingKey(number, of: record, platform) }
                records.append(try LogForm.decode(entry, key, stream: record.id))
            }
            next = page.next
        }
        return records
    }

    /// Takes a batch off, and from the log what no batch needs any more.
    private func finish(_ batch: BatchRecord, _ live: LiveStream, _ bytes: Int64, _ platform: Platform) async throws {
        let id = live.id
        let left = try await platform.store.write { transaction -> Int64? in
            try transaction.delete(batch.key(id))
            var first: Int64?
            try transaction.records(BatchRecord.self, BatchRecord.prefix(id), limit: 1) { _, other in
                first = other.from
                return false
            }
            return first
        }
        live.delivered(bytes)
        try await platform.logs.trim(log: live.record.log, beforeOffset: left ?? live.record.sealed)
    }
}
