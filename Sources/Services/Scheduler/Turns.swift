import Documents
import Kernel
import Store

/// The timer of a schedule's next turn. A schedule has one at most, and costs nothing until it is due.
struct TurnTimer {
    var place: SchedulePlace
    var revision: String
    /// When the schedule says; within a flexible window the timer is later.
    var turn: Timestamp

    init(place: SchedulePlace, revision: String, turn: Timestamp) {
        (self.place, self.revision, self.turn) = (place, revision, turn)
    }

    init?(_ timer: TimerRecord) {
        let payload = timer.payload
        guard let account = payload["account"]?.string, let region = payload["region"]?.string,
            let group = payload["group"]?.string, let name = payload["name"]?.string,
            let revision = payload["revision"]?.string, let turn = payload["turn"]?.timestamp
        else { return nil }
        self.init(
            place: GroupPlace(account: account, region: region, name: group).schedule(name), revision: revision, turn: turn)
    }

    func timer(_ window: FlexibleWindow) -> TimerRecord {
        let width = Int64(window.MaximumWindowInMinutes ?? 0) * 60
        let delay = window.Mode == "FLEXIBLE" && width > 0 ? Int64.random(in: 0..<width) : 0
        let payload: Document = [
            "account": .string(place.group.account), "region": .string(place.group.region), "group": .string(place.group.name),
            "name": .string(place.name), "revision": .string(revision), "turn": .timestamp(turn),
        ]
        return TimerRecord(
            id: place.timerID, service: SchedulerService.id, name: "turn", due: turn + .seconds(delay), payload: payload)
    }
}

extension SchedulerService {
    /// A turn: its invocation goes into the outbox, and the next turn's timer is set, in one transaction.
    func runTurn(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let due = TurnTimer(timer) else { return }
        let place = due.place
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard let record = try transaction.record(ScheduleRecord.self, place.key), record.revision == due.revision,
                record.isOn
            else { return }
            let invocation = Invocation(
                account: place.group.account, region: place.group.region, group: place.group.name, name: place.name,
                turn: due.turn, target: record.target, sealed: record.sealed,
                execution: String(Hex.encode(Identifier.random(8))))
            try transaction.enqueue(try invocation.delivery(now), on: platform)
            let from = ScheduleExpression.moment(after: due.turn, due: timer.due, now: now)
            let expression = try ScheduleExpression(record.expression, zone: record.zone, zones)
            if let next = expression.first(from: from, of: record) {
                return try transaction.schedule(
                    TurnTimer(place: place, revision: record.revision, turn: next).timer(record.window), on: platform)
            }
            try transaction.cancelTimer(Self.id, id: place.timerID)
            // The invocation has all it needs with it.
            if record.afterCompletion == "DELETE" { try transaction.remove(place) }
        }
    }
}
