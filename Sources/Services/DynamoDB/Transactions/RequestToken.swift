import Documents
import Kernel
import Store
import Synchronization

/// A client's token that was used: what it was used for, and until when that counts.
struct RequestToken {
    private static let tag: UInt8 = 2
    /// CBOR of the request, hashed.
    var fingerprint: [UInt8]
    var expires: Timestamp

    static func key(_ account: String, _ region: String, _ token: String) -> Key {
        Key(.dynamoRequestToken, .text(account), .text(region), .text(token))
    }

    /// Whether this very request has been carried out within the token's life.
    /// - Throws: the fault for a token that was used for another request.
    static func isRepeated(
        _ key: Key, _ fingerprint: [UInt8], at now: Timestamp, in snapshot: any Snapshot
    ) throws -> Bool {
        guard let used = try of(key, in: snapshot), used.expires > now else { return false }
        guard used.fingerprint == fingerprint else { throw DynamoDBFault.idempotentParameterMismatch }
        return true
    }

    /// Remembers a token, and forgets some that have expired.
    static func keep(
        _ key: Key, _ fingerprint: [UInt8], at now: Timestamp, in transaction: any Transaction, _ dues: TokenDues
    ) throws {
        try dues.sweep(at: now, in: transaction)
        let expires = now + TransactionLimit.tokenLife
        try transaction.put(key, RequestToken(fingerprint: fingerprint, expires: expires).stored)
        try transaction.put(Key(.dynamoRequestTokenDue, .integer(expires.microseconds), .bytes(key.bytes)), key.bytes)
    }

    fileprivate static func of(_ key: Key, in snapshot: any Snapshot) throws -> RequestToken? {
        try snapshot.value(key).map { try RequestToken(stored: $0) }
    }

    // MARK: As the store keeps it

    /// The form before this one.
    struct First: Stored {
        static let tag: UInt8 = 1
        var fingerprint: [UInt8]
        var expires: Timestamp
    }

    /// Members in a fixed order: it is written with every transaction.
    private var stored: [UInt8] {
        CBOR.write(.list([.blob(fingerprint), .integer(expires.microseconds)]), after: Self.tag)
    }

    private init(fingerprint: [UInt8], expires: Timestamp) { (self.fingerprint, self.expires) = (fingerprint, expires) }

    private init(stored bytes: [UInt8]) throws {
        guard bytes.first == Self.tag else {
            let first = try First(stored: bytes)
            self.init(fingerprint: first.fingerprint, expires: first.expires)
            return
        }
        guard case .list(let list) = try CBOR.parse(bytes.dropFirst()), list.count >= 2, let fingerprint = list[0].blob,
            let expires = list[1].integer
        else { throw StoreError.corrupt("RequestToken") }
        self.init(fingerprint: fingerprint, expires: Timestamp(microseconds: expires))
    }
}

/// When tokens expire, in the order of time.
final class TokenDues: Sendable {
    /// No token expires before it; nil where nobody has looked. Ten minutes' tokens are looked at once, not with each new one.
    private let next = Mutex<Timestamp?>(nil)

    /// Deletes some tokens that have expired.
    fileprivate func sweep(at now: Timestamp, in transaction: any Transaction) throws {
        if let next = next.withLock({ $0 }), next > now { return }
        var expired: [(due: Key, token: Key)] = []
        // One that is used now expires later than all others.
        var first: Timestamp? = now + TransactionLimit.tokenLife
        try transaction.scan(Key(.dynamoRequestTokenDue), limit: TransactionLimit.sweep) { row, token in
            guard case .integer(let due)? = try row.elements().first else { throw StoreError.corrupt("dynamoRequestTokenDue") }
            first = Timestamp(microseconds: due)
            guard due <= now.microseconds else { return false }
            first = nil
            expired.append((row, Key(bytes: token)))
            return true
        }
        for (due, token) in expired {
            try transaction.delete(due)
            if let used = try RequestToken.of(token, in: transaction), used.expires <= now { try transaction.delete(token) }
        }
        next.withLock { $0 = first }
    }
}
