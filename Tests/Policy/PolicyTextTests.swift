import Testing

@testable import Policy

@Suite struct PolicyTextTests {
    /// The example of `aws iam simulate-custom-policy` in the AWS CLI Command Reference: line 1, columns 38 and 167.
    @Test func positionsAsTheSimulatorCounts() throws {
        let statement =
            #"{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":"#
            + #"{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}"#
        let policy = try PolicyDocument(json: #"{"Version":"2012-10-17","Statement":\#(statement)}"#, kind: .identity)
        let found = policy.statementPositions
        #expect(found.count == 1)
        #expect(found.first?.start == PolicyDocument.Position(line: 1, column: 38))
        #expect(found.first?.end == PolicyDocument.Position(line: 1, column: 167))
    }

    @Test func positionsOfManyLines() throws {
        let text = """
            {
              "Id": "\\"Statement\\": [{",
              "Statement": [
                {"Sid": "a1", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {
                  "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Null": {"a:b": "true"}}
                }
              ],
              "Version": "2012-10-17"
            }
            """
        let found = try PolicyDocument(json: text, kind: .identity).statementPositions
        #expect(found.map(\.start) == [.init(line: 4, column: 6), .init(line: 5, column: 6)])
        #expect(found.map(\.end.line) == [4, 7])
    }

    /// Only what stands in `{"AWS": ...}` of a principal element is another name; all else stays to the letter.
    @Test func replacedPrincipals() throws {
        let text = #"""
            { "Version" : "2012-10-17", "Id": "a\"Principal\": {\"AWS\": \"a\"}",
              "Statement": [
                {"Effect":"Allow","Principal":{"AWS":["a","b" , "\u0061"],"Service":"a"},"Action":"a","Resource":["a"]},
                { "NotPrincipal" : { "AWS" : "a" }, "Condition": {"StringEquals": {"AWS": "a", "n": [1, true, null, "a"]}} },
                {"Princip\u0061l":{"AWS":"a"}}, {"Principal":"a"}, {"Principal":{"AWS":[]}} ] }
            """#
        let expected = #"""
            { "Version" : "2012-10-17", "Id": "a\"Principal\": {\"AWS\": \"a\"}",
              "Statement": [
                {"Effect":"Allow","Principal":{"AWS":["A\"","b" , "A\""],"Service":"a"},"Action":"a","Resource":["a"]},
                { "NotPrincipal" : { "AWS" : "A\"" }, "Condition": {"StringEquals": {"AWS": "a", "n": [1, true, null, "a"]}} },
                {"Princip\u0061l":{"AWS":"A\""}}, {"Principal":"a"}, {"Principal":{"AWS":[]}} ] }
            """#
        #expect(try PolicyDocument.replacingPrincipals(in: text) { $0 == "a" ? "A\"" : nil } == expected)
        #expect(try PolicyDocument.replacingPrincipals(in: text) { _ in nil } == text)
        let one = #"{"Statement":{"Principal":{"AWS":"a"}}}"#
        #expect(try PolicyDocument.replacingPrincipals(in: one) { $0 + "b" } == #"{"Statement":{"Principal":{"AWS":"ab"}}}"#)
    }

    /// What is no policy at all is left as it is, and ends.
    @Test func replacedPrincipalsOfNoPolicy() throws {
        for text in [
            "", "{", "{\"", "{\"a", "{\"Statement\"", "{\"Statement\":[", "[[[", "}", "{\"Statement\":[}", "{\"a\\", "{}}",
        ] {
            #expect(try PolicyDocument.replacingPrincipals(in: text) { _ in "b" } == text)
        }
    }

    @Test func contextKeys() throws {
        let text = #"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::box/${aws:username}/${*}",
               "Condition":{"StringEquals":{"s3:Prefix":"${aws:PrincipalTag/team, 'x'}"},"Bool":{"S3:PREFIX":"true"}}}]}
            """#
        let policy = try PolicyDocument(json: text, kind: .identity)
        #expect(policy.contextKeys == ["aws:username", "s3:Prefix", "aws:PrincipalTag/team"])
        #expect(policy.statement(0)?["Effect"]?.string == "Allow")
        #expect(policy.statement(1).map { _ in true } == nil)
    }
}

@Suite struct PutPolicyTests {
    private func refusal(_ json: String, _ kind: PolicyGrammar = .identity) -> String? {
        do {
            _ = try PolicyDocument(json: json, kind: kind)
            return nil
        } catch { return error.message }
    }

