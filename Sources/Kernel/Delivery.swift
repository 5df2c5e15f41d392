import Documents
import Store

/// One entry of the outbox: work that a committed change has promised, carried out afterwards at least once.
public struct Delivery: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var id: String
    /// Deliveries of one lane share a worker and a bound on how many run at once; other lanes don't wait for them. Name it
    /// after the destination (a function's ARN).
    public var lane: String
    public var service: String
    /// Which of the service's delivery handlers carries it out.
    public var name: String
    public var payload: Document
    public var created: Timestamp
    /// Not before.
    public var due: Timestamp
    /// Given up after this.
    public var expires: Timestamp
    public var attempts: Int

    public init(
        id: String, lane: String, service: String, name: String, payload: Document, created: Timestamp, expires: Timestamp
    ) {
        (self.id, self.lane, self.service, self.name, self.payload) = (id, lane, service, name, payload)
        (self.created, self.due, self.expires, attempts) = (created, created, expires, 0)
    }

    static func lanePrefix(_ lane: String) -> Key { Key(.delivery, .text(lane)) }
    var key: Key { Key(.delivery, .text(lane), .integer(due.microseconds), .text(id)) }
}

/// Thrown by a delivery handler to be called again later than the usual back-off would.
public struct Postpone: Error, Sendable {
    public var until: Timestamp
    public init(until: Timestamp) { self.until = until }
}

/// Thrown by a delivery handler when trying again can't help. The reason goes to the log.
public struct GiveUp: Error, Sendable {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
}

extension Transaction {
    /// Puts `delivery` into the outbox; it is durable with this transaction and starts after it.
    public func enqueue(_ delivery: Delivery, on platform: Platform) throws {
        try put(delivery.key, delivery)
        let lane = delivery.lane
        afterCommit { platform.outbox.wake(lane: lane) }
    }
}
