import Testing

@testable import Policy

/// One rule of AWS's documentation: the page, the rule, who asks, which policies there are, and what follows.
private struct Rule: Sendable {
    let page: String
    let rule: String
    var principal = bob
    var policies: PolicySet
    var owner = account
    var context: ConditionContext = [:]
    var action = "s3:GetObject"
    let expected: Expected
}

private let role = "arn:aws:iam::\(account):role/path/job"
private let everything = statement("Allow", "*")
private let other = statement("Allow", "ec2:*")
private let guest = RequestPrincipal(
    .federatedUser(userARN: bob.arn), account: account, arn: "arn:aws:sts::\(account):federated-user/guest")

private func with(_ principal: String, _ condition: String? = nil, effect: String = "Allow") throws -> NamedPolicy {
    NamedPolicy("bucket", try document(statement(effect, principal: principal, condition: condition), kind: .resource))
}

/// Pages of https://docs.aws.amazon.com/IAM/latest/UserGuide/ unless another guide is named.
private func rules() throws -> [Rule] {
    let all = try identity(everything)
    let nothing = try identity(other)
    let deny = try identity(statement("Deny"))
    let denyLogic = "reference_policies_evaluation-logic_policy-eval-denyallow"
    let cross = "reference_policies_evaluation-logic-cross-account"
    let principals = "reference_policies_elements_principal"
    let keys = "reference_policies_condition-keys"
    let deputy = "confused-deputy"
    let sns = RequestPrincipal.service("sns.amazonaws.com")
    let asSNS = #"{"Service":"sns.amazonaws.com"}"#
    let fromA = #"{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:a"}}"#
    let fromOrganization = #"{"StringEquals":{"aws:SourceOrgID":"o-1"}}"#
    let unlessMine =
        #"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#
    let owner = RequestPrincipal(.user, account: account, arn: bob.arn, canonicalID: "79a5")
    let web = RequestPrincipal(.federated(provider: "accounts.google.com"), account: "", arn: "accounts.google.com")
    let key = try with(aws(account))
    return [
        Rule(page: denyLogic, rule: "no policy: implicit deny", policies: PolicySet(), expected: .missing(.identity)),
        Rule(
            page: denyLogic, rule: "an Allow in an identity policy", policies: PolicySet(identity: [all]), expected: .allowed),
        Rule(
            page: denyLogic, rule: "an explicit deny outweighs an Allow", policies: PolicySet(identity: [all, deny]),
            expected: .denied(.identity)),
        Rule(
            page: denyLogic, rule: "an RCP that lacks an Allow denies",
            policies: PolicySet(identity: [all], resourceControl: [[nothing]]),
            expected: .missing(.resourceControl)),
        Rule(
            page: denyLogic, rule: "an SCP that lacks an Allow denies",
            policies: PolicySet(identity: [all], serviceControl: [[nothing]]),
            expected: .missing(.serviceControl)),
        Rule(
            page: denyLogic, rule: "an SCP grants nothing", policies: PolicySet(serviceControl: [[all]]),
            expected: .missing(.identity)),
        Rule(
            page: denyLogic, rule: "a resource policy for the user's ARN needs no identity policy",
            policies: PolicySet(resource: try with(aws(bob.arn))), expected: .allowed),
        Rule(
            page: denyLogic, rule: "a boundary's implicit deny does not limit a grant to the user's ARN",
            policies: PolicySet(resource: try with(aws(bob.arn)), boundary: nothing), expected: .allowed),
        Rule(
            page: denyLogic, rule: "a boundary's implicit deny limits a grant to the role's ARN", principal: session,
            policies: PolicySet(resource: try with(aws(role)), boundary: nothing), expected: .missing(.boundary)),
        Rule(
            page: denyLogic, rule: "a session policy's implicit deny limits a grant to the role's ARN", principal: session,
            policies: PolicySet(resource: try with(aws(role)), session: [nothing]), expected: .missing(.session)),
        Rule(
            page: denyLogic, rule: "neither limits a grant to the session's ARN", principal: session,
            policies: PolicySet(resource: try with(aws(session.arn)), boundary: nothing, session: [nothing]), expected: .allowed),
        Rule(
            page: denyLogic, rule: "a boundary's explicit deny stops a grant to the session's ARN", principal: session,
            policies: PolicySet(resource: try with(aws(session.arn)), boundary: deny), expected: .denied(.boundary)),
        Rule(
            page: denyLogic, rule: "aws:PrincipalArn of the role limits as the role's ARN does", principal: session,
            policies: PolicySet(
                resource: try with(aws("*"), #"{"ArnEquals":{"aws:PrincipalArn":"\#(role)"}}"#), session: [nothing]),
            context: ["aws:PrincipalArn": [role]], expected: .missing(.session)),
        Rule(
            page: denyLogic, rule: "a session policy is needed by a federated user", principal: guest,
            policies: PolicySet(identity: [all]), expected: .missing(.session)),
        Rule(
            page: denyLogic, rule: "root is not bound by identity policies", principal: .root(account), policies: PolicySet(),
            expected: .allowed),
        Rule(
            page: denyLogic, rule: "root is bound by SCPs", principal: .root(account),
            policies: PolicySet(serviceControl: [[all], [deny]]),
            expected: .denied(.serviceControl)),
        Rule(
            page: cross, rule: "both accounts must allow", policies: PolicySet(identity: [all], resource: try with(aws(account))),
            owner: otherAccount, expected: .allowed),
        Rule(
            page: cross, rule: "the caller's account must allow", policies: PolicySet(resource: try with(aws(bob.arn))),
            owner: otherAccount, expected: .missing(.identity)),
        Rule(
            page: cross, rule: "the resource's account must allow", policies: PolicySet(identity: [all]), owner: otherAccount,
            expected: .missing(.resource)),
        Rule(
            page: cross, rule: "root needs the other account's grant", principal: .root(account), policies: PolicySet(),
            owner: otherAccount, expected: .missing(.resource)),
        Rule(
            page: principals, rule: "an account's number delegates to its identity policies",
            policies: PolicySet(resource: try with(aws(account))), expected: .missing(.identity)),
        Rule(
            page: principals, rule: "the role's ARN names its sessions", principal: session,
            policies: PolicySet(resource: try with(aws(role))), expected: .allowed),
        Rule(
            page: principals, rule: "another session's ARN does not", principal: session,
            policies: PolicySet(resource: try with(aws("arn:aws:sts::\(account):assumed-role/job/other"))),
            expected: .missing(.identity)),
        Rule(
            page: principals, rule: "* names anonymous callers", principal: .anonymous,
            policies: PolicySet(resource: try with("\"*\"")), expected: .allowed),
        Rule(
            page: principals, rule: "a canonical user ID names the account", principal: owner,
            policies: PolicySet(identity: [all], resource: try with(#"{"CanonicalUser":"79a5"}"#)), owner: otherAccount,
            expected: .allowed),
        Rule(
            page: principals, rule: "another canonical user ID does not", principal: owner,
            policies: PolicySet(identity: [all], resource: try with(#"{"CanonicalUser":"80b6"}"#)), owner: otherAccount,
            expected: .missing(.resource)),
        Rule(
            page: principals, rule: "a federated principal by its provider", principal: web,
            policies: PolicySet(resource: try trust(#"{"Federated":"accounts.google.com"}"#), resourcePolicyRequired: true),
            action: "sts:AssumeRole", expected: .allowed),
        Rule(
            page: principals, rule: "another provider is another principal", principal: web,
            policies: PolicySet(resource: try trust(#"{"Federated":"www.amazon.com"}"#), resourcePolicyRequired: true),
            action: "sts:AssumeRole", expected: .missing(.trust)),
        Rule(
            page: principals, rule: "a service by its name", principal: sns, policies: PolicySet(resource: try with(asSNS)),
            expected: .allowed),
        Rule(
            page: principals, rule: "a service has no identity policies", principal: sns, policies: PolicySet(identity: [all]),
            expected: .missing(.resource)),
        Rule(
            page: "reference_policies_elements_notprincipal", rule: "a Deny spares who is listed with its account",
            policies: PolicySet(
                identity: [all],
                resource: NamedPolicy(
                    "b",
                    try document(
                        #"{"Effect":"Deny","NotPrincipal":{"AWS":["\#(account)","\#(bob.arn)"]},"Action":"s3:*","Resource":"*"}"#,
                        kind: .resource))),
            expected: .allowed),
        Rule(
            page: deputy, rule: "aws:SourceArn of the expected resource", principal: sns,
            policies: PolicySet(resource: try with(asSNS, fromA)),
            context: ["aws:SourceArn": ["arn:aws:sns:us-east-1:111122223333:a"]], expected: .allowed),
        Rule(
            page: deputy, rule: "aws:SourceArn of another resource", principal: sns,
            policies: PolicySet(resource: try with(asSNS, fromA)),
            context: ["aws:SourceArn": ["arn:aws:sns:us-east-1:444455556666:a"]], expected: .missing(.resource)),
        Rule(
            page: deputy, rule: "no aws:SourceArn at all", principal: sns, policies: PolicySet(resource: try with(asSNS, fromA)),
            expected: .missing(.resource)),
        Rule(
            page: keys, rule: "aws:SourceOrgID of the expected organization", principal: sns,
            policies: PolicySet(resource: try with(asSNS, fromOrganization)), context: ["aws:SourceOrgID": ["o-1"]],
            expected: .allowed),
        Rule(
            page: keys, rule: "aws:SourceOrgID of another", principal: sns,
            policies: PolicySet(resource: try with(asSNS, fromOrganization)), context: ["aws:SourceOrgID": ["o-2"]],
            expected: .missing(.resource)),
        Rule(
            page: "access_policies_data-perimeters", rule: "outsiders are kept out by aws:PrincipalOrgID",
            policies: PolicySet(identity: [all], resource: try with("\"*\"", unlessMine, effect: "Deny")),
            context: ["aws:PrincipalOrgID": ["o-2"], "aws:PrincipalIsAWSService": ["false"]], expected: .denied(.resource)),
        Rule(
            page: "access_policies_data-perimeters", rule: "members pass",
            policies: PolicySet(identity: [all], resource: try with("\"*\"", unlessMine, effect: "Deny")),
            context: ["aws:PrincipalOrgID": ["o-1"], "aws:PrincipalIsAWSService": ["false"]], expected: .allowed),
        Rule(
            page: "kms/latest/developerguide/key-policies", rule: "no key policy, no access",
            policies: PolicySet(identity: [all], resourcePolicyRequired: true), expected: .missing(.resource)),
        Rule(
            page: "kms/latest/developerguide/key-policies", rule: "the account's statement lets identity policies decide",
            policies: PolicySet(identity: [all], resource: key, resourcePolicyRequired: true), expected: .allowed),
        Rule(
            page: "kms/latest/developerguide/key-policies", rule: "and it alone does not allow",
            policies: PolicySet(resource: key, resourcePolicyRequired: true), expected: .missing(.identity)),
        Rule(
            page: "kms/latest/developerguide/key-policies", rule: "root itself is bound by the key policy",
            principal: .root(account),
            policies: PolicySet(resourcePolicyRequired: true), expected: .missing(.resource)),
        Rule(
            page: "kms/latest/developerguide/grants", rule: "a grant allows without a key policy's word", principal: session,
            policies: {
                var set = PolicySet(resourcePolicyRequired: true)
                set.grants = (try? with(aws(role))).map { [$0] } ?? []
                return set
            }(), expected: .allowed),
        Rule(
            page: "access_policies_boundaries", rule: "a boundary grants nothing", policies: PolicySet(boundary: all),
            expected: .missing(.identity)),
        Rule(
            page: "vpc/latest/privatelink/vpc-endpoints-access", rule: "an endpoint's policy filters",
            policies: PolicySet(
                identity: [all],
                endpoint: NamedPolicy("e", try document(statement("Allow", "sqs:*", principal: "\"*\""), kind: .resource))),
            expected: .missing(.endpoint)),
    ]
}

@Suite struct RuleTableTests {
    @Test func everyRule() throws {
        for rule in try rules() {
            let request = EvaluationRequest(
                action: rule.action, resource: object, principal: rule.principal, context: rule.context)
            let decision = Expected(Evaluator.evaluate(request, rule.policies, resourceAccount: rule.owner))
            #expect(decision == rule.expected, "\(rule.page): \(rule.rule)")
        }
    }
}

@Suite struct NearMissTests {
    @Test func oneWrongPart() throws {
        let policy = try identity(
            statement("Allow", "s3:GetObject", on: "arn:aws:s3:::else/*"),
            statement("Allow", "s3:*", condition: #"{"Bool":{"aws:SecureTransport":"true"}}"#),
            statement("Allow", "sqs:*"),
            statement("Allow", "s3:*", on: "arn:aws:s3:::else/*", condition: #"{"Bool":{"aws:SecureTransport":"true"}}"#))
        let misses = Evaluator.nearMisses(
            get(bob, context: ["aws:SecureTransport": ["false"]]), PolicySet(identity: [policy]), missing: .identity)
        #expect(misses.map(\.statement.statement) == [0, 1])
        #expect(misses.first?.part == .resource)
        #expect(misses.last?.part == .condition(operation: "Bool", key: "aws:securetransport", found: ["false"]))
    }
}
