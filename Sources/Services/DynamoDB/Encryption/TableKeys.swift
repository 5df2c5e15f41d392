import Crypto
import Documents
import Kernel
import Store
import Synchronization

/// Under which data key a table's items rest.
struct Sealing: Codable, Sendable, Equatable {
    /// The data key's, 32 hexadecimal digits.
    var id: String
    var keyARN: String
}

/// A data key as KMS wrapped it. It stays when its table goes: backups rest under it too.
struct DataKeyRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var account: String
    var region: String
    var table: String
    var keyARN: String
    var wrapped: [UInt8]

    static func key(_ id: String) -> Key { Key(.dynamoDataKey, .text(id)) }

    /// The encryption context of a table's key
    /// (https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html).
    var encryptionContext: Document { Self.encryptionContext(table, account) }

    static func encryptionContext(_ table: String, _ account: String) -> Document {
        ["aws:dynamodb:tableName": .string(table), "aws:dynamodb:subscriberId": .string(account)]
    }
}

/// A data key is not at hand, or this caller has not been asked about lately: KMS must be asked, then the work done again.
struct NeedsDataKey: Error {
    var id: String
    /// It is not the caller's own table: DynamoDB's work for a replica in another Region, say.
    var isOwnWork = true
}

/// Data keys out of their wrapping, for five minutes; and who was let to use which.
final class TableKeys: Sendable {
    enum Limit {
        /// As long as AWS keeps a table key before it asks KMS again.
        static let lifetime = Duration.seconds(300)
        static let kept = 10_000
    }
    private struct Use: Hashable {
        var caller: String
        var id: String
    }
    private struct State {
        var keys: [String: (key: SymmetricKey, until: Timestamp)] = [:]
        var uses: [Use: Timestamp] = [:]
    }
    private let state = Mutex(State())

    /// - Parameter caller: nil for DynamoDB's own work.
    /// - Throws: ``NeedsDataKey``.
    fileprivate func key(_ id: String, for caller: String?, at now: Timestamp?) throws(NeedsDataKey) -> SymmetricKey {
        let found = state.withLock { state -> SymmetricKey? in
            if let caller, let now {
                guard let until = state.uses[Use(caller: caller, id: id)], now < until else { return nil }
            }
            return state.keys[id]?.key
        }
        guard let found else { throw NeedsDataKey(id: id, isOwnWork: caller == nil) }
        return found
    }

    func keep(_ key: SymmetricKey, _ id: String, for caller: String?, at now: Timestamp) {
        forget(before: now)
        state.withLock { state in
            if state.keys.count >= Limit.kept || state.uses.count >= Limit.kept { state = State() }
            state.keys[id] = (key, now + Limit.lifetime)
            if let caller { state.uses[Use(caller: caller, id: id)] = now + Limit.lifetime }
        }
    }

    /// Lets go of what is older than five minutes.
    func forget(before now: Timestamp) {
        state.withLock { state in
            guard !state.keys.isEmpty else { return }
            state.keys = state.keys.filter { now < $0.value.until }
            state.uses = state.uses.filter { now < $0.value }
        }
    }
}

/// The keys as one caller may use them. It travels with a table's record and is never stored.
final class KeyView: Codable, Sendable, Equatable {
    private let ring: TableKeys?
    private let caller: String?
    private let now: Timestamp?

    /// - Parameter context: whose request it is; nil for DynamoDB's own work.
    init(_ ring: TableKeys, for context: Context? = nil) {
        self.ring = ring
        caller = context.map { $0.caller.keyUser }
        now = context?.now
    }

    func key(_ id: String) throws(NeedsDataKey) -> SymmetricKey {
        guard let ring else { throw NeedsDataKey(id: id) }
        return try ring.key(id, for: caller, at: now)
    }

    static func == (left: KeyView, right: KeyView) -> Bool { true }
    init(from decoder: any Decoder) throws { (ring, caller, now) = (nil, nil, nil) }
    func encode(to encoder: any Encoder) throws {}
}

extension KeyedDecodingContainer {
    /// What is never stored is never missed.
    func decodeIfPresent(_ type: KeyView.Type, forKey key: Key) throws -> KeyView? { nil }
}

extension KeyedEncodingContainer {
    mutating func encodeIfPresent(_ value: KeyView?, forKey key: Key) throws {}
}

extension TableRecord {
    func decode(_ bytes: [UInt8]) throws -> Attributes { try ItemCoding.decode(try open(bytes)) }

    func encode(_ item: Attributes, size: Int) throws -> [UInt8] { try seal(ItemCoding.encode(item, size: size), size: size) }

    /// An item's bytes out of their seal, if they have one.
    func open(_ bytes: [UInt8]) throws -> [UInt8] { keys == nil ? bytes : try ItemCoding.open(bytes, keys) }

    /// - Parameter size: the item's, by AWS's rules.
    func seal(_ plain: [UInt8], size: Int) throws -> [UInt8] {
        guard let sealing else { return plain }
        guard let keys else { throw NeedsDataKey(id: sealing.id) }
        return try ItemCoding.seal(plain, size: size, sealing.id, try keys.key(sealing.id))
    }
}

extension ItemCoding {
    private static let idLength = 16

    /// A sealed item: a version of its own, the item's size, the data key's id, then nonce, ciphertext and tag
    /// (AES-256-GCM). What stands before the nonce is authenticated with it.
    static func seal(_ plain: [UInt8], size: Int, _ id: String, _ key: SymmetricKey) throws -> [UInt8] {
        let head = sealedStart(size) + (Hex.decode(id) ?? [])
        guard let box = try AES.GCM.seal(plain, using: key, authenticating: head).combined else {
            throw StoreError.corrupt("AES-GCM gave no nonce")
        }
        return head + Array(box)
    }

    /// The data key of a sealed item, and where its nonce begins; nil for an item that is not sealed.
    static func sealedHead(_ bytes: [UInt8]) throws -> (id: String, end: Int)? {
        guard let start = try sealedStartLength(bytes) else { return nil }
        let end = start + idLength
        guard bytes.count > end else { throw StoreError.corrupt("sealed item is cut") }
        return (Hex.encode(Array(bytes[start..<end])), end)
    }

    /// An item's bytes out of their seal, if they have one.
    static func open(_ bytes: [UInt8], _ keys: KeyView?) throws -> [UInt8] {
        guard let head = try sealedHead(bytes) else { return bytes }
        guard let keys else { throw NeedsDataKey(id: head.id) }
        let key = try keys.key(head.id)
        do {
            let box = try AES.GCM.SealedBox(combined: bytes[head.end...])
            return Array(try AES.GCM.open(box, using: key, authenticating: bytes[..<head.end]))
        } catch is CryptoKitError {
            throw StoreError.corrupt("sealed item")
        }
    }
}
