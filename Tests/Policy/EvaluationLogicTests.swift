import Testing

@testable import Policy

/// What a row expects: allowed, an explicit deny by a kind, or an Allow missing in a kind.
enum Expected: Equatable, Sendable {
    case allowed
    case denied(PolicyKind)
    case missing(PolicyKind)

    init(_ decision: Decision) {
        switch decision.outcome {
        case .allowed: self = .allowed
        case .explicitDeny(let statement): self = .denied(statement.kind)
        case .implicitDeny(let kind): self = .missing(kind)
        }
    }
}

func decide(_ principal: RequestPrincipal, _ policies: PolicySet, owner: String = account) -> Expected {
    Expected(Evaluator.evaluate(get(principal), policies, resourceAccount: owner))
}

/// One test per rule of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
/// its sub-pages, which the comments name.
@Suite struct EvaluationLogicTests {
    let all: NamedPolicy
    let nothing: NamedPolicy
    let deny: NamedPolicy
    let federated = RequestPrincipal(
        .federatedUser(userARN: bob.arn), account: account, arn: "arn:aws:sts::\(account):federated-user/guest")

    init() throws {
        all = try identity(statement("Allow", "*"))
        nothing = try identity(statement("Allow", "ec2:*"))
        deny = try identity(statement("Deny", "s3:GetObject"))
    }

    // policy-eval-denyallow: requests are implicitly denied by default.
    @Test func default_() {
        #expect(decide(bob, PolicySet()) == .missing(.identity))
        #expect(decide(bob, PolicySet(identity: [nothing])) == .missing(.identity))
    }

    // policy-eval-denyallow: the root user has full access, save for organization policies and explicit denies.
    @Test func root() throws {
        let root = RequestPrincipal.root(account)
        #expect(decide(root, PolicySet()) == .allowed)
        #expect(decide(root, PolicySet(serviceControl: [[nothing]])) == .missing(.serviceControl))
        #expect(decide(root, PolicySet(serviceControl: [[all, deny]])) == .denied(.serviceControl))
        #expect(decide(root, PolicySet(resource: try resource(aws(account), "Deny"))) == .denied(.resource))
        #expect(decide(root, PolicySet(), owner: otherAccount) == .missing(.resource))
        #expect(decide(root, PolicySet(resource: try resource(aws(account))), owner: otherAccount) == .allowed)
        #expect(decide(root, PolicySet(resourcePolicyRequired: true)) == .missing(.resource))
    }

    // policy-eval-denyallow: an explicit deny in any kind of policy decides.
    @Test func explicitDeny() throws {
        let grant = try resource(aws(bob.arn))
        #expect(decide(bob, PolicySet(identity: [all, deny], resource: grant)) == .denied(.identity))
        #expect(decide(bob, PolicySet(identity: [all], resource: grant, boundary: deny)) == .denied(.boundary))
        #expect(decide(bob, PolicySet(identity: [all], resource: grant, session: [deny])) == .denied(.session))
        #expect(decide(bob, PolicySet(identity: [all], resource: try resource("\"*\"", "Deny"))) == .denied(.resource))
        #expect(decide(bob, PolicySet(identity: [all], serviceControl: [[deny]])) == .denied(.serviceControl))
        #expect(decide(bob, PolicySet(identity: [all], resourceControl: [[deny]])) == .denied(.resourceControl))
    }

    // policy-eval-denyallow, "AWS Organizations SCPs": every level must allow.
    @Test func serviceControl() {
        #expect(decide(bob, PolicySet(identity: [all], serviceControl: [[all], [nothing, all]])) == .allowed)
        #expect(decide(bob, PolicySet(identity: [all], serviceControl: [[all], [nothing]])) == .missing(.serviceControl))
        #expect(decide(bob, PolicySet(serviceControl: [[all]])) == .missing(.identity))
    }

