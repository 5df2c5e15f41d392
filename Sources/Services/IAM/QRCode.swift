/// A QR code of bytes, with error correction level L (ISO/IEC 18004).
struct QRCode: Sendable {
    enum Limit {
        /// The largest version made: 77 modules a side, 520 bytes.
        static let version = 15
    }
    /// Error correction codewords of a block, and blocks, by version (ISO/IEC 18004, table 9, level L).
    private static let correction = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22]
    private static let blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6]

    /// Modules a side.
    private(set) var size: Int
    private var version: Int
    /// Row by row; true is dark.
    private var modules: [Bool]
    /// Modules that carry no data, and that no mask changes.
    private var fixed: [Bool]

    subscript(x: Int, y: Int) -> Bool { modules[y * size + x] }

    /// - Returns: nil for more bytes than ``Limit/version`` holds.
    init?(_ bytes: [UInt8]) {
        let fitting = (1...Limit.version).first { 8 * bytes.count + ($0 < 10 ? 12 : 20) <= 8 * Self.dataCount($0) }
        guard let version = fitting else { return nil }
        self.version = version
        size = 17 + 4 * version
        modules = Array(repeating: false, count: size * size)
        fixed = modules
        drawPatterns()
        place(Self.interleaved(Self.codewords(bytes, version), version))
        let bare = self
        let masked = (0..<8).map { mask -> QRCode in
            var code = bare
            code.apply(mask)
            return code
        }
        guard let best = masked.min(by: { $0.penalty < $1.penalty }) else { return nil }
        self = best
    }

    // MARK: Codewords

    /// All codewords of a version.
    private static func count(_ version: Int) -> Int {
        var bits = (16 * version + 128) * version + 64
        if version >= 2 {
            let alignments = version / 7 + 2
            bits -= (25 * alignments - 10) * alignments - 55
            if version >= 7 { bits -= 36 }
        }
        return bits / 8
    }

    private static func dataCount(_ version: Int) -> Int { count(version) - correction[version - 1] * blocks[version - 1] }

    /// Byte mode, the length, the bytes, the end, and padding.
    private static func codewords(_ bytes: [UInt8], _ version: Int) -> [UInt8] {
        let (capacity, lengthBits) = (dataCount(version), version < 10 ? 8 : 16)
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) { bits += (0..<count).map { value >> (count - 1 - $0) & 1 == 1 } }
        append(0b0100, 4)
        append(bytes.count, lengthBits)
        for byte in bytes { append(Int(byte), 8) }
        append(0, min(4, capacity * 8 - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var words = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        while words.count < capacity {
            words.append((capacity - words.count) % 2 == (capacity - bits.count / 8) % 2 ? 0xEC : 0x11)
        }
        return words
    }

    /// The data's blocks, each with its Reed-Solomon codewords, taken by turns.
    private static func interleaved(_ data: [UInt8], _ version: Int) -> [UInt8] {
        let (number, check) = (blocks[version - 1], correction[version - 1])
        let short = data.count / number
        let longs = data.count % number
        let generator = ReedSolomon.generator(check)
        var (parts, checks, at): ([[UInt8]], [[UInt8]], Int) = ([], [], 0)
        for index in 0..<number {
            let length = short + (index < number - longs ? 0 : 1)
            parts.append(Array(data[at..<at + length]))
            checks.append(ReedSolomon.remainder(parts[index], generator))
            at += length
        }
        var words: [UInt8] = []
        for column in 0...short { words += parts.filter { column < $0.count }.map { $0[column] } }
        for column in 0..<check { words += checks.map { $0[column] } }
        return words
    }

    // MARK: Drawing

    private mutating func fix(_ x: Int, _ y: Int, _ dark: Bool) {
        (modules[y * size + x], fixed[y * size + x]) = (dark, true)
    }

    private mutating func drawPatterns() {
        for index in 0..<size {
            fix(6, index, index % 2 == 0)
            fix(index, 6, index % 2 == 0)
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] {
            for (dx, dy) in Self.square(4) where (0..<size).contains(x + dx) && (0..<size).contains(y + dy) {
                let ring = max(abs(dx), abs(dy))
                fix(x + dx, y + dy, ring != 2 && ring != 4)
            }
        }
        let positions = alignments
        for x in positions {
            for y in positions where !(x == 6 && y == 6 || x == 6 && y == size - 7 || x == size - 7 && y == 6) {
                for (dx, dy) in Self.square(2) { fix(x + dx, y + dy, max(abs(dx), abs(dy)) != 1) }
            }
        }
        drawFormat(0)
        guard version >= 7 else { return }
        var rest = version
        for _ in 0..<12 { rest = rest << 1 ^ (rest >> 11) * 0x1F25 }
        let bits = version << 12 | rest
        for index in 0..<18 {
            let (a, b, dark) = (size - 11 + index % 3, index / 3, bits >> index & 1 == 1)
            fix(a, b, dark)
            fix(b, a, dark)
        }
    }

    private static func square(_ reach: Int) -> [(Int, Int)] {
        (-reach...reach).flatMap { x in (-reach...reach).map { (x, $0) } }
    }

    private var alignments: [Int] {
        guard version > 1 else { return [] }
        let count = version / 7 + 2
        let step = (version * 8 + count * 3 + 5) / (count * 4 - 4) * 2
        return [6] + (0..<count - 1).map { size - 7 - $0 * step }.reversed()
    }

    /// The level and the mask, twice, and the module that is always dark.
    private mutating func drawFormat(_ mask: Int) {
        let data = 0b01 << 3 | mask
        var rest = data
        for _ in 0..<10 { rest = rest << 1 ^ (rest >> 9) * 0x537 }
        let bits = (data << 10 | rest) ^ 0x5412
        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
        for index in 0...5 { fix(8, index, bit(index)) }
        fix(8, 7, bit(6))
        fix(8, 8, bit(7))
        fix(7, 8, bit(8))
        for index in 9..<15 { fix(14 - index, 8, bit(index)) }
        for index in 0..<8 { fix(size - 1 - index, 8, bit(index)) }
        for index in 8..<15 { fix(8, size - 15 + index, bit(index)) }
        fix(8, size - 8, true)
    }

    /// Two columns at a time, from the right, upwards and downwards by turns.
    private mutating func place(_ words: [UInt8]) {
        var bit = 0
        var right = size - 1
        while right >= 1 {
            if right == 6 { right = 5 }
            for step in 0..<size {
                for x in [right, right - 1] {
                    let y = (right + 1) & 2 == 0 ? size - 1 - step : step
                    guard !fixed[y * size + x], bit < words.count * 8 else { continue }
                    modules[y * size + x] = words[bit / 8] >> (7 - bit % 8) & 1 == 1
                    bit += 1
                }
            }
            right -= 2
        }
    }

    private mutating func apply(_ mask: Int) {
        for y in 0..<size {
            for x in 0..<size where !fixed[y * size + x] && Self.isInverted(mask, x, y) { modules[y * size + x].toggle() }
        }
        drawFormat(mask)
    }

    private static func isInverted(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (x / 3 + y / 2) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }

    /// How hard the code is to read (ISO/IEC 18004, section 7.8.3): runs, blocks, what looks like a corner, imbalance.
    private var penalty: Int {
        var total = 0
        let corner = [true, false, true, true, true, false, true]
        let (before, after) = ([false, false, false, false] + corner, corner + [false, false, false, false])
        for isRow in [true, false] {
            for line in 0..<size {
                let cells = (0..<size).map { isRow ? self[$0, line] : self[line, $0] }
                var run = 1
                for index in 1...size {
                    if index < size, cells[index] == cells[index - 1] {
                        run += 1
                    } else {
                        if run >= 5 { total += run - 2 }
                        run = 1
                    }
                }
                for start in 0...(size - 11)
                where cells[start..<start + 11].elementsEqual(before)
                    || cells[start..<start + 11].elementsEqual(after)
                {
                    total += 40
                }
            }
        }
        for y in 1..<size {
            for x in 1..<size
            where self[x, y] == self[x - 1, y] && self[x, y] == self[x, y - 1] && self[x, y] == self[x - 1, y - 1] {
                total += 3
            }
        }
        let dark = modules.count(where: { $0 })
        return total + abs(dark * 20 - modules.count * 10) / modules.count * 10
    }
}

/// Reed-Solomon codes over GF(2^8) with the polynomial 0x11D.
private enum ReedSolomon {
    static func generator(_ degree: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in 0..<degree {
                result[index] = product(result[index], root)
                if index + 1 < degree { result[index] ^= result[index + 1] }
            }
            root = product(root, 2)
        }
        return result
    }

    static func remainder(_ data: [UInt8], _ generator: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: generator.count)
        for byte in data {
            let factor = byte ^ result.removeFirst()
            result.append(0)
            for index in result.indices { result[index] ^= product(generator[index], factor) }
        }
        return result
    }

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var result = 0
        for bit in (0..<8).reversed() {
            result = result << 1 ^ (result >> 7) * 0x11D
            if right >> bit & 1 == 1 { result ^= Int(left) }
        }
        return UInt8(truncatingIfNeeded: result)
    }
}
