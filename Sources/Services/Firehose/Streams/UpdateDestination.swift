import Documents
import Kernel
import Store

/// UpdateDestination: what is not given stays as it was, unless the destination becomes one of another kind.
extension FirehoseService {
    struct UpdateInput: Codable, Sendable {
        var DeliveryStreamName: String
        var CurrentDeliveryStreamVersionId: String
        var DestinationId: String
        var S3DestinationUpdate: Document?
        var ExtendedS3DestinationUpdate: Document?
        var HttpEndpointDestinationUpdate: Document?
    }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html
    func updateDestination(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        let old = live.record
        try Self.demandActive(old, context.now)
        guard input.DestinationId == Self.destinationID else {
            throw FirehoseFault.invalid("Destination Id \(input.DestinationId) not found")
        }
        let given = [input.S3DestinationUpdate, input.ExtendedS3DestinationUpdate, input.HttpEndpointDestinationUpdate]
        guard given.count(where: { $0 != nil }) == 1 else {
            throw FirehoseFault.invalid("Exactly one destination update is supported for a Firehose")
        }
        let (kind, plain) = try Self.merged(input, old)
        let destination = try sealed(plain, for: old.place, context.platform)
        for role in Self.roles(of: destination) where !Self.roles(of: old.destination).contains(role) {
            try await demandAssumable(role, old, context)
        }
        try await change(live, context) { record, _ in
            try Self.demandActive(record, context.now)
            guard input.CurrentDeliveryStreamVersionId == "\(record.version)" else {
                throw FirehoseFault.concurrent(version: record.version, given: input.CurrentDeliveryStreamVersionId)
            }
            guard record.version == old.version else {
                throw FirehoseFault.concurrent(version: record.version, given: input.CurrentDeliveryStreamVersionId)
            }
            (record.kind, record.destination) = (kind, destination)
            record.version += 1
            record.updated = context.now
        }
        // The buffer may be due sooner under its new hints.
        try await seal(live, context.platform)
        try await closePartitions(of: live.place, id: live.id, context.platform)
        return Nothing()
    }

    private static func merged(_ input: UpdateInput, _ old: StreamRecord) throws -> (StreamRecord.Kind, Document) {
        if let update = input.HttpEndpointDestinationUpdate {
            let base = old.kind == .http ? old.destination : [:]
            return (.http, try DestinationForm.http(merge(update, into: base, inner: ("S3Update", "S3Configuration"))))
        }
        let update = input.ExtendedS3DestinationUpdate ?? input.S3DestinationUpdate ?? [:]
        let base = old.kind == .s3 ? old.destination : [:]
        let whole = merge(update, into: base, inner: ("S3BackupUpdate", "S3BackupConfiguration"))
        return (.s3, try DestinationForm.s3(whole, isExtended: true))
    }

    /// - Parameter inner: the member that is itself an update, and what it updates.
    private static func merge(_ update: Document, into base: Document, inner: (update: String, kept: String)) -> Document {
        var members = base.members ?? [:]
        for (name, value) in update.members ?? [:] where value != .null {
            if name == inner.update {
                members[inner.kept] = merge(value, into: base[inner.kept] ?? [:], inner: inner)
            } else {
                members[name] = value
            }
        }
        return .map(members)
    }
}
