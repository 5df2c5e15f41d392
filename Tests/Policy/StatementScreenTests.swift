import Testing

@testable import Policy

/// The screen only spares work: what it lets through or not is what the statements themselves say.
@Suite struct StatementScreenTests {
    private static let actions = ["s3:GetObject", "s3:Get*", "S3:getobject", "*", "s3:P?tObject", "dynamodb:*"]
    private static let resources = [
        "*", object, "arn:aws:s3:::box/*", "arn:aws:s3:::b*", "arn:aws:s3:::box/${aws:username}", "arn:aws:s3:::other/a.txt",
    ]
    private static let conditions: [String?] = [
        nil, #"{"Bool":{"aws:SecureTransport":"true"}}"#, #"{"Bool":{"aws:SecureTransport":"false"}}"#,
        #"{"StringEquals":{"aws:username":["bob","ann"]},"Bool":{"aws:SecureTransport":"true"}}"#,
        #"{"StringLike":{"aws:username":"b*"}}"#, #"{"Null":{"aws:TokenIssueTime":"true"}}"#,
    ]

    @Test func theScreenAgreesWithTheStatements() throws {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &random)
        var numbers = Numbers(state: seed)
        for _ in 0..<200 {
            let texts = (0..<Int.random(in: 1...12, using: &numbers)).map { _ in Self.statement(&numbers) }
            let policy = try PolicyDocument(
                json: #"{"Version":"2012-10-17","Statement":[\#(texts.joined(separator: ","))]}"#, kind: .identity)
            for action in ["s3:GetObject", "s3:PutObject", "dynamodb:GetItem"] {
                for resource in [object, "arn:aws:s3:::box/bob", "arn:aws:dynamodb:us-east-1:\(account):table/t"] {
                    let prepared = PreparedRequest(
                        EvaluationRequest(
                            action: action, resource: resource, principal: bob,
                            context: ["aws:SecureTransport": ["true"], "aws:username": ["bob"]]))
                    var screened: [Int] = []
                    policy.screen.candidates(prepared) { index, denies in
                        #expect(denies == (policy.statements[index].effect == .deny))
                        if policy.statements[index].match(prepared, conditionsHold: true) != nil { screened.append(index) }
                        return true
                    }
                    let matching = policy.statements.indices.filter { policy.statements[$0].match(prepared) != nil }
                    #expect(screened == matching, "seed \(seed): \(policy.source)")
                }
            }
        }
    }

    /// One screen over several policies finds what their own screens find, though they share conditions.
    @Test func aListFindsWhatItsPoliciesFind() throws {
        let seed = UInt64.random(in: .min ... .max)
        var numbers = Numbers(state: seed)
        for _ in 0..<200 {
            let policies = try (0..<Int.random(in: 0...4, using: &numbers)).map { index in
                let texts = (0..<Int.random(in: 1...5, using: &numbers)).map { _ in Self.statement(&numbers) }
                let version = Bool.random(using: &numbers) ? "2012-10-17" : "2008-10-17"
                let json = #"{"Version":"\#(version)","Statement":[\#(texts.joined(separator: ","))]}"#
                return NamedPolicy("\(index)", try PolicyDocument(json: json, kind: .identity))
            }
            let list = PolicyList(policies)
            let prepared = PreparedRequest(
                EvaluationRequest(
                    action: "s3:GetObject", resource: "arn:aws:s3:::box/bob", principal: bob,
                    context: ["aws:SecureTransport": ["true"], "aws:username": ["bob"]]))
            var found: [String] = []
            list.screen.candidates(prepared) { number, denies in
                let (policy, index) = list.statement(number)
                #expect(denies == (policy.document.statements[index].effect == .deny))
                found.append("\(policy.name)/\(index)")
                return true
            }
            var expected: [String] = []
            for policy in policies {
                policy.document.screen.candidates(prepared) { index, _ in
                    expected.append("\(policy.name)/\(index)")
                    return true
                }
            }
            #expect(found == expected, "seed \(seed)")
        }
    }

    /// What a variable means depends on the version of the policy that it stands in.
    @Test func conditionsOfTwoVersionsAreTwo() throws {
        func policy(_ version: String) throws -> NamedPolicy {
            let condition = #"{"StringEquals":{"aws:username":"${aws:username}"}}"#
            let statement = #"{"Effect":"Allow","Action":"*","Resource":"*","Condition":\#(condition)}"#
            let json = #"{"Version":"\#(version)","Statement":\#(statement)}"#
            return NamedPolicy(version, try PolicyDocument(json: json, kind: .identity))
        }
        let list = PolicyList([try policy("2008-10-17"), try policy("2012-10-17")])
        let prepared = PreparedRequest(
            EvaluationRequest(action: "s3:GetObject", resource: "r", principal: bob, context: ["aws:username": ["bob"]]))
        var found: [Int] = []
        list.screen.candidates(prepared) { number, _ in
            found.append(number)
            return true
        }
        #expect(found == [1])
    }

    private static func statement(_ numbers: inout Numbers) -> String {
        let action = Bool.random(using: &numbers) ? "Action" : "NotAction"
        let resource = Bool.random(using: &numbers) ? "Resource" : "NotResource"
        func some(_ all: [String]) -> String {
            let picked = (0..<Int.random(in: 1...3, using: &numbers)).compactMap { _ in all.randomElement(using: &numbers) }
            return "[" + picked.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        let effect = Bool.random(using: &numbers) ? "Allow" : "Deny"
        let condition = (conditions.randomElement(using: &numbers) ?? nil).map { #","Condition":\#($0)"# } ?? ""
        return #"{"Effect":"\#(effect)","\#(action)":\#(some(actions)),"\#(resource)":\#(some(resources))\#(condition)}"#
    }

    /// A generator whose course a failure's seed repeats.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
