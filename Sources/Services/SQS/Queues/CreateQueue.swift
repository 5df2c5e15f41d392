import Documents
import Kernel
import Store

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
extension SQSService {
    func createQueue(_ input: Document, _ context: Context) async throws -> Document {
        guard let text = input["QueueName"]?.string else { throw SQSFault.missing("QueueName") }
        let given = QueueAttributes.texts(input["Attributes"])
        let isFifo = given["FifoQueue"]?.lowercased() == "true"
        try Self.checkName(text, isFifo: isFifo)
        let name = QueueName(region: context.region, account: context.account, name: text)
        if given["FifoQueue"]?.lowercased() == "false" { throw SQSFault.attributeName("FifoQueue") }
        try QueueAttributes.check(given, isFifo: isFifo, of: name)
        let tags = try [String: String](checking: QueueAttributes.texts(input["tags"]))
        let attributes = QueueAttributes.normalized(given)
        let merged = QueueAttributes.merged([:], attributes)
        try QueueAttributes.checkTogether(merged)
        let redrive = try RedrivePolicy.check(merged["RedrivePolicy"] ?? "")
        let now = context.platform.clock.now()
        try await context.store.write { transaction in
            if let bytes = try transaction.value(name.key) {
                var known = try QueueRecord(stored: bytes)
                guard let deleted = known.deleted else {
                    let policy = try known.attributes["Policy"].map { try NamedPrincipals.shown($0, in: transaction) }
                    known.attributes["Policy"] = policy
                    return try Self.compare(Queue(known), attributes, tags)
                }
                if now < deleted + SQSLimit.deletionRest { throw SQSFault.deletedRecently }
            }
            let kept = try QueueAttributes.bound(merged, in: transaction)
            if let redrive {
                let target = try queues.find(redrive.target, in: transaction)
                try RedrivePolicy.check(
                    redrive, of: name, isFifo: isFifo, text: merged["RedrivePolicy"] ?? "", target: target)
            }
            let record = QueueRecord(
                region: name.region, account: name.account, name: text, id: QueueRecord.freshID(), store: QueueRecord.freshID(),
                created: now, modified: now, attributes: kept, tags: tags)
            try transaction.put(name.key, record)
        }
        return ["QueueUrl": .string(QueueAddress.url(name, context))]
    }

    /// A queue of this name is here: what was asked for must not differ from it.
    private static func compare(_ queue: Queue, _ attributes: [String: String], _ tags: [String: String]) throws {
        let shown = QueueAttributes.shown(queue)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where shown[name] ?? "" != value {
            throw SQSFault.queueNameExists(attribute: name)
        }
        if !tags.isEmpty, tags != queue.record.tags { throw SQSFault.tagsDiffer }
    }

    private static func checkName(_ name: String, isFifo: Bool) throws {
        let stem = isFifo && name.hasSuffix(".fifo") ? name.dropLast(5) : name[...]
        let isPlain = stem.utf8.allSatisfy { MessageRules.isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D }
        let isGood = !stem.isEmpty && isPlain && name.utf8.count <= SQSLimit.queueNameLength
        guard isFifo else {
            guard isGood else {
                throw SQSFault.invalid(
                    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
            }
            return
        }
        guard isGood, name.hasSuffix(".fifo") else {
            throw SQSFault.invalid(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo "
                    + "suffix and be 1 to 80 in length.")
        }
    }

    func getURL(_ input: Document, _ context: Context) async throws -> Document {
        guard let text = input["QueueName"]?.string else { throw SQSFault.missing("QueueName") }
        let owner = input["QueueOwnerAWSAccountId"]?.string ?? context.account
        let name = QueueName(region: context.region, account: owner, name: text)
        _ = try await queue(name, context)
        return ["QueueUrl": .string(QueueAddress.url(name, context))]
    }

    func listQueues(_ input: Document, _ context: Context) async throws -> Document {
        let prefix = input["QueueNamePrefix"]?.string ?? ""
        let page = try QueuePage(input, context)
        let all = Key(.sqsQueue, .text(context.region), .text(context.account))
        let names = try await context.store.read { snapshot in
            var names: [QueueName] = []
            let begin = all.appending(.text(max(prefix, page.after ?? "")))
            try snapshot.scan(from: begin, to: all.rangeEnd, reverse: false, limit: nil) { _, value in
                let record = try QueueRecord(stored: value)
                guard record.name.hasPrefix(prefix) else { return record.name < prefix }
                if record.deleted == nil, record.name != page.after { names.append(Queue(record).name) }
                return names.count <= page.max
            }
            return names
        }
        return page.answer(names, "QueueUrls", context)
    }
}

/// A page of a list of queues; the token is the last name of the page before.
struct QueuePage {
    let max: Int
    let after: String?
    private let isPaged: Bool

    private let list: String

    init(_ input: Document, _ context: Context) throws {
        list = context.list(input["QueueUrl"]?.string)
        let wanted = input["MaxResults"]?.integer
        guard (1...Int64(SQSLimit.listed)).contains(wanted ?? 1) else {
            throw SQSFault.invalidValue(
                String(wanted ?? 0), parameter: "MaxResults", reason: "MaxResults must be an integer between 1 and 1000.")
        }
        isPaged = wanted != nil
        max = Int(wanted ?? Int64(SQSLimit.listed))
        guard let token = input["NextToken"]?.string, !token.isEmpty else {
            after = nil
            return
        }
        guard let name = PageToken.name(token, of: list) else {
            throw SQSFault.invalidValue(token, parameter: "NextToken", reason: "Invalid or expired next token.")
        }
        after = name
    }

    /// - Parameter names: up to one more than the page holds. There is no token unless the client asked for pages.
    func answer(_ names: [QueueName], _ member: String, _ context: Context) -> Document {
        let shown = names.prefix(max)
        var answer: Members = [:]
        if !shown.isEmpty || member == "queueUrls" {
            answer[member] = .list(shown.map { .string(QueueAddress.url($0, context)) })
        }
        if isPaged, names.count > max, let last = shown.last {
            answer["NextToken"] = .string(PageToken.write(last.name, of: list))
        }
        return .map(answer)
    }
}

extension QueueAttributes {
    /// A map of texts.
    static func texts(_ map: Document?) -> [String: String] {
        (map?.members ?? [:]).reduce(into: [:]) { texts, member in
            if let text = member.value.string { texts[member.key] = text }
        }
    }
}
