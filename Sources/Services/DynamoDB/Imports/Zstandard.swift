/// Zstandard (RFC 8878): frames to plain bytes, block by block. Dictionaries are refused, checksums passed over: S3 keeps
/// its objects' bytes as they were.
struct Zstandard: Decompressor {
    enum Limit {
        /// Bytes that a frame may look back.
        static let window = 128 << 20
        /// Bytes of one block (RFC 8878, 3.1.1.2.4).
        static let block = 128 << 10
    }
    private enum Place: Equatable {
        case betweenFrames
        case skipping(Int)
        case block
        case checksum
    }
    private var input: [UInt8] = []
    private var position = 0
    private var place = Place.betweenFrames
    private var hasChecksum = false
    private var window = 0
    private var tables = ZstandardTables()
    /// What later blocks of the frame may repeat.
    private var history: [UInt8] = []

    var isComplete: Bool { place == .betweenFrames && position == input.count }

    mutating func append(_ bytes: [UInt8]) {
        input.removeFirst(position)
        position = 0
        input += bytes
    }

    mutating func next() throws -> [UInt8]? {
        while true {
            switch place {
            case .betweenFrames: guard try beginFrame() else { return nil }
            case .skipping(let count):
                let here = min(count, input.count - position)
                position += here
                place = count == here ? .betweenFrames : .skipping(count - here)
                guard count == here else { return nil }
            case .checksum:
                guard input.count - position >= 4 else { return nil }
                position += 4
                place = .betweenFrames
            case .block:
                guard let plain = try block() else { return nil }
                if !plain.isEmpty { return plain }
            }
        }
    }

    private func number(_ start: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(input[start + $1]) << UInt64(8 * $1) }
    }

    /// - Returns: whether there was a whole header.
    private mutating func beginFrame() throws -> Bool {
        guard input.count - position >= 8 else {
            // The shortest frame has nine bytes; fewer are left only before more input, or at the end.
            return false
        }
        let magic = number(position, 4)
        if magic & 0xFFFF_FFF0 == 0x184D_2A50 {
            place = .skipping(Int(number(position + 4, 4)))
            position += 8
            return true
        }
        guard magic == 0xFD2F_B528 else { throw Malformed(reason: "The object is not in ZSTD format") }
        let descriptor = input[position + 4]
        let isSingle = descriptor & 0x20 != 0
        let dictionaryBytes = [0, 1, 2, 4][Int(descriptor & 3)]
        let sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        let length = 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes
        guard input.count - position >= length else { return false }
        guard descriptor & 0x08 == 0 else { throw Malformed(reason: "The object is not in ZSTD format") }
        var at = position + 5
        if isSingle {
            let size = number(at + dictionaryBytes, sizeBytes) + (sizeBytes == 2 ? 256 : 0)
            window = Int(clamping: size)
        } else {
            let (exponent, mantissa) = (Int(input[at] >> 3), Int(input[at] & 7))
            window = (1 << (10 + exponent)) + (1 << (10 + exponent)) / 8 * mantissa
            at += 1
        }
        guard number(at, dictionaryBytes) == 0 else { throw Malformed(reason: "ZSTD dictionaries are not supported") }
        guard window <= Limit.window else { throw Malformed(reason: "The ZSTD window is larger than \(Limit.window) bytes") }
        hasChecksum = descriptor & 0x04 != 0
        position += length
        (tables, history, place) = (ZstandardTables(), [], .block)
        return true
    }

    /// - Returns: a whole block's plain bytes; nil if it is not here yet.
    private mutating func block() throws -> [UInt8]? {
        guard input.count - position >= 3 else { return nil }
        let header = Int(number(position, 3))
        let (isLast, kind, size) = (header & 1 == 1, header >> 1 & 3, header >> 3)
        guard size <= Limit.block else { throw Malformed(reason: "A ZSTD block is too large") }
        let length = kind == 1 ? 1 : size
        guard input.count - position >= 3 + length else { return nil }
        let content = Array(input[position + 3..<position + 3 + length])
        let plain: [UInt8]
        switch kind {
        case 0: plain = content
        case 1: plain = [UInt8](repeating: content[0], count: size)
        case 2: plain = try ZstandardBlock.decode(content, &tables, history)
        default: throw Malformed(reason: "The object is not in ZSTD format")
        }
        position += 3 + length
        history += plain
        // Trimmed now and then, not at every block.
        if history.count > 2 * window + Limit.block { history.removeFirst(history.count - window) }
        if isLast {
            place = hasChecksum ? .checksum : .betweenFrames
            history = []
        }
        return plain
    }
}

/// What one block leaves to the next.
struct ZstandardTables {
    var huffman: HuffmanTable?
    var literals: FSETable?
    var offsets: FSETable?
    var matches: FSETable?
    var recent = [1, 4, 8]
}
