import Documents
import Kernel
import Store

/// A record in its shard's log: one byte form, then the partition key's length (2 bytes, big-endian), the key and the data.
/// Under encryption: form, the number of the data key (4 bytes), and all the rest sealed with AES-GCM.
struct StreamEntry: Sendable {
    private enum Form { static let plain: UInt8 = 1, sealed: UInt8 = 2 }
    private static let sealedHead = 5

    var partitionKey: String
    var data: [UInt8]

    /// - Parameters:
    ///   - key: the stream's present data key, while encryption is on.
    ///   - context: what the seal is bound to: the stream's id.
    static func encode(_ partitionKey: String, _ data: [UInt8], _ key: StreamKey?, context: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let count = partitionKey.utf8.count
        bytes.reserveCapacity(3 + count + data.count)
        bytes.append(Form.plain)
        bytes.append(UInt8(truncatingIfNeeded: count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: count))
        bytes.append(contentsOf: partitionKey.utf8)
        bytes.append(contentsOf: data)
        guard let key else { return bytes }
        let sealed = try key.key.seal(bytes, place: context)
        var output: [UInt8] = [Form.sealed]
        output.reserveCapacity(sealedHead + sealed.count)
        withUnsafeBytes(of: key.number.bigEndian) { output.append(contentsOf: $0) }
        output.append(contentsOf: sealed)
        return output
    }

    /// The number of the data key that `bytes` are sealed with; nil for plain ones.
    static func keyNumber(_ bytes: [UInt8]) -> UInt32? {
        guard bytes.count > sealedHead, bytes[0] == Form.sealed else { return nil }
        return bytes[1..<sealedHead].reduce(0) { $0 << 8 | UInt32($1) }
    }

    init(_ bytes: [UInt8], _ key: StreamKey?, context: String) throws {
        let plain = bytes.first == Form.sealed ? try Self.open(bytes, key, context) : bytes
        guard plain.count >= 3, plain[0] == Form.plain else { throw StoreError.corrupt("a stream's record") }
        let count = Int(plain[1]) << 8 | Int(plain[2])
        guard plain.count >= 3 + count else { throw StoreError.corrupt("a stream's record") }
        partitionKey = String(decoding: plain[3..<(3 + count)], as: UTF8.self)
        data = Array(plain[(3 + count)...])
    }

    private static func open(_ bytes: [UInt8], _ key: StreamKey?, _ context: String) throws -> [UInt8] {
        guard let key else { throw StoreError.corrupt("a sealed record without its key") }
        return try key.key.open(bytes.dropFirst(sealedHead), place: context)
    }
}
