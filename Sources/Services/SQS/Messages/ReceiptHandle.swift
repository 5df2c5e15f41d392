import Crypto
import Documents

/// What a receiver gets to delete a message by: where the message is, and which receipt of it this was.
struct ReceiptHandle: Sendable, Equatable {
    var queue: Int64
    var store: Int64
    var sent: Int64
    var sequence: Int64
    var receipt: Int64

    private static let prefix: [UInt8] = [0x01, 0x01, 0x1E, 0x40]
    private static let checkBytes = 8

    /// Base64 of the numbers and a checksum over them.
    var text: String {
        var bytes = Self.prefix
        for number in [queue, store, sent, sequence, receipt] {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        return Base64.string(bytes + Self.check(bytes))
    }

    /// - Returns: nil for what is no handle of SQS.
    init?(_ text: String) {
        let count = Self.prefix.count + 40
        guard let bytes = Base64.decode(text), bytes.count == count + Self.checkBytes, bytes.starts(with: Self.prefix),
            Self.check(Array(bytes[..<count])).elementsEqual(bytes[count...])
        else { return nil }
        func number(_ place: Int) -> Int64 {
            let start = Self.prefix.count + place * 8
            return Int64(bitPattern: bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        (queue, store, sent, sequence, receipt) = (number(0), number(1), number(2), number(3), number(4))
    }

    init(_ record: MessageRecord, of queue: Queue) {
        (self.queue, store, sent) = (queue.id, queue.store, record.sent)
        (sequence, receipt) = (record.sequence, record.receives)
    }

    private static func check(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes).prefix(checkBytes)) }
}