    // policy-eval-denyallow, "AWS Organizations RCPs": bind callers of every kind.
    @Test func resourceControl() throws {
        let open = try resource("\"*\"")
        #expect(decide(.anonymous, PolicySet(resource: open, resourceControl: [[nothing]])) == .missing(.resourceControl))
        #expect(decide(.anonymous, PolicySet(resource: open, resourceControl: [[all]])) == .allowed)
        // SCPs don't bind callers outside of an account.
        #expect(decide(.anonymous, PolicySet(resource: open, serviceControl: [[deny]])) == .allowed)
    }

    // policy-eval-denyallow, "Resource-based policies", IAM user: not limited by an implicit deny elsewhere.
    @Test func resourceNamesUser() throws {
        let grant = try resource(aws(bob.arn))
        #expect(decide(bob, PolicySet(resource: grant)) == .allowed)
        #expect(decide(bob, PolicySet(resource: grant, boundary: nothing)) == .allowed)
        #expect(decide(.user(account, "eve"), PolicySet(resource: grant)) == .missing(.identity))
    }

    // Same place, IAM role: limited by boundary and session policy, not by identity policies.
    @Test func resourceNamesRole() throws {
        let grant = try resource(aws("arn:aws:iam::\(account):role/path/job"))
        #expect(decide(session, PolicySet(resource: grant)) == .allowed)
        #expect(decide(session, PolicySet(resource: grant, boundary: nothing)) == .missing(.boundary))
        #expect(decide(session, PolicySet(resource: grant, session: [nothing])) == .missing(.session))
    }

    // Same place, IAM role session: not limited by an implicit deny elsewhere.
    @Test func resourceNamesSession() throws {
        let grant = try resource(aws("arn:aws:sts::\(account):assumed-role/job/run"))
        #expect(decide(session, PolicySet(resource: grant, boundary: nothing, session: [nothing])) == .allowed)
        let other = RequestPrincipal.session(account, role: "path/job", name: "other")
        #expect(decide(other, PolicySet(resource: grant)) == .missing(.identity))
    }

    // Same place, federated user: by the user's ARN limited by the session policy, by its own ARN not at all.
    @Test func resourceNamesFederatedUser() throws {
        #expect(decide(federated, PolicySet(resource: try resource(aws(federated.arn)))) == .allowed)
        #expect(decide(federated, PolicySet(resource: try resource(aws(bob.arn)))) == .missing(.session))
        #expect(decide(federated, PolicySet(resource: try resource(aws(bob.arn)), session: [all])) == .allowed)
        #expect(decide(federated, PolicySet(identity: [all])) == .missing(.session))
    }

    // elements_principal, "AWS account principals": the account delegates, its identity policies decide.
    @Test func resourceNamesAccount() throws {
        for name in [account, "arn:aws:iam::\(account):root"] {
            #expect(decide(bob, PolicySet(resource: try resource(aws(name)))) == .missing(.identity))
            #expect(decide(bob, PolicySet(identity: [all], resource: try resource(aws(name)))) == .allowed)
        }
    }

    // elements_principal, "All principals".
    @Test func resourceNamesEverybody() throws {
        for text in ["\"*\"", aws("*")] {
            let open = try resource(text)
            #expect(decide(.anonymous, PolicySet(resource: open)) == .allowed)
            #expect(decide(bob, PolicySet(resource: open)) == .allowed)
            #expect(decide(session, PolicySet(resource: open, session: [nothing])) == .missing(.session))
        }
        #expect(decide(.anonymous, PolicySet()) == .missing(.resource))
        #expect(decide(.anonymous, PolicySet(resource: try resource(aws(account)))) == .missing(.resource))
    }

    // access_policies_boundaries: the intersection of identity policy and boundary.
    @Test func boundary() {
        #expect(decide(bob, PolicySet(identity: [all], boundary: nothing)) == .missing(.boundary))
        #expect(decide(bob, PolicySet(boundary: all)) == .missing(.identity))
        #expect(decide(bob, PolicySet(identity: [all], boundary: all)) == .allowed)
    }

    // access_policies, "Session policies": the intersection; of several session policies one must allow.
    @Test func sessionPolicies() {
        #expect(decide(session, PolicySet(identity: [all], session: [nothing])) == .missing(.session))
        #expect(decide(session, PolicySet(identity: [all], session: [nothing, all])) == .allowed)
        #expect(decide(session, PolicySet(identity: [nothing], session: [all])) == .missing(.identity))
    }

