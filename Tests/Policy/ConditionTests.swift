import Testing

@testable import Policy

/// Rows of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and of
/// reference_policies_condition-single-vs-multi-valued-context-keys.html: operator, policy values, request values (nil:
/// the key is absent), result.
private let rows: [(String, String, [String]?, Bool)] = [
    ("StringEquals", #""a""#, ["a"], true), ("StringEquals", #""a""#, ["A"], false), ("StringEquals", #"["b","a"]"#, ["a"], true),
    ("StringEquals", #""*""#, ["a"], false), ("StringEquals", #""a""#, nil, false),
    ("StringNotEquals", #""a""#, ["b"], true), ("StringNotEquals", #"["a","b"]"#, ["b"], false),
    ("StringNotEquals", #""a""#, nil, true),
    ("StringEqualsIgnoreCase", #""AbÉ""#, ["aBé"], true), ("StringNotEqualsIgnoreCase", #""A""#, ["a"], false),
    ("StringLike", #""home/*/?""#, ["home/bob/x"], true), ("StringLike", #""home/*/?""#, ["home/bob/xy"], false),
    ("StringLike", #""é?""#, ["éß"], true), ("StringNotLike", #""a*""#, ["b"], true), ("StringNotLike", #""a*""#, nil, true),
    ("StringEqualsIfExists", #""a""#, nil, true), ("StringEqualsIfExists", #""a""#, ["b"], false),
    ("NumericEquals", "10", ["10.0"], true), ("NumericNotEquals", #""10""#, ["11"], true),
    ("NumericLessThan", #""10""#, ["9"], true),
    ("NumericLessThan", #""10""#, ["10"], false), ("NumericLessThanEquals", #""10""#, ["10"], true),
    ("NumericGreaterThan", #""10""#, ["9"], false), ("NumericGreaterThanEquals", "10", ["10"], true),
    ("NumericLessThan", #""10""#, ["ten"], false), ("NumericLessThan", "10", nil, false),
    ("DateLessThan", #""2020-01-01T00:00:01Z""#, ["2020-01-01T00:00:00Z"], true),
    ("DateGreaterThan", #""2020-01-01""#, ["2020-01-01T00:00:00Z"], false),
    ("DateGreaterThanEquals", #""2020-01-01""#, ["1577836800"], true),
    ("DateEquals", #""2020-01-01T01:00:00+01:00""#, ["2020-01-01T00:00:00Z"], true),
    ("DateNotEquals", #""2020-01-01""#, nil, true),
    ("DateLessThanEquals", #""2020-01-01""#, ["2020-01-02T00:00:00Z"], false),
    ("Bool", #""true""#, ["true"], true), ("Bool", "false", ["False"], true), ("Bool", "true", nil, false),
    ("BoolIfExists", "true", nil, true),
    ("BinaryEquals", #""QmluYXJ5""#, ["QmluYXJ5"], true), ("BinaryEquals", #""QmluYXJ5""#, ["QmluYXJ6"], false),
    ("IpAddress", #""203.0.113.0/24""#, ["203.0.113.9"], true), ("IpAddress", #""203.0.113.0/24""#, ["203.0.114.9"], false),
    ("IpAddress", #""2001:DB8:1234:5678::/64""#, ["2001:db8:1234:5678:1::9"], true),
    ("IpAddress", #""0.0.0.0/0""#, ["::1"], false),
    ("NotIpAddress", #"["10.0.0.0/9","192.168.0.0/16"]"#, ["10.200.0.1"], true), ("NotIpAddress", #""10.0.0.0/8""#, nil, true),
    ("ArnEquals", #""arn:aws:sns:*:1:topic-*""#, ["arn:aws:sns:eu-west-1:1:topic-x"], true),
    ("ArnLike", #""arn:aws:s3:*""#, ["arn:aws:s3:::box"], false),
    ("ArnLike", #""arn:aws:s3:::*""#, ["arn:aws:s3:::box/a:b"], true),
    ("ArnLike", #""arn:*:topic""#, ["arn:aws:sns:eu:1:topic"], false),
    ("ArnNotLike", #""arn:aws:s3:::b*""#, ["arn:aws:s3:::c"], true),
    ("ArnNotEquals", #""arn:aws:s3:::b""#, nil, true),
    ("Null", #""true""#, nil, true), ("Null", #""true""#, ["x"], false), ("Null", "false", ["x"], true),
    ("Null", "false", nil, false),
    ("ForAllValues:StringEquals", #"["a","b"]"#, ["a", "b"], true),
    ("ForAllValues:StringEquals", #"["a","b"]"#, ["a", "c"], false),
    ("ForAllValues:StringEquals", #""a""#, nil, true), ("ForAnyValue:StringEquals", #"["a","b"]"#, ["c", "b"], true),
    ("ForAnyValue:StringEquals", #""a""#, ["c"], false), ("ForAnyValue:StringEquals", #""a""#, nil, false),
    ("ForAllValues:StringNotEquals", #"["a","b"]"#, ["c", "d"], true),
    ("ForAllValues:StringNotEquals", #"["a","b"]"#, ["c", "a"], false),
    ("ForAnyValue:StringNotEquals", #""a""#, ["a", "b"], true), ("ForAnyValue:StringNotEquals", #""a""#, ["a"], false),
    ("ForAnyValue:StringNotEquals", #""a""#, nil, false), ("ForAnyValue:StringLike", #""t*""#, ["x", "team"], true),
]

private func allows(_ condition: String, _ context: ConditionContext, on resource: String = object, pattern: String = "*") throws
    -> Bool
{
    let policy = try identity(statement(on: pattern, condition: condition))
    return Evaluator.evaluate(get(bob, context: context, on: resource), PolicySet(identity: [policy]), resourceAccount: account)
        .isAllowed
}

@Suite struct ConditionTests {
    @Test(arguments: rows.indices) func row(_ index: Int) throws {
        let (name, values, request, expected) = rows[index]
        var context: ConditionContext = [:]
        context["aws:Key"] = request ?? []
        #expect(try allows(#"{"\#(name)":{"AWS:kEY":\#(values)}}"#, context) == expected, "\(rows[index])")
    }

    // reference_policies_condition-logic-multiple-context-keys-or-values: AND of keys and operators, OR of values.
    @Test func logic() throws {
        let both = #"{"StringEquals":{"a:x":["1","2"],"a:y":"3"},"Bool":{"a:z":"true"}}"#
        #expect(try allows(both, ["a:x": ["2"], "a:y": ["3"], "a:z": ["true"]]))
        #expect(try !allows(both, ["a:x": ["2"], "a:y": ["4"], "a:z": ["true"]]))
        #expect(try !allows(both, ["a:x": ["2"], "a:y": ["3"], "a:z": ["false"]]))
    }

    // reference_policies_variables.
    @Test func variables() throws {
        func reads(_ pattern: String, _ key: String, _ context: ConditionContext) throws -> Bool {
            try allows("{}", context, on: "arn:aws:s3:::box/" + key, pattern: "arn:aws:s3:::box/" + pattern)
        }
        #expect(try reads("${aws:username}/*", "bob/a", ["aws:UserName": ["bob"]]))
        #expect(try !reads("${aws:username}/*", "eve/a", ["aws:UserName": ["bob"]]))
        #expect(try !reads("${aws:username}/*", "/a", [:]))
        #expect(try !reads("${aws:username}/*", "a/a", ["aws:username": ["a", "b"]]))
        #expect(try reads("${aws:PrincipalTag/team, 'all'}", "all", [:]))
        #expect(try reads("${aws:PrincipalTag/team, 'all'}", "red", ["aws:principaltag/team": ["red"]]))
        #expect(try reads("a${*}b${?}${$}", "a*b?$", [:]))
        #expect(try !reads("a${*}", "ab", [:]))
        // A value's own stars are text.
        #expect(try !reads("${aws:username}/*", "bob/a", ["aws:username": ["*"]]))
        #expect(
            try allows(#"{"StringLike":{"s3:prefix":"${aws:username}/*"}}"#, ["s3:prefix": ["bob/"], "aws:username": ["bob"]]))
        #expect(
            try allows(#"{"StringEquals":{"s3:prefix":"x${aws:username}"}}"#, ["s3:prefix": ["xbob"], "aws:username": ["bob"]]))
    }

    @Test func oldVersionHasNoVariables() throws {
        let text = #"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::box/${aws:username}"}}"#
        let set = PolicySet(identity: [NamedPolicy("old", try PolicyDocument(json: text, kind: .identity))])
        let context: ConditionContext = ["aws:username": ["bob"]]
        let plain = Evaluator.evaluate(get(bob, context: context, on: bucket + "/bob"), set, resourceAccount: account)
        #expect(!plain.isAllowed)
        let literal = Evaluator.evaluate(
            get(bob, context: context, on: bucket + "/${aws:username}"), set, resourceAccount: account)
        #expect(literal.isAllowed)
    }

    @Test func unresolvedNotResource() throws {
        for (effect, expected) in [("Allow", false), ("Deny", false)] {
            let text = #"{"Effect":"\#(effect)","Action":"s3:*","NotResource":"arn:aws:s3:::box/${aws:username}"}"#
            let set = PolicySet(
                identity: effect == "Deny" ? [try identity(text), try identity(statement())] : [try identity(text)])
            #expect(Evaluator.evaluate(get(bob), set, resourceAccount: account).isAllowed == expected)
        }
    }
}
