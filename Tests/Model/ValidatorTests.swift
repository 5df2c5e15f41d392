import Documents
import Testing

@testable import Model

@Suite struct ValidatorTests {
    private func message(_ input: Document) throws -> String? {
        let found = Validator.validate(input, shape: try #require(try fixture().shape("Thing")))
        return found.isEmpty ? nil : Validator.format(found)
    }

    private func constraint(_ more: Members) throws -> String? {
        var input: Members = ["Name": "abc", "Kind": "SMALL"]
        input.merge(more) { $1 }
        return try message(.map(input))
    }

    @Test func goodInput() throws {
        #expect(try constraint(["Count": 10, "Labels": ["abc"], "Tags": ["abc": "LARGE"], "Data": .blob([1])]) == nil)
    }

    @Test func missingMembers() throws {
        #expect(
            try message([:])
                == "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; "
                + "Value null at 'kind' failed to satisfy constraint: Member must not be null")
    }

    @Test func strings() throws {
        #expect(
            try constraint(["Name": "A"])
                == "2 validation errors detected: Value 'A' at 'name' failed to satisfy constraint: Member must satisfy regular "
                + "expression pattern: [a-z\\-]+; Value 'A' at 'name' failed to satisfy constraint: Member must have length "
                + "greater than or equal to 3")
        #expect(
            try constraint(["Kind": "HUGE"])
                == "1 validation error detected: Value 'HUGE' at 'kind' failed to satisfy constraint: Member must satisfy enum "
                + "value set: [SMALL, LARGE]")
        #expect(
            try constraint(["Secret": "abc"])
                == "1 validation error detected: Value at 'secret' failed to satisfy constraint: Member must have length "
                + "greater than or equal to 6")
    }

    @Test func numbersAndBlobs() throws {
        #expect(
            try constraint(["Count": 11])
                == "1 validation error detected: Value '11' at 'count' failed to satisfy constraint: Member must have value less "
                + "than or equal to 10")
        #expect(try constraint(["Count": 0])?.hasSuffix("Member must have value greater than or equal to 1") == true)
        #expect(try constraint(["Big": .integer(.max)])?.hasSuffix("less than or equal to 9223372036854775806") == true)
        #expect(try constraint(["Big": .integer(.max - 1)]) == nil)
        #expect(
            try constraint(["Data": .blob([1, 2, 3, 4, 5])])?.contains("'java.nio.HeapByteBuffer[pos=0 lim=5 cap=5]' at 'data'")
                == true)
    }

    @Test func listsAndMaps() throws {
        #expect(
            try constraint(["Labels": ["abc", "x"]])
                == "1 validation error detected: Value '[abc, x]' at 'labels' failed to satisfy constraint: Member must satisfy "
                + "constraint: [Member must have length less than or equal to 8, Member must have length greater than or equal to "
                + "3, Member must satisfy regular expression pattern: [a-z\\-]+]")
        #expect(
            try constraint(["Tags": ["x": "SMALL"]])?.contains(
                "Value '{x=SMALL}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [") == true)
        #expect(
            try constraint(["Tags": ["abc": "x"]])?.hasSuffix(
                "Map value must satisfy constraint: [Member must satisfy enum value set: [SMALL, LARGE]]")
                == true)
    }

    @Test func structuresInside() throws {
        #expect(
            try constraint(["Children": [["Name": "abc"]], "ByName": ["abc": ["Name": "abc", "Kind": "x"]]])
                == "2 validation errors detected: Value null at 'children.1.member.kind' failed to satisfy constraint: Member must "
                + "not be null; Value 'x' at 'byName.abc.member.kind' failed to satisfy constraint: Member must satisfy enum value "
                + "set: [SMALL, LARGE]")
        let part: Document = ["Name": "abc", "Kind": "SMALL", "Secret": "hidden"]
        let text = try #require(try constraint(["Children": [part, part, part]]))
        #expect(text.contains("Value '[Thing(name=abc, kind=SMALL, count=null, tags=null, labels=null, secret=***, "))
        #expect(text.hasSuffix("at 'children' failed to satisfy constraint: Member must have length less than or equal to 2"))
    }

    @Test func limits() throws {
        let many = Document.list(Array(repeating: [:], count: 10_000))
        let shape = try #require(try fixture().shape("Things"))
        #expect(Validator.validate(many, shape: shape).count == Validator.Limit.violations)
        let long = Document.list(Array(repeating: "abcdefgh", count: 100_000))
        let found = Validator.validate(long, shape: try #require(try fixture().shape("Names")))
        #expect(Validator.format(found).utf8.count < Validator.Limit.shown + 200)
    }

    @Test func patterns() {
        #expect(Pattern.of("[a-z]+").fits("abc"))
        #expect(!Pattern.of("[a-z]+").fits("abc1"))
        #expect(Pattern.of("^a").fits("abc"))
        #expect(!Pattern.of("^\\d+$").fits("\u{0661}"), "Java's digits are ASCII")
        #expect(Pattern.of("(").fits("anything"), "what can't be read is not checked")
        #expect(Pattern.of("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+").fits("a\tb\n"))
    }

    @Test(.enabled(if: realModels != nil)) func patternsOfBuiltServicesAreTranslatable() throws {
        let models = try #require(realModels)
        for id in ["s3", "dynamodb", "lambda", "logs", "glue", "athena", "iam", "sts"] {
            let service = try models.service(id)
            let patterns = Set(service.shapeNames.compactMap { service.shape($0)?.pattern })
            // Swift has no lookbehind.
            let skipped = patterns.filter { !$0.contains("(?<!") && !Pattern.of($0).isTranslatable }
            #expect(skipped.isEmpty, "\(id): \(skipped)")
        }
    }

    @Test(.enabled(if: realModels != nil)) func nearlyAllPatternsAreTranslatable() throws {
        let models = try #require(realModels)
        var patterns: Set<String> = []
        for id in models.serviceIDs {
            let service = try models.service(id)
            patterns.formUnion(service.shapeNames.compactMap { service.shape($0)?.pattern })
        }
        let skipped = patterns.filter { !Pattern.of($0).isTranslatable }
        #expect(skipped.count * 20 < patterns.count, "\(skipped.count) of \(patterns.count): \(skipped.sorted().prefix(20))")
    }

    @Test func surrogatesAndHyphens() {
        let pattern = Pattern.of(#"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"#)
        #expect(pattern.isTranslatable)
        #expect(pattern.fits("a\u{1F600}b"))
        #expect(!pattern.fits("a\nb"))
        #expect(Pattern.of(#"[\w-_]*"#).fits("a-b_"))
        #expect(!Pattern.of(#"[\w-_]*"#).fits("a b"))
    }

    @Test(.enabled(if: realModels != nil)) func dynamoDB() throws {
        let input = try #require(realModels?.service("dynamodb").operation("CreateTable")?.input)
        let found = Validator.validate(
            ["TableName": "t", "AttributeDefinitions": [["AttributeName": "a", "AttributeType": "S"]], "KeySchema": []],
            shape: input)
        #expect(
            Validator.format(found).contains(
                "Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1"))
    }
}
