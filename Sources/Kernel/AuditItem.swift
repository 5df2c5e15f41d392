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
        _ event: AuditEvent, _ facts: AuditFacts, isShared: Bool, trails: [String], others: [AuditTap]
    ) throws {
        let id = Identifier.uuid()
        let json = JSON.write(event.record(for: facts.account, isShared: isShared, id: id))
        try self.init(
            json, facts, id: id, at: event.context.now, caller: event.context.caller, trails: trails, others: others)
    }

    /// - Parameter caller: nil for what a service did by itself.
    init(
        _ json: [UInt8], _ facts: AuditFacts, id: String, at now: Timestamp, caller: Caller? = nil, trails: [String],
        others: [AuditTap]
    ) throws {
        (account, region, isData, time) = (facts.account, facts.region, facts.isData, now)
        entry = try AuditEntry(event: json, time: now, trails: trails).stored()
        terms = facts.isData ? [] : Self.terms(facts, caller, id)
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

    private static func terms(_ facts: AuditFacts, _ caller: Caller?, _ id: String) -> [AuditBatch.Term] {
        var terms: [AuditBatch.Term] = [
            .init(attribute: .eventID, value: id), .init(attribute: .eventName, value: facts.eventName),
            .init(attribute: .readOnly, value: facts.isReadOnly ? "true" : "false"),
            .init(attribute: .eventSource, value: facts.eventSource),
        ]
        if let name = caller.flatMap(AuditIdentity.userName) { terms.append(.init(attribute: .username, value: name)) }
        if let key = caller?.accessKeyID { terms.append(.init(attribute: .accessKeyID, value: key)) }
        for resource in facts.resources {
            terms.append(.init(attribute: .resourceType, value: resource.type))
            terms.append(.init(attribute: .resourceName, value: resource.arn))
            terms.append(.init(attribute: .resourceName, value: AuditResources.name(resource.arn)))
        }
        var seen: Set<AuditBatch.Term> = []
        return terms.filter { seen.insert($0).inserted }
    }
}
