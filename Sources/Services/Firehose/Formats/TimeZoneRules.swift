import Foundation
import Synchronization

/// The offsets of a time zone of the tz database.
struct TimeZoneRules: Sendable {
    private static let known = Mutex<[String: TimeZoneRules]>([:])
    private static let knownMax = 600
    private let zone: TimeZone

    /// - Returns: nil for a name that the database does not have.
    static func named(_ name: String) -> TimeZoneRules? {
        if let rules = known.withLock({ $0[name] }) { return rules }
        guard name.utf8.count <= 50, let zone = TimeZone(identifier: name) else { return nil }
        let rules = TimeZoneRules(zone: zone)
        known.withLock { if $0.count < knownMax { $0[name] = rules } }
        return rules
    }

    /// Seconds ahead of UTC at a moment in seconds since 1970.
    func offset(at seconds: Int64) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))) }
}
