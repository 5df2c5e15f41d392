import Documents
import Model

/// One AWS service. It stands on the kernel and on no other service.
public protocol Service: Sendable {
    /// The name of its API model, botocore's directory: `s3`, `dynamodb`, `logs`.
    static var id: String { get }

    /// Names its operations, timers and deliveries. Called once, before ``start(_:)``.
    func register(in operations: inout Operations)

    /// Which permissions each operation needs. An operation that is missing here is denied to everybody but root.
    var actions: ActionMap { get }

    /// What authorization must know of a resource of this service: its owner, its policy. nil if it does not exist.
    func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts?

    /// The error that a denial becomes; most services say `AccessDeniedException`.
    func denied(_ message: String) -> AWSError

    /// The same with the whole decision, for services that say less or more than the usual text.
    func denied(_ denial: Denial) -> AWSError

    /// The error that an input becomes which the API model refuses; nil for the usual one, whose code the protocol knows.
    func refusal(of violations: [Violation]) -> AWSError?

    /// Picks up where the last process stopped: workers, caches.
    func start(_ platform: Platform) async throws

    /// Ends workers and child processes.
    func stop() async
}

extension Service {
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? { nil }
    public func denied(_ message: String) -> AWSError { AWSError("AccessDeniedException", 400, message) }
    public func denied(_ denial: Denial) -> AWSError { denied(denial.message) }
    public func refusal(of violations: [Violation]) -> AWSError? { nil }
    public func start(_ platform: Platform) async throws {}
    public func stop() async {}
}

/// What a call must be allowed to do: one action on one resource.
public struct Permission: Sendable {
    /// `s3:GetObject`
    public var action: String
    /// The resource's ARN, or `*` for actions that have none.
    public var resource: String
    /// Other spellings of the same resource that policies may use. One that allows is enough; one that denies decides.
    public var spellings: [String]
    /// Condition keys that this service fills, `s3:prefix` or `iam:PassedToService`.
    public var conditions: [String: [String]]
    /// More of them, its own (`s3:...`) and no global ones, worked out when a policy asks for one; ``conditions`` have
    /// precedence.
    public var lateConditions: (@Sendable () -> [String: [String]])?
    /// The resource is about to be made, and will be the caller's: what already has its name, whoever owns it, has no say.
    public var isCreation: Bool
    /// What the service knows of the resource where the ARN alone does not tell: a version of an object, say. nil asks
    /// ``Service/resource(_:in:)``.
    public var facts: ResourceFacts?

    public init(
        _ action: String, on resource: String, spelledAlso spellings: [String] = [], conditions: [String: [String]] = [:],
        isCreation: Bool = false
    ) {
        (self.action, self.resource, self.spellings) = (action, resource, spellings)
        (self.conditions, self.isCreation) = (conditions, isCreation)
    }
}

/// Operation name to the permissions it needs, from its input; it may look a resource up to learn its whole ARN. Throws
/// only for input that has no resource at all.
public typealias ActionMap = [String: @Sendable (_ input: Document, _ context: Context) async throws -> [Permission]]

/// A resource as authorization sees it.
public struct ResourceFacts: Sendable, Hashable {
    public var account: String
    /// The resource-based policy's JSON.
    public var policy: String?
    /// The policy is a role's trust policy: it must allow even in its own account.
    public var isTrustPolicy: Bool
    /// The policy must allow even in its own account, as a KMS key's must.
    public var isPolicyRequired: Bool
    /// `aws:ResourceTag/...`
    public var tags: [String: String]
    /// Further policies of the resource, each with the name that explanations give it: a KMS key's grants. One that allows
    /// is enough.
    public var grants: [IdentityPolicies.Named]

    public init(
        account: String, policy: String? = nil, isTrustPolicy: Bool = false, isPolicyRequired: Bool = false,
        tags: [String: String] = [:], grants: [IdentityPolicies.Named] = []
    ) {
        (self.account, self.policy, self.isTrustPolicy) = (account, policy, isTrustPolicy)
        (self.isPolicyRequired, self.tags, self.grants) = (isPolicyRequired || isTrustPolicy, tags, grants)
    }
}
