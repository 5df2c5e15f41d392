import Documents
import Kernel
import Store

/// An event that waits in a queue's line.
///
/// Kept as one tag byte and a CBOR list, not as named members: it is written, read and deleted with every event. An entry
/// from before (tag 1) is a ``Delivery``.
struct LineEntry: Sendable {
    private static let tag: UInt8 = 2

    var id: String
    var lane: String
    var created: Timestamp
    var expires: Timestamp
    var account: String
    var region: String
    var bus: String
    var rule: String
    /// As it was when the event came, encoded.
    var target: Document
    var event: String
    var hops: Int64

    /// - Returns: nil unless it goes to a queue. One that is sealed does not, either: it is opened by itself, for KMS may
    ///   refuse each.
    init?(_ delivery: Delivery) {
        let payload = delivery.payload
        guard payload["sealed"] == nil, let target = payload["target"],
            let arn = target["Arn"]?.string.flatMap({ ARN($0) }), TargetKind(arn) == .queue,
            let account = payload["account"]?.string, let region = payload["region"]?.string,
            let bus = payload["bus"]?.string, let rule = payload["rule"]?.string, let event = payload["event"]?.string
        else { return nil }
        (id, lane, created, expires) = (delivery.id, delivery.lane, delivery.created, delivery.expires)
        (self.account, self.region, self.bus, self.rule) = (account, region, bus, rule)
        (self.target, self.event, hops) = (target, event, payload["hops"]?.integer ?? 0)
    }

    /// - Throws: ``StoreError``
    init(stored bytes: [UInt8], lane: String) throws {
        guard let tag = bytes.first, tag <= Self.tag else { throw StoreError.newer(type: "LineEntry", tag: bytes.first ?? 0) }
        if tag == Delivery.tag {
            guard let entry = LineEntry(try Delivery(stored: bytes)) else { throw StoreError.corrupt("LineEntry") }
            self = entry
            return
        }
        guard case .list(let list)? = try? CBOR.parse(bytes.dropFirst()), list.count >= 10, let id = list[0].string,
            let created = list[1].integer, let expires = list[2].integer, let account = list[3].string,
            let region = list[4].string, let bus = list[5].string, let rule = list[6].string, let event = list[8].string,
            let hops = list[9].integer
        else { throw StoreError.corrupt("LineEntry") }
        (self.id, self.lane) = (id, lane)
        (self.created, self.expires) = (Timestamp(microseconds: created), Timestamp(microseconds: expires))
        (self.account, self.region, self.bus, self.rule) = (account, region, bus, rule)
        (target, self.event, self.hops) = (list[7], event, hops)
    }

    func stored() -> [UInt8] {
        let list: [Document] = [
            .string(id), .integer(created.microseconds), .integer(expires.microseconds), .string(account), .string(region),
            .string(bus), .string(rule), target, .string(event), .integer(hops),
        ]
        return CBOR.write(.list(list), after: Self.tag)
    }

    /// - Parameter target: the entry's own, decoded.
    func dispatch(to target: Target) -> Dispatch {
        Dispatch(
            account: account, region: region, bus: bus, rule: rule, target: target, event: event, hops: Int(hops), sealed: nil)
    }

    /// The delivery that it was, and is again once it leaves the line for the outbox.
    func delivery(of dispatch: Dispatch) -> Delivery {
        Delivery(
            id: id, lane: lane, service: EventBridgeService.id, name: "target", payload: dispatch.document(target: target),
            created: created, expires: expires)
    }
}

/// A delivery as the store will keep it, made ready outside the transaction that keeps it.
struct ReadyDelivery: Sendable {
    fileprivate let delivery: Delivery
    /// Its place in a queue's line, and what is kept there.
    fileprivate let line: (key: Key, bytes: [UInt8])?

    init(_ delivery: Delivery) {
        self.delivery = delivery
        line = LineEntry(delivery).map { (QueueLine.key(delivery), $0.stored()) }
    }
}

extension Transaction {
    /// Puts an event's delivery where it belongs: into its queue's line, or into the outbox.
    func send(_ ready: ReadyDelivery, on platform: Platform) throws {
        let delivery = ready.delivery
        guard let line = ready.line else { return try enqueue(delivery, on: platform) }
        var isEmpty = true
        try scan(QueueLine.key(delivery.lane), limit: 1) { _, _ in
            isEmpty = false
            return false
        }
        try put(line.key, line.bytes)
        guard isEmpty else { return }
        try enqueue(
            Delivery(
                id: Identifier.uuid(), lane: delivery.lane, service: EventBridgeService.id, name: "line", payload: [:],
                created: delivery.created, expires: delivery.created + QueueLine.Limit.lifetime), on: platform)
    }
}
