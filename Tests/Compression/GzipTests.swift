import Compression
import Testing

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 65_535, 65_536, 300_000])
    func comesBack(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let packed = try Gzip.compress(bytes)
        #expect(packed.prefix(2) == [0x1F, 0x8B])
        #expect(try Gzip.decompress(packed, limit: count) == bytes)
    }

    @Test func severalMembersAreOneFile() throws {
        let packed = try Gzip.compress([1, 2]) + Gzip.compress([3])
        #expect(try Gzip.decompress(packed, limit: 3) == [1, 2, 3])
    }

    @Test func refusesWhatIsTooLargeCutOrWrong() throws {
        let bytes = [UInt8](repeating: 7, count: 200_000)
        let packed = try Gzip.compress(bytes)
        #expect(throws: Gzip.Failure.tooLarge) { try Gzip.decompress(packed, limit: bytes.count - 1) }
        #expect(throws: Gzip.Failure.cut) { try Gzip.decompress(Array(packed.dropLast(9)), limit: bytes.count) }
        #expect(throws: Gzip.Failure.cut) { try Gzip.decompress([], limit: 1) }
        #expect(throws: Gzip.Failure.status(-3)) { try Gzip.decompress(Array("no gzip at all".utf8), limit: 100) }
    }
}
