import Kernel
import Store

/// Tells the audit which trails are on. Reloads run one behind the other, so that the last one sees the last change.
final class TrailTaps: Sendable {
    private let reloads = Succession()

    func reload(_ platform: Platform) async throws { try await reloads.run { try await Self.load(platform) } }

    private static func load(_ platform: Platform) async throws {
        let trails = try await platform.store.read { snapshot in
            try snapshot.all(TrailRecord.self, Key(.trail)) { $0.isLogging }
        }
        platform.audit.setTaps(trails.map(tap), of: CloudTrailService.id)
    }

    private static func tap(_ trail: TrailRecord) -> AuditTap {
        let selection = EventSelection(trail)
        return AuditTap(id: trail.arn, wantsData: selection.wantsData, needsOrganization: trail.isOrganization) { facts in
            let isOurs =
                facts.account == trail.account || (trail.organization != nil && facts.organization == trail.organization)
            guard isOurs, trail.isMultiRegion || facts.region == trail.homeRegion else { return false }
            if facts.isGlobal, !trail.includesGlobal { return false }
            return selection.selects(facts)
        }
    }
}
