import Crypto
import Documents
import Kernel

/// Objects of a batch (https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html#s3-object-name).
extension FirehoseService {
    /// Writes what is ready, and what has failed, by kind.
    func writeObjects(_ outcome: inout Outcome, _ batch: Batch) async throws {
        let prefix = try PrefixExpression(batch.destination.Prefix ?? "", isError: false)
        // What a conversion fails is not added to what is kept: the next try finds it again.
        var written = Outcome(failed: outcome.failed)
        if !outcome.ready.isEmpty { try await write(outcome.ready, prefix, batch, &written) }
        for error in written.errors { outcome.note(error) }
        try await writeFailed(written.failed, batch.destination, batch)
    }

    /// One object of the destination; records that can't be part of it are added to what has failed.
    func write(_ records: [ReadyRecord], _ prefix: PrefixExpression, _ batch: Batch, _ outcome: inout Outcome) async throws {
        let destination = batch.destination
        let names = ObjectNames(
            batch, "data 0", first: records.map(\.source.arrived).min() ?? 0, zone: destination.CustomTimeZone)
        let place = prefix.evaluate(names, query: records[0].queryKeys, function: records[0].functionKeys)
        guard place.utf8.count <= FirehoseLimit.prefixBytes else {
            outcome.failed += records.map {
                FailedRecord(
                    source: $0.source, kind: .processing, code: "DynamicPartitioning.PrefixTooLong",
                    message: "The evaluated prefix is longer than \(FirehoseLimit.prefixBytes) characters.",
                    ended: batch.platform.clock.now().milliseconds)
            }
            return
        }
        if let conversion = destination.conversion {
            let converted = try await convert(records, conversion, batch)
            outcome.failed += converted.failed
            for failure in converted.failed.prefix(1) {
                outcome.note(DeliveryError(code: failure.code, message: failure.message))
            }
            guard let bytes = converted.bytes else { return }
            let ending = destination.FileExtension.flatMap { $0.isEmpty ? nil : $0 } ?? (conversion.isOrc ? ".orc" : ".parquet")
            return try await put(bytes, place + names.name + ending, destination, batch)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.reduce(0) { $0 + $1.data.count })
        for record in records { bytes.append(contentsOf: record.data) }
        try await compressAndPut(bytes, place + names.name, names, destination, batch)
    }

    /// The records as they were put, in the backup bucket.
    func writeSource(_ records: [SourceRecord], _ backup: Destination, _ batch: Batch) async throws {
        guard let first = records.first else { return }
        let names = ObjectNames(batch, "source", first: first.arrived, zone: nil)
        let place = try PrefixExpression(backup.Prefix ?? "", isError: false).evaluate(names, query: [:], function: [:])
        try await compressAndPut(records.flatMap(\.data), place + names.name, names, backup, batch)
    }

    /// The records that failed, one object for each kind.
    func writeFailed(_ failed: [FailedRecord], _ destination: Destination, _ batch: Batch) async throws {
        for kind in [
            FailedRecord.Kind.processing, .conversion, .decompression, .partitions, .endpoint,
        ] {
            let records = failed.filter { $0.kind == kind }
            guard !records.isEmpty else { continue }
            let names = ObjectNames(
                batch, kind.rawValue, first: records.map(\.source.arrived).min() ?? 0, zone: destination.CustomTimeZone,
                errorKind: kind.rawValue)
            let place = try PrefixExpression.forErrors(destination).evaluate(names, query: [:], function: [:])
            try await compressAndPut(records.flatMap(\.line), place + names.name, names, destination, batch)
        }
    }

    private func compressAndPut(
        _ bytes: [UInt8], _ key: String, _ names: ObjectNames, _ destination: Destination, _ batch: Batch
    ) async throws {
        let format = ObjectCompression(rawValue: destination.CompressionFormat ?? "") ?? .none
        let own = destination.FileExtension.flatMap { $0.isEmpty ? nil : $0 }
        try await put(try format.compress(bytes, name: names.name), key + (own ?? format.ending), destination, batch)
    }

    private func put(_ bytes: [UInt8], _ key: String, _ destination: Destination, _ batch: Batch) async throws {
        var input: Members = [
            "Bucket": .string(destination.bucket), "Key": .string(key), "ContentLength": .integer(Int64(bytes.count)),
            "ContentType": "application/octet-stream",
        ]
        if let kms = destination.EncryptionConfiguration?.KMSEncryptionConfig {
            input["ServerSideEncryption"] = "aws:kms"
            input["SSEKMSKeyId"] = .string(kms.AWSKMSKeyARN)
        }
        let caller = try await batch.sessions.caller(destination.RoleARN ?? "")
        _ = try await batch.platform.call(
            Call(
                "s3", "PutObject", .map(input), body: RequestBody(ByteStream(bytes: bytes)), caller: caller,
                region: batch.record.region))
    }
}

/// What the names of one object follow from: nothing but the batch and the object's part in it.
struct ObjectNames: Sendable {
    /// `STREAM-VERSION-2026-11-21-10-05-59-UUID`
    let name: String
    /// The oldest record's arrival, in the destination's time zone.
    let moment: ZonedTime
    let errorKind: String
    private let seed: String

    init(_ batch: FirehoseService.Batch, _ part: String, first: Int64, zone: String?, errorKind: String = "") {
        seed = "\(batch.id) \(part)"
        self.errorKind = errorKind
        moment = ZonedTime(Timestamp(milliseconds: first), zone: zone)
        let digest = Array(SHA256.hash(data: Array(seed.utf8)))
        let hex = Hex.encode(digest.prefix(16))
        let cuts = [8, 12, 16, 20, 32]
        var (uuid, start) = ("", 0)
        for cut in cuts {
            uuid += (start == 0 ? "" : "-") + hex.dropFirst(start).prefix(cut - start)
            start = cut
        }
        name = "\(batch.record.name)-\(batch.record.version)-\(moment.format("yyyy-MM-dd-HH-mm-ss"))-\(uuid)"
    }

    /// `!{firehose:random-string}`: another each time it occurs.
    func random(_ occurrence: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        let digest = SHA256.hash(data: Array("\(seed) \(occurrence)".utf8))
        return String(digest.prefix(FirehoseLimit.randomCharacters).map { alphabet[Int($0) % alphabet.count] })
    }
}
