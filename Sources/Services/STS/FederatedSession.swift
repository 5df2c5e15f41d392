import Documents
import Kernel
import Store

/// The session that an identity provider asks for somebody whom only it knows. The caller has no keys and so no account; it
/// becomes known inside the operation, when what it brought has been verified.
struct FederatedSession: Sendable {
    /// The provider's ARN.
    var provider: String
    /// The session's name.
    var name: String
    /// The condition keys that the provider's claims fill.
    var keys: [String: [String]] = [:]
    private(set) var tags: [String: String]?
    private(set) var transitive: [String]?
    var sourceIdentity: String?

    init(provider: String, name: String) { (self.provider, self.name) = (provider, name) }

    var tagList: [Tag]? { tags.map { $0.map { Tag(Key: $0.key, Value: $0.value) } } }

    /// - Throws: ``STSFault`` for too many tags, tags that no session may have, or transitive ones that are not there.
    mutating func tag(_ tags: [Tag], transitive: [String]) throws {
        guard tags.count <= Limit.tags else { throw STSFault.tooManyTags(limit: Limit.tags) }
        for tag in tags {
            guard (1...Limit.tagKey).contains(tag.Key.unicodeScalars.count),
                tag.Value.unicodeScalars.count <= Limit.tagValue, !tag.Key.lowercased().hasPrefix("aws:")
            else { throw STSFault.invalidTag(tag.Key) }
        }
        let table = try Session.table(tags)
        for key in transitive where !table.keys.contains(where: { $0.lowercased() == key.lowercased() }) {
            throw STSFault.transitiveTagMissing(key)
        }
        self.tags = table.isEmpty ? nil : table
        self.transitive = transitive.isEmpty ? nil : transitive
    }

    /// The session, if the role trusts the provider with it. The authorizer decides, as for everybody; tags and a source
    /// identity are rights of their own. The denial that is explained to `tarn why` says more than the caller learns.
    /// - Throws: ``STSFault/mayNotAssumeFederated(operation:)``, also where there is no such role.
    func assume(_ roleARN: String, operation: String, _ context: Context) async throws -> (Caller, RoleRecord) {
        var asking = context
        asking.caller = .anonymous
        (asking.caller.federatedProvider, asking.caller.providerKeys) = (provider, keys)
        var actions = ["sts:\(operation)"]
        if tags != nil { actions.append("sts:TagSession") }
        if sourceIdentity != nil { actions.append("sts:SetSourceIdentity") }
        for action in actions {
            do {
                try await context.platform.demand(Permission(action, on: roleARN, conditions: conditions), in: asking)
            } catch let error as AWSError where error.code == STSService.denialCode {
                throw STSFault.mayNotAssumeFederated(operation: operation)
            }
        }
        guard let role = try await context.store.read({ try $0.role(roleARN) }) else {
            throw STSFault.mayNotAssumeFederated(operation: operation)
        }
        var session = Caller(
            .assumedRole, account: role.account,
            arn: ARN("sts", account: role.account, "assumed-role/\(role.name)/\(name)").description,
            principalID: "\(role.id):\(name)")
        (session.roleARN, session.sessionName) = (role.arn, name)
        (session.federatedProvider, session.providerKeys) = (provider, keys)
        (session.sessionTags, session.transitiveTagKeys, session.sourceIdentity) = (tags, transitive, sourceIdentity)
        return (session, role)
    }

    private var conditions: [String: [String]] {
        var conditions = ["sts:RoleSessionName": [name]]
        if let sourceIdentity { conditions["sts:SourceIdentity"] = [sourceIdentity] }
        for (key, value) in tags ?? [:] { conditions["aws:RequestTag/\(key)"] = [value] }
        if let tags { conditions["aws:TagKeys"] = tags.keys.sorted() }
        if let transitive { conditions["sts:TransitiveTagKeys"] = transitive }
        return conditions
    }
}