    private func on(_ resource: String) -> String? {
        refusal(#"{"Version":"2012-10-17","Statement":[\#(statement(on: resource))]}"#)
    }

    @Test func resources() {
        #expect(
            on(" arn:aws:kms:*:111122223333:key/*")
                == "Resource  arn:aws:kms:*:111122223333:key/* must be in ARN format or \"*\".")
        #expect(on("box/*") == "Resource box/* must be in ARN format or \"*\".")
        #expect(on("arn:aws:s3") == "Resource arn:aws:s3 must be in ARN format or \"*\".")
        #expect(on("arn:aws:sqs:eu-west-1:q") == "Resource arn:aws:sqs:eu-west-1:q must be in ARN format or \"*\".")
        #expect(on("arn:awz:s3:::b") == "Partition \"awz\" is not valid for resource \"arn:awz:s3:::b\".")
        #expect(on("arn:aws::::b") == "Vendor  is not valid")
        #expect(on("arn:aws:s*:::b") == "Resource vendor must be fully qualified and cannot contain regexes.")
        #expect(
            on("arn:aws:iam:us-east-1:1:role/x")
                == "IAM resource arn:aws:iam:us-east-1:1:role/x cannot contain region information.")
        #expect(
            on("arn:aws:s3:us-east-1::box/*") == "Resource arn:aws:s3:us-east-1::box/* can not contain region information.")
        for good in [
            "*", "arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/*", "arn:aws:s3:::box/*", "arn:aws:sqs:*",
            "arn:*:s3:::b", "arn:aws:iam::*:role/x", "arn:${aws:x}:s3:::b",
        ] {
            #expect(on(good) == nil, "\(good)")
        }
    }

    @Test func actionsAndPrincipals() {
        func says(_ action: String, _ more: String = "") -> String? {
            refusal(#"{"Statement":{"Effect":"Allow","Action":"\#(action)"\#(more),"Resource":"*"}}"#)
        }
        #expect(says("s3:Get:Object") == "Actions/Condition can contain only one colon.")
        #expect(says("s 3:Get") == "Vendor s 3 is not valid")
        // The principal is what is wrong, whatever else is.
        #expect(says("nonsense", #","Principal":"*""#) == "Policy document should not specify a principal.")
        func trust(_ service: String) -> String? {
            refusal(
                #"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"\#(service)"}}}"#, .trust)
        }
        #expect(trust("foo.bar") == #"Invalid principal in policy: "SERVICE":"foo.bar""#)
        let provider = #"{"Statement":{"Effect":"Allow","Action":"sts:*","Principal":{"Federated":"foo"}}}"#
        #expect(refusal(provider, .trust) == "Federated principals must be valid domain names or SAML metadata ARNs")
        for good in ["ec2.amazonaws.com", "EC2.AMAZONAWS.COM.CN", "logs.eu-west-1.amazonaws.com", "alexa-appkit.amazon.com"] {
            #expect(trust(good) == nil, "\(good)")
        }
    }

    @Test func hostileTexts() {
        let deep = String(repeating: #"{"a":"#, count: 500) + "1" + String(repeating: "}", count: 500)
        #expect(refusal(#"{"Version":"2012-10-17","Statement":\#(deep)}"#) == "Syntax errors in policy.")
        #expect(refusal(#"{"Statement":[],"Statement":[]}"#) == "Syntax errors in policy.")
        // One name in two spellings of the same character is one name twice.
        let odd = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":"#
        #expect(refusal(odd + "{\"StringEquals\":{\"a:\u{E9}\":\"1\",\"a:e\u{301}\":\"2\"}}}}") == "Syntax errors in policy.")
        #expect(refusal(#"{"Version":"2012-10-17","Statement":"\ud800"}"#) == "Syntax errors in policy.")
        #expect(refusal("\u{FEFF}{}") != nil)
        let many = (0...PolicyLimit.valuesMax).map { "\"s3:A\($0)\"" }.joined(separator: ",")
        #expect(refusal(#"{"Statement":{"Effect":"Allow","Action":[\#(many)],"Resource":"*"}}"#) == "Syntax errors in policy.")
    }

    @Test func bucketWording() {
        let rules = ResourcePolicyRules(vendor: "s3", bytesMax: 1_000) { $0.hasPrefix("arn:aws:s3:::box") }
        func says(_ json: String) -> String? {
            do {
                try rules.check(json)
                return nil
            } catch { return error.bucketMessage }
        }
        func put(_ statement: String) -> String? { says(#"{"Version":"2012-10-17","Statement":[\#(statement)]}"#) }
        #expect(says("nonsense") == "Policies must be valid JSON and the first byte must be '{'")
        #expect(says(#"{"Version":"2012-10-17","Statment":[]}"#) == "Unknown field Statment")
        #expect(put(statement(on: bucket)) == "Missing required field Principal")
        #expect(put(statement(on: bucket, principal: aws("nobody"))) == "Invalid principal in policy")
        #expect(put(statement("Allow", "sqs:*", on: bucket, principal: "\"*\"")) == "Policy has invalid action")
        #expect(put(statement(on: "arn:aws:s3:::other", principal: "\"*\"")) == "Policy has invalid resource")
        let wrong = statement(on: bucket, principal: "\"*\"", condition: #"{"StringEqual":{"a:b":"c"}}"#)
        #expect(put(wrong) == "Invalid Condition type : StringEqual")
        #expect(put(statement(on: bucket, principal: "\"*\"")) == nil)
        #expect(says(String(repeating: " ", count: 1_001)) == "Policy exceeds the maximum allowed document size.")
    }
}
