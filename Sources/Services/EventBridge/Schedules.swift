import Documents
import Kernel
import Store

/// Rules that run on a schedule (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html).
extension EventBridgeService {
    /// Sets the timer of a rule's next turn, or takes it away.
    /// - Parameter keepsTurn: nothing about the schedule has changed; a turn that is set already stays.
    static func setTimer(
        _ rule: RuleRecord, on place: BusPlace, keepsTurn: Bool, _ now: Timestamp, _ transaction: any Transaction,
        _ platform: Platform
    ) throws {
        let id = place.timerID(rule.name)
        guard rule.isOn, let expression = rule.schedule, let next = try Schedule(expression).next(after: now) else {
            return try transaction.cancelTimer(Self.id, id: id)
        }
        if keepsTurn, try transaction.timerDue(Self.id, id: id) != nil { return }
        let payload: Document = [
            "account": .string(place.account), "region": .string(place.region), "rule": .string(rule.name),
        ]
        try transaction.schedule(
            TimerRecord(id: id, service: Self.id, name: "schedule", due: next, payload: payload), on: platform)
    }

    func runSchedule(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let region = timer.payload["region"]?.string,
            let name = timer.payload["rule"]?.string
        else { return }
        let place = BusPlace(account: account, region: region)
        let event = try BusEvent(
            id: Identifier.uuid(), detailType: "Scheduled Event", source: "aws.events", account: account, time: timer.due,
            region: region, resources: [place.ruleARN(name)], detail: "{}")
        try await platform.store.write { transaction in
            guard let rule = try transaction.record(RuleRecord.self, place.ruleKey(name)), rule.isOn,
                let expression = rule.schedule
            else { return }
            for target in try transaction.targets(of: name, on: place) {
                let document = try DocumentEncoder().encode(target)
                let delivery = Self.delivery(of: event, to: target, document, of: name, on: place, timer.due)
                try transaction.send(ReadyDelivery(delivery), on: platform)
            }
            // Turns that passed while nothing ran are not made up for.
            guard let next = try Schedule(expression).next(after: max(timer.due, platform.clock.now() - .seconds(60))) else {
                return
            }
            try transaction.schedule(
                TimerRecord(id: timer.id, service: Self.id, name: "schedule", due: next, payload: timer.payload), on: platform)
        }
    }
}

extension BusPlace {
    func timerID(_ rule: String) -> String { "schedule \(account) \(region) \(rule)" }
}

/// `rate(5 minutes)` or `cron(0 12 * * ? *)`.
struct Schedule: Sendable {
    private enum Turn {
        case every(Duration)
        case cron(CronExpression)
    }
    private let turn: Turn

    /// - Throws: ``EventsFault/validation(_:)``.
    init(_ text: String) throws {
        let invalid = EventsFault.validation("Parameter ScheduleExpression is not valid.")
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { throw invalid }
        let inner = text[text.index(after: open)...].dropLast()
        switch text[..<open] {
        case "cron":
            guard let cron = CronExpression(inner) else { throw invalid }
            turn = .cron(cron)
        case "rate":
            let parts = inner.split(separator: " ")
            guard parts.count == 2, let count = Int64(parts[0]), (1...Self.countMax).contains(count) else { throw invalid }
            let units: [String: Int64] = ["minute": 60, "hour": 3_600, "day": 86_400]
            // One minute, two minutes: AWS insists.
            let unit = count == 1 ? String(parts[1]) : String(parts[1].dropLast())
            guard let seconds = units[unit], count == 1 || parts[1].hasSuffix("s") else { throw invalid }
            turn = .every(.seconds(count * seconds))
        default: throw invalid
        }
    }

    private static let countMax: Int64 = 10_000_000

    /// nil when there are no more turns.
    func next(after moment: Timestamp) -> Timestamp? {
        switch turn {
        case .every(let interval): moment + interval
        case .cron(let cron): cron.next(after: moment)
        }
    }
}
