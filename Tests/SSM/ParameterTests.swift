import Documents
import Kernel
import Testing
import TestSupport

@testable import SSM

func tarn(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
    try await TestPlatform.with([SSMService(), FakeKMS()], body)
}

extension TestPlatform {
    func ssm(_ operation: String, _ input: Document) async throws -> Document { try await call("ssm", operation, input) }

    @discardableResult
    func put(_ name: String, _ value: String, _ more: Members = [:]) async throws -> Document {
        var input: Members = ["Name": .string(name), "Value": .string(value), "Type": "String", "Overwrite": true]
        for (key, value) in more { input[key] = value }
        return try await ssm("PutParameter", .map(input))
    }

    func value(_ name: String, decrypted: Bool = true) async throws -> String? {
        try await ssm("GetParameter", ["Name": .string(name), "WithDecryption": .bool(decrypted)])["Parameter"]?["Value"]?.string
    }
}

func refusal(_ body: () async throws -> some Any) async -> AWSError? {
    do {
        _ = try await body()
        return nil
    } catch { return error as? AWSError }
}

@Suite struct ParameterTests {
    @Test func whatCannotBeMadeHasAnEmptyList() async throws {
        try await tarn { tarn in
            let model = try tarn.platform.models.service("ssm")
            for (operation, member) in AbsentLists.members {
                #expect(try await tarn.ssm(operation, [:]) == .map([member: []]))
                #expect(model.operation(operation)?.output?.member(member)?.shape.kind == .list, "\(operation)")
            }
        }
    }

