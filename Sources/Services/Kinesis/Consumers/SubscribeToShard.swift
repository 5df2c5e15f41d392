import Documents
import Kernel
import Store
import Synchronization

/// SubscribeToShard: a shard's records pushed as they arrive, for five minutes, as an event stream
/// (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html).
extension KinesisService {
    struct PositionInput: Codable, Sendable {
        var `Type`: String
        var SequenceNumber: String?
        var Timestamp: Documents.Timestamp?
    }
    struct SubscribeInput: Codable, Sendable {
        var ConsumerARN: String
        var ShardId: String
        var StartingPosition: PositionInput
    }

    func subscribe(_ input: SubscribeInput, _ body: RequestBody, _ context: Context) async throws -> Streamed<Nothing> {
        let consumer = try await consumer(input.ConsumerARN, context)
        guard consumer.status(at: context.now) == "ACTIVE" else {
            throw KinesisFault.inUse(
                "Consumer \(consumer.name) is not ACTIVE, instead in state \(consumer.status(at: context.now))")
        }
        let live = try await readable(nil, consumer.stream, context)
        let record = live.record
        let shard = try Self.shard(input.ShardId, record, context.now)
        let position = StartingPosition(
            type: input.StartingPosition.Type, sequenceNumber: input.StartingPosition.SequenceNumber,
            timestamp: input.StartingPosition.Timestamp)
        let start = try await position.resolve(shard, record, operation: "SubscribeToShard", context)
        let key = "\(consumer.arn)/\(shard.id)"
        let number = try live.subscriptions.withLock { subscriptions -> UInt64 in
            let present = subscriptions[key]
            if let present, context.now - present.since < KinesisLimit.takeover {
                throw KinesisFault.inUse(
                    "Another active subscription exists for this consumer: \(consumer.name) and shard: \(shard.id)")
            }
            let number = (present?.number ?? 0) + 1
            subscriptions[key] = (number, context.now)
            return number
        }
        context.platform.changes.notify("\(consumer.stream)/\(shard.id)")
        let subscription = Subscription(
            service: self, live: live, shard: shard.index, key: key, number: number, context: context, offset: start.offset,
            notBefore: start.notBefore)
        let stream = ByteStream(length: nil) { try await subscription.next() }
        return Streamed(Nothing(), body: stream, headers: ["Content-Type": "application/vnd.amazon.eventstream"])
    }
}

/// One subscription: what its client reads next. It waits for the change feed, not for the clock; only an idle one sends
/// an empty event now and then, so that the connection is seen to live.
private final class Subscription: Sendable {
    private struct State {
        var offset: Int64
        var isGreeted = false
        var isDone = false
        var last: SequenceNumber?
    }
    let service: KinesisService
    let live: LiveStream
    let shard: Int
    let key: String
    let number: UInt64
    let context: Context
    let notBefore: Int64
    let ends: Timestamp
    let watch: Watch
    private let state: Mutex<State>

    init(
        service: KinesisService, live: LiveStream, shard: Int, key: String, number: UInt64, context: Context, offset: Int64,
        notBefore: Int64
    ) {
        (self.service, self.live, self.shard, self.key, self.number) = (service, live, shard, key, number)
        (self.context, self.notBefore, ends) = (context, notBefore, context.now + KinesisLimit.subscription)
        watch = context.platform.changes.watch("\(live.place.arn)/\(ShardRecord.id(shard))")
        state = Mutex(State(offset: offset))
    }

    deinit { live.subscriptions.withLock { if $0[key]?.number == number { $0[key] = nil } } }

    /// The next message; nil at the end.
    func next() async throws -> [UInt8]? {
        let state = state.withLock { state -> State in
            defer { state.isGreeted = true }
            return state
        }
        if state.isDone { return nil }
        guard state.isGreeted else {
            return EventStreamMessage.event("initial-response", contentType: "application/json", payload: Array("{}".utf8)).bytes
        }
        let heartbeat = context.platform.clock.now() + KinesisLimit.heartbeat
        while true {
            let now = context.platform.clock.now()
            guard now < ends else { return nil }
            let record = live.record
            guard record.work != .deleting, let shard = record.shard(shard) else {
                return refuse(KinesisFault.streamNotFound(live.place.name, account: live.place.account).wire)
            }
            guard live.subscriptions.withLock({ $0[key]?.number == number }) else {
                return refuse(KinesisFault.inUse("The subscription was taken over by another call to SubscribeToShard.").wire)
            }
            let page: KinesisService.Page
            do {
                page = try await service.read(
                    shard, of: record, from: self.state.withLock { $0.offset }, notBefore: notBefore,
                    limit: KinesisLimit.pageRecords, bytes: KinesisLimit.eventBytes, context)
            } catch let error as KinesisFault {
                return refuse(error.wire)
            }
            if !page.records.isEmpty || page.isEnd || now >= heartbeat { return event(page, shard, record) }
            self.state.withLock { $0.offset = max($0.offset, page.next) }
            // A log that was searched in vain has more to search.
            if page.behind > 0 { continue }
            // Until something may have changed.
            let (watch, clock, moment) = (watch, context.platform.clock, min(heartbeat, ends))
            guard try await context.waits({ try await watch.wait(until: moment, on: clock) }) else { return nil }
        }
    }

    private func event(_ page: KinesisService.Page, _ shard: ShardRecord, _ record: StreamRecord) -> [UInt8] {
        let last = state.withLock { state in
            state.offset = max(state.offset, page.next)
            state.isDone = page.isEnd
            if let last = page.lastNumber { state.last = last }
            return state.last
        }
        let progress =
            last
            ?? (page.next > 0
                ? SequenceNumber(shard, offset: page.next - 1, arrivalMilliseconds: context.now.milliseconds) : .starting(shard))
        var members: Members = [
            "Records": .list(page.records), "MillisBehindLatest": .integer(page.behind),
            "ContinuationSequenceNumber": .string(progress.description),
        ]
        if page.isEnd { members["ChildShards"] = .list(KinesisService.children(of: shard, in: record)) }
        let payload = JSON.write(.map(members))
        return EventStreamMessage.event("SubscribeToShardEvent", contentType: "application/json", payload: payload).bytes
    }

    private func refuse(_ error: AWSError) -> [UInt8] {
        state.withLock { $0.isDone = true }
        return EventStreamMessage.exception(error.code, message: error.message).bytes
    }
}
