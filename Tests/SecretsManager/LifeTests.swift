import Documents
import Kernel
import Testing
import TestSupport

@testable import SecretsManager

@Suite struct LifeTests {
    @Test func aDeletedSecretWaitsForItsWindow() async throws {
        try await tarn { tarn in
            let made = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "1"])
            let out = try await tarn.secret("DeleteSecret", ["SecretId": "s", "RecoveryWindowInDays": 7])
            #expect(out["DeletionDate"]?.timestamp == TestPlatform.epoch + .seconds(7 * 86_400))
            let read = await refusal { try await tarn.value("s") }
            #expect(read?.code == "InvalidRequestException")
            #expect(read?.message == "You can't perform this operation on the secret because it was marked for deletion.")
            let name = await refusal { try await tarn.secret("CreateSecret", ["Name": "s"]) }
            #expect(
                name?.message == "You can't create this secret because a secret with this name is already scheduled for deletion."
            )
            #expect(try await tarn.secret("ListSecrets", [:])["SecretList"]?.list?.isEmpty == true)
            _ = try await tarn.secret("RestoreSecret", ["SecretId": "s"])
            try await tarn.advance(.seconds(8 * 86_400))
            #expect(try await tarn.value("s") == "1")
            _ = try await tarn.secret("DeleteSecret", ["SecretId": "s", "RecoveryWindowInDays": 7])
            try await tarn.advance(.seconds(7 * 86_400))
            #expect(
                await refusal { try await tarn.secret("DescribeSecret", ["SecretId": "s"]) }?.code == "ResourceNotFoundException")
            let new = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "2"])
            #expect(new["ARN"] != made["ARN"])
            #expect(await refusal { try await tarn.value(made["ARN"]?.string ?? "") }?.code == "ResourceNotFoundException")
        }
    }

    @Test func deletionIsCheckedFirst() async throws {
        try await tarn { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "1"])
            for bad: Document in [
                ["SecretId": "s", "RecoveryWindowInDays": 6], ["SecretId": "s", "RecoveryWindowInDays": 31],
                ["SecretId": "s", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true],
            ] {
                #expect(await refusal { try await tarn.secret("DeleteSecret", bad) }?.code == "InvalidParameterException")
            }
            _ = try await tarn.secret("DeleteSecret", ["SecretId": "s", "ForceDeleteWithoutRecovery": true])
            _ = try await tarn.secret("DeleteSecret", ["SecretId": "s", "ForceDeleteWithoutRecovery": true])
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "1"])
        }
    }

    @Test func replicasFollow() async throws {
        try await tarn { tarn in
            let made = try await tarn.secret(
                "CreateSecret", ["Name": "s", "SecretString": "1", "AddReplicaRegions": [["Region": "eu-west-1"]]])
            #expect(made["ReplicationStatus"]?.list?.first?["Status"]?.string == "InSync")
            _ = try await tarn.secret("PutSecretValue", ["SecretId": "s", "SecretString": "2"])
            func there(_ operation: String, _ input: Document) async throws -> Document {
                try await tarn.call(service, operation, input, region: "eu-west-1")
            }
            let copy = try await there("GetSecretValue", ["SecretId": "s"])
            #expect(copy["SecretString"]?.string == "2")
            #expect(copy["ARN"]?.string?.hasPrefix("arn:aws:secretsmanager:eu-west-1:") == true)
            let previous = try await there("GetSecretValue", ["SecretId": "s", "VersionStage": "AWSPREVIOUS"])
            #expect(previous["SecretString"]?.string == "1")
            let write = await refusal { try await there("PutSecretValue", ["SecretId": "s", "SecretString": "3"]) }
            #expect(
                write?.message == "Operation not permitted on a replica secret. Call must be made in primary secret's region.")
            #expect(await refusal { try await tarn.secret("DeleteSecret", ["SecretId": "s"]) } != nil)
            _ = try await there("StopReplicationToReplica", ["SecretId": "s"])
            _ = try await there("PutSecretValue", ["SecretId": "s", "SecretString": "own"])
            #expect(try await tarn.value("s") == "2")
            let again = try await tarn.secret(
                "ReplicateSecretToRegions", ["SecretId": "s", "AddReplicaRegions": [["Region": "us-west-2"]]])
            #expect(again["ReplicationStatus"]?.list?.count == 1)
            #expect(
                try await tarn.call(service, "GetSecretValue", ["SecretId": "s"], region: "us-west-2")["SecretString"]?.string
                    == "2")
            _ = try await tarn.secret(
                "RemoveRegionsFromReplication", ["SecretId": "s", "RemoveReplicaRegions": ["us-west-2"]])
            _ = try await tarn.secret("DeleteSecret", ["SecretId": "s", "ForceDeleteWithoutRecovery": true])
        }
    }

    @Test func aServicesSecretIsItsOwn() async throws {
        try await tarn { tarn in
            let user = await refusal { try await tarn.secret("CreateSecret", ["Name": "rds!cluster-1", "SecretString": "p"]) }
            #expect(user?.code == "InvalidParameterException")
            var caller = Caller.root(of: "000000000000")
            caller.calledVia = ["rds.amazonaws.com"]
            let tags: Document = [
                ["Key": "aws:rds:primaryDBClusterArn", "Value": "arn:aws:rds:us-east-1:000000000000:cluster:c"]
            ]
            _ = try await tarn.call(
                service, "CreateSecret", ["Name": "rds!cluster-1", "SecretString": "p", "Tags": tags], as: caller)
            #expect(try await tarn.value("rds!cluster-1") == "p")
            for (operation, input): (String, Document) in [
                ("PutSecretValue", ["SecretId": "rds!cluster-1", "SecretString": "x"]),
                ("DeleteSecret", ["SecretId": "rds!cluster-1"]),
                ("UpdateSecret", ["SecretId": "rds!cluster-1", "Description": "x"]),
            ] {
                #expect(await refusal { try await tarn.secret(operation, input) }?.code == "InvalidRequestException")
            }
            let found = try await tarn.secret(
                "ListSecrets", ["Filters": [["Key": "tag-key", "Values": ["aws:rds:primaryDBClusterArn"]]]])
            #expect(found["SecretList"]?.list?.first?["OwningService"]?.string == "rds")
            _ = try await tarn.call(
                service, "PutSecretValue", ["SecretId": "rds!cluster-1", "SecretString": "q"], as: caller)
            #expect(try await tarn.value("rds!cluster-1") == "q")
        }
    }

    @Test func listsAreFilteredAndPaged() async throws {
        try await tarn { tarn in
            for (name, team) in [("a/1", "red"), ("a/2", "blue"), ("b/1", "red"), ("b/2", "green")] {
                _ = try await tarn.secret(
                    "CreateSecret",
                    [
                        "Name": .string(name), "Description": .string("For \(team)"),
                        "Tags": [["Key": "team", "Value": .string(team)]],
                    ])
            }
            func names(_ filters: Document) async throws -> [String] {
                try await tarn.secret("ListSecrets", ["Filters": filters, "SortBy": "name", "SortOrder": "asc"])["SecretList"]?
                    .list?.compactMap { $0["Name"]?.string } ?? []
            }
            #expect(try await names([["Key": "name", "Values": ["a/"]]]) == ["a/1", "a/2"])
            #expect(try await names([["Key": "name", "Values": ["!a/"]]]) == ["b/1", "b/2"])
            #expect(try await names([["Key": "tag-value", "Values": ["red"]], ["Key": "name", "Values": ["b"]]]) == ["b/1"])
            #expect(try await names([["Key": "description", "Values": ["for GREEN"]]]) == ["b/2"])
            #expect(try await names([["Key": "all", "Values": ["blue"]]]) == ["a/2"])
            var seen: [String] = []
            var token: Document?
            repeat {
                var input: Members = ["MaxResults": 3, "SortBy": "name", "SortOrder": "desc"]
                input["NextToken"] = token
                let page = try await tarn.secret("ListSecrets", .map(input))
                seen += page["SecretList"]?.list?.compactMap { $0["Name"]?.string } ?? []
                token = page["NextToken"]
            } while token != nil
            #expect(seen == ["b/2", "b/1", "a/2", "a/1"])
            let bad = await refusal { try await tarn.secret("ListSecrets", ["NextToken": "?"]) }
            #expect(bad?.code == "InvalidNextTokenException")
        }
    }

    @Test func passwordsHoldToTheirOptions() async throws {
        try await tarn { tarn in
            func password(_ input: Document) async throws -> String {
                try await tarn.secret("GetRandomPassword", input)["RandomPassword"]?.string ?? ""
            }
            let plain = try await password([:])
            #expect(plain.count == 32 && plain.contains(where: \.isNumber) && plain.contains(where: \.isUppercase))
            let digits = try await password([
                "PasswordLength": 50, "ExcludeLowercase": true, "ExcludeUppercase": true, "ExcludePunctuation": true,
                "ExcludeCharacters": "01",
            ])
            #expect(digits.count == 50 && digits.allSatisfy { "23456789".contains($0) })
            #expect(await refusal { try await password(["PasswordLength": 3]) }?.code == "InvalidParameterException")
            #expect(try await password(["PasswordLength": 3, "RequireEachIncludedType": false]).count == 3)
        }
    }

    @Test func policiesAreChecked() async throws {
        try await tarn { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "1"])
            func put(_ policy: String, block: Bool = true) async -> AWSError? {
                await refusal {
                    try await tarn.secret(
                        "PutResourcePolicy",
                        ["SecretId": "s", "ResourcePolicy": .string(policy), "BlockPublicPolicy": .bool(block)])
                }
            }
            let open = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}
                """
            #expect(await put("{").map(\.code) == "MalformedPolicyDocumentException")
            #expect(await put(open).map(\.code) == "PublicPolicyException")
            #expect(await put(open, block: false) == nil)
            #expect(try await tarn.secret("GetResourcePolicy", ["SecretId": "s"])["ResourcePolicy"]?.string == open)
            let checked = try await tarn.secret("ValidateResourcePolicy", ["ResourcePolicy": .string(open)])
            #expect(checked["PolicyValidationPassed"]?.bool == false)
            _ = try await tarn.secret("DeleteResourcePolicy", ["SecretId": "s"])
            #expect(try await tarn.secret("GetResourcePolicy", ["SecretId": "s"])["ResourcePolicy"] == nil)
        }
    }
}
