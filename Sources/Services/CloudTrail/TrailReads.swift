import Documents
import Kernel
import Store

/// Looking at trails.
extension CloudTrailService {
    struct DescribeTrailsInput: Decodable, Sendable {
        var trailNameList: [String]?
        var includeShadowTrails: Bool?
    }
    struct DescribeTrailsOutput: Encodable, Sendable { var trailList: [TrailDescription] }

    func describeTrails(_ input: DescribeTrailsInput, _ context: Context) async throws -> DescribeTrailsOutput {
        var trails = try await trails(seenIn: context.region, context)
        if input.includeShadowTrails == false { trails.removeAll { $0.homeRegion != context.region } }
        if let names = input.trailNameList, !names.isEmpty {
            for name in names where !name.hasPrefix("arn:") { try Self.check(name: name) }
            // Names that nothing has are passed over.
            trails.removeAll { !names.contains($0.arn) && !names.contains($0.name) }
        }
        return DescribeTrailsOutput(trailList: trails.map(TrailDescription.init))
    }

    struct GetTrailOutput: Encodable, Sendable { var Trail: TrailDescription }

    func getTrail(_ input: NamedTrail, _ context: Context) async throws -> GetTrailOutput {
        GetTrailOutput(Trail: TrailDescription(try await find(input.Name, context)))
    }

    struct PagedInput: Decodable, Sendable { var NextToken: String? }
    struct ListTrailsOutput: Encodable, Sendable {
        struct Trail: Encodable, Sendable {
            var TrailARN: String
            var Name: String
            var HomeRegion: String
        }
        var Trails: [Trail]
    }

    func listTrails(_ input: PagedInput, _ context: Context) async throws -> ListTrailsOutput {
        // All trails fit one page: there are few.
        if input.NextToken != nil { throw CloudTrailFault.nextToken }
        let trails = try await trails(seenIn: nil, context)
        return ListTrailsOutput(Trails: trails.map { .init(TrailARN: $0.arn, Name: $0.name, HomeRegion: $0.homeRegion) })
    }

    struct StatusOutput: Encodable, Sendable {
        var IsLogging: Bool
        var LatestDeliveryError: String?
        var LatestNotificationError: String?
        var LatestDeliveryTime: Timestamp?
        var LatestNotificationTime: Timestamp?
        var StartLoggingTime: Timestamp?
        var StopLoggingTime: Timestamp?
        var LatestCloudWatchLogsDeliveryError: String?
        var LatestCloudWatchLogsDeliveryTime: Timestamp?
        var LatestDigestDeliveryTime: Timestamp?
        var LatestDigestDeliveryError: String?
        var LatestDeliveryAttemptTime: String
        var LatestNotificationAttemptTime: String
        var LatestNotificationAttemptSucceeded: String
        var LatestDeliveryAttemptSucceeded: String
        var TimeLoggingStarted: String
        var TimeLoggingStopped: String
    }

    func getStatus(_ input: NamedTrail, _ context: Context) async throws -> StatusOutput {
        let trail = try await find(input.Name, context)
        let status = try await context.store.read { try $0.record(TrailStatus.self, TrailStatus.key(trail.arn)) } ?? TrailStatus()
        return StatusOutput(
            IsLogging: trail.isLogging, LatestDeliveryError: status.deliveryError,
            LatestNotificationError: status.announceError, LatestDeliveryTime: status.delivered,
            LatestNotificationTime: status.announced,
            StartLoggingTime: trail.started, StopLoggingTime: trail.stopped, LatestCloudWatchLogsDeliveryError: status.logsError,
            LatestCloudWatchLogsDeliveryTime: status.logsDelivered, LatestDigestDeliveryTime: status.digested,
            LatestDigestDeliveryError: status.digestError, LatestDeliveryAttemptTime: status.attempted?.iso8601() ?? "",
            LatestNotificationAttemptTime: status.announceAttempted?.iso8601() ?? "",
            LatestNotificationAttemptSucceeded: status.announceError == nil ? status.announceAttempted?.iso8601() ?? "" : "",
            LatestDeliveryAttemptSucceeded: status.deliveryError == nil ? status.attempted?.iso8601() ?? "" : "",
            TimeLoggingStarted: trail.started?.iso8601() ?? "", TimeLoggingStopped: trail.stopped?.iso8601() ?? "")
    }
}
