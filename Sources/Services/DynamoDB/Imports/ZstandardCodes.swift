/// Bytes read from the front.
struct ForwardBytes {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var rest: [UInt8] { Array(bytes[position...]) }

    func peek() throws -> UInt8 {
        guard position < bytes.count else { throw ZstandardBlock.broken }
        return bytes[position]
    }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= bytes.count - position else { throw ZstandardBlock.broken }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A little-endian number.
    mutating func number(_ count: Int) throws -> Int {
        try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Bits from the front, the lowest first; nothing beyond the end.
    func bits(_ start: Int, _ count: Int) throws -> Int {
        guard position * 8 + start + count <= bytes.count * 8 else { throw ZstandardBlock.broken }
        var value = 0
        for bit in 0..<count {
            let at = position * 8 + start + bit
            value |= Int(bytes[at / 8] >> UInt8(at % 8) & 1) << bit
        }
        return value
    }
}

/// Bits read from the back, as entropy-coded streams are (RFC 8878, 4.1): behind the highest one bit of the last byte.
struct BackwardBits {
    private let bytes: [UInt8]
    /// Bits that are not read yet; negative once more were read than there are, which gives zeros.
    private(set) var left: Int

    init(_ bytes: [UInt8]) throws {
        guard let last = bytes.last, last > 0 else { throw ZstandardBlock.broken }
        self.bytes = bytes
        left = bytes.count * 8 - 1 - last.leadingZeroBitCount
    }

    mutating func read(_ count: Int) -> Int {
        guard count > 0 else { return 0 }
        left -= count
        return peek(left, count)
    }

    /// The `count` bits above bit `start`.
    private func peek(_ start: Int, _ count: Int) -> Int {
        let missing = max(0, -start)
        guard missing < count else { return 0 }
        let (low, high) = (max(0, start), start + count)
        var value = 0
        var byte = low / 8
        var shift = byte * 8 - low
        while byte * 8 < high, byte < bytes.count {
            let piece = Int(bytes[byte])
            value |= shift < 0 ? piece >> -shift : piece << shift
            (byte, shift) = (byte + 1, shift + 8)
        }
        return (value & ((1 << (high - low)) - 1)) << missing
    }
}

/// A decoding table of finite state entropy (RFC 8878, 4.1.1).
struct FSETable {
    let accuracy: Int
    private(set) var symbols: [UInt8]
    private var bits: [UInt8]
    private var bases: [Int]

    /// One symbol that costs no bits.
    init(only symbol: UInt8) { (accuracy, symbols, bits, bases) = (0, [symbol], [0], [0]) }

    /// Reads a table's description.
    init(_ reader: inout ForwardBytes, maximum: Int) throws {
        let accuracy = try reader.bits(0, 4) + 5
        guard accuracy <= maximum else { throw ZstandardBlock.broken }
        var (at, remaining, frequencies) = (4, 1 << accuracy, [Int]())
        while remaining > 0 {
            let width = Int.bitWidth - (remaining + 1).leadingZeroBitCount
            // The last bits of the description may reach beyond what is there; the width is one less then.
            let low = try reader.bits(at, width - 1)
            let threshold = (1 << width) - 1 - (remaining + 1)
            var value = low
            if low < threshold {
                at += width - 1
            } else {
                value |= try reader.bits(at + width - 1, 1) << (width - 1)
                if value >= 1 << (width - 1) { value -= threshold }
                at += width
            }
            let probability = value - 1
            remaining -= abs(probability)
            frequencies.append(probability)
            guard remaining >= 0, frequencies.count <= 256 else { throw ZstandardBlock.broken }
            guard probability == 0 else { continue }
            while true {
                let zeros = try reader.bits(at, 2)
                at += 2
                frequencies += [Int](repeating: 0, count: zeros)
                guard frequencies.count <= 256 else { throw ZstandardBlock.broken }
                if zeros < 3 { break }
            }
        }
        _ = try reader.take((at + 7) / 8)
        self.init(frequencies, accuracy: accuracy)
    }

