import Documents
import Kernel
import Store

/// AddPermission, RemovePermission, GetPolicy: a function's resource policy
/// (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).
extension LambdaService {
    struct AddPermissionInput: Decodable, Sendable {
        var FunctionName: String
        var StatementId: String
        var Action: String
        var Principal: String
        var SourceArn: String?
        var SourceAccount: String?
        var FunctionUrlAuthType: String?
        var InvokedViaFunctionUrl: Bool?
        var PrincipalOrgID: String?
        var Qualifier: String?
        var RevisionId: String?
    }

    struct AddPermissionOutput: Encodable, Sendable { var Statement: String }

    enum PolicyLimit {
        /// Bytes of a function's policy.
        static let size = 20 << 10
        static let tooLong = AWSError(
            "PolicyLengthExceededException", 400, "The final policy size is bigger than the limit (\(size)).")
    }

    func addPermission(_ input: AddPermissionInput, _ context: Context) async throws -> AddPermissionOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        guard input.Action == "*" || input.Action.hasPrefix("lambda:") else {
            throw LambdaFault.invalidParameter("Action is not valid: \(input.Action)")
        }
        guard input.FunctionUrlAuthType == nil || ["lambda:InvokeFunctionUrl", "lambda:*"].contains(input.Action) else {
            throw LambdaFault.invalidParameter("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
        }
        guard name.qualifier != "$LATEST" else {
            throw LambdaFault.invalidParameter("We currently do not support adding policies for $LATEST.")
        }
        guard Self.isPrincipal(input.Principal) else { throw Self.wrongPrincipal }
        let statement = Self.statement(input, input.Principal, resource: name.qualifiedARN)
        let revision = Identifier.uuid()
        try await context.store.write { transaction in
            var record = try PolicyHolder(name, in: transaction)
            guard try NamedPrincipals.exists(input.Principal, transaction) else { throw Self.wrongPrincipal }
            let principal = try NamedPrincipals.bound(principal: input.Principal, in: transaction)
            let kept = JSON.text(Self.statement(input, principal, resource: name.qualifiedARN))
            try record.add(.init(id: input.StatementId, json: kept), expected: input.RevisionId, revision: revision)
            guard (record.policy ?? "").utf8.count <= PolicyLimit.size else {
                throw PolicyLimit.tooLong
            }
            try record.put(into: transaction)
        }
        return AddPermissionOutput(Statement: JSON.text(statement))
    }

    static let wrongPrincipal = LambdaFault.invalidParameter(
        "The provided principal was invalid. Please check the principal and try again.")

    /// Everybody, a service, an account, or an identity.
    private static func isPrincipal(_ text: String) -> Bool {
        text == "*" || isService(text) || ARN(text) != nil || (text.count == 12 && text.allSatisfy(\.isNumber))
    }

    private static func isService(_ text: String) -> Bool {
        [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"].contains { text.hasSuffix($0) }
    }

    private static func statement(_ input: AddPermissionInput, _ principal: String, resource: String) -> Document {
        let principal: Document =
            if principal == "*" { "*" } else if isService(principal) {
                ["Service": .string(principal)]
            } else if principal.count == 12, principal.allSatisfy(\.isNumber) {
                ["AWS": .string("arn:aws:iam::\(principal):root")]
            } else { ["AWS": .string(principal)] }
        var statement: Members = [
            "Sid": .string(input.StatementId), "Effect": "Allow", "Principal": principal, "Action": .string(input.Action),
            "Resource": .string(resource),
        ]
        var conditions: Members = [:]
        var equals: Members = [:]
        if let account = input.SourceAccount { equals["AWS:SourceAccount"] = .string(account) }
        if let type = input.FunctionUrlAuthType { equals["lambda:FunctionUrlAuthType"] = .string(type) }
        if let organization = input.PrincipalOrgID { equals["aws:PrincipalOrgID"] = .string(organization) }
        if !equals.isEmpty { conditions["StringEquals"] = .map(equals) }
        if let source = input.SourceArn { conditions["ArnLike"] = ["AWS:SourceArn": .string(source)] }
        if let isByURL = input.InvokedViaFunctionUrl {
            conditions["Bool"] = ["lambda:InvokedViaFunctionUrl": .string("\(isByURL)")]
        }
        if !conditions.isEmpty { statement["Condition"] = .map(conditions) }
        return .map(statement)
    }

    struct RemovePermissionInput: Decodable, Sendable {
        var FunctionName: String
        var StatementId: String
        var Qualifier: String?
        var RevisionId: String?
    }

    func removePermission(_ input: RemovePermissionInput, _ context: Context) async throws -> Nothing {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let revision = Identifier.uuid()
        try await context.store.write { transaction in
            var record = try PolicyHolder(name, in: transaction)
            try record.remove(statement: input.StatementId, expected: input.RevisionId, revision: revision)
            try record.put(into: transaction)
        }
        return Nothing()
    }

    struct PolicyOutput: Encodable, Sendable {
        var Policy: String
        var RevisionId: String
    }

    func getPolicy(_ input: NameInput, _ context: Context) async throws -> PolicyOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let record = try await context.store.read { try PolicyHolder(name, in: $0) }
        guard let policy = record.policy else { throw LambdaFault.noPolicy }
        return PolicyOutput(Policy: try await context.store.shown(policy: policy), RevisionId: record.revision)
    }
}