    // policies_evaluation-logic-cross-account: both accounts must allow.
    @Test func crossAccount() throws {
        let grants = [aws(bob.arn), aws(account), "\"*\""]
        for grant in try grants.map({ try resource($0) }) {
            #expect(decide(bob, PolicySet(identity: [all], resource: grant), owner: otherAccount) == .allowed)
            #expect(decide(bob, PolicySet(resource: grant), owner: otherAccount) == .missing(.identity))
            #expect(
                decide(bob, PolicySet(identity: [all], resource: grant, boundary: nothing), owner: otherAccount)
                    == .missing(.boundary))
            #expect(
                decide(bob, PolicySet(identity: [all], resource: grant, session: [nothing]), owner: otherAccount)
                    == .missing(.session))
        }
        #expect(decide(bob, PolicySet(identity: [all]), owner: otherAccount) == .missing(.resource))
        // The resource's account can't grant for itself: its policy names somebody else.
        let wrong = try resource(aws(otherAccount))
        #expect(decide(bob, PolicySet(identity: [all], resource: wrong), owner: otherAccount) == .missing(.resource))
    }

    // elements_principal, "AWS service principals": a resource policy must name the service.
    @Test func servicePrincipal() throws {
        let events = RequestPrincipal.service("events.amazonaws.com")
        let grant = try resource(#"{"Service":["events.amazonaws.com","sns.amazonaws.com"]}"#)
        #expect(decide(events, PolicySet(resource: grant)) == .allowed)
        #expect(decide(.service("s3.amazonaws.com"), PolicySet(resource: grant)) == .missing(.resource))
        #expect(decide(events, PolicySet(identity: [all])) == .missing(.resource))
        #expect(decide(bob, PolicySet(resource: grant)) == .missing(.identity))
    }

    // vpc/latest/privatelink/vpc-endpoints-access: an endpoint policy filters and grants nothing.
    @Test func endpoint() throws {
        let open = NamedPolicy("vpce", try document(statement(principal: "\"*\""), kind: .resource))
        let narrow = NamedPolicy("vpce", try document(statement("Allow", "sqs:*", principal: "\"*\""), kind: .resource))
        #expect(decide(bob, PolicySet(identity: [all], endpoint: open)) == .allowed)
        #expect(decide(bob, PolicySet(identity: [all], endpoint: narrow)) == .missing(.endpoint))
        #expect(decide(bob, PolicySet(endpoint: open)) == .missing(.identity))
    }

    // elements_notprincipal: account, role and session must all be listed to be spared.
    @Test func notPrincipal() throws {
        func spare(_ arns: String...) throws -> PolicySet {
            let list = arns.map { "\"\($0)\"" }.joined(separator: ",")
            let text = #"{"Effect":"Deny","NotPrincipal":{"AWS":[\#(list)]},"Action":"s3:*","Resource":"*"}"#
            return PolicySet(identity: [all], resource: NamedPolicy("b", try document(text, kind: .resource)))
        }
        #expect(try decide(bob, spare(account, bob.arn)) == .allowed)
        #expect(try decide(.user(account, "eve"), spare(account, bob.arn)) == .denied(.resource))
        #expect(try decide(bob, spare(bob.arn)) == .denied(.resource))
        let role = "arn:aws:iam::\(account):role/path/job"
        #expect(try decide(session, spare(account, role)) == .denied(.resource))
        #expect(try decide(session, spare(account, role, session.arn)) == .allowed)
    }
}

/// Role trust policies (IAM User Guide, "id_roles_terms-and-concepts" and "id_roles_create_for-user") and key policies
/// (KMS Developer Guide, "key-policies").
@Suite struct RequiredResourcePolicyTests {
    private func assume(
        _ principal: RequestPrincipal, _ trust: NamedPolicy?, identity: [NamedPolicy] = [], context: ConditionContext = [:],
        owner: String = account
    ) -> Expected {
        let request = EvaluationRequest(
            action: "sts:AssumeRole", resource: "arn:aws:iam::\(owner):role/job", principal: principal, context: context)
        let policies = PolicySet(identity: PolicyList(identity), resource: trust, resourcePolicyRequired: true)
        return Expected(Evaluator.evaluate(request, policies, resourceAccount: owner))
    }

