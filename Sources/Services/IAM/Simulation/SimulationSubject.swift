import Documents
import Kernel
import Policy
import Store

/// Whose policies are simulated: those given, or a user's, group's or role's with those given beside.
struct SimulationSubject: Sendable {
    var identity: [NamedPolicy] = []
    var boundary: [NamedPolicy] = []
    var serviceControl: [[NamedPolicy]] = []
    var tags: [String: String] = [:]
    /// The ARN that the simulated call comes from, if there is one: a group does not call.
    var caller: String?
    var account: String

    init(custom request: Simulation.Request, _ account: String) throws {
        self.account = account
        caller = request.CallerArn
        try add(request)
    }

    /// - Throws: ``IAMFault/notFound(kind:name:)`` for a principal that is not there, or not of the account.
    init(principal arn: String, _ request: Simulation.Request, _ context: Context) async throws {
        account = context.account
        guard let parsed = ARN(arn), parsed.service == "iam", let slash = parsed.resource.firstIndex(of: "/"),
            let name = parsed.resource.split(separator: "/").last.map(String.init)
        else { throw IAMFault.invalidARN(arn) }
        let kind = String(parsed.resource[..<slash])
        guard parsed.account == account else { throw IAMFault.notFound(kind: kind, name: name) }
        let subject = try await context.store.read { try Self.subject(kind, name, context.account, $0) }
        guard let subject, subject.arn == arn else { throw IAMFault.notFound(kind: kind, name: name) }
        var policies = subject.policies
        if let actor = subject.caller {
            policies = try await context.platform.identity.policies(of: actor)
            caller = request.CallerArn ?? arn
        } else {
            caller = request.CallerArn
        }
        identity = try policies.attached.map { NamedPolicy($0.name, try Self.read($0.json)) }
        boundary = try policies.boundary.map { [NamedPolicy($0.name, try Self.read($0.json))] } ?? []
        tags = policies.tags
        let organization = try await context.platform.identity.organization(of: account)
        if !(ARN(arn)?.resource.hasPrefix("role/aws-service-role/") ?? false) {
            serviceControl = try organization.serviceControl.map { try $0.map { NamedPolicy($0.name, try Self.read($0.json)) } }
        }
        try add(request)
    }

    /// Given policies go beside the principal's own; a given boundary takes the place of its own.
    private mutating func add(_ request: Simulation.Request) throws {
        for (index, json) in (request.PolicyInputList ?? []).enumerated() {
            identity.append(NamedPolicy("PolicyInputList.\(index + 1)", try Self.read(json)))
        }
        if let given = request.PermissionsBoundaryPolicyInputList, let json = given.first {
            guard given.count == 1 else { throw IAMFault.simulation("Only one permissions boundary may be simulated.") }
            boundary = [NamedPolicy("PermissionsBoundaryPolicyInputList.1", try Self.read(json))]
        }
    }

    private static func read(_ json: String) throws -> PolicyDocument {
        do { return try PolicyDocument(json: json, kind: .identity) } catch { throw IAMFault.malformed(error) }
    }

    private struct Found: Sendable {
        var arn: String
        /// Who acts: its policies are those of every call it makes.
        var caller: Caller?
        var policies = IdentityPolicies()
    }

    private static func subject(_ kind: String, _ name: String, _ account: String, _ snapshot: Snapshot) throws -> Found? {
        switch kind {
        case "user":
            let user = try snapshot.find(UserRecord.self, account, name)
            return Found(arn: user.arn, caller: Caller(.user, account: account, arn: user.arn, principalID: user.id))
        case "role":
            let role = try snapshot.find(RoleRecord.self, account, name)
            let session = ARN("sts", account: account, "assumed-role/\(role.name)/simulation").description
            var caller = Caller(.assumedRole, account: account, arn: session, principalID: "\(role.id):simulation")
            caller.roleARN = role.arn
            return Found(arn: role.arn, caller: caller)
        case "group":
            let group = try snapshot.find(GroupRecord.self, account, name)
            let inline = group.inlinePolicies.sorted { $0.key < $1.key }
                .map { IdentityPolicies.Named(name: $0.key, json: $0.value) }
            let attached = try group.attachedPolicies.compactMap { arn in
                try StoredIdentities.managedPolicy(arn, in: snapshot).map { IdentityPolicies.Named(name: arn, json: $0) }
            }
            return Found(arn: group.arn, policies: IdentityPolicies(attached: inline + attached))
        default: return nil
        }
    }
}
