import Documents
import Kernel

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
extension SQSService {
    private static let grantable: Set<String> = [
        "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl",
        "ListDeadLetterSourceQueues", "PurgeQueue",
    ]

    func addPermission(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        guard let label = input["Label"]?.string else { throw SQSFault.missing("Label") }
        let accounts = input["AWSAccountIds"]?.list?.compactMap(\.string) ?? []
        let actions = input["Actions"]?.list?.compactMap(\.string) ?? []
        if accounts.isEmpty { throw SQSFault.missing("PrincipalId") }
        if actions.isEmpty { throw SQSFault.missing("Actions") }
        let isPlain = label.utf8.allSatisfy { MessageRules.isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D }
        guard isPlain, (1...SQSLimit.queueNameLength).contains(label.utf8.count) else {
            throw SQSFault.invalidValue(
                label, parameter: "Label",
                reason: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
        }
        for account in accounts where account.utf8.count != 12 || !account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw SQSFault.invalidValue(account, parameter: "PrincipalId", reason: "Unable to verify.")
        }
        for action in actions where !Self.grantable.contains(action) {
            throw SQSFault.invalidValue(
                "SQS:\(action)", parameter: "ActionName",
                reason: Self.isKnown(action: action)
                    ? "Only the queue owner is allowed to invoke this action."
                    : "Please refer to the appropriate WSDL for a list of valid actions.")
        }
        guard actions.count <= SQSLimit.permissionActions else {
            throw SQSFault.overLimit(
                "\(actions.count) Actions were found, maximum allowed is \(SQSLimit.permissionActions).")
        }
        let arn = name.arn
        try await update(name, context) { record, _ in
            var policy =
                try record.attributes["Policy"].map { try JSON.parse($0).members ?? [:] } ?? [
                    "Version": "2012-10-17", "Id": .string("\(arn)/SQSDefaultPolicy"),
                ]
            var statements = Self.statements(policy)
            guard !statements.contains(where: { $0["Sid"]?.string == label }) else {
                throw SQSFault.invalidValue(label, parameter: "Label", reason: "Already exists.")
            }
            guard statements.count < SQSLimit.policyStatements else {
                throw SQSFault.overLimit("The policy has too many statements.")
            }
            func one(_ texts: [String]) -> Document { texts.count == 1 ? .string(texts[0]) : .list(texts.map { .string($0) }) }
            statements.append([
                "Sid": .string(label), "Effect": "Allow",
                "Principal": ["AWS": one(accounts.map { "arn:aws:iam::\($0):root" })],
                "Action": one(actions.map { "SQS:\($0)" }), "Resource": .string(arn),
            ])
            policy["Statement"] = .list(statements)
            record.attributes["Policy"] = JSON.text(.map(policy))
        }
        return [:]
    }

    func removePermission(_ input: Document, _ context: Context) async throws -> Document {
        let name = try ownName(input, context)
        guard let label = input["Label"]?.string else { throw SQSFault.missing("Label") }
        try await update(name, context) { record, _ in
            var policy = try record.attributes["Policy"].map { try JSON.parse($0).members ?? [:] } ?? [:]
            let statements = Self.statements(policy)
            let left = statements.filter { $0["Sid"]?.string != label }
            guard left.count < statements.count else {
                throw SQSFault.invalidValue(label, parameter: "Label", reason: "can't find label on existing policy.")
            }
            policy["Statement"] = .list(left)
            record.attributes["Policy"] = left.isEmpty ? nil : JSON.text(.map(policy))
        }
        return [:]
    }

    /// A policy may hold its only statement without a list.
    private static func statements(_ policy: Members) -> [Document] {
        guard let statement = policy["Statement"] else { return [] }
        return statement.list ?? [statement]
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
    func listSources(_ input: Document, _ context: Context) async throws -> Document {
        let name = try QueueAddress.name(input, context)
        let page = try QueuePage(input, context)
        _ = try await queue(name, context)
        let names = try await sources(of: name, context)
        let later = names.filter { name in page.after.map { name.name > $0 } ?? true }
        return page.answer(Array(later.prefix(page.max + 1)), "queueUrls", context)
    }
}
