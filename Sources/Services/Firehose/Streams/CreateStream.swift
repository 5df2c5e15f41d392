import Documents
import Kernel
import Store

/// CreateDeliveryStream and DeleteDeliveryStream.
extension FirehoseService {
    struct SourceInput: Codable, Sendable {
        var KinesisStreamARN: String
        var RoleARN: String
    }
    struct HintInput: Codable, Sendable { var ThroughputHintInMBs: Int }
    struct CreateInput: Codable, Sendable {
        var DeliveryStreamName: String
        var DeliveryStreamType: String?
        var DirectPutSourceConfiguration: HintInput?
        var KinesisStreamSourceConfiguration: SourceInput?
        var DeliveryStreamEncryptionConfigurationInput: EncryptionInput?
        var S3DestinationConfiguration: Document?
        var ExtendedS3DestinationConfiguration: Document?
        var HttpEndpointDestinationConfiguration: Document?
        var Tags: [StreamRecord.Tag]?
    }
    struct CreateOutput: Codable, Sendable { var DeliveryStreamARN: String }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
    func createStream(_ input: CreateInput, _ context: Context) async throws -> CreateOutput {
        var (kind, destination) = try Self.destination(of: input)
        let type = input.DeliveryStreamType ?? "DirectPut"
        guard type == "DirectPut" || type == "KinesisStreamAsSource" else {
            throw FirehoseFault.notBuilt("the source \(type)")
        }
        guard (type == "KinesisStreamAsSource") == (input.KinesisStreamSourceConfiguration != nil) else {
            throw FirehoseFault.invalid("KinesisStreamSourceConfiguration goes with DeliveryStreamType KinesisStreamAsSource.")
        }
        if type != "DirectPut", input.DirectPutSourceConfiguration != nil {
            throw FirehoseFault.invalid("DirectPutSourceConfiguration goes with DeliveryStreamType DirectPut.")
        }
        let tags = try [StreamRecord.Tag](checking: input.Tags)
        let place = StreamPlace(account: context.account, region: context.region, name: input.DeliveryStreamName)
        let now = context.now
        destination = try sealed(destination, for: place, context.platform)
        var record = StreamRecord(
            account: place.account, region: place.region, name: place.name, id: Identifier.code(24), created: now,
            settles: now + FirehoseLimit.settling, type: type,
            throughputHint: input.DirectPutSourceConfiguration?.ThroughputHintInMBs, kind: kind, destination: destination)
        record.tags = tags
        if try await context.store.read({ try $0.record(StreamRecord.self, place.key)?.isGone(at: now) }) == false {
            throw FirehoseFault.inUse("Firehose \(place.name) under accountId \(place.account) already exists")
        }
        for role in Self.roles(of: destination) { try await demandAssumable(role, record, context) }
        if let source = input.KinesisStreamSourceConfiguration {
            record.source = StreamRecord.Source(stream: source.KinesisStreamARN, role: source.RoleARN, start: now)
            try await checkSource(record, context)
        }
        if let encryption = input.DeliveryStreamEncryptionConfigurationInput {
            guard type == "DirectPut" else {
                throw FirehoseFault.invalid("Server-side encryption of the Kinesis stream is used; there is none to configure.")
            }
            record.encryption = try await begin(encryption, of: record, context)
        }
        let fresh = record
        try await context.store.write { transaction in
            if let old = try transaction.record(StreamRecord.self, place.key), !old.isGone(at: now) {
                throw FirehoseFault.inUse("Firehose \(place.name) under accountId \(place.account) already exists")
            }
            let count = try transaction.count(
                Key(.firehoseStream, .text(place.account), .text(place.region)), limit: FirehoseLimit.streams)
            guard count < FirehoseLimit.streams else {
                throw FirehoseFault.limit("You have reached the limit of \(FirehoseLimit.streams) Firehose streams.")
            }
            try transaction.put(place.key, fresh)
        }
        streams.take(fresh)
        if fresh.source != nil { await sources?.begin(fresh) }
        return CreateOutput(DeliveryStreamARN: place.arn)
    }

    private static func destination(of input: CreateInput) throws -> (StreamRecord.Kind, Document) {
        let given = [
            input.S3DestinationConfiguration, input.ExtendedS3DestinationConfiguration,
            input.HttpEndpointDestinationConfiguration,
        ]
        guard given.count(where: { $0 != nil }) == 1 else {
            throw FirehoseFault.invalid("Exactly one destination configuration is supported for a Firehose")
        }
        if let http = input.HttpEndpointDestinationConfiguration { return (.http, try DestinationForm.http(http)) }
        let s3 = input.ExtendedS3DestinationConfiguration ?? input.S3DestinationConfiguration ?? .null
        return (.s3, try DestinationForm.s3(s3, isExtended: true))
    }

    /// Every role that a destination names, once.
    static func roles(of destination: Document) -> [String] {
        var roles: [String] = []
        func collect(_ document: Document) {
            switch document {
            case .map(let members):
                for (name, value) in members {
                    if name == "RoleARN", let role = value.string, !roles.contains(role) { roles.append(role) }
                    collect(value)
                }
            case .list(let elements): elements.forEach(collect)
            default: break
            }
        }
        collect(destination)
        return roles.sorted()
    }

    func demandAssumable(_ role: String, _ record: StreamRecord, _ context: Context) async throws {
        do { _ = try await DeliveryRole.assume(role, for: record, on: context.platform) } catch let error as AWSError
            where error.isSenders
        {
            throw FirehoseFault.invalid("Firehose is unable to assume role \(role). Please check the role provided.")
        }
    }

    struct DeleteInput: Codable, Sendable {
        var DeliveryStreamName: String
        var AllowForceDelete: Bool?
    }

    /// https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html: what is still in the buffer
    /// is lost, as there.
    func deleteStream(_ input: DeleteInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        let (now, platform) = (context.now, context.platform)
        let record = try await change(live, context) { record, transaction in
            guard !record.isDeleting, now >= record.settles else {
                throw FirehoseFault.inUse(
                    "Firehose \(record.name) under account \(record.account) is not in ACTIVE state. Current state: "
                        + record.status(at: now))
            }
            record.isDeleting = true
            record.settles = now + FirehoseLimit.settling
            try transaction.cancelTimer(Self.id, id: record.timerID)
            try transaction.schedule(
                TimerRecord(
                    id: "drop \(record.id)", service: Self.id, name: "drop", due: record.settles,
                    payload: ["arn": .string(record.arn), "id": .string(record.id)]), on: platform)
        }
        if record.source != nil { await sources?.end(record.id) }
        return Nothing()
    }

    /// Removes a deleted stream's log, batches and record.
    func drop(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let id = timer.payload["id"]?.string, let place = timer.payload["arn"]?.string.flatMap(StreamPlace.init(arn:))
        else { return }
        try await platform.logs.delete(log: "firehose-\(id)")
        let partitions = try await platform.store.write { transaction -> [PartitionRecord] in
            if try transaction.record(StreamRecord.self, place.key)?.id == id { try transaction.delete(place.key) }
            let partitions = try Self.partitions(of: id, in: transaction)
            for partition in partitions { try transaction.cancelTimer(Self.id, id: partition.timerID) }
            for prefix in [BatchRecord.prefix(id), SourceCheckpoint.prefix(id), PartitionRecord.prefix(id)] {
                try transaction.deleteRange(from: prefix, to: prefix.rangeEnd)
            }
            return partitions
        }
        for partition in partitions { try await platform.logs.delete(log: partition.log) }
        streams.forget(place, id: id)
    }
}
