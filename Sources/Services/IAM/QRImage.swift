import Documents

/// A QR code as a PNG image (W3C, "Portable Network Graphics"): black and white, stored without compression.
enum QRImage {
    private static let scale = 4
    /// Modules of white around it, as readers need.
    private static let margin = 4

    static func png(_ code: QRCode) -> [UInt8] {
        let side = (code.size + 2 * margin) * scale
        var rows: [UInt8] = []
        for y in 0..<side {
            rows.append(0)
            for start in stride(from: 0, to: side, by: 8) {
                let bits = (0..<8).map { start + $0 < side && isLight(code, start + $0, y) }
                rows.append(bits.reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) })
            }
        }
        let header = word(side) + word(side) + [1, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", stored(rows))
            + chunk("IEND", [])
    }

    private static func isLight(_ code: QRCode, _ x: Int, _ y: Int) -> Bool {
        let (column, row) = (x / scale - margin, y / scale - margin)
        guard (0..<code.size).contains(column), (0..<code.size).contains(row) else { return true }
        return !code[column, row]
    }

    private static func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return word(data.count) + body + word(Int(CRC.crc32.update(0, body)))
    }

    /// The form of zlib (RFC 1950) with stored blocks (RFC 1951, section 3.2.4).
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x78, 0x01]
        let most = 65_535
        for start in stride(from: 0, to: data.count, by: most) {
            let block = data[start..<min(start + most, data.count)]
            let (low, high) = (UInt8(truncatingIfNeeded: block.count), UInt8(truncatingIfNeeded: block.count >> 8))
            result += [start + most >= data.count ? 1 : 0, low, high, ~low, ~high] + block
        }
        var (a, b): (Int, Int) = (1, 0)
        for byte in data {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return result + word(b << 16 | a)
    }
}
