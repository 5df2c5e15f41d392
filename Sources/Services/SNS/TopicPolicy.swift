import Documents
import Kernel
import Policy
import Store

/// A topic's resource policy.
enum TopicPolicy {
    /// What AddPermission may grant.
    static let grantable: Set<String> = [
        "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
        "ListSubscriptionsByTopic", "Publish", "GetDataProtectionPolicy", "PutDataProtectionPolicy",
    ]

    /// What a topic has that was given none.
    static func standard(_ topic: String, account: String) -> String {
        let actions = [
            "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
            "ListSubscriptionsByTopic", "Publish",
        ]
        return JSON.text([
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                [
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": ["AWS": "*"],
                    "Action": .list(actions.map { .string("SNS:\($0)") }),
                    "Resource": .string(topic),
                    "Condition": ["StringEquals": ["AWS:SourceOwner": .string(account)]],
                ]
            ],
        ])
    }

    /// A topic's policy as it is kept. The users and roles that it names must exist.
    static func bound(_ policy: String, in transaction: any Transaction) throws -> String {
        try NamedPrincipals.bound(policy, in: transaction) { _ in SNSFault.invalid("Policy Error: PrincipalNotFound") }
    }

    /// - Throws: ``SNSFault/invalid(_:)``
    static func check(_ json: String, topic: String) throws {
        let rules = ResourcePolicyRules(vendor: "sns", bytesMax: SNSLimit.policyBytes) { resource in
            // A pattern is fine; only another topic's plain name is not.
            resource == topic || resource.contains("*") || resource.contains("?")
        }
        do { try rules.check(json) } catch {
            switch error {
            case .foreignAction: throw SNSFault.invalid("Policy statement action out of service scope!")
            case .foreignResource: throw SNSFault.invalid("Policy statement must apply to a single resource!")
            default: throw SNSFault.invalid("Policy Error: \(error.message)")
            }
        }
    }
}

/// AddPermission, RemovePermission.
extension SNSService {
    struct AddPermissionInput: Decodable, Sendable {
        var TopicArn: String
        var Label: String
        var AWSAccountId: [String]
        var ActionName: [String]
    }

    func addPermission(_ input: AddPermissionInput, _ context: Context) async throws -> Nothing {
        for action in input.ActionName where !TopicPolicy.grantable.contains(action) {
            throw SNSFault.invalid("Policy statement action out of service scope!")
        }
        guard !input.AWSAccountId.isEmpty, !input.ActionName.isEmpty, !input.Label.isEmpty else {
            throw SNSFault.invalid("Label, AWSAccountId and ActionName are needed")
        }
        for account in input.AWSAccountId
        where account.utf8.count != 12 || !account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw SNSFault.invalid("AWSAccountId Reason: Invalid account \(account)")
        }
        try await change(input.TopicArn, context) { statements, topic in
            guard !statements.contains(where: { $0["Sid"]?.string == input.Label }) else {
                throw SNSFault.invalid("Statement already exists")
            }
            let principals = input.AWSAccountId.map { Document.string("arn:aws:iam::\($0):root") }
            let actions = input.ActionName.map { Document.string("SNS:\($0)") }
            statements.append([
                "Sid": .string(input.Label),
                "Effect": "Allow",
                "Principal": ["AWS": principals.count == 1 ? principals[0] : .list(principals)],
                "Action": actions.count == 1 ? actions[0] : .list(actions),
                "Resource": .string(topic.arn),
            ])
        }
        return Nothing()
    }

    struct RemovePermissionInput: Decodable, Sendable {
        var TopicArn: String
        var Label: String
    }

    /// A label that is not there is no error.
    func removePermission(_ input: RemovePermissionInput, _ context: Context) async throws -> Nothing {
        try await change(input.TopicArn, context) { statements, _ in
            statements.removeAll { $0["Sid"]?.string == input.Label }
        }
        return Nothing()
    }

    private func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout [Document], TopicRecord) throws -> Void
    ) async throws {
        try await context.store.write { transaction in
            var topic = try transaction.topic(arn, context)
            guard var policy = (try? JSON.parse(topic.policy))?.members else { throw SNSFault.invalid("Policy") }
            var statements: [Document]
            switch policy["Statement"] {
            case .list(let list)?: statements = list
            case .map(let one)?: statements = [.map(one)]
            default: statements = []
            }
            try body(&statements, topic)
            policy["Statement"] = .list(statements)
            // A policy without statements allows nobody anything, as none does.
            let text = JSON.text(.map(policy))
            if !statements.isEmpty { try TopicPolicy.check(text, topic: topic.arn) }
            topic.policy = statements.isEmpty ? TopicPolicy.standard(topic.arn, account: topic.account) : text
            try transaction.put(topic.key, topic)
        }
    }
}
