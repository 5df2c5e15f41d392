import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import EventBridge

@Suite("Events that wait for a queue")
struct LineEntryTests {
    private func delivery(to arn: String, of event: String = "{}") -> Delivery {
        let payload: Document = [
            "account": "000000000000", "region": "us-east-1", "bus": "default", "rule": "r",
            "target": ["Id": "t", "Arn": .string(arn), "RetryPolicy": ["MaximumRetryAttempts": 3]], "event": .string(event),
            "hops": 2,
        ]
        let created = TestPlatform.epoch
        return Delivery(
            id: "d", lane: "the rule t", service: "events", name: "target", payload: payload, created: created,
            expires: created + .seconds(60))
    }

    private let queue = "arn:aws:sqs:us-east-1:000000000000:q"

    @Test("An entry comes back as it was, and becomes the delivery again that it was")
    func roundTrip() throws {
        let delivery = delivery(to: queue, of: #"{"detail":{"a":"ä"}}"#)
        let entry = try #require(LineEntry(delivery))
        let read = try LineEntry(stored: entry.stored(), lane: delivery.lane)
        let target = try DocumentDecoder().decode(Target.self, from: read.target)
        #expect(target.RetryPolicy?.MaximumRetryAttempts == 3)
        #expect(read.delivery(of: read.dispatch(to: target)) == delivery)
    }

    @Test("An entry from before was a delivery, and is read")
    func older() throws {
        let delivery = delivery(to: queue)
        let read = try LineEntry(stored: delivery.stored(), lane: delivery.lane)
        #expect(read.stored() == LineEntry(delivery)?.stored())
    }

    @Test("What is cut, foreign or newer is refused")
    func refused() throws {
        let bytes = try #require(LineEntry(delivery(to: queue))).stored()
        #expect(throws: (any Error).self) { try LineEntry(stored: bytes.dropLast(), lane: "") }
        #expect(throws: StoreError.self) { try LineEntry(stored: [], lane: "") }
        #expect(throws: StoreError.self) { try LineEntry(stored: [3] + bytes.dropFirst(), lane: "") }
        #expect(throws: StoreError.self) { try LineEntry(stored: [2] + CBOR.write([1, 2]), lane: "") }
    }

    @Test("Only what goes to a queue, and is not sealed, waits in a line")
    func others() {
        #expect(LineEntry(delivery(to: "arn:aws:lambda:us-east-1:000000000000:function:f")) == nil)
        var sealed = delivery(to: queue)
        sealed.payload = .map((sealed.payload.members ?? [:]).merging(["sealed": [:]]) { $1 })
        #expect(LineEntry(sealed) == nil)
    }
}
