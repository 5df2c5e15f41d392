import Crypto
import Documents
import Kernel
import Store
import Synchronization

/// Data keys of groups with a customer's key, for a while: a key that is turned off stops reading within minutes and writing
/// within an hour. A data key seals for so long because whoever reads a long time needs every one of them.
final class LogKeys: Sendable {
    struct DataKey: Sendable {
        var plain: SymmetricKey
        var wrapped: [UInt8]
        var until: Timestamp
    }
    private enum Limit {
        static let kept = 10_000
        static let reading = Duration.seconds(300)
        static let writing = Duration.seconds(3_600)
    }
    /// By the group and the customer's key, or by what KMS has sealed.
    private let keys = Mutex<[String: DataKey]>([:])

    func key(_ name: String, now: Timestamp) -> DataKey? { keys.withLock { $0[name].flatMap { $0.until > now ? $0 : nil } } }

    func keep(_ plain: [UInt8], _ wrapped: [UInt8], for need: Keyring.Need, now: Timestamp) {
        let name = Keyring.name(need)
        let age = if case .toSeal = need { Limit.writing } else { Limit.reading }
        keys.withLock { keys in
            if keys.count >= Limit.kept { keys.removeAll() }
            keys[name] = DataKey(plain: SymmetricKey(data: plain), wrapped: wrapped, until: now + age)
        }
    }
}

/// Opens and seals messages within a transaction, which cannot wait for KMS: what it lacks it notes, and the transaction is
/// run again with it (``CloudWatchLogsService/withKeys(_:_:)``).
final class Keyring: Sendable {
    enum Need: Hashable {
        case toSeal(group: String, key: String)
        case toOpen(group: String, wrapped: [UInt8])
    }

    /// Thrown to end an attempt that lacks keys.
    struct Lacking: Error {}

    private static let needsMax = 100
    private let keys: LogKeys
    private let now: Timestamp
    private let noted = Mutex<Set<Need>>([])

    init(_ keys: LogKeys, _ now: Timestamp) { (self.keys, self.now) = (keys, now) }

    var needs: Set<Need> { noted.withLock { $0 } }

    static func name(_ need: Need) -> String {
        switch need {
        case .toSeal(let group, let key): "\(group) \(key)"
        case .toOpen(_, let wrapped): Hex.encode(wrapped)
        }
    }

    /// An event as it is kept in a group.
    /// - Throws: ``Lacking``.
    func seal(_ message: String, at time: Timestamp, _ ingested: Timestamp, in group: GroupRecord) throws -> EventRecord {
        guard let key = group.kmsKey else { return EventRecord(timestamp: time, ingested: ingested, message: message) }
        let need = Need.toSeal(group: group.arn, key: key)
        guard let own = keys.key(Self.name(need), now: now) else {
            noted.withLock { _ = $0.insert(need) }
            throw Lacking()
        }
        let box = try AES.GCM.seal(Array(message.utf8), using: own.plain, authenticating: Array(group.arn.utf8))
        guard let bytes = box.combined else { throw AWSError.internalFailure }
        return EventRecord(timestamp: time, ingested: ingested, message: "", sealed: Array(bytes), wrapped: own.wrapped)
    }

    /// An event's message. Where its key is lacking it is empty, and the whole attempt does not count.
    /// - Throws: ``Lacking`` when many keys are lacking.
    func message(of event: EventRecord, in group: GroupRecord) throws -> String {
        guard let sealed = event.sealed, let wrapped = event.wrapped else { return event.message }
        let need = Need.toOpen(group: group.arn, wrapped: wrapped)
        guard let key = keys.key(Self.name(need), now: now) else {
            let count = noted.withLock { noted in
                noted.insert(need)
                return noted.count
            }
            guard count < Self.needsMax else { throw Lacking() }
            return ""
        }
        let bytes = try AES.GCM.open(
            AES.GCM.SealedBox(combined: sealed), using: key.plain, authenticating: Array(group.arn.utf8))
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
extension CloudWatchLogsService {
    /// Runs a transaction until it has all keys that it asks for.
    /// - Throws: what `body` throws, and ``AWSError`` of KMS.
    func withKeys<Result>(_ platform: Platform, _ body: (Keyring) async throws -> Result) async throws -> Result {
        for _ in 0..<LogsLimit.keyRounds {
            let ring = Keyring(keys, platform.clock.now())
            do {
                let result = try await body(ring)
                if ring.needs.isEmpty { return result }
            } catch is Keyring.Lacking {}
            for need in ring.needs { try await fetch(need, platform) }
        }
        throw LogsFault.tooManyKeys
    }

    private func fetch(_ need: Keyring.Need, _ platform: Platform) async throws {
        let (group, operation, more): (String, String, Members) =
            switch need {
            case .toSeal(let group, let key): (group, "GenerateDataKey", ["KeyId": .string(key), "KeySpec": "AES_256"])
            case .toOpen(let group, let wrapped): (group, "Decrypt", ["CiphertextBlob": .blob(wrapped)])
            }
        guard let arn = ARN(group) else { throw AWSError.internalFailure }
        var input = more
        input["EncryptionContext"] = ["aws:logs:arn": .string(group)]
        let caller = Caller.service(Self.principal(arn.region), account: arn.account, sourceARN: group)
        let output = try await platform.call(Call("kms", operation, .map(input), caller: caller, region: arn.region)).output
        var wrapped = output["CiphertextBlob"]?.blob
        if case .toOpen(_, let own) = need { wrapped = own }
        guard let plain = output["Plaintext"]?.blob, let wrapped else { throw AWSError.internalFailure }
        keys.keep(plain, wrapped, for: need, now: platform.clock.now())
    }

    /// A key that a group is given must be one that it can use.
    func check(key: String, of group: GroupRecord, _ platform: Platform) async throws {
        guard let arn = ARN(key), arn.service == "kms" else { throw LogsFault.invalid("Invalid ARN: \(key)") }
        do { try await fetch(.toSeal(group: group.arn, key: key), platform) } catch let error as AWSError where !error.isTransient
        {
            throw LogsFault.invalid(
                "The specified KMS key does not exist or is not allowed to be used with LogGroup '\(group.arn)'")
        }
    }

    struct AssociateKeyInput: Decodable, Sendable {
        var logGroupName: String?
        var resourceIdentifier: String?
        var kmsKeyId: String
    }

    struct DisassociateKeyInput: Decodable, Sendable {
        var logGroupName: String?
        var resourceIdentifier: String?
    }

    func associateKey(_ input: AssociateKeyInput, _ context: Context) async throws -> Nothing {
        try await set(key: input.kmsKeyId, input.logGroupName, input.resourceIdentifier, context)
    }

    func disassociateKey(_ input: DisassociateKeyInput, _ context: Context) async throws -> Nothing {
        try await set(key: nil, input.logGroupName, input.resourceIdentifier, context)
    }

    /// What is kept already stays as it is: under its old key, or open.
    private func set(
        key: String?, _ name: String?, _ identifier: String?, _ context: Context
    ) async throws -> Nothing {
        if let identifier, !identifier.contains(":log-group:") {
            throw AWSError.notImplemented(member: "a key for query results", context.service, context.operation)
        }
        let group = try await context.store.read { try $0.group(name, identifier, context) }
        if let key { try await check(key: key, of: group, context.platform) }
        try await context.store.write { transaction in
            var group = try transaction.group(group.name, nil, context)
            group.kmsKey = key
            try transaction.put(group.key, group)
        }
        return Nothing()
    }
}
