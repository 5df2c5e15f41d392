import Documents
@testable import Kernel
import Model
import TestSupport
import Testing

/// What requestParameters and responseElements show, one row per rule.
@Suite struct ParametersTests {
    private func written(_ service: String, _ operation: String, _ input: Document, response: Bool = false) throws -> Document {
        let models = try Models(directory: TestPlatform.home + "/.setup/models")
        let model = try #require(try models.service(service).operation(operation))
        return AuditParameters(service: service, isResponse: response).write(input, response ? model.output : model.input)
    }
    private let hidden: Document = "HIDDEN_DUE_TO_SECURITY_REASONS"

    @Test func secretsOfRequestsAreHidden() throws {
        let parameter = try written("ssm", "PutParameter", ["Name": "/a", "Value": "geheim", "Type": "SecureString"])
        #expect(parameter == ["name": "/a", "value": hidden, "type": "SecureString"])
        let secret = try written(
            "secretsmanager", "CreateSecret", ["Name": "n", "SecretString": "geheim", "SecretBinary": .blob([1])])
        #expect(secret["secretString"] == hidden && !JSON.text(secret).contains("geheim"))
        let login = try written("iam", "CreateLoginProfile", ["UserName": "ada", "Password": "geheim"])
        #expect(login == ["userName": "ada", "password": hidden])
        let function: Document = [
            "FunctionName": "f", "Code": ["ZipFile": .blob([1, 2])], "Environment": ["Variables": ["TOKEN": "geheim"]],
        ]
        let text = JSON.text(try written("lambda", "CreateFunction", function))
        #expect(!text.contains("geheim") && !text.contains("zipFile") && text.contains(#""functionName":"f""#))
        #expect(try written("sns", "Publish", ["TopicArn": "t", "Message": "geheim"]) == ["topicArn": "t", "message": hidden])
        #expect(try written("athena", "StartQueryExecution", ["QueryString": "select 1"])["queryString"] == hidden)
    }

    @Test func secretsOfAnswersAndPayloadsAreLeftOut() throws {
        let session = try written(
            "sts", "AssumeRole",
            [
                "Credentials": [
                    "AccessKeyId": "ASIA", "SecretAccessKey": "geheim", "SessionToken": "geheim",
                    "Expiration": .timestamp(TestPlatform.epoch + .seconds(13 * 3_600)),
                ]
            ], response: true)
        #expect(session == ["credentials": ["accessKeyId": "ASIA", "expiration": "Jan 1, 2026 1:00:00 PM"]])
        let encrypt = try written("kms", "Encrypt", ["KeyId": "k", "Plaintext": .blob([1]), "EncryptionContext": ["A": "B"]])
        #expect(encrypt == ["keyId": "k", "encryptionContext": ["A": "B"]])
        let put = try written("dynamodb", "PutItem", ["TableName": "t", "Item": ["pk": ["S": "geheim"], "b": ["N": "1"]]])
        #expect(put == ["tableName": "t", "item": ["pk", "b"]])
        let get = try written("dynamodb", "GetItem", ["TableName": "t", "Key": ["pk": ["S": "1"]]])
        #expect(get == ["tableName": "t", "key": ["pk": "1"]])
    }

    @Test func s3WritesWhatWasOnTheWire() throws {
        let put = try written(
            "s3", "PutObject",
            [
                "Bucket": "b", "Key": "k", "ACL": "private", "ContentLength": 3, "SSECustomerKey": "geheim",
                "Metadata": ["a": "b"], "SSEKMSKeyId": "arn:key",
            ])
        #expect(put["bucketName"] == "b" && put["key"] == "k" && put["x-amz-acl"] == "private")
        #expect(put["x-amz-server-side-encryption-aws-kms-key-id"] == "arn:key")
        #expect(!JSON.text(put).contains("geheim") && put["Content-Length"] == nil)
    }

    @Test func namesAndKindsOfOperations() {
        #expect(
            AuditTables.name("lambda", "UpdateFunctionCode", uri: "/2015-03-31/functions/{F}/code")
                == "UpdateFunctionCode20150331v2")
        #expect(AuditTables.name("lambda", "CreateFunction", uri: "/2015-03-31/functions") == "CreateFunction20150331")
        #expect(AuditTables.name("s3", "ListObjectsV2", uri: "/{Bucket}") == "ListObjects")
        #expect(AuditTables.isReadOnly("kms", "Decrypt") && AuditTables.isReadOnly("sts", "AssumeRole"))
        #expect(AuditTables.isReadOnly("glue", "GetTable") && AuditTables.isReadOnly("dynamodb", "BatchGetItem"))
        #expect(!AuditTables.isReadOnly("athena", "StartQueryExecution") && !AuditTables.isReadOnly("lambda", "Invoke"))
        #expect(
            AuditTables.dataEvents["s3"]?["PutObject"] == "AWS::S3::Object"
                && AuditTables.dataEvents["s3"]?["CreateBucket"] == nil)
    }

    /// Every operation that the tables name is one of its service's API.
    @Test func theTablesNameOperationsThatExist() throws {
        let models = try Models(directory: TestPlatform.home + "/.setup/models")
        for (service, operations) in AuditTables.dataEvents {
            let known = Set(try models.service(service).operationNames)
            #expect(operations.keys.filter { !known.contains($0) } == [], "\(service)")
        }
    }
}
