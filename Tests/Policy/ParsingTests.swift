import Testing

@testable import Policy

@Suite struct ParsingTests {
    private func refusal(_ json: String, _ kind: PolicyGrammar = .identity) -> MalformedPolicy? {
        do {
            _ = try PolicyDocument(json: json, kind: kind)
            return nil
        } catch { return error }
    }
    private func refusal(statement: String, _ kind: PolicyGrammar = .identity) -> MalformedPolicy? {
        refusal(#"{"Version":"2012-10-17","Statement":[\#(statement)]}"#, kind)
    }

    @Test func refusals() {
        #expect(refusal("") == .notJSON)
        #expect(refusal("[]") == .syntax(element: ""))
        #expect(refusal(#"{"Version":"2012-10-17"}"#) == .missingField("Statement"))
        #expect(refusal(#"{"Version":"2012-10-17","Statement":[]}"#) == .noStatements)
        #expect(refusal(#"{"Version":"2020-01-01","Statement":[]}"#) == .unsupportedVersion("2020-01-01"))
        #expect(refusal(#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}"#) == .notJSON)
        #expect(refusal(#"{"Foo":1,"Statement":[]}"#) == .syntax(element: "Foo"))
        #expect(refusal(statement: #"{"Action":"s3:*","Resource":"*"}"#) == .missingField("Effect"))
        #expect(refusal(statement: #"{"Effect":"allow","Action":"s3:*","Resource":"*"}"#) == .invalidEffect("allow"))
        #expect(refusal(statement: #"{"Effect":"Allow","Resource":"*"}"#) == .missingActions)
        #expect(refusal(statement: #"{"Effect":"Allow","Action":[],"Resource":"*"}"#) == .missingActions)
        #expect(refusal(statement: #"{"Effect":"Allow","Action":"s3:*"}"#) == .missingResources)
        #expect(refusal(statement: statement("Allow", "GetObject")) == .actionWithoutVendor("GetObject"))
        #expect(refusal(statement: statement("Allow", "s*:Get")) == .invalidVendor("s*"))
        #expect(refusal(statement: statement(on: "box")) == .invalidResource("box"))
        #expect(refusal(statement: statement(principal: "\"*\"")) == .principalNotAllowed)
        #expect(refusal(statement: #"{"Sid":"a b","Effect":"Allow","Action":"s3:*","Resource":"*"}"#) == .invalidSid("a b"))
        let twice = #"{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"}"#
        #expect(refusal(statement: twice + "," + twice) == .duplicateSid("a"))
        #expect(
            refusal(statement: #"{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}"#)
                == .conflictingFields("Action", "NotAction"))
        #expect(refusal(statement: statement(condition: #"{"StringEqual":{"a:b":"c"}}"#)) == .unknownOperator("StringEqual"))
        #expect(refusal(statement: statement(condition: #"{"NullIfExists":{"a:b":"c"}}"#)) == .unknownOperator("NullIfExists"))
        #expect(refusal(statement: statement(condition: #"{"Bool":{"b":"true"}}"#)) == .invalidConditionKey("b"))
        #expect(
            refusal(statement: statement(condition: #"{"IpAddress":{"a:b":"1.2.3.4/33"}}"#))
                == .invalidConditionValue(operation: "IpAddress", value: "1.2.3.4/33"))
        #expect(
            refusal(statement: statement(condition: #"{"Bool":{"a:b":"true","A:b":"false"}}"#))
                == .syntax(element: "Condition.Bool.A:b"))
    }

    @Test func resourceAndTrustGrammar() {
        #expect(refusal(statement: statement(), .resource) == .missingField("Principal"))
        #expect(refusal(statement: statement(principal: "\"bob\""), .resource) == .invalidPrincipal("bob"))
        let wild = aws("arn:aws:iam::111122223333:user/*")
        #expect(refusal(statement: statement(principal: wild), .resource) != nil)
        #expect(refusal(statement: statement(principal: aws("12345")), .resource) != nil)
        #expect(refusal(statement: statement(on: "", principal: "\"*\""), .resource) == .missingField("Resource"))
        #expect(refusal(statement: statement("Allow", "s3:*", on: "", principal: "\"*\""), .trust) == .notSTSAction("s3:*"))
        #expect(
            refusal(statement: statement("Allow", "sts:AssumeRole", principal: "\"*\""), .trust) == .prohibitedField("Resource"))
    }

    @Test func hostile() {
        #expect(refusal(String(repeating: "[", count: 100_000)) == .notJSON)
        let large = statement(on: "arn:" + String(repeating: "a", count: PolicyLimit.documentBytesMax))
        guard case .tooLarge = refusal(statement: large) else { Issue.record("not refused"); return }
        #expect(refusal(#"{"Version":"2012-10-17","Statement":"\ud800"}"#) == .notJSON)
    }

    @Test func caseRules() throws {
        let set = PolicySet(identity: [try identity(statement("Allow", "S3:getOBJECT", on: "arn:aws:s3:::box/A*"))])
        #expect(Evaluator.evaluate(get(bob, on: bucket + "/A.txt"), set, resourceAccount: account).isAllowed)
        #expect(!Evaluator.evaluate(get(bob, on: bucket + "/a.txt"), set, resourceAccount: account).isAllowed)
    }

    @Test func size() { #expect(PolicyDocument.sizeWithoutWhitespace("{ \"a\" :\n\t1 }") == 7) }
}

@Suite struct PatternTests {
    private func resource(_ pattern: String, _ text: String) -> Bool {
        Pattern(pattern, variables: true, segments: .resource).matches(Array(text.utf8), [:]) ?? false
    }

    // reference_policies_elements_resource, "Using wildcards in resource ARNs".
    @Test func segments() {
        #expect(resource("*", "anything"))
        #expect(resource("arn:aws:s3:::box/*", "arn:aws:s3:::box/a/b:c"))
        #expect(!resource("arn:aws:s3:::box/*", "arn:aws:s3:::box"))
        #expect(resource("arn:aws:s3:::b?x/*/c*", "arn:aws:s3:::box/a/b/c:d"))
        // A star inside a segment stays there; one at a segment's end may go on.
        #expect(!resource("arn:aws:sqs:eu*west:1:q", "arn:aws:sqs:eu:x:west:1:q"))
        #expect(resource("arn:aws:sqs:eu*-1:1:q", "arn:aws:sqs:eu-west-1:1:q"))
        #expect(resource("arn:aws:sqs:*", "arn:aws:sqs:eu-west-1:1:q"))
        #expect(!resource("arn:aws:sqs:?:1:q", "arn:aws:sqs:::1:q"))
    }

    /// The two matchers and a plain recursive definition agree on all short texts.
    @Test func matchersAgree() {
        func plain(_ pattern: ArraySlice<UInt16>, _ text: ArraySlice<UInt8>) -> Bool {
            guard let unit = pattern.first else { return text.isEmpty }
            if unit == WildcardUnit.any {
                return plain(pattern.dropFirst(), text) || (!text.isEmpty && plain(pattern, text.dropFirst()))
            }
            guard let byte = text.first, unit == WildcardUnit.one || unit == UInt16(byte) else { return false }
            return plain(pattern.dropFirst(), text.dropFirst())
        }
        let units: [UInt16] = [97, 98, WildcardUnit.any, WildcardUnit.one]
        for code in 0..<1_024 {
            let pattern = (0..<5).map { units[(code >> ($0 * 2)) & 3] }
            for bits in 0..<64 {
                let text = (0..<(bits % 7)).map { UInt8(97 + ((bits >> $0) & 1)) }
                let expected = plain(pattern[...], text[...])
                #expect(Wildcard.matches(pattern, text) == expected)
                #expect(Wildcard.matchesSegmented(pattern, text) == expected)
            }
        }
    }

    @Test func manyStarsEnd() {
        let pattern = Pattern(String(repeating: "a*", count: 1_000) + "b", variables: true)
        #expect(pattern.matches([UInt8](repeating: 97, count: 4_000), [:]) == false)
    }
}