    @Test func versionsAndLabelsAreSelected() async throws {
        try await tarn { tarn in
            #expect(try await tarn.put("/app/db", "1") == ["Version": 1, "Tier": "Standard"])
            #expect(try await tarn.put("/app/db", "2")["Version"]?.integer == 2)
            _ = try await tarn.ssm(
                "LabelParameterVersion", ["Name": "/app/db", "ParameterVersion": 1, "Labels": ["good", "aws-no", "1st"]])
            #expect(try await tarn.value("/app/db") == "2")
            #expect(try await tarn.value("/app/db:1") == "1")
            #expect(try await tarn.value("/app/db:good") == "1")
            let arn = "arn:aws:ssm:us-east-1:000000000000:parameter/app/db"
            #expect(try await tarn.value(arn) == "2")
            #expect(try await tarn.value(arn + ":1") == "1")
            let got = try await tarn.ssm("GetParameter", ["Name": "/app/db:good"])["Parameter"]
            #expect(got?["Selector"] == ":good" && got?["ARN"]?.string == arn && got?["Version"] == 1)
            let wrong = await refusal { try await tarn.value("/app/db:9") }
            #expect(wrong?.code == "ParameterVersionNotFound")
            #expect(
                wrong?.message == "Systems Manager could not find version 9 of /app/db. Verify the version and try again.")
            #expect(await refusal { try await tarn.value("/none") }?.code == "ParameterNotFound")
            let many = try await tarn.ssm("GetParameters", ["Names": ["/app/db", "/none", "/app/db:bad"]])
            #expect(many["InvalidParameters"] == ["/none", "/app/db:bad"])
            let out = try await tarn.ssm(
                "UnlabelParameterVersion", ["Name": "/app/db", "ParameterVersion": 1, "Labels": ["good", "other"]])
            #expect(out == ["RemovedLabels": ["good"], "InvalidLabels": ["other"]])
        }
    }

    @Test func whatIsThereIsNotOverwrittenUnasked() async throws {
        try await tarn { tarn in
            try await tarn.put("p", "1")
            let twice = await refusal { try await tarn.put("p", "2", ["Overwrite": false]) }
            #expect(twice?.code == "ParameterAlreadyExists")
            let slash = await refusal { try await tarn.put("/p", "2", ["Overwrite": false]) }
            #expect(slash?.code == "ParameterAlreadyExists")
            let type = await refusal { try await tarn.put("p", "2", ["Type": "SecureString"]) }
            #expect(type?.code == "HierarchyTypeMismatchException")
            let tags = await refusal { try await tarn.put("p", "2", ["Tags": [["Key": "a", "Value": "b"]]]) }
            #expect(tags?.message.hasPrefix("Invalid request: tags and overwrite can't be used together.") == true)
            let none = await refusal { try await tarn.ssm("PutParameter", ["Name": "q", "Value": "1"]) }
            #expect(none?.message == "A parameter type is required when you create a parameter.")
            #expect(try await tarn.value("p") == "1")
        }
    }

    @Test(arguments: ["awsThing", "/aws", "/SSM/x", "a b", "a/b", "/a//b", "/a/", "/e@x"])
    func namesHaveRules(_ name: String) async throws {
        try await tarn { tarn in
            #expect(await refusal { try await tarn.put(name, "1") }?.code == "ValidationException")
            #expect(await refusal { try await tarn.put("/aws/service/mine", "1") }?.code == "AccessDeniedException")
        }
    }

    @Test func limitsHold() async throws {
        try await tarn { tarn in
            let deep = "/" + (1...16).map(String.init).joined(separator: "/")
            #expect(await refusal { try await tarn.put(deep, "1") }?.code == "HierarchyLevelLimitExceededException")
            let long = String(repeating: "x", count: 4_097)
            let big = await refusal { try await tarn.put("big", long) }
            #expect(
                big?.message.hasPrefix("Standard tier parameters support a maximum parameter value of 4096") == true,
                "\(big?.message ?? "")")
            #expect(try await tarn.put("big", long, ["Tier": "Intelligent-Tiering"])["Tier"] == "Advanced")
            let huge = String(repeating: "x", count: 8_193)
            #expect(await refusal { try await tarn.put("big", huge, ["Tier": "Advanced"]) }?.code == "ValidationException")
            #expect(await refusal { try await tarn.put("big", "x", ["Tier": "Standard"]) }?.code == "ValidationException")
            let pattern = await refusal { try await tarn.put("n", "x1", ["AllowedPattern": "^\\d+$"]) }
            #expect(pattern?.code == "ParameterPatternMismatchException")
            #expect(pattern?.message == "Parameter value, cannot be validated against allowedPattern: ^\\d+$")
            #expect(
                await refusal { try await tarn.put("n", "x", ["AllowedPattern": "("]) }?.code == "InvalidAllowedPatternException")
            // An expression that would keep a backtracking engine for years.
            let slow = String(repeating: "a", count: 4_000) + "!"
            #expect(
                await refusal { try await tarn.put("n", slow, ["AllowedPattern": "^(a+)+$"]) }?.code
                    == "ParameterPatternMismatchException")
            #expect(await refusal { try await tarn.put("n", "x", ["AllowedPattern": "^(?!y)"]) }?.code == "NotImplemented")
            let large = await refusal { try await tarn.put("n", "x", ["AllowedPattern": "(x{1000}){0,1000}"]) }
            #expect(large?.code == "InvalidAllowedPatternException")
            try await tarn.put("n", "x1", ["AllowedPattern": "^\\w{1,64}$"])
            #expect(await refusal { try await tarn.put("i", "x", ["DataType": "aws:ec2:image"]) }?.code == "ValidationException")
            try await tarn.put("i", "ami-0123456789abcdef0", ["DataType": "aws:ec2:image"])
            for number in 1...100 { try await tarn.put("v", "\(number)") }
            _ = try await tarn.ssm("LabelParameterVersion", ["Name": "v", "ParameterVersion": 1, "Labels": ["keep"]])
            #expect(await refusal { try await tarn.put("v", "101") }?.code == "ParameterMaxVersionLimitExceeded")
            _ = try await tarn.ssm("LabelParameterVersion", ["Name": "v", "ParameterVersion": 2, "Labels": ["keep"]])
            try await tarn.put("v", "101")
            #expect(await refusal { try await tarn.value("v:1") }?.code == "ParameterVersionNotFound")
            #expect(try await tarn.value("v:keep") == "2")
            let labels: Document = .list((1...11).map { .string("l\($0)") })
            let full = await refusal { try await tarn.ssm("LabelParameterVersion", ["Name": "v", "Labels": labels]) }
            #expect(full?.code == "ParameterVersionLabelLimitExceeded")
        }
    }

    @Test func secureStringsAreSealed() async throws {
        try await tarn { tarn in
            try await tarn.put("/s/small", "hush", ["Type": "SecureString"])
            try await tarn.put("/s/large", "hush", ["Type": "SecureString", "Tier": "Advanced"])
            for name in ["/s/small", "/s/large"] {
                #expect(try await tarn.value(name) == "hush")
                #expect(try await tarn.value(name, decrypted: false)?.contains("hush") == false)
            }
            let described = try await tarn.ssm(
                "DescribeParameters", ["ParameterFilters": [["Key": "KeyId", "Values": ["alias/aws/ssm"]]]])
            #expect(described["Parameters"]?.list?.count == 2)
            let disabled = await refusal { try await tarn.put("/s/x", "1", ["Type": "SecureString", "KeyId": "disabled"]) }
            #expect(disabled?.code == "InvalidKeyId")
            #expect(await refusal { try await tarn.put("/s/y", "1", ["KeyId": "alias/x"]) }?.code == "ValidationException")
        }
    }

    @Test func hierarchiesAreWalked() async throws {
        try await tarn { tarn in
            for name in ["/a", "/a/1", "/a/2", "/a/b/3", "/a0", "/ab/1", "top"] { try await tarn.put(name, name) }
            func names(_ path: String, _ recursive: Bool) async throws -> [String] {
                var found: [String] = []
                var token: Document?
                repeat {
                    var input: Members = ["Path": .string(path), "Recursive": .bool(recursive), "MaxResults": 2]
                    input["NextToken"] = token
                    let page = try await tarn.ssm("GetParametersByPath", .map(input))
                    found += page["Parameters"]?.list?.compactMap { $0["Name"]?.string } ?? []
                    token = page["NextToken"]
                } while token != nil
                return found
            }
            #expect(try await names("/a", true) == ["/a/1", "/a/2", "/a/b/3"])
            #expect(try await names("/a/", false) == ["/a/1", "/a/2"])
            #expect(try await names("/", true).count == 7)
            #expect(try await names("/none", true).isEmpty)
            let begins = try await tarn.ssm(
                "DescribeParameters", ["ParameterFilters": [["Key": "Name", "Option": "BeginsWith", "Values": ["/a/"]]]])
            #expect(begins["Parameters"]?.list?.count == 3)
            let path = try await tarn.ssm(
                "DescribeParameters", ["ParameterFilters": [["Key": "Path", "Option": "Recursive", "Values": ["/a"]]]])
            #expect(path["Parameters"]?.list?.count == 3)
            let bad = await refusal {
                try await tarn.ssm(
                    "GetParametersByPath", ["Path": "/a", "ParameterFilters": [["Key": "Name", "Values": ["x"]]]])
            }
            #expect(bad?.code == "InvalidFilterKey")
            #expect(await refusal { try await names("a", true) }?.code == "ValidationException")
        }
    }

    @Test func historyIsKept() async throws {
        try await tarn { tarn in
            for number in 1...5 { try await tarn.put("h", "\(number)") }
            var seen: [String] = []
            var token: Document?
            repeat {
                var input: Members = ["Name": "h", "MaxResults": 2]
                input["NextToken"] = token
                let page = try await tarn.ssm("GetParameterHistory", .map(input))
                seen += page["Parameters"]?.list?.compactMap { $0["Value"]?.string } ?? []
                token = page["NextToken"]
            } while token != nil
            #expect(seen == ["1", "2", "3", "4", "5"])
            let gone = try await tarn.ssm("DeleteParameters", ["Names": ["h", "none"]])
            #expect(gone == ["DeletedParameters": ["h"], "InvalidParameters": ["none"]])
            try await tarn.put("h", "again")
            #expect(await refusal { try await tarn.value("h:2") }?.code == "ParameterVersionNotFound")
        }
    }

    @Test func policiesFallDue() async throws {
        try await tarn { tarn in
            let policies: Document = .string(
                """
                [{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2026-01-10T00:00:00.000Z"}},
                 {"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"2","Unit":"Days"}}]
                """)
            let standard = await refusal { try await tarn.put("e", "1", ["Policies": policies]) }
            #expect(standard?.code == "ValidationException")
            try await tarn.put("e", "1", ["Policies": policies, "Tier": "Advanced"])
            try await tarn.advance(.seconds(8 * 86_400))
            #expect(try await tarn.value("e") == "1")
            try await tarn.advance(.seconds(86_400))
            #expect(await refusal { try await tarn.value("e") }?.code == "ParameterNotFound")
            let type = await refusal {
                try await tarn.put("f", "1", ["Tier": "Advanced", "Policies": "[{\"Type\":\"No\",\"Version\":\"1.0\"}]"])
            }
            #expect(type?.code == "InvalidPolicyTypeException")
        }
    }

    @Test func publicParametersAreRead() async throws {
        try await tarn { tarn in
            let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
            let here = try #require(try await tarn.value(name))
            #expect(here.hasPrefix("ami-0") && here.count == 21)
            #expect(try await tarn.value(name) == here)
            let there = try await tarn.call("ssm", "GetParameter", ["Name": .string(name)], region: "eu-west-1")
            #expect(there["Parameter"]?["Value"]?.string != here)
            #expect(try await tarn.value("/aws/service/global-infrastructure/regions/eu-west-1/longName") == "Europe (Ireland)")
            let list = try await tarn.ssm("GetParametersByPath", ["Path": "/aws/service/ami-amazon-linux-latest"])
            #expect(list["Parameters"]?.list?.count == 10 && list["NextToken"] != nil)
            #expect(await refusal { try await tarn.value("/aws/service/none") }?.code == "ParameterNotFound")
        }
    }

    @Test func tagsAndPolicies() async throws {
        try await tarn { tarn in
            try await tarn.put("t", "1", ["Overwrite": false, "Tags": [["Key": "a", "Value": "1"]]])
            _ = try await tarn.ssm(
                "AddTagsToResource",
                ["ResourceType": "Parameter", "ResourceId": "t", "Tags": [["Key": "b", "Value": "2"]]])
            _ = try await tarn.ssm(
                "RemoveTagsFromResource", ["ResourceType": "Parameter", "ResourceId": "t", "TagKeys": ["a"]])
            let tags = try await tarn.ssm("ListTagsForResource", ["ResourceType": "Parameter", "ResourceId": "t"])
            #expect(tags["TagList"] == [["Key": "b", "Value": "2"]])
            let none = await refusal {
                try await tarn.ssm("ListTagsForResource", ["ResourceType": "Parameter", "ResourceId": "no"])
            }
            #expect(none?.code == "InvalidResourceId")
            let arn = "arn:aws:ssm:us-east-1:000000000000:parameter/shared"
            try await tarn.put("shared", "1", ["Tier": "Advanced"])
            let policy = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},\
                "Action":["ssm:GetParameter","ssm:GetParameters"],"Resource":"\(arn)"}]}
                """
            let other = Caller.root(of: "111111111111")
            let before = await refusal { try await tarn.call("ssm", "GetParameter", ["Name": .string(arn)], as: other) }
            #expect(before?.code == "AccessDeniedException")
            let made = try await tarn.ssm("PutResourcePolicy", ["ResourceArn": .string(arn), "Policy": .string(policy)])
            let got = try await tarn.call("ssm", "GetParameter", ["Name": .string(arn)], as: other)
            #expect(got["Parameter"]?["Value"] == "1")
            _ = try await tarn.ssm(
                "DeleteResourcePolicy",
                ["ResourceArn": .string(arn), "PolicyId": made["PolicyId"] ?? "", "PolicyHash": made["PolicyHash"] ?? ""])
            #expect(try await tarn.ssm("GetResourcePolicies", ["ResourceArn": .string(arn)])["Policies"] == [])
        }
    }
}
