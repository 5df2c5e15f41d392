import Documents

/// What holds for every batch before any of its entries is looked at.
enum BatchRules {
    /// - Parameter entry: the name of an entry's shape.
    static func entries(_ input: Document, _ entry: String) throws -> [Document] {
        guard let entries = input["Entries"]?.list, !entries.isEmpty else { throw SQSFault.emptyBatch(entry) }
        guard entries.count <= SQSLimit.batchEntries else { throw SQSFault.tooManyEntries(entries.count) }
        var seen: Set<String> = []
        for entry in entries {
            let id = entry["Id"]?.string ?? ""
            let isPlain = id.utf8.allSatisfy { MessageRules.isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D }
            guard isPlain, (1...SQSLimit.batchIDLength).contains(id.utf8.count) else { throw SQSFault.batchID }
            guard seen.insert(id).inserted else { throw SQSFault.idsNotDistinct(id) }
        }
        return entries
    }

    /// A batch's answer.
    static func answer(_ outcomes: [(id: String, outcome: Result<Members, SQSFault>)]) -> Document {
        var (successful, failed): ([Document], [Document]) = ([], [])
        for (id, outcome) in outcomes {
            switch outcome {
            case .success(let members):
                var entry: Members = ["Id": .string(id)]
                for (name, value) in members { entry[name] = value }
                successful.append(.map(entry))
            case .failure(let fault):
                failed.append([
                    "Id": .string(id), "SenderFault": .bool(fault.wire.isSenders), "Code": .string(fault.entryCode),
                    "Message": .string(fault.wire.message),
                ])
            }
        }
        return ["Successful": .list(successful), "Failed": .list(failed)]
    }
}
