import Crypto
import Documents
import Kernel
import Testing

@testable import Firehose
@testable import Store

@Suite struct PartitionTests {
    private let partition = PartitionRecord(
        stream: "s", slot: "x", id: "p", queryKeys: ["k": "a"], functionKeys: ["t": "b"], opened: Timestamp(seconds: 1))

    @Test func partsThatTouchAreOne() {
        var record = partition
        record.add(0..<3)
        record.add(3..<4)
        // A batch that was worked on twice has left records that do not count.
        record.add(9..<10)
        #expect(record.parts == [.init(from: 0, to: 4), .init(from: 9, to: 10)])
    }

    @Test(arguments: [true, false]) func aProcessedRecordIsReadBackWhole(isSealed: Bool) throws {
        var source = SourceRecord(
            data: [1, 2], origin: .init(shard: "s-1", partitionKey: "p", sequence: "49", arrived: 77))
        (source.arrived, source.offset, source.part) = (77, 12, 3)
        let key = isSealed ? RecordKey(number: 0, sealer: Sealer(key: SymmetricKey(size: .bits256))) : nil
        let bytes = try ReadyRecord(source: source, data: [3]).entry(key, stream: "s")
        let entry = LogEntry(offset: 400, record: LogRecord(timestamp: 99, bytes: bytes))
        let record = try ReadyRecord(entry, key, of: partition)
        #expect(record.data == [3] && record.source.data == [1, 2])
        #expect(record.source.arrived == 77 && record.source.offset == 12 && record.source.part == 3)
        #expect(record.source.origin?.sequence == "49")
        #expect(record.queryKeys == ["k": "a"] && record.functionKeys == ["t": "b"])
    }

    @Test func slotsOfDifferentKeysDiffer() throws {
        let prefix = try PrefixExpression("!{partitionKeyFromQuery:a}!{partitionKeyFromQuery:b}/", isError: false)
        let slots = [["a": "1", "b": "23"], ["a": "12", "b": "3"]].map { PartitionRecord.slot(prefix.slot($0, [:])) }
        #expect(slots[0] != slots[1] && slots[0].utf8.count == 64)
    }
}
