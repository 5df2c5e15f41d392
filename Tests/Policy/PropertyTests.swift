import Testing

@testable import Policy

/// SplitMix64, so that every run draws the same policies.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }
}

/// A set of policies as texts, to be changed and built again.
private struct Draft {
    var identity, boundary, session, control, resource: [String]
    var required: Bool

    func set() throws -> PolicySet {
        func named(_ statements: [String], _ kind: PolicyGrammar = .identity) throws -> NamedPolicy? {
            guard !statements.isEmpty else { return nil }
            let text = #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
            return NamedPolicy("p", try PolicyDocument(json: text, kind: kind))
        }
        return PolicySet(
            identity: try named(identity).map { [$0] } ?? [], resource: try named(resource, .resource),
            resourcePolicyRequired: required, boundary: try named(boundary), session: try named(session).map { [$0] } ?? [],
            serviceControl: try named(control).map { [[$0]] } ?? [])
    }

    mutating func change(_ body: (inout [String]) -> Void) {
        body(&identity)
        body(&boundary)
        body(&session)
        body(&control)
        body(&resource)
    }
}

@Suite struct PropertyTests {
    private static let callers: [RequestPrincipal] = [
        bob, bob, session, session, .root(account), .anonymous, .service("sns.amazonaws.com"), .user(otherAccount, "eve"),
    ]

    private static func draw(_ dice: inout Dice, principal: Bool) -> String {
        let principals = [
            "\"*\"", aws(account), aws(bob.arn), aws("arn:aws:iam::\(account):role/path/job"), aws(session.arn),
            #"{"Service":"sns.amazonaws.com"}"#, aws(otherAccount),
        ]
        let conditions: [String?] = [
            nil, nil, nil, #"{"StringEquals":{"a:k":"v"}}"#, #"{"StringNotEquals":{"a:k":"v"}}"#, #"{"Null":{"a:k":"true"}}"#,
        ]
        return statement(
            dice.pick(["Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Deny"]),
            dice.pick(["s3:*", "s3:Get*", "*", "*", "sqs:*"]),
            on: dice.pick(["*", "*", "arn:aws:s3:::box/*", "arn:aws:s3:::other"]),
            principal: principal ? dice.pick(principals) : nil,
            condition: dice.pick(conditions))
    }

    private static func draft(_ dice: inout Dice) -> Draft {
        func several(_ most: Int, principal: Bool = false, _ dice: inout Dice) -> [String] {
            (0..<dice.pick(Array(0...most))).map { _ in draw(&dice, principal: principal) }
        }
        return Draft(
            identity: several(3, &dice), boundary: several(2, &dice), session: several(2, &dice), control: several(2, &dice),
            resource: several(3, principal: true, &dice), required: dice.pick([false, false, true]))
    }

    private static func isAllowed(_ draft: Draft, _ caller: RequestPrincipal, _ value: String?) throws -> Bool {
        let context: ConditionContext = value.map { ["a:k": [$0]] } ?? [:]
        return Evaluator.evaluate(get(caller, context: context), try draft.set(), resourceAccount: account).isAllowed
    }

    @Test func laws() throws {
        var dice = Dice(state: 7)
        var allowed = 0
        let rounds = 3_000
        for _ in 0..<rounds {
            let draft = Self.draft(&dice)
            let caller = dice.pick(Self.callers)
            let value = dice.pick([nil, "v", "w"])
            let before = try Self.isAllowed(draft, caller, value)
            allowed += before ? 1 : 0

            var reversed = draft
            reversed.change { $0.reverse() }
            #expect(try Self.isAllowed(reversed, caller, value) == before, "order matters: \(draft)")
            guard !before else { continue }

            // Only kinds that are there: a new boundary or session policy is tested below.
            var denying = draft
            denying.change {
                if !$0.isEmpty {
                    $0.append($0[0].contains("Principal") ? statement("Deny", principal: "\"*\"") : statement("Deny"))
                }
            }
            #expect(try !Self.isAllowed(denying, caller, value), "a Deny allows: \(draft)")

            var poorer = draft
            // A policy keeps a statement about nothing in place of its Allow, as an absent boundary would be no boundary.
            let empty = statement("Allow", "none:None")
            poorer.change { list in
                if let index = list.firstIndex(where: { $0.contains("Allow") }) {
                    list[index] = list[index].contains("Principal") ? statement("Allow", "none:None", principal: "\"*\"") : empty
                }
            }
            #expect(try !Self.isAllowed(poorer, caller, value), "removing an Allow allows: \(draft)")

            for limit in [\Draft.session, \Draft.boundary, \Draft.control] where draft[keyPath: limit].isEmpty {
                var limited = draft
                limited[keyPath: limit] = [statement("Allow", "*")]
                #expect(try !Self.isAllowed(limited, caller, value), "a limit widens: \(draft)")
            }
        }
        // The draws say something only if both answers are frequent.
        #expect(allowed > rounds / 10 && allowed < rounds * 9 / 10)
    }
}
