import Crypto
import Documents

/// The MD5 digests that clients check what they sent and received by
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
enum MessageDigest {
    static func hex(_ bytes: [UInt8]) -> String { Hex.encode(Insecure.MD5.hash(data: bytes)) }

    /// Over the attributes in the order of their names: each name, type and value with its length before it in four bytes.
    /// - Returns: nil if there are none.
    static func hex(attributes: Document) -> String? {
        guard let members = attributes.members, !members.isEmpty else { return nil }
        var bytes: [UInt8] = []
        func add(_ part: [UInt8]) {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes += part
        }
        let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            guard let attribute = members[name] else { continue }
            add(Array(name.utf8))
            add(Array((attribute["DataType"]?.string ?? "").utf8))
            if let binary = attribute["BinaryValue"]?.blob {
                bytes.append(2)
                add(binary)
            } else {
                bytes.append(1)
                add(Array((attribute["StringValue"]?.string ?? "").utf8))
            }
        }
        return hex(bytes)
    }
}
