import Documents
import Store

/// Something that falls due at a moment of the platform's clock, kept in the store: an expiry, a schedule, a sweep.
public struct TimerRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    /// Chosen by the service and unique in it: scheduling the same id again replaces the timer.
    public var id: String
    public var service: String
    /// Which of the service's timer handlers runs.
    public var name: String
    public var due: Timestamp
    public var payload: Document
    /// How often it has failed so far.
    public var attempts: Int

    public init(id: String, service: String, name: String, due: Timestamp, payload: Document = .null) {
        (self.id, self.service, self.name, self.due, self.payload, attempts) = (id, service, name, due, payload, 0)
    }

    static let all = Key(.timer)
    static func byID(_ service: String, _ id: String) -> Key { Key(.timerByID, .text(service), .text(id)) }
    var key: Key { Key(.timer, .integer(due.microseconds), .text(service), .text(id)) }
}

/// The key of a timer that is set, so that its id finds it.
private struct TimerPlace: Stored {
    static let tag: UInt8 = 1
    var due: Timestamp
}

extension Snapshot {
    /// When the timer of this id is due; nil if none is set.
    public func timerDue(_ service: String, id: String) throws -> Timestamp? {
        try record(TimerPlace.self, TimerRecord.byID(service, id))?.due
    }
}

extension Transaction {
    /// Sets `timer`, in place of one with the same service and id. It is durable with this transaction.
    public func schedule(_ timer: TimerRecord, on platform: Platform) throws {
        try cancelTimer(timer.service, id: timer.id)
        try put(timer.key, timer)
        try put(TimerRecord.byID(timer.service, timer.id), TimerPlace(due: timer.due))
        afterCommit { platform.timers.wake() }
    }

    public func cancelTimer(_ service: String, id: String) throws {
        guard let due = try timerDue(service, id: id) else { return }
        try delete(Key(.timer, .integer(due.microseconds), .text(service), .text(id)))
        try delete(TimerRecord.byID(service, id))
    }
}
