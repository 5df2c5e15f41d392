import Documents
import Store

/// Something that a service did by itself, not for a call: a key was rotated, a rotation of a secret has ended. In
/// CloudTrail it is an `AwsServiceEvent`
/// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html).
public struct AuditDeed: Sendable, Hashable {
    /// As in the API models, `kms`.
    public var service: String
    /// `RotateKey`
    public var name: String
    /// Whose resource it is; the event stands in this account's history.
    public var account: String
    public var region: String
    /// `AWS::KMS::Key`
    public var type: String
    /// The resource's ARN.
    public var arn: String
    /// `serviceEventDetails`; left out when empty.
    public var details: Members
    /// `additionalEventData`; left out when empty.
    public var additional: Members
    /// `responseElements`; null when empty.
    public var response: Members

    public init(
        _ service: String, _ name: String, account: String, region: String, on type: String, _ arn: String,
        details: Members = [:], additional: Members = [:], response: Members = [:]
    ) {
        (self.service, self.name, self.account, self.region) = (service, name, account, region)
        (self.type, self.arn) = (type, arn)
        (self.details, self.additional, self.response) = (details, additional, response)
    }

    private static let internalName: Document = "AWS Internal"

    fileprivate func facts(_ source: String, organization: String?) -> AuditFacts {
        var facts = AuditFacts(
            account: account, region: region, isGlobal: false, organization: organization, eventSource: source,
            eventName: name, isReadOnly: false, isData: false,
            resources: [.init(type: type, arn: arn, account: account)], identityARN: "")
        facts.eventType = AuditFacts.serviceEvent
        return facts
    }

    fileprivate func record(_ facts: AuditFacts, id: String, at now: Timestamp) -> Document {
        var event: Members = [
            "eventVersion": "1.11",
            "userIdentity": ["accountId": .string(account), "invokedBy": Self.internalName],
            "eventTime": .string(now.iso8601()),
            "eventSource": .string(facts.eventSource),
            "eventName": .string(name),
            "awsRegion": .string(region),
            "sourceIPAddress": Self.internalName,
            "userAgent": Self.internalName,
            "requestParameters": .null,
            "responseElements": response.isEmpty ? .null : .map(response),
        ]
        if !additional.isEmpty { event["additionalEventData"] = .map(additional) }
        event["eventID"] = .string(id)
        event["readOnly"] = false
        event["resources"] = [["accountId": .string(account), "type": .string(type), "ARN": .string(arn)]]
        event["eventType"] = .string(facts.eventType)
        event["managementEvent"] = true
        event["recipientAccountId"] = .string(account)
        if !details.isEmpty { event["serviceEventDetails"] = .map(details) }
        event["eventCategory"] = "Management"
        return .map(event)
    }
}

extension Transaction {
    /// Records `deed` in its account's history, for the trails and rules that select it, durable with this transaction.
    public func note(_ deed: AuditDeed, on platform: Platform) throws {
        let now = platform.clock.now()
        let taps = platform.audit.taps
        let organization = taps.needsOrganization ? try organizationSeat(of: deed.account)?.organization.id : nil
        var facts = deed.facts(AuditEvent.source(deed.service, platform.models), organization: organization)
        let trails = taps.trails.filter { $0.selects(facts) }.map(\.id)
        facts.isLogged = !trails.isEmpty
        let id = Identifier.uuid()
        let item = try AuditItem(
            JSON.write(deed.record(facts, id: id, at: now)), facts, id: id, at: now, trails: trails,
            others: taps.others.filter { $0.selects(facts) })
        try AuditWriter.write([item], at: now, in: self)
        for delivery in item.deliveries { try enqueue(delivery, on: platform) }
    }
}
