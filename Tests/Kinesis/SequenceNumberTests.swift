import Documents
import Testing

@testable import Kinesis

@Suite("Sequence numbers and hash keys")
struct SequenceNumberTests {
    private func shard(_ index: Int, seconds: Int64 = 1_767_225_600) -> ShardRecord {
        ShardRecord(index: index, 0...UInt128.max, created: Timestamp(seconds: seconds), seconds: seconds)
    }

    @Test("a number is read back as it was written, and has AWS's 56 digits")
    func roundTrip() throws {
        for index in [0, 1, 77, 19_999] {
            for offset in [0, 1, 999, 1 << 20, 1 << 40, Int64.max - 1] as [Int64] {
                let number = SequenceNumber(shard(index), offset: offset, arrivalMilliseconds: 1_767_225_600_123)
                let text = number.description
                #expect(text.count == 56)
                #expect(SequenceNumber(text) == number)
                #expect(SequenceNumber(text)?.offset == offset)
                #expect(SequenceNumber(text)?.shard == index)
            }
        }
    }

    @Test("numbers rise as decimals with the offset, between a shard's start and its end, and from parent to child")
    func order() {
        var parent = shard(3)
        parent.end = 500
        parent.closed = Timestamp(seconds: 1_767_225_700)
        let texts =
            [SequenceNumber.starting(parent)]
            + (0..<500).map { SequenceNumber(parent, offset: $0, arrivalMilliseconds: 1_767_225_600_000 + $0) }
            + [SequenceNumber.ending(parent), SequenceNumber.starting(shard(4, seconds: 1_767_225_601))]
        let decimals = texts.map(\.description)
        // Of one length, so that the order of texts is the order of numbers.
        #expect(decimals == decimals.sorted() && Set(decimals).count == decimals.count)
    }

    @Test(
        "what no shard gave out is no number",
        arguments: ["", "0", "7", "abc", String(repeating: "9", count: 56), String(repeating: "9", count: 80), "-4"])
    func foreign(_ text: String) {
        #expect(SequenceNumber(text) == nil)
    }

    @Test("ranges of any number of shards are even, without gap or overlap", arguments: [1, 2, 3, 5, 7, 64, 1_000, 20_000])
    func ranges(_ count: Int) {
        let ranges = KinesisService.uniform(count)
        #expect(ranges.count == count && ranges.first?.lowerBound == 0 && ranges.last?.upperBound == .max)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound + 1 == $1.lowerBound })
        let widths = ranges.map { $0.upperBound - $0.lowerBound }
        #expect((widths.max() ?? 0) - (widths.min() ?? 0) <= 1)
    }

    @Test("a partition key's hash is its MD5")
    func hash() {
        // RFC 1321, A.5: MD5 ("abc") = 900150983cd24fb0d6963f7d28e17f72
        #expect(KinesisService.hash("abc") == UInt128("900150983cd24fb0d6963f7d28e17f72", radix: 16))
    }

    @Test("a bucket refills by the clock, and a debt is paid off first")
    func bucket() {
        let start = Timestamp(seconds: 0)
        var bucket = TokenBucket(rate: 100, capacity: 100, now: start)
        var told = [bucket.has(100, start)]
        bucket.take(100)
        told.append(bucket.has(1, start))
        told.append(bucket.has(50, start + .milliseconds(500)))
        bucket.take(1_050)
        told.append(bucket.isPositive(start + .seconds(10)))
        told.append(bucket.isPositive(start + .seconds(11)))
        // More than the capacity needs a full bucket, and no more than that.
        told.append(bucket.has(5_000, start + .seconds(60)))
        #expect(told == [true, false, true, false, true, true])
    }
}
