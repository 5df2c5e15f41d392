import Documents
import Kernel
import TestSupport

/// Hands out sessions of any role but those whose name says that it trusts nobody.
struct FakeSTS: Service {
    static let id = "sts"

    private struct Input: Decodable, Sendable {
        var RoleArn: String
        var RoleSessionName: String
    }

    func register(in operations: inout Operations) {
        operations.on("AssumeRole") { (input: Input, context: Context) -> Document in
            guard !input.RoleArn.hasSuffix("/untrusting") else { throw AWSError("AccessDenied", 403, "no trust") }
            let role = input.RoleArn.split(separator: "/").last ?? ""
            return [
                "Credentials": [
                    "AccessKeyId": "ASIATEST", "SecretAccessKey": "secret", "SessionToken": "token",
                    "Expiration": .timestamp(context.now + .seconds(3_600)),
                ],
                "AssumedRoleUser": [
                    "AssumedRoleId": .string("\(TestPlatform.roleID(String(role))):session"),
                    "Arn": .string("arn:aws:sts::000000000000:assumed-role/\(role)/\(input.RoleSessionName)"),
                ],
            ]
        }
    }

    var actions: ActionMap { ["AssumeRole": { _, _ in [] }] }
}
