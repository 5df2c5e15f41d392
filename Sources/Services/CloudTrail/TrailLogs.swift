import Documents
import Kernel

/// A trail's way to CloudWatch Logs, as the role that it was given
/// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html).
struct TrailLogs {
    private let trail: TrailRecord
    private let platform: Platform
    private let group: String
    private let role: String

    init(_ trail: TrailRecord, _ platform: Platform) {
        (self.trail, self.platform) = (trail, platform)
        let arn = ARN(trail.logGroup ?? "")
        let parts = (arn?.resource ?? "").split(separator: ":", omittingEmptySubsequences: false)
        group = parts.count >= 2 && parts[0] == "log-group" ? String(parts[1]) : ""
        role = trail.logRole ?? ""
    }

    /// Looks whether the role can be taken on and may make the trail's stream, and makes it.
    func check() async throws {
        guard let arn = ARN(trail.logGroup ?? ""), arn.service == "logs", !group.isEmpty else {
            throw CloudTrailFault.logGroup("CloudTrail cannot validate the specified log group ARN.")
        }
        guard arn.account == trail.account else {
            throw CloudTrailFault.logGroup("The log group must belong to the trail's account.")
        }
        let caller: Caller
        do { caller = try await assume() } catch let error as AWSError where error.isSenders {
            throw CloudTrailFault.logRole("Access denied. Check the trust relationships for your role.")
        }
        do { try await makeStream(stream(trail.account, trail.homeRegion), caller) } catch let error as AWSError {
            guard error.isSenders else { throw error }
            throw CloudTrailFault.logGroup(
                error.code == "ResourceNotFoundException"
                    ? "The specified log group does not exist: \(group)" : "Access denied. Check the permissions for your role.")
        }
    }

    /// - Throws: ``AWSError`` of STS or Logs.
    func put(_ events: [AuditEntry], account: String, region: String) async throws {
        let caller = try await assume()
        let name = stream(account, region)
        try await makeStream(name, caller)
        var batch: [Document] = []
        var size = 0
        func send() async throws {
            guard !batch.isEmpty else { return }
            _ = try await call(
                "PutLogEvents",
                ["logGroupName": .string(group), "logStreamName": .string(name), "logEvents": .list(batch)], caller)
            (batch, size) = ([], 0)
        }
        // Larger events are not sent on (the same page, "limits").
        for event in events where event.event.count <= TrailLimit.logsEventBytes - 26 {
            if size + event.event.count + 26 > TrailLimit.logsBatchBytes || batch.count == 10_000 { try await send() }
            batch.append([
                "timestamp": .integer(event.time.milliseconds), "message": .string(String(decoding: event.event, as: UTF8.self)),
            ])
            size += event.event.count + 26
        }
        try await send()
    }

    /// `ACCOUNT_CloudTrail_REGION`, with the organization's id before it for an organization trail.
    private func stream(_ account: String, _ region: String) -> String {
        (trail.organization.map { $0 + "_" } ?? "") + "\(account)_CloudTrail_\(region)"
    }

    private func makeStream(_ name: String, _ caller: Caller) async throws {
        do {
            _ = try await call("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(name)], caller)
        } catch let error as AWSError where error.code == "ResourceAlreadyExistsException" {
            return
        }
    }

    private func call(_ operation: String, _ input: Document, _ caller: Caller) async throws -> Reply {
        try await platform.call(
            Call("logs", operation, input, caller: caller, region: ARN(trail.logGroup ?? "")?.region ?? trail.homeRegion))
    }

    private func assume() async throws -> Caller {
        var caller = try await platform.assume(
            role, session: "CLOUDWATCHLOGSDELIVERYSESSION", as: CloudTrailService.caller(for: trail), region: trail.homeRegion)
        caller.issuedAt = platform.clock.now()
        caller.calledVia = [CloudTrailService.principal]
        return caller
    }
}
