import Documents
import Kernel
import Store

/// E-mail, text messages and messages to devices that would have left the house: they stay in a local mailbox, to be read there.
public struct Letter: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var id: String
    public var time: Timestamp
    /// `email`, `sms` or `push`.
    public var medium: String
    /// The account whose topic it comes from.
    public var account: String
    public var from: String
    public var to: String
    public var subject: String?
    public var body: String

    static let all = Key(.snsMail)
    var key: Key { Self.all.appending(.integer(time.microseconds), .text(id)) }
}

/// The local mailbox.
public enum Mailbox {
    /// Puts a letter in; the oldest one goes when the mailbox is full. The same id again is the same letter.
    static func deliver(_ letter: Letter, in transaction: Transaction) throws {
        guard try !transaction.contains(letter.key) else { return }
        var (count, oldest): (Int64, Key?) = (try transaction.record(MailCount.self, MailCount.key)?.count ?? 0, nil)
        if count >= Int64(SNSLimit.mailbox) {
            try transaction.scan(from: Letter.all, to: Letter.all.rangeEnd, reverse: false, limit: 1) { key, _ in
                oldest = key
                return false
            }
        }
        if let oldest { try transaction.delete(oldest) } else { count += 1 }
        try transaction.put(letter.key, letter)
        try transaction.put(MailCount.key, MailCount(count: count))
    }

    /// The latest letters, the newest first.
    /// - Parameters:
    ///   - address: only what went to this address or number.
    ///   - limit: how many; a thousand at most.
    public static func letters(to address: String? = nil, limit: Int = 100, _ platform: Platform) async throws -> [Letter] {
        let limit = min(max(limit, 1), SNSLimit.mailboxPage)
        return try await platform.store.read { snapshot in
            var found: [Letter] = []
            try snapshot.records(Letter.self, Letter.all, reverse: true) { _, letter in
                if address == nil || letter.to == address { found.append(letter) }
                return found.count < limit
            }
            return found
        }
    }
}

/// How many letters there are.
private struct MailCount: Stored {
    static let tag: UInt8 = 1
    var count: Int64
    static let key = Key(.snsAccount, "mailbox")
}
