import Documents
import Kernel

extension ScheduleExpression {
    /// - Parameter zone: the time zone's name; nil means UTC.
    /// - Throws: ``SchedulerFault/validation(_:)``.
    init(_ text: String, zone name: String?, _ zones: TimeZones) throws {
        guard let zone = zones.rules(name ?? "UTC") else {
            throw SchedulerFault.validation("Invalid ScheduleExpressionTimezone \(name ?? "").")
        }
        guard let expression = ScheduleExpression(text, in: zone) else {
            throw SchedulerFault.validation("Invalid Schedule Expression \(text).")
        }
        self = expression
    }

    /// A schedule's first turn at `moment` or later.
    func first(from moment: Timestamp, of record: ScheduleRecord) -> Timestamp? {
        first(from: moment, anchor: record.anchor, start: record.start, end: record.end)
    }
}
