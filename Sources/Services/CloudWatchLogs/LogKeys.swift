import Documents
import Kernel
import Store
import Synchronization

/// Data keys of groups with a customer's key: a key that is turned off stops reading within minutes and writing within an
/// hour. A data key seals for so long because whoever reads a long time needs every one of them.
typealias LogKeys = KeyCache<Keyring.Need, DataKey>

/// Opens and seals messages within a transaction, which cannot wait for KMS: what it lacks it notes, and the transaction is
/// run again with it (``CloudWatchLogsService/withKeys(_:_:)``).
final class Keyring: Sendable {
    enum Need: Hashable, Sendable {
        case toSeal(group: String, key: String)
        case toOpen(group: String, wrapped: [UInt8])

        /// How long the key is kept.
        var age: Duration {
            switch self {
            case .toSeal: .seconds(3_600)
            case .toOpen: DataKey.lifetime
            }
        }
    }

    /// Thrown to end an attempt that lacks keys.
    struct Lacking: Error {}

    private static let needsMax = 100
    private let keys: LogKeys
    private let now: Timestamp
    private let noted = Mutex<Set<Need>>([])

    init(_ keys: LogKeys, _ now: Timestamp) { (self.keys, self.now) = (keys, now) }

    var needs: Set<Need> { noted.withLock { $0 } }

    /// An event as it is kept in a group.
    /// - Throws: ``Lacking``.
    func seal(_ message: String, at time: Timestamp, _ ingested: Timestamp, in group: GroupRecord) throws -> EventRecord {
        guard let key = group.kmsKey else { return EventRecord(timestamp: time, ingested: ingested, message: message) }
        let need = Need.toSeal(group: group.arn, key: key)
        guard let own = keys.key(need, at: now) else {
            noted.withLock { _ = $0.insert(need) }
            throw Lacking()
        }
        let sealed = try own.seal(Array(message.utf8), place: group.arn)
        return EventRecord(timestamp: time, ingested: ingested, message: "", sealed: sealed, wrapped: own.wrapped)
    }

    /// An event's message. Where its key is lacking it is empty, and the whole attempt does not count.
    /// - Throws: ``Lacking`` when many keys are lacking.
    /// - Parameter unmasked: what a data protection policy hides is shown.
    func message(of event: EventRecord, in group: GroupRecord, unmasked: Bool = false) throws -> String {
        let message = try opened(event, in: group)
        return unmasked ? message : event.masked(message)
    }

    private func opened(_ event: EventRecord, in group: GroupRecord) throws -> String {
        guard let sealed = event.sealed, let wrapped = event.wrapped else { return event.message }
        let need = Need.toOpen(group: group.arn, wrapped: wrapped)
        guard let key = keys.key(need, at: now) else {
            let count = noted.withLock { noted in
                noted.insert(need)
                return noted.count
            }
            guard count < Self.needsMax else { throw Lacking() }
            return ""
        }
        return String(decoding: try key.open(sealed, place: group.arn), as: UTF8.self)
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
        func asking(for group: String) throws -> (DataKey.Asking) {
            guard let arn = ARN(group) else { throw AWSError.internalFailure }
            let caller = Caller.service(Self.principal(arn.region), account: arn.account, sourceARN: group)
            return { try await platform.call(Call("kms", $0, $1, caller: caller, region: arn.region)).output }
        }
        func context(_ group: String) -> Document { ["aws:logs:arn": .string(group)] }
        let key: DataKey =
            switch need {
            case .toSeal(let group, let key): try await .generate(under: key, for: context(group), asking(for: group))
            case .toOpen(let group, let wrapped): try await .unwrap(wrapped, for: context(group), asking(for: group))
            }
        let now = platform.clock.now()
        keys.keep(key, as: need, until: now + need.age, at: now)
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
