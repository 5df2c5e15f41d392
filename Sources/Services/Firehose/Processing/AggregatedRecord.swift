import Crypto

/// Records that the Kinesis Producer Library put together into one
/// (https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md): Firehose takes them apart by
/// itself.
enum AggregatedRecord {
    private static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]
    private static let sumSize = 16
    private enum Field { static let records: UInt64 = 3, data: UInt64 = 3 }

    /// - Returns: the records inside; nil for bytes that are not of that form, which are an ordinary record.
    static func parts(of bytes: [UInt8]) -> [[UInt8]]? {
        guard bytes.count > magic.count + sumSize, bytes.starts(with: magic) else { return nil }
        let message = bytes[magic.count..<(bytes.count - sumSize)]
        guard Insecure.MD5.hash(data: message).elementsEqual(bytes.suffix(sumSize)) else { return nil }
        var parts: [[UInt8]] = []
        let isSound = fields(of: message) { number, content in
            guard number == Field.records else { return true }
            var data: [UInt8] = []
            guard
                fields(
                    of: content,
                    { inner, content in
                        if inner == Field.data { data = Array(content) }
                        return true
                    })
            else { return false }
            parts.append(data)
            return true
        }
        return isSound ? parts : nil
    }

    /// Visits a protobuf message's length-delimited fields and passes over numbers.
    private static func fields(of message: ArraySlice<UInt8>, _ visit: (UInt64, ArraySlice<UInt8>) -> Bool) -> Bool {
        var rest = message
        while !rest.isEmpty {
            guard let tag = varint(&rest) else { return false }
            switch tag & 7 {
            case 0: guard varint(&rest) != nil else { return false }
            case 2:
                guard let length = varint(&rest), length <= UInt64(rest.count) else { return false }
                guard visit(tag >> 3, rest.prefix(Int(length))) else { return false }
                rest = rest.dropFirst(Int(length))
            default: return false
            }
        }
        return true
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
