import Documents
import Kernel
import Store

/// Limits of TransactWriteItems and TransactGetItems
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
///
/// `TransactionConflict` never comes: the store carries out transactions one after another, so none ever meets another
/// half done.
enum TransactionLimit {
    /// Bytes of all items of one transaction.
    static let bytes = 4 * 1_024 * 1_024
    /// How long a client's token makes the same request again harmless.
    static let tokenLife = Duration.seconds(600)
    /// Expired tokens that are deleted along with a new one.
    static let sweep = 8
    /// What a transaction costs: it prepares and commits.
    static let factor = 2.0

    static let tooLarge = DynamoDBFault.validation("The aggregate size of the items in the transaction cannot exceed 4 MB")
    static let twice = DynamoDBFault.validation("Transaction request cannot include multiple operations on one item")
}

/// A client's token that was used: what it was used for, and what that cost.
struct RequestToken: Stored {
    static let tag: UInt8 = 1
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
        guard let used = try snapshot.record(RequestToken.self, key), used.expires > now else { return false }
        guard used.fingerprint == fingerprint else { throw DynamoDBFault.idempotentParameterMismatch }
        return true
    }

    /// Remembers a token, and forgets some that have expired.
    static func keep(_ key: Key, _ fingerprint: [UInt8], at now: Timestamp, in transaction: any Transaction) throws {
        var old: [(Key, Key)] = []
        let dues = Key(.dynamoRequestTokenDue)
        try transaction.scan(
            from: dues, to: Key(.dynamoRequestTokenDue, .integer(now.microseconds)), reverse: false,
            limit: TransactionLimit.sweep
        ) { row, bytes in
            old.append((row, Key(bytes: bytes)))
            return true
        }
        for (row, token) in old {
            try transaction.delete(row)
            if let used = try transaction.record(RequestToken.self, token), used.expires <= now { try transaction.delete(token) }
        }
        let expires = now + TransactionLimit.tokenLife
        try transaction.put(key, RequestToken(fingerprint: fingerprint, expires: expires))
        try transaction.put(Key(.dynamoRequestTokenDue, .integer(expires.microseconds), .bytes(key.bytes)), key.bytes)
    }
}
