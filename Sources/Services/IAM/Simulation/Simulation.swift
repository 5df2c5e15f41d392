import Documents
import Kernel
import Policy
import Store

/// SimulateCustomPolicy and SimulatePrincipalPolicy: the evaluator's answer without a call
/// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html).
enum Simulation {
    enum Limit {
        /// Results of one answer, and of one simulation: actions times resources.
        static let itemsDefault = 100
        static let itemsMax = 1_000
        static let results = 10_000
    }

    /// What both operations take.
    struct Request: Codable, Sendable {
        var ActionNames: [String]
        var ResourceArns: [String]?
        var ResourcePolicy: String?
        var ResourceOwner: String?
        var CallerArn: String?
        var ContextEntries: [Entry]?
        var ResourceHandlingOption: String?
        var MaxItems: Int?
        var Marker: String?
        var PolicyInputList: [String]?
        var PermissionsBoundaryPolicyInputList: [String]?

        struct Entry: Codable, Sendable {
            var ContextKeyName: String?
            var ContextKeyValues: [String]?
            var ContextKeyType: String?
        }
    }
    struct OfPrincipal: Codable, Sendable {
        var PolicySourceArn: String
        var request: Request
        private enum CodingKeys: String, CodingKey { case PolicySourceArn }
        init(from decoder: any Decoder) throws {
            PolicySourceArn = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .PolicySourceArn)
            request = try Request(from: decoder)
        }
        func encode(to encoder: any Encoder) throws {
            try request.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(PolicySourceArn, forKey: .PolicySourceArn)
        }
    }

    struct Output: Codable, Sendable {
        var EvaluationResults: [Result]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Result: Codable, Sendable {
        var EvalActionName: String
        var EvalResourceName: String
        var EvalDecision: String
        var MatchedStatements: [Matched]
        var MissingContextValues: [String]
        var OrganizationsDecisionDetail: Organizations?
        var PermissionsBoundaryDecisionDetail: Boundary?
        var EvalDecisionDetails: [String: String]?
        var ResourceSpecificResults: [OfResource]?

        struct Organizations: Codable, Sendable { var AllowedByOrganizations: Bool }
        struct Boundary: Codable, Sendable { var AllowedByPermissionsBoundary: Bool }
        struct OfResource: Codable, Sendable {
            var EvalResourceName: String
            var EvalResourceDecision: String
            var MatchedStatements: [Matched]
            var MissingContextValues: [String]
            var PermissionsBoundaryDecisionDetail: Boundary?
        }
    }
    struct Matched: Codable, Sendable {
        struct Position: Codable, Sendable { var Line, Column: Int }
        var SourcePolicyId: String
        var SourcePolicyType: String
        var StartPosition: Position
        var EndPosition: Position
    }

    static func register(in operations: inout Operations) {
        operations.on("SimulateCustomPolicy") { (input: Request, context) in
            try simulate(input, try SimulationSubject(custom: input, context.account), of: context.list())
        }
        operations.on("SimulatePrincipalPolicy") { (input: OfPrincipal, context) in
            let subject = try await SimulationSubject(principal: input.PolicySourceArn, input.request, context)
            return try simulate(input.request, subject, of: context.list(input.PolicySourceArn))
        }
    }

    private static func simulate(_ request: Request, _ subject: SimulationSubject, of list: String) throws -> Output {
        let resources = request.ResourceArns.flatMap { $0.isEmpty ? nil : $0 } ?? ["*"]
        guard !request.ActionNames.isEmpty else { throw IAMFault.simulation("ActionNames must not be empty.") }
        for action in request.ActionNames where !isAction(action) { throw IAMFault.simulation("Invalid Action Name: \(action)") }
        guard request.ActionNames.count * resources.count <= Limit.results else {
            throw IAMFault.simulation("A simulation has at most \(Limit.results) pairs of actions and resources.")
        }
        let run = try SimulationRun(request, subject)
        let pairs = request.ActionNames.flatMap { action in resources.map { (action, $0) } }
        let start = try offset(request.Marker, of: list, count: pairs.count)
        let end = min(pairs.count, start + min(request.MaxItems ?? Limit.itemsDefault, Limit.itemsMax))
        let results = pairs[start..<end].map { run.result(action: $0, resource: $1, isSpecific: request.ResourceArns != nil) }
        return Output(
            EvaluationResults: results, IsTruncated: end < pairs.count,
            Marker: end < pairs.count ? PageToken.write(String(end), of: list) : nil)
    }

    /// `service:Operation`, without wildcards.
    private static func isAction(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy {
                        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-")
                    }
            }
    }

    private static func offset(_ marker: String?, of list: String, count: Int) throws -> Int {
        guard let marker else { return 0 }
        guard let offset = PageToken.name(marker, of: list).flatMap({ Int($0) }), offset >= 0,
            offset < count
        else { throw IAMFault.invalidMarker }
        return offset
    }
}
