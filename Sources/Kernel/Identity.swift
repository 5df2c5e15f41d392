import Documents
import Policy

/// Where the kernel learns who holds a key and what an identity may do. Implemented over the identity records that IAM
/// and STS keep.
public protocol IdentityProvider: Sendable {
    /// The secret and the caller behind an access key.
    /// - Parameter sessionToken: as sent; a temporary key without its token, or with another's, is not found.
    /// - Throws: ``AuthenticationFailure``.
    func credential(_ accessKeyID: String, sessionToken: String?) async throws -> KnownCredential

    /// The policies attached to the caller's identity.
    func policies(of caller: Caller) async throws -> IdentityPolicies

    /// What the organization of an account lays on it.
    func organization(of account: String) async throws -> OrganizationControls

    /// Told after each commit that changes an organization, before its caller is answered: what was remembered of
    /// ``organization(of:)`` no longer holds.
    func organizationsChanged()

    /// Told after each call that may have changed an identity or its policies, before its caller is answered: what was
    /// remembered of ``credential(_:sessionToken:)`` and ``policies(of:)`` no longer holds.
    func identitiesChanged()

    /// Temporary keys that act as exactly this caller, for an engine that comes back through the front door in its name.
    func credentials(actingAs caller: Caller, for duration: Duration) async throws -> Credentials

    /// A long-term access key's secret as it rests in the store: only this Tarn reads it.
    func sealedSecret(_ secret: String, of accessKeyID: String) throws -> [UInt8]

    /// Seals bytes into text that only this Tarn can make and read: encoded authorization messages.
    func seal(_ bytes: [UInt8]) throws -> String

    /// - Returns: nil for what ``seal(_:)`` has not made.
    func unseal(_ text: String) -> [UInt8]?
}

public struct KnownCredential: Sendable, Hashable {
    public var secretAccessKey: String
    public var caller: Caller
    public init(secretAccessKey: String, caller: Caller) { (self.secretAccessKey, self.caller) = (secretAccessKey, caller) }
}

/// Why keys are not accepted, before any signature is looked at. The wire layer writes it in each protocol's words.
public enum AuthenticationFailure: Error, Sendable { case unknownKey, inactiveKey, invalidToken, expiredToken }

extension IdentityProvider {
    public func organization(of account: String) async throws -> OrganizationControls { OrganizationControls() }
    public func organizationsChanged() {}
    public func identitiesChanged() {}
}

/// An account's place in its organization; empty without one.
public struct OrganizationControls: Sendable, Hashable {
    /// `o-...`, the value of `aws:PrincipalOrgID`.
    public var id: String?
    /// `o-.../r-.../ou-.../`, the value of `aws:PrincipalOrgPaths`.
    public var path: String?
    /// The service control policies of the root, each organizational unit and the account, in this order; each level must
    /// allow. Empty in the management account, and where the policy type is not enabled.
    public var serviceControl: [[IdentityPolicies.Named]] = []
    /// The resource control policies, likewise.
    public var resourceControl: [[IdentityPolicies.Named]] = []
    public init() {}
}

/// Policies as JSON texts with the names that denials and explanations give them.
public struct IdentityPolicies: Sendable, Hashable {
    public struct Named: Sendable, Hashable {
        public var name: String
        public var json: String
        public init(name: String, json: String) { (self.name, self.json) = (name, json) }
    }
    public var attached: [Named]
    public var boundary: Named?
    /// The session's managed policies; with ``Caller/sessionPolicies`` they narrow the session.
    public var session: [Named]
    /// The identity's tags under its session's.
    public var tags: [String: String]
    /// The policies read, where a provider keeps them so; the texts above are theirs.
    var compiled: CompiledPolicies?

    public init(attached: [Named] = [], boundary: Named? = nil, session: [Named] = [], tags: [String: String] = [:]) {
        (self.attached, self.boundary, self.session, self.tags) = (attached, boundary, session, tags)
    }
}

/// An identity's policies, read once for all its calls.
final class CompiledPolicies: Sendable, Hashable {
    let attached: PolicyList
    let boundary: NamedPolicy?
    let session: [NamedPolicy]

    /// - Throws: ``MalformedPolicy`` for a newer or damaged record.
    init(_ policies: IdentityPolicies, _ cache: PolicyCache) throws {
        func read(_ policy: IdentityPolicies.Named) throws -> NamedPolicy {
            NamedPolicy(policy.name, try cache.document(policy.json, grammar: .identity))
        }
        attached = PolicyList(try policies.attached.map(read))
        boundary = try policies.boundary.map(read)
        session = try policies.session.map(read)
    }

    /// What they are made of is compared beside them.
    static func == (left: CompiledPolicies, right: CompiledPolicies) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}
