import Documents
import Kernel
import SQLEngine
import Store
import Synchronization

/// Amazon Data Firehose: records gathered in a log, and delivered in batches to S3 or an HTTP endpoint.
///
/// A put is acknowledged when its records are on stable storage in the stream's log. A buffer that is full, or whose timer
/// is due, becomes a batch: one transaction moves the stream's mark and puts a delivery into the outbox.
public final class FirehoseService: Service {
    public static let id = "firehose"
    static let principal = "firehose.amazonaws.com"
    let streams = LiveStreams()
    /// By the stream and the key's number.
    let dataKeys = KeyCache<String, DataKey>(limit: FirehoseLimit.dataKeysKept)
    let engine: any SQLRunning
    let work = WorkGate(capacity: FirehoseLimit.workingBytes)
    let outcomes = KeptOutcomes()
    private let readers = Mutex<SourceReaders?>(nil)

    /// - Parameter engine: writes Parquet and ORC; shared by every service that runs SQL.
    public init(engine: any SQLRunning) {
        self.engine = engine
    }

    static func ownKey(_ platform: Platform) -> Sealer { platform.rootKey.sealer("firehose records") }
    /// Seals access keys of endpoints.
    static func secrets(_ platform: Platform) -> Sealer { platform.rootKey.sealer("firehose secrets") }

    /// The readers of Kinesis streams; nil before the start.
    var sources: SourceReaders? { readers.withLock { $0 } }

    public func register(in operations: inout Operations) {
        operations.on("CreateDeliveryStream", createStream)
        operations.on("DeleteDeliveryStream", deleteStream)
        operations.on("DescribeDeliveryStream", describeStream)
        operations.on("ListDeliveryStreams", listStreams)
        operations.on("UpdateDestination", updateDestination)
        operations.on("PutRecord", putRecord)
        operations.on("PutRecordBatch", putRecordBatch)
        operations.on("StartDeliveryStreamEncryption", startEncryption)
        operations.on("StopDeliveryStreamEncryption", stopEncryption)
        operations.on("TagDeliveryStream", tag)
        operations.on("UntagDeliveryStream", untag)
        operations.on("ListTagsForDeliveryStream", listTags)
        refuseUnbuilt(in: &operations)
        operations.timer("flush", flush)
        operations.timer("drop", drop)
        operations.timer("partition", closePartition)
        operations.delivery("batch", deliver)
        operations.delivery("partition", deliverPartition)
    }

    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisfirehose.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "DeleteDeliveryStream", "DescribeDeliveryStream", "PutRecord", "PutRecordBatch", "StartDeliveryStreamEncryption",
            "StopDeliveryStreamEncryption", "TagDeliveryStream", "UntagDeliveryStream", "ListTagsForDeliveryStream",
        ] {
            map[name] = { input, context in [Permission("firehose:\(name)", on: Self.arn(input, context))] }
        }
        map["CreateDeliveryStream"] = { input, context in
            var permissions = [Permission("firehose:CreateDeliveryStream", on: Self.arn(input, context), isCreation: true)]
            if input["Tags"]?.list?.isEmpty == false {
                permissions.append(Permission("firehose:TagDeliveryStream", on: Self.arn(input, context), isCreation: true))
            }
            return permissions + Self.passed(input)
        }
        map["UpdateDestination"] = { input, context in
            [Permission("firehose:UpdateDestination", on: Self.arn(input, context))] + Self.passed(input)
        }
        map["ListDeliveryStreams"] = { _, _ in [Permission("firehose:ListDeliveryStreams", on: "*")] }
        return map
    }

    private static func arn(_ input: Document, _ context: Context) -> String {
        context.arn("deliverystream/\(input["DeliveryStreamName"]?.string ?? "")", service: id)
    }

    private static func passed(_ input: Document) -> [Permission] {
        roles(of: input).map { Permission("iam:PassRole", on: $0, conditions: ["iam:PassedToService": [principal]]) }
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let place = StreamPlace(arn: arn),
            let live = try await streams.find(place, in: platform.store, at: platform.clock.now())
        else { return nil }
        return ResourceFacts(account: place.account, tags: live.record.tags.byKey)
    }

    public func start(_ platform: Platform) async throws {
        let readers = SourceReaders(service: self, platform: platform)
        self.readers.withLock { $0 = readers }
        let records = try await platform.store.read { snapshot in
            try snapshot.all(StreamRecord.self, Key(.firehoseStream)) { !$0.isDeleting }
        }
        for record in records {
            try await recover(record, platform)
            if record.source != nil { await readers.begin(record) }
        }
    }

    public func stop() async {
        await sources?.stop()
        await engine.stop()
    }
}
