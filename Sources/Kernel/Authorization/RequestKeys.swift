import Documents
import Policy
import Synchronization

/// The context keys of one call for one permission: the service's own, the global ones, tags, and what the session's keys
/// carry (an identity provider's claims, how a role was delivered). Each is computed when a policy asks for it.
final class RequestKeys: ConditionKeySource {
    private let permission: Permission
    private let context: Context
    /// The identity's tags under its session's.
    private let principalTags: [String: String]
    private let resource: ResourceSide
    private let state: Mutex<State>

    private struct State {
        var input: Document
        /// The service's own keys, once they were asked for.
        var own: [String: [String]]?
    }

    /// What the resource's side brings in.
    struct ResourceSide: Sendable {
        var account: String
        var tags: [String: String]
        var organization: OrganizationControls
        var callersOrganization: OrganizationControls
        /// The organization of the account on whose behalf a service calls.
        var sourceOrganization: OrganizationControls
    }

    init(
        _ permission: Permission, input: Document, _ context: Context, principalTags: [String: String],
        _ resource: ResourceSide
    ) {
        (self.permission, self.context) = (permission, context)
        (self.principalTags, self.resource) = (principalTags, resource)
        state = Mutex(State(input: input))
    }

    /// From here on there are no keys for the tags in the input.
    func forgetInput() { state.withLock { $0.input = .null } }

    func values(lowercased key: String) -> [String]? {
        // What a service gathers late are its own keys: they need not be gathered for a global one.
        let filled = key.hasPrefix("aws:") ? permission.conditions : conditions
        for (name, values) in filled where name.lowercased() == key { return values.isEmpty ? nil : values }
        if let global = GlobalKey.byLowercasedName[key] { return value(of: global) }
        if let slash = key.utf8.firstIndex(of: UInt8(ascii: "/")) {
            let tag = key[key.utf8.index(after: slash)...]
            switch key[..<slash] {
            case "aws:principaltag": return Self.find(tag, in: principalTags)
            case "aws:requesttag": return RequestTags.tags(in: input).first { $0.key.lowercased() == tag }.map { [$0.value] }
            // Some services have a key of their own beside the global one: `iam:ResourceTag/...`, `ssm:resourceTag/...`.
            case let name where name.hasSuffix(":resourcetag"):
                guard name == "aws:resourcetag" || name.dropLast(12) == vendor else { break }
                return Self.find(tag, in: resource.tags)
            default: break
            }
        }
        for (name, values) in caller.providerKeys ?? [:] where name.lowercased() == key { return values.isEmpty ? nil : values }
        return nil
    }

    var all: [(key: String, values: [String])] {
        var all = GlobalKey.allCases.compactMap { key in value(of: key).map { (key: key.rawValue, values: $0) } }
        all += conditions.filter { !$0.value.isEmpty }.map { (key: $0.key, values: $0.value) }
        all += principalTags.map { (key: "aws:PrincipalTag/\($0.key)", values: [$0.value]) }
        all += resource.tags.map { (key: "aws:ResourceTag/\($0.key)", values: [$0.value]) }
        all += RequestTags.tags(in: input).map { (key: "aws:RequestTag/\($0.key)", values: [$0.value]) }
        all += (caller.providerKeys ?? [:]).filter { !$0.value.isEmpty }.map { (key: $0.key, values: $0.value) }
        // A service that fills a key itself has the last word, and it stands once.
        var seen: [String: Int] = [:]
        var kept: [(key: String, values: [String])] = []
        for entry in all {
            let name = entry.key.lowercased()
            if let index = seen[name] {
                kept[index] = (entry.key, values(lowercased: name) ?? [])
            } else {
                seen[name] = kept.count
                kept.append(entry)
            }
        }
        return kept
    }

    /// The service's own keys.
    private var conditions: [String: [String]] {
        guard let late = permission.lateConditions else { return permission.conditions }
        return state.withLock { state in
            if let known = state.own { return known }
            let all = permission.conditions.merging(late()) { given, _ in given }
            state.own = all
            return all
        }
    }

    private var input: Document { state.withLock { $0.input } }
    private var caller: Caller { context.caller }
    private var vendor: Substring { permission.action.prefix { $0 != ":" } }

    private static func find(_ tag: Substring, in tags: [String: String]) -> [String]? {
        tags.first { $0.key.lowercased() == tag }.map { [$0.value] }
    }

    private func value(of key: GlobalKey) -> [String]? {
        if let list = list(of: key) { return list.isEmpty ? nil : list }
        return single(of: key).map { [$0] }
    }

    /// The keys with several values; nil for the others.
    private func list(of key: GlobalKey) -> [String]? {
        switch key {
        case .calledVia: caller.calledVia ?? []
        case .principalServiceNames: caller.serviceName.map { [$0] } ?? []
        case .principalOrganizationPaths: resource.callersOrganization.path.map { [$0] } ?? []
        case .resourceOrganizationPaths: resource.organization.path.map { [$0] } ?? []
        case .sourceOrganizationPaths: resource.sourceOrganization.path.map { [$0] } ?? []
        case .tagKeys: RequestTags.keys(in: input)
        default: nil
        }
    }

    private func single(of key: GlobalKey) -> String? {
        switch key {
        case .currentTime: context.now.iso8601()
        case .epochTime: String(context.now.seconds)
        case .requestedRegion: context.region
        case .sourceARN: caller.sourceARN
        case .sourceAccount: caller.sourceAccount
        case .sourceOrganization: resource.sourceOrganization.id
        case .resourceAccount: resource.account
        case .resourceOrganization: resource.organization.id
        case .sourceIP: context.http?.sourceIP
        case .secureTransport: context.http.map { $0.isSecure ? "true" : "false" }
        case .userAgent: context.http?.headers["user-agent"]
        case .referer: context.http?.headers["referer"]
        default: principal(key)
        }
    }

    /// What is known of the caller (IAM User Guide, "IAM policy elements: Variables and tags", "Request information").
    private func principal(_ key: GlobalKey) -> String? {
        switch key {
        case .principalType: return caller.principalType
        case .principalIsService: return caller.kind == .service ? "true" : "false"
        case .principalServiceName: return caller.serviceName
        case .viaService: return caller.calledVia?.isEmpty ?? true ? "false" : "true"
        case .calledViaFirst: return caller.calledVia?.first
        case .calledViaLast: return caller.calledVia?.last
        case .tokenIssueTime: return caller.issuedAt?.iso8601()
        case .federatedProvider: return caller.federatedProvider
        // Keys that live long have no such key at all; a session has it, true or false.
        case .factorPresent: return caller.factorShownAt.map { _ in "true" } ?? caller.issuedAt.map { _ in "false" }
        case .factorAge: return caller.factorShownAt.map { String(max(0, context.now.seconds - $0.seconds)) }
        case .userID where caller.kind == .anonymous: return "anonymous"
        default: break
        }
        guard caller.hasAccount else { return nil }
        switch key {
        // A role's sessions go by the role.
        case .principalARN: return caller.kind == .assumedRole ? caller.roleARN ?? caller.arn : caller.arn
        case .principalAccount: return caller.account
        case .principalOrganization: return resource.callersOrganization.id
        case .userID: return caller.principalID
        case .sourceIdentity: return caller.sourceIdentity
        case .userName where caller.kind == .user: return caller.arn.split(separator: "/").last.map(String.init)
        default: return nil
        }
    }
}
