import Documents
import Kernel
import TestSupport
import Testing

@testable import KMS

@Suite struct AccessTests {
    private static func user(_ name: String, in account: String = account) -> Caller {
        Caller(.user, account: account, arn: "arn:aws:iam::\(account):user/\(name)", principalID: TestPlatform.userID(name))
    }

    /// The user with a record, so that a policy may name it.
    private static func kept(_ name: String, _ tarn: TestPlatform) async throws -> Caller {
        let user = user(name)
        let record = UserRecord(account: account, name: name, path: "/", id: user.principalID, created: TestPlatform.epoch)
        try await tarn.platform.store.write { try $0.put(UserRecord.key(account, name), record) }
        return user
    }

    private static func through(_ service: String, _ caller: Caller) -> Caller {
        var caller = caller
        caller.calledVia = ["\(service).amazonaws.com"]
        return caller
    }

    private static func policy(_ statements: String...) -> Document {
        .string(#"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#)
    }
    private static let owner =
        #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"}"#

    @Test func theKeyPolicyDecides() async throws {
        try await withKMS { tarn in
            let user = try await Self.kept("ann", tarn)
            let key = try await tarn.key([
                "Policy": Self.policy(
                    Self.owner,
                    #"{"Effect":"Allow","Principal":{"AWS":"\#(user.arn)"},"Action":"kms:Encrypt","Resource":"*"}"#)
            ])
            let sealed = try await tarn.kms("Encrypt", ["KeyId": .string(key.id), "Plaintext": .blob([1])], as: user)
            let refused = try await tarn.refusal("Decrypt", ["CiphertextBlob": try #require(sealed["CiphertextBlob"])], as: user)
            #expect(refused.code == "AccessDeniedException")
            #expect(
                refused.message
                    == "User: \(user.arn) is not authorized to perform: kms:Decrypt on resource: \(key.arn) because no "
                    + "identity-based policy allows the kms:Decrypt action")
        }
    }

    @Test func withoutTheAccountInThePolicyNobodyElseGetsIn() async throws {
        try await withKMS { tarn in
            let user = try await Self.kept("ann", tarn)
            let key = try await tarn.key([
                "Policy": Self.policy(
                    #"{"Effect":"Allow","Principal":{"AWS":"\#(user.arn)"},"Action":"kms:*","Resource":"*"}"#),
                "BypassPolicyLockoutSafetyCheck": true,
            ])
            let refused = try await tarn.refusal("DescribeKey", ["KeyId": .string(key.id)])
            #expect(
                refused.message
                    == "User: arn:aws:iam::\(account):root is not authorized to perform: kms:DescribeKey on resource: \(key.arn) "
                    + "because no resource-based policy allows the kms:DescribeKey action")
        }
    }

    @Test func aPolicyThatLocksItsMakerOutIsRefused() async throws {
        try await withKMS { tarn in
            let only = Self.policy(
                #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/x"},"Action":"kms:*","Resource":"*"}"#)
            let refused = try await tarn.refusal("CreateKey", ["Policy": only])
            #expect(refused.code == "MalformedPolicyDocumentException")
            #expect(refused.message == "The new key policy will not allow you to update the key policy in the future.")
            let unknown = try await tarn.refusal("CreateKey", ["Policy": only, "BypassPolicyLockoutSafetyCheck": true])
            #expect(unknown.message == "Policy contains a statement with one or more invalid principals.")
            let key = try await tarn.key()
            #expect(
                try await tarn.refusal("PutKeyPolicy", ["KeyId": .string(key.id), "Policy": "{"]).code
                    == "MalformedPolicyDocumentException")
            #expect(try await tarn.kms("GetKeyPolicy", ["KeyId": .string(key.id)])["Policy"]?.string?.contains("root") == true)
        }
    }

    @Test func managedKeysServeTheirServiceOnly() async throws {
        try await withKMS { tarn in
            let user = Self.user("ann")
            let input: Document = ["KeyId": "alias/aws/s3", "KeySpec": "AES_256"]
            #expect(try await tarn.refusal("GenerateDataKey", input, as: user).code == "NotFoundException")
            let made = try await tarn.kms("GenerateDataKey", input, as: Self.through("s3", user))
            let blob = try #require(made["CiphertextBlob"])
            #expect(try await tarn.refusal("Decrypt", ["CiphertextBlob": blob], as: user).code == "AccessDeniedException")
            #expect(
                try await tarn.refusal("Decrypt", ["CiphertextBlob": blob], as: Self.through("sqs", user)).code
                    == "AccessDeniedException")
            let opened = try await tarn.kms("Decrypt", ["CiphertextBlob": blob], as: Self.through("s3", Self.user("bob")))
            #expect(opened["Plaintext"] == made["Plaintext"])
            #expect(
                try await tarn.refusal(
                    "Decrypt", ["CiphertextBlob": blob], as: Self.through("s3", Self.user("eve", in: "111111111111"))
                ).code == "AccessDeniedException")
            let metadata = try await tarn.kms("DescribeKey", ["KeyId": "alias/aws/s3"])["KeyMetadata"]
            #expect(metadata?["KeyManager"]?.string == "AWS")
            #expect(metadata?["Arn"] == made["KeyId"])
            #expect(
                try await tarn.refusal("DisableKey", ["KeyId": try #require(metadata?["KeyId"])]).code == "AccessDeniedException")
        }
    }

    @Test func aliasesStandForKeys() async throws {
        try await withKMS { tarn in
            let (one, two) = (try await tarn.key(), try await tarn.key())
            let alias: Document = ["AliasName": "alias/app", "TargetKeyId": .string(one.arn)]
            _ = try await tarn.kms("CreateAlias", alias)
            let again = try await tarn.refusal("CreateAlias", alias)
            #expect(again.message == "An alias with the name arn:aws:kms:us-east-1:\(account):alias/app already exists")
            _ = try await tarn.kms("UpdateAlias", ["AliasName": "alias/app", "TargetKeyId": .string(two.id)])
            let arn = "arn:aws:kms:us-east-1:\(account):alias/app"
            for name in ["alias/app", arn] {
                let metadata = try await tarn.kms("DescribeKey", ["KeyId": .string(name)])["KeyMetadata"]
                #expect(metadata?["KeyId"]?.string == two.id)
            }
            #expect(
                try await tarn.refusal("DescribeKey", ["KeyId": "alias/none"]).message
                    == "Alias arn:aws:kms:us-east-1:\(account):alias/none is not found.")
            #expect(try await tarn.refusal("DescribeKey", ["KeyId": "nonsense"]).message == "Invalid keyId 'nonsense'")
            #expect(
                try await tarn.refusal("CreateAlias", ["AliasName": "alias/aws/mine", "TargetKeyId": .string(one.id)]).code
                    == "NotAuthorizedException")
            _ = try await tarn.kms("DeleteAlias", ["AliasName": "alias/app"])
            #expect(try await tarn.kms("ListAliases", [:])["Aliases"]?.list?.isEmpty == true)
        }
    }
}
