import Documents
import Store

/// One event of one account's history, ready to be written.
struct AuditItem: Sendable {
    let account: String
    let region: String
    let isData: Bool
    let time: Timestamp
    /// The stored ``AuditEntry``.
    let entry: [UInt8]
    let terms: [AuditBatch.Term]
    let deliveries: [Delivery]

    init(
        _ event: AuditEvent, _ facts: AuditFacts, isShared: Bool, trails: [String], others: [AuditTap], decision: String?
    ) throws {
        (account, region, isData, time) = (facts.account, facts.region, facts.isData, event.context.now)
        let id = Identifier.uuid()
        let json = JSON.write(event.record(for: facts.account, isShared: isShared, id: id))
        let record = AuditEntry(event: json, time: time, trails: trails, decision: decision)
        entry = try record.stored()
        terms = facts.isData ? [] : Self.terms(event, facts, id)
        let now = event.context.now
        deliveries = others.compactMap { tap in
            guard let target = tap.delivery else { return nil }
            let payload: Document = [
                "event": .string(String(decoding: json, as: UTF8.self)), "account": .string(facts.account),
                "region": .string(facts.region), "tap": .string(tap.id),
            ]
            return Delivery(
                id: Identifier.uuid(), lane: "audit/\(tap.id)", service: target.service, name: target.name, payload: payload,
                created: now, expires: now + Self.deliveryLife)
        }
    }

    /// As long as EventBridge tries (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
    private static let deliveryLife = Duration.seconds(24 * 3_600)

    private static func terms(_ event: AuditEvent, _ facts: AuditFacts, _ id: String) -> [AuditBatch.Term] {
        var terms: [AuditBatch.Term] = [
            .init(attribute: .eventID, value: id), .init(attribute: .eventName, value: facts.eventName),
            .init(attribute: .readOnly, value: facts.isReadOnly ? "true" : "false"),
            .init(attribute: .eventSource, value: facts.eventSource),
        ]
        let caller = event.context.caller
        if let name = AuditIdentity.userName(caller) { terms.append(.init(attribute: .username, value: name)) }
        if let key = caller.accessKeyID { terms.append(.init(attribute: .accessKeyID, value: key)) }
        for resource in facts.resources {
            terms.append(.init(attribute: .resourceType, value: resource.type))
            terms.append(.init(attribute: .resourceName, value: resource.arn))
            terms.append(.init(attribute: .resourceName, value: AuditResources.name(resource.arn)))
        }
        var seen: Set<AuditBatch.Term> = []
        return terms.filter { seen.insert($0).inserted }
    }
}
