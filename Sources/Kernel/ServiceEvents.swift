import Documents
import Store
import Synchronization

/// What a service tells of itself on the default event bus of an account and Region: an S3 object was created, a crawler has
/// ended (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html).
public struct ServiceEvent: Sendable, Hashable {
    public var account: String
    public var region: String
    /// `aws.s3`
    public var source: String
    /// `Object Created`
    public var detailType: String
    /// ARNs.
    public var resources: [String]
    /// The event's own object.
    public var detail: Document
    public var time: Timestamp

    public init(
        account: String, region: String, source: String, detailType: String, resources: [String] = [], detail: Document,
        time: Timestamp
    ) {
        (self.account, self.region, self.source, self.detailType) = (account, region, source, detailType)
        (self.resources, self.detail, self.time) = (resources, detail, time)
    }
}

/// Which default buses have rules, as EventBridge keeps it up to date. An event that nobody waits for costs one look here.
public final class EventInterest: Sendable {
    private let places = Mutex<Set<[String]>>([])

    /// For EventBridge: the accounts and Regions whose default bus has a rule that waits for events.
    public func replace(with buses: [(account: String, region: String)]) {
        places.withLock { $0 = Set(buses.map { [$0.account, $0.region] }) }
    }

    public func exists(account: String, region: String) -> Bool { places.withLock { $0.contains([account, region]) } }
}

extension Transaction {
    /// Puts `event` on the default bus of its account and Region, durable with this transaction. Nothing happens where no
    /// rule waits there.
    public func announce(_ event: ServiceEvent, on platform: Platform) throws {
        guard platform.eventInterest.exists(account: event.account, region: event.region) else { return }
        let now = platform.clock.now()
        let payload: Document = [
            "account": .string(event.account), "region": .string(event.region), "source": .string(event.source),
            "detail-type": .string(event.detailType), "resources": .list(event.resources.map { .string($0) }),
            "detail": .string(JSON.text(event.detail)), "time": .timestamp(event.time),
        ]
        try enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "event bus \(event.account) \(event.region) \(event.source)", service: "events",
                name: "announce", payload: payload, created: now, expires: now + EventInterest.lifetime), on: platform)
    }
}

extension EventInterest {
    /// How long an announced event waits when the bus can't take it: EventBridge's own limit of a day.
    static let lifetime = Duration.seconds(86_400)
}