    @Test func trustPolicies() throws {
        let may = try identity(statement("Allow", "sts:AssumeRole"))
        #expect(assume(bob, try trust(aws(bob.arn))) == .allowed)
        #expect(assume(bob, try trust(aws(account))) == .missing(.identity))
        #expect(assume(bob, try trust(aws(account)), identity: [may]) == .allowed)
        #expect(assume(bob, try trust(aws(otherAccount)), identity: [may]) == .missing(.trust))
        #expect(assume(bob, nil, identity: [may]) == .missing(.trust))
        #expect(assume(bob, try trust(aws(bob.arn)), owner: otherAccount) == .missing(.identity))
        #expect(assume(bob, try trust(aws(bob.arn)), identity: [may], owner: otherAccount) == .allowed)
        #expect(assume(.service("lambda.amazonaws.com"), try trust(#"{"Service":"lambda.amazonaws.com"}"#)) == .allowed)
        #expect(assume(.service("ec2.amazonaws.com"), try trust(#"{"Service":"lambda.amazonaws.com"}"#)) == .missing(.trust))
    }

    @Test func externalID() throws {
        let policy = try trust(aws(bob.arn), condition: #"{"StringEquals":{"sts:ExternalId":"secret"}}"#)
        #expect(assume(bob, policy) == .missing(.trust))
        #expect(assume(bob, policy, context: ["sts:externalid": ["secret"]]) == .allowed)
    }

    @Test func webIdentity() throws {
        let caller = RequestPrincipal(.federated(provider: "accounts.google.com"), account: "", arn: "accounts.google.com")
        #expect(assume(caller, try trust(#"{"Federated":"accounts.google.com"}"#)) == .allowed)
        #expect(assume(caller, try trust(#"{"Federated":"www.amazon.com"}"#)) == .missing(.trust))
    }

    @Test func keyPolicies() throws {
        let all = try identity(statement("Allow", "*"))
        #expect(decide(bob, PolicySet(identity: [all], resourcePolicyRequired: true)) == .missing(.resource))
        let delegating = PolicySet(identity: [all], resource: try resource(aws(account)), resourcePolicyRequired: true)
        #expect(decide(bob, delegating) == .allowed)
    }
}

@Suite struct DenialTests {
    // troubleshoot_access-denied.
    @Test func messages() throws {
        let denied = Evaluator.evaluate(get(bob), PolicySet(), resourceAccount: account)
        #expect(
            denied.denialMessage(principalARN: bob.arn, action: "s3:GetObject", resource: object)
                == "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: s3:GetObject on resource: "
                + "arn:aws:s3:::box/a.txt because no identity-based policy allows the s3:GetObject action")
        let set = PolicySet(resource: try resource("\"*\"", "Deny"))
        let explicit = Evaluator.evaluate(get(bob), set, resourceAccount: account)
        #expect(
            explicit.denialMessage(principalARN: bob.arn, action: "s3:GetObject", resource: object)?
                .hasSuffix("on resource: arn:aws:s3:::box/a.txt with an explicit deny in a resource-based policy") == true)
        #expect(explicit.explanation == "explicitly denied by statement 1 of resource-based policy bucket")
        let allowed = Evaluator.evaluate(get(.root(account)), PolicySet(), resourceAccount: account)
        #expect(allowed.denialMessage(principalARN: bob.arn, action: "s3:GetObject", resource: object) == nil)
    }

    @Test func matchesListsAllStatements() throws {
        let policy = try identity(statement(), statement("Deny", "sqs:*"), statement("Deny", "s3:Get*"))
        let found = Evaluator.matches(get(bob), PolicySet(identity: [policy]))
        #expect(found.map(\.statement) == [0, 2])
        #expect(found.map(\.effect) == [.allow, .deny])
    }
}
