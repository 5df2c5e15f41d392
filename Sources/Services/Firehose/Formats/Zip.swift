import Compression

/// ZIP archives.
enum Zip {
    /// An archive of one file (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
    static func archive(_ bytes: [UInt8], name: String) throws -> [UInt8] {
        let packed = try Deflate.compress(bytes)
        let sum = Deflate.sum(bytes)
        func little(_ value: UInt32, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        // Version 2.0, no flags, deflate, 1980-01-01: the time is in the object's name.
        var common = little(20, 2) + little(0, 2) + little(8, 2) + little(0, 2) + little(0x21, 2)
        common += little(sum, 4) + little(UInt32(packed.count), 4) + little(UInt32(bytes.count), 4)
        common += little(UInt32(name.utf8.count), 2) + little(0, 2)
        var archive = little(0x0403_4B50, 4) + common + Array(name.utf8) + packed
        let start = UInt32(archive.count)
        let entry =
            little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4)
            + little(0, 4) + Array(name.utf8)
        archive += entry
        archive += little(0x0605_4B50, 4) + little(0, 2) + little(0, 2) + little(1, 2) + little(1, 2)
        archive += little(UInt32(entry.count), 4) + little(start, 4) + little(0, 2)
        return archive
    }
}
