import DataProtection
import Documents
import Kernel
import RegularExpressions
import Store

/// What a data protection policy looks for
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-data-protection-policies.html).
struct ProtectionPolicy: Sendable {
    enum Limit {
        static let ownIdentifiers = 10
        static let nameCharacters = 128
        static let regexCharacters = 200
        static let regexSteps = 10_000
        /// Parts of a message that are kept one by one.
        static let parts = 10_000
    }
    private(set) var identifiers: [DataIdentifier] = []

    /// - Throws: ``LogsFault/invalid(_:)``, and NotImplemented for what Tarn cannot find or tell.
    init(_ text: String, _ operation: String = "PutDataProtectionPolicy") throws {
        guard text.count <= LogsLimit.accountPolicyCharacters else {
            throw LogsFault.invalid("The policy document is longer than \(LogsLimit.accountPolicyCharacters) characters.")
        }
        guard let document = try? JSON.parse(text), document.members != nil else {
            throw LogsFault.invalid("The policy document is not a JSON object.")
        }
        guard let statements = document["Statement"]?.list, statements.count == 2 else {
            throw LogsFault.invalid("The policy document must have a statement to audit and a statement to de-identify.")
        }
        guard let audit = statements.first(where: { $0["Operation"]?["Audit"] != nil }),
            let masking = statements.first(where: { $0["Operation"]?["Deidentify"] != nil })
        else { throw LogsFault.invalid("The policy document must have the operations Audit and Deidentify.") }
        guard let destination = audit["Operation"]?["Audit"]?["FindingsDestination"]?.members else {
            throw LogsFault.invalid("The operation Audit must have a FindingsDestination.")
        }
        guard destination.isEmpty else {
            throw AWSError.notImplemented(member: "FindingsDestination", CloudWatchLogsService.id, operation)
        }
        guard masking["Operation"]?["Deidentify"]?["MaskConfig"]?.members?.isEmpty == true else {
            throw LogsFault.invalid("The operation Deidentify must have an empty MaskConfig.")
        }
        let names = try [audit, masking].map { statement in
            let list = statement["DataIdentifier"]?.list ?? []
            let names = list.compactMap(\.string)
            guard !names.isEmpty, names.count == list.count else {
                throw LogsFault.invalid("Each statement must have an array DataIdentifier.")
            }
            return names
        }
        guard names[0] == names[1] else { throw LogsFault.invalid("The two DataIdentifier arrays must match exactly.") }
        let own = try Self.own(document["Configuration"])
        identifiers = try names[0].map { name in
            if let identifier = own.first(where: { $0.name == name }) { return identifier }
            guard name.hasPrefix(DataIdentifier.arnPrefix) else {
                throw LogsFault.invalid("The data identifier \(name) is not valid.")
            }
            return try Self.managed(String(name.dropFirst(DataIdentifier.arnPrefix.count)), operation)
        }
    }

    private static func managed(_ name: String, _ operation: String) throws -> DataIdentifier {
        do { return try DataIdentifier(managed: name) } catch {
            switch error {
            case .unknown: throw LogsFault.invalid("The data identifier \(name) is not valid.")
            case .notBuilt:
                throw AWSError.notImplemented(member: "the data identifier \(name)", CloudWatchLogsService.id, operation)
            }
        }
    }

    /// The customer's own (`CustomDataIdentifier`).
    private static func own(_ configuration: Document?) throws -> [DataIdentifier] {
        let list = configuration?["CustomDataIdentifier"]?.list ?? []
        guard list.count <= Limit.ownIdentifiers else {
            throw LogsFault.invalid("A policy must not have more than \(Limit.ownIdentifiers) custom data identifiers.")
        }
        return try list.map { entry in
            guard let name = entry["Name"]?.string, let pattern = entry["Regex"]?.string,
                (1...Limit.nameCharacters).contains(name.count), !DataIdentifier.isManaged(name),
                name.utf8.allSatisfy({ isNameCharacter($0) })
            else { throw LogsFault.invalid("A custom data identifier must have a Name of its own and a Regex.") }
            guard (1...Limit.regexCharacters).contains(pattern.count),
                let regex = try? LinearRegex(pattern, stepsMax: Limit.regexSteps)
            else { throw LogsFault.invalid("The Regex of the custom data identifier \(name) is not valid.") }
            return DataIdentifier(name, regex: regex)
        }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_-".utf8.contains(byte)
    }

    /// The parts of a message that are to be hidden, as an event keeps them: where each begins and ends, in turn; nil for none.
    /// Of more than an event keeps, the last goes on to the message's end.
    static func masks(_ message: String, by policies: [ProtectionPolicy]) -> [Int]? {
        var parts: [Range<Int>] = []
        let found = policies.flatMap(\.identifiers).flatMap { $0.find(in: message) }
        for range in found.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = parts.last, range.lowerBound <= last.upperBound {
                parts[parts.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else if parts.count < Limit.parts {
                parts.append(range)
            } else {
                parts[parts.count - 1] = parts[parts.count - 1].lowerBound..<message.utf8.count
                break
            }
        }
        return parts.isEmpty ? nil : parts.flatMap { [$0.lowerBound, $0.upperBound] }
    }
}

extension EventRecord {
    /// What those see who may not look behind the masks.
    func masked(_ message: String) -> String {
        guard let masks else { return message }
        return message.masked(stride(from: 0, to: masks.count - 1, by: 2).map { masks[$0]..<masks[$0 + 1] })
    }
}

/// PutDataProtectionPolicy, GetDataProtectionPolicy and DeleteDataProtectionPolicy.
extension CloudWatchLogsService {
    struct PutProtectionInput: Decodable, Sendable {
        var logGroupIdentifier: String
        var policyDocument: String
    }

    struct ProtectionOutput: Encodable, Sendable {
        var logGroupIdentifier: String
        var policyDocument: String?
        var lastUpdatedTime: Int64?
    }

    func putProtectionPolicy(_ input: PutProtectionInput, _ context: Context) async throws -> ProtectionOutput {
        _ = try ProtectionPolicy(input.policyDocument)
        let kept = GroupPolicyRecord(document: input.policyDocument, updated: context.now)
        try await context.store.write { transaction in
            var group = try transaction.group(nil, input.logGroupIdentifier, context)
            try group.mustBeStandard(for: "Data protection policies")
            group.protection = kept
            try transaction.put(group.key, group)
        }
        return ProtectionOutput(
            logGroupIdentifier: input.logGroupIdentifier, policyDocument: kept.document,
            lastUpdatedTime: kept.updated.milliseconds)
    }

    func getProtectionPolicy(_ input: GroupIdentifier, _ context: Context) async throws -> ProtectionOutput {
        let group = try await context.store.read { try $0.group(nil, input.logGroupIdentifier, context) }
        return ProtectionOutput(
            logGroupIdentifier: input.logGroupIdentifier, policyDocument: group.protection?.document,
            lastUpdatedTime: group.protection?.updated.milliseconds)
    }

    /// What was hidden while the policy was there stays hidden.
    func deleteProtectionPolicy(_ input: GroupIdentifier, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var group = try transaction.group(nil, input.logGroupIdentifier, context)
            guard group.protection != nil else { throw LogsFault.notFound("The log group has no data protection policy.") }
            group.protection = nil
            try transaction.put(group.key, group)
        }
        return Nothing()
    }
}