    /// - Parameter frequencies: by symbol; -1 stands for less than one. They add up to the table's size.
    init(_ frequencies: [Int], accuracy: Int) {
        let size = 1 << accuracy
        self.accuracy = accuracy
        symbols = [UInt8](repeating: 0, count: size)
        bits = [UInt8](repeating: 0, count: size)
        bases = [Int](repeating: 0, count: size)
        var (high, next) = (size, frequencies)
        for (symbol, frequency) in frequencies.enumerated() where frequency == -1 {
            high -= 1
            symbols[high] = UInt8(symbol)
            next[symbol] = 1
        }
        let (step, mask) = ((size >> 1) + (size >> 3) + 3, size - 1)
        var position = 0
        for (symbol, frequency) in frequencies.enumerated() where frequency > 0 {
            for _ in 0..<frequency {
                symbols[position] = UInt8(symbol)
                repeat { position = (position + step) & mask } while position >= high
            }
        }
        for state in 0..<size {
            let symbol = Int(symbols[state])
            let width = accuracy - (Int.bitWidth - 1 - next[symbol].leadingZeroBitCount)
            bits[state] = UInt8(width)
            bases[state] = next[symbol] << width - size
            next[symbol] += 1
        }
    }

    func next(_ state: Int, _ stream: inout BackwardBits) -> Int { bases[state] + stream.read(Int(bits[state])) }
}

/// A Huffman code for literals (RFC 8878, 4.2).
struct HuffmanTable {
    private let width: Int
    private var symbols: [UInt8]
    private var lengths: [UInt8]

    init(_ reader: inout ForwardBytes) throws {
        let header = try reader.number(1)
        var weights: [Int]
        if header >= 128 {
            let count = header - 127
            weights = try reader.take((count + 1) / 2).flatMap { [Int($0 >> 4), Int($0 & 15)] }
            weights.removeLast(weights.count - count)
        } else {
            weights = try Self.weights(try reader.take(header))
        }
        let sum = weights.reduce(0) { $0 + ($1 > 0 ? 1 << ($1 - 1) : 0) }
        guard sum > 0, weights.allSatisfy({ $0 <= 11 }), weights.count < 256 else { throw ZstandardBlock.broken }
        width = Int.bitWidth - sum.leadingZeroBitCount
        let rest = (1 << width) - sum
        guard width <= 11, rest > 0, rest & (rest - 1) == 0 else { throw ZstandardBlock.broken }
        weights.append(rest.trailingZeroBitCount + 1)
        symbols = []
        lengths = []
        for weight in 1...width {
            for (symbol, its) in weights.enumerated() where its == weight {
                symbols += [UInt8](repeating: UInt8(symbol), count: 1 << (weight - 1))
                lengths += [UInt8](repeating: UInt8(width + 1 - weight), count: 1 << (weight - 1))
            }
        }
        guard symbols.count == 1 << width else { throw ZstandardBlock.broken }
    }

    /// Weights coded by two states in turn.
    private static func weights(_ bytes: [UInt8]) throws -> [Int] {
        var reader = ForwardBytes(bytes)
        let table = try FSETable(&reader, maximum: 6)
        var bits = try BackwardBits(reader.rest)
        var (first, second) = (bits.read(table.accuracy), bits.read(table.accuracy))
        guard bits.left >= 0 else { throw ZstandardBlock.broken }
        var weights: [Int] = []
        while weights.count < 256 {
            weights.append(Int(table.symbols[first]))
            first = table.next(first, &bits)
            if bits.left < 0 {
                weights.append(Int(table.symbols[second]))
                return weights
            }
            weights.append(Int(table.symbols[second]))
            second = table.next(second, &bits)
            if bits.left < 0 {
                weights.append(Int(table.symbols[first]))
                return weights
            }
        }
        throw ZstandardBlock.broken
    }

    func decode(_ bytes: [UInt8], _ count: Int) throws -> [UInt8] {
        var bits = try BackwardBits(bytes)
        let mask = (1 << width) - 1
        var state = bits.read(width)
        var output: [UInt8] = []
        output.reserveCapacity(count)
        // Each symbol takes the bits that its code has, and as many follow.
        for _ in 0..<count {
            output.append(symbols[state])
            let length = Int(lengths[state])
            state = (state << length | bits.read(length)) & mask
        }
        // One table width was read ahead.
        guard bits.left == -width else { throw ZstandardBlock.broken }
        return output
    }
}
