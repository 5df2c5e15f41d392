import Documents
import Kernel
import Store

/// AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy.
extension LambdaService {
    /// A version, for what is said of its policy.
    private static func holder(_ place: LayerPlace, in snapshot: any Snapshot) throws -> LayerRecord {
        do { return try layer(place, in: snapshot) } catch LambdaFault.layerVersionMissing {
            throw LambdaFault.layerVersionGone(place.arn)
        }
    }

    struct LayerPermissionInput: Decodable, Sendable {
        var LayerName: String
        var VersionNumber: Int64
        var StatementId: String
        var Action: String
        var Principal: String
        var OrganizationId: String?
        var RevisionId: String?
    }

    struct LayerPermissionOutput: Encodable, Sendable {
        var Statement: String
        var RevisionId: String
    }

    func addLayerPermission(_ input: LayerPermissionInput, _ context: Context) async throws -> LayerPermissionOutput {
        let place = try LayerPlace(input.LayerName, version: input.VersionNumber, context)
        guard input.Action == "lambda:GetLayerVersion" else {
            throw LambdaFault.invalidParameter("Action is not valid: \(input.Action)")
        }
        let principal: Document =
            input.Principal == "*"
            ? "*" : ["AWS": .string(input.Principal.hasPrefix("arn:") ? input.Principal : "arn:aws:iam::\(input.Principal):root")]
        var statement: Members = [
            "Sid": .string(input.StatementId), "Effect": "Allow", "Principal": principal, "Action": .string(input.Action),
            "Resource": .string(place.arn),
        ]
        if let organization = input.OrganizationId {
            statement["Condition"] = ["StringEquals": ["aws:PrincipalOrgID": .string(organization)]]
        }
        let (json, revision) = (JSON.text(.map(statement)), Identifier.uuid())
        try await context.store.write { transaction in
            var record = try Self.holder(place, in: transaction)
            try record.add(.init(id: input.StatementId, json: json), expected: input.RevisionId, revision: revision)
            try transaction.put(place.key, record)
        }
        return LayerPermissionOutput(Statement: json, RevisionId: revision)
    }

    struct RemoveLayerPermissionInput: Decodable, Sendable {
        var LayerName: String
        var VersionNumber: Int64
        var StatementId: String
        var RevisionId: String?
    }

    func removeLayerPermission(_ input: RemoveLayerPermissionInput, _ context: Context) async throws -> Nothing {
        let place = try LayerPlace(input.LayerName, version: input.VersionNumber, context)
        let revision = Identifier.uuid()
        try await context.store.write { transaction in
            var record = try Self.holder(place, in: transaction)
            try record.remove(statement: input.StatementId, expected: input.RevisionId, revision: revision)
            try transaction.put(place.key, record)
        }
        return Nothing()
    }

    func getLayerPolicy(_ input: LayerVersionInput, _ context: Context) async throws -> PolicyOutput {
        let place = try LayerPlace(input.LayerName, version: input.VersionNumber, context)
        let record = try await context.store.read { try Self.holder(place, in: $0) }
        guard let policy = record.policy else { throw LambdaFault.noLayerPolicy }
        return PolicyOutput(Policy: policy, RevisionId: record.revision)
    }
}
