import Crypto
import Testing

@testable import Firehose

@Suite("Records of the producer library")
struct AggregatedRecordTests {
    private func aggregate(_ records: [[UInt8]]) -> [UInt8] {
        func delimited(_ field: UInt8, _ content: [UInt8]) -> [UInt8] {
            var length = content.count
            var bytes = [field << 3 | 2]
            while length >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
                length >>= 7
            }
            return bytes + [UInt8(length)] + content
        }
        // One partition key, and every record its index (a number), its data and nothing else.
        var message = delimited(1, Array("key".utf8))
        for record in records { message += delimited(3, [0x08, 0x00] + delimited(3, record)) }
        return [0xF3, 0x89, 0x9A, 0xC2] + message + Array(Insecure.MD5.hash(data: message))
    }

    @Test("An aggregate is taken apart")
    func parts() {
        let records = [Array("one".utf8), [], [UInt8](repeating: 7, count: 300)]
        #expect(AggregatedRecord.parts(of: aggregate(records)) == records)
    }

    @Test("Anything else is an ordinary record")
    func others() {
        var broken = aggregate([Array("one".utf8)])
        #expect(AggregatedRecord.parts(of: Array(broken.dropLast())) == nil)
        broken[6] ^= 1
        #expect(AggregatedRecord.parts(of: broken) == nil)
        #expect(AggregatedRecord.parts(of: []) == nil && AggregatedRecord.parts(of: Array("plain".utf8)) == nil)
        // A sound sum over what is no message.
        let nonsense: [UInt8] = [0x1A, 0x7F]
        let sum = Array(Insecure.MD5.hash(data: nonsense))
        #expect(AggregatedRecord.parts(of: [0xF3, 0x89, 0x9A, 0xC2] + nonsense + sum) == nil)
    }
}
