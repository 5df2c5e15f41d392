import DynamoDB
import Documents
import Foundation
import IAM
import Kernel
import Lambda
import STS
import TestSupport
import Testing

/// A function that writes what it is called with into a file, one line a call.
struct Recorder: Sendable {
    let tarn: TestPlatform
    let file: String

    /// Every service that a function fed by a stream needs, with roles that are really checked.
    static var services: [any Service] {
        [
            LambdaService(), DynamoDBService(), DynamoDBStreamsService(), IAMService(),
            STSService(tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32))),
        ]
    }

    init(_ tarn: TestPlatform) {
        self.tarn = tarn
        file = tarn.directory + "/recorded.txt"
    }

    /// - Parameter expression: what is written of `event`; `failing` is where the function raises.
    func create(_ name: String, writes expression: String, failing condition: String, role: Document) async throws {
        let code = """
            import json, os
            def handler(event, context):
                with open(os.environ['RECORD'], 'a') as file:
                    file.write(json.dumps(\(expression)) + '\\n')
                if \(condition):
                    raise RuntimeError('as wished')
            """
        try await tarn.call(
            "lambda", "CreateFunction",
            [
                "FunctionName": .string(name), "Runtime": "python3.12", "Handler": "app.handler", "Role": role, "Timeout": 30,
                "Environment": ["Variables": ["RECORD": .string(file)]],
                "Code": ["ZipFile": .blob(ZipWriter.zip(["app.py": code]))],
            ])
    }

    /// A role that Lambda may assume and that may read streams, or whatever `action` names.
    func role(may action: String = "dynamodb:*") async throws -> Document {
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
        let made = try await tarn.call("iam", "CreateRole", ["RoleName": "reader", "AssumeRolePolicyDocument": .string(trust)])
        try await tarn.call(
            "iam", "PutRolePolicy",
            [
                "RoleName": "reader", "PolicyName": "own",
                "PolicyDocument": .string(
                    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"\#(action)","Resource":"*"}]}"#),
            ])
        return try #require(made["Role"]?["Arn"])
    }

    /// Makes a table `source` with a stream.
    /// - Returns: the stream's ARN.
    func table() async throws -> Document {
        let made = try await tarn.call(
            "dynamodb", "CreateTable",
            [
                "TableName": "source", "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]],
                "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]],
                "StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_IMAGE"],
            ])
        return try #require(made["TableDescription"]?["LatestStreamArn"])
    }

    func put(_ number: Int) async throws {
        try await tarn.call(
            "dynamodb", "PutItem",
            ["TableName": "source", "Item": ["pk": ["S": "a"], "n": ["N": .string("\(number)")]]])
    }

    var lines: [String] {
        (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
    }

    /// Waits for what other tasks bring about.
    func until(_ what: String, _ condition: @Sendable () async throws -> Bool) async throws {
        try await eventually("\(what); recorded: \(lines)", condition)
    }
}
