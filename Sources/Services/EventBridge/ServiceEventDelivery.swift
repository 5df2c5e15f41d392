import Documents
import Kernel
import Store

/// Events of the platform itself on the default buses: what services announce, and the audit's records
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
extension EventBridgeService {
    /// Carries an event that a service has announced in its own transaction.
    func deliverAnnouncement(_ delivery: Delivery, _ platform: Platform) async throws {
        let payload = delivery.payload
        guard let account = payload["account"]?.string, let region = payload["region"]?.string,
            let source = payload["source"]?.string, let type = payload["detail-type"]?.string,
            let detail = payload["detail"]?.string
        else { throw GiveUp("not an event") }
        let event: BusEvent
        do {
            event = try BusEvent(
                id: delivery.id, detailType: type, source: source, account: account,
                time: payload["time"]?.timestamp ?? delivery.created, region: region,
                resources: payload["resources"]?.list?.compactMap(\.string) ?? [], detail: detail)
        } catch { throw GiveUp("the detail of \(source) is no JSON object") }
        try await commit(
            try await consequences(of: event, on: BusPlace(account: account, region: region), platform), platform)
    }

    /// Carries a record of the audit that a trail logs.
    func deliverAudit(_ delivery: Delivery, _ platform: Platform) async throws {
        let payload = delivery.payload
        guard let text = payload["event"]?.string, let account = payload["account"]?.string,
            let region = payload["region"]?.string, let record = try? JSON.parse(text),
            let service = record["eventSource"]?.string
        else { throw GiveUp("not an audit record") }
        let type =
            switch record["eventType"]?.string {
            case "AwsServiceEvent": "AWS Service Event via CloudTrail"
            case "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail"
            default: "AWS API Call via CloudTrail"
            }
        let time = record["eventTime"]?.string.flatMap { Timestamp(iso8601: $0) } ?? delivery.created
        var event = try BusEvent(
            id: Identifier.uuid(), detailType: type, source: "aws.\(service.split(separator: ".").first ?? "")",
            account: account, time: time, region: region, resources: [], detail: text)
        event.isManagementRead = record["managementEvent"]?.bool == true && record["readOnly"]?.bool == true
        try await commit(
            try await consequences(of: event, on: BusPlace(account: account, region: region), platform), platform)
    }
}
