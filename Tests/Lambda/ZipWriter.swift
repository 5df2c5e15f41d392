/// Writes zip archives for tests: stored members, with any path and mode.
enum ZipWriter {
    struct Member {
        var path: String
        var bytes: [UInt8]
        var mode: UInt32 = 0o100644
    }

    static func zip(_ files: [String: String]) -> [UInt8] {
        zip(files.sorted { $0.key < $1.key }.map { Member(path: $0.key, bytes: Array($0.value.utf8)) })
    }

    static func zip(_ members: [Member]) -> [UInt8] {
        var body: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let name = Array(member.path.utf8)
            let offset = UInt32(body.count)
            let common: [UInt8] =
                half(20) + half(0) + half(0) + half(0) + half(0) + word(crc(member.bytes)) + word(UInt32(member.bytes.count))
                + word(UInt32(member.bytes.count)) + half(UInt16(name.count)) + half(0)
            body += word(0x0403_4B50) + common + name + member.bytes
            directory += word(0x0201_4B50) + half(3 << 8 | 20) + common + half(0) + half(0) + half(0) + word(member.mode << 16)
            directory += word(offset) + name
        }
        let count = UInt16(members.count)
        return body + directory + word(0x0605_4B50) + half(0) + half(0) + half(count) + half(count)
            + word(UInt32(directory.count))
            + word(UInt32(body.count)) + half(0)
    }

    private static func half(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
    private static func word(_ value: UInt32) -> [UInt8] { half(UInt16(value & 0xFFFF)) + half(UInt16(value >> 16)) }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
