import Documents
import Kernel
import Policy
import Store

/// Who may put events on a bus (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html).
extension EventBridgeService {
    struct PutPermissionInput: Decodable, Sendable {
        struct Condition: Decodable, Sendable {
            var `Type`: String
            var Key: String
            var Value: String
        }
        var EventBusName: String?
        var Action: String?
        var Principal: String?
        var StatementId: String?
        var Condition: Condition?
        var Policy: String?
    }

    func putPermission(_ input: PutPermissionInput, _ context: Context) async throws -> Nothing {
        let place = BusPlace(input.EventBusName, context)
        if let policy = input.Policy {
            guard input.Action == nil, input.Principal == nil, input.StatementId == nil, input.Condition == nil else {
                throw EventsFault.validation(
                    "Parameter Policy can't be specified with StatementId, Action, Principal or Condition.")
            }
            try Self.check(policy, place)
            let kept = try await context.store.write { try NamedPrincipals.bound(policy, in: $0) }
            try await change(place, context) { $0.policy = kept }
            return Nothing()
        }
        guard let action = input.Action, let principal = input.Principal, let id = input.StatementId else {
            throw EventsFault.validation(
                "Parameters StatementId, Action and Principal are required when Policy is not specified.")
        }
        guard action == "events:PutEvents" else {
            throw EventsFault.validation("Provided value in parameter 'action' is not supported.")
        }
        let isAccount = principal.utf8.count == 12 && principal.utf8.allSatisfy { (48...57).contains($0) }
        guard principal == "*" || isAccount else {
            throw EventsFault.validation("Provided value in parameter 'principal' is not valid.")
        }
        var statement: Members = [
            "Sid": .string(id), "Effect": "Allow",
            "Principal": principal == "*" ? "*" : ["AWS": .string("arn:aws:iam::\(principal):root")],
            "Action": .string(action), "Resource": .string(place.arn),
        ]
        if let condition = input.Condition {
            guard condition.Type == "StringEquals", condition.Key == "aws:PrincipalOrgID" else {
                throw EventsFault.validation("Provided value in parameter 'condition' is not supported.")
            }
            statement["Condition"] = ["StringEquals": ["aws:PrincipalOrgID": .string(condition.Value)]]
        }
        let added = Document.map(statement)
        try await change(place, context) { bus in
            let kept = try Self.statements(bus.policy).filter { $0["Sid"]?.string != id }
            bus.policy = Self.policy(kept + [added])
            try Self.check(bus.policy ?? "", place)
        }
        return Nothing()
    }

    struct RemovePermissionInput: Decodable, Sendable {
        var EventBusName: String?
        var StatementId: String?
        var RemoveAllPermissions: Bool?
    }

    func removePermission(_ input: RemovePermissionInput, _ context: Context) async throws -> Nothing {
        let place = BusPlace(input.EventBusName, context)
        let isAll = input.RemoveAllPermissions == true
        guard isAll || input.StatementId != nil else {
            throw EventsFault.validation("Parameter StatementId is required when RemoveAllPermissions is not set.")
        }
        try await change(place, context) { bus in
            if isAll {
                bus.policy = nil
                return
            }
            let id = input.StatementId ?? ""
            guard bus.policy != nil else { throw EventsFault.policyNotFound }
            let statements = try Self.statements(bus.policy)
            let kept = statements.filter { $0["Sid"]?.string != id }
            guard kept.count < statements.count else { throw EventsFault.statementNotFound }
            bus.policy = kept.isEmpty ? nil : Self.policy(kept)
        }
        return Nothing()
    }

    private func change(
        _ place: BusPlace, _ context: Context, _ body: @escaping @Sendable (inout BusRecord) throws -> Void
    ) async throws {
        let now = context.now
        try await context.store.write { transaction in
            var bus = try transaction.bus(place) ?? BusRecord(name: place.name, created: now, modified: now)
            try body(&bus)
            bus.modified = now
            try transaction.put(place.key, bus)
        }
    }

    private static func statements(_ policy: String?) throws -> [Document] {
        guard let policy else { return [] }
        let statement = try JSON.parse(policy)["Statement"]
        return statement?.list ?? [statement].compactMap { $0 }
    }

    private static func policy(_ statements: [Document]) -> String {
        JSON.text(["Version": "2012-10-17", "Statement": .list(statements)])
    }

    private static func check(_ policy: String, _ place: BusPlace) throws {
        guard policy.utf8.count <= EventsLimit.policyBytes else { throw EventsFault.policyTooLong }
        do {
            try ResourcePolicyRules(vendor: "events", bytesMax: EventsLimit.policyBytes).check(policy)
        } catch {
            throw EventsFault.validation("Parameter Policy is not valid. Reason: \(error.message)")
        }
    }
}
