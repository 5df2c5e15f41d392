/// One compressed block: literals, and sequences that copy them and what came before (RFC 8878, 3.1.1.3).
enum ZstandardBlock {
    static let broken = Malformed(reason: "The object is not in ZSTD format")

    static func decode(_ bytes: [UInt8], _ tables: inout ZstandardTables, _ history: [UInt8]) throws -> [UInt8] {
        var reader = ForwardBytes(bytes)
        let literals = try literals(&reader, &tables)
        return try sequences(&reader, &tables, literals, history)
    }

    // MARK: Literals

    private static func literals(_ reader: inout ForwardBytes, _ tables: inout ZstandardTables) throws -> [UInt8] {
        let first = Int(try reader.peek())
        let (kind, format) = (first & 3, first >> 2 & 3)
        guard kind >= 2 else {
            let header = format & 1 == 0 ? 1 : format == 1 ? 2 : 3
            let size = try reader.number(header) >> (header == 1 ? 3 : 4)
            guard size <= Zstandard.Limit.block else { throw broken }
            if kind == 0 { return try reader.take(size) }
            return [UInt8](repeating: try reader.take(1)[0], count: size)
        }
        let header = format < 2 ? 3 : format == 2 ? 4 : 5
        let bits = format < 2 ? 10 : format == 2 ? 14 : 18
        let number = try reader.number(header) >> 4
        let (size, packed) = (number & ((1 << bits) - 1), number >> bits)
        guard size <= Zstandard.Limit.block else { throw broken }
        var content = ForwardBytes(try reader.take(packed))
        if kind == 2 { tables.huffman = try HuffmanTable(&content) }
        guard let huffman = tables.huffman else { throw broken }
        if format == 0 { return try huffman.decode(content.rest, size) }
        let lengths = [try content.number(2), try content.number(2), try content.number(2)]
        let each = (size + 3) / 4
        guard size >= each * 3 else { throw broken }
        var all: [UInt8] = []
        for length in lengths { all += try huffman.decode(try content.take(length), each) }
        return all + (try huffman.decode(content.rest, size - each * 3))
    }

    // MARK: Sequences

    private static func sequences(
        _ reader: inout ForwardBytes, _ tables: inout ZstandardTables, _ literals: [UInt8], _ history: [UInt8]
    ) throws -> [UInt8] {
        var count = try reader.number(1)
        if count == 255 {
            count = try reader.number(2) + 0x7F00
        } else if count >= 128 {
            count = (count - 128) << 8 + (try reader.number(1))
        }
        guard count > 0 else { return literals }
        let modes = try reader.number(1)
        guard modes & 3 == 0 else { throw broken }
        let literalTable = try table(modes >> 6 & 3, &reader, tables.literals, .literals)
        let offsetTable = try table(modes >> 4 & 3, &reader, tables.offsets, .offsets)
        let matchTable = try table(modes >> 2 & 3, &reader, tables.matches, .matches)
        (tables.literals, tables.offsets, tables.matches) = (literalTable, offsetTable, matchTable)

        var bits = try BackwardBits(reader.rest)
        var (literalState, offsetState, matchState) = (
            bits.read(literalTable.accuracy), bits.read(offsetTable.accuracy), bits.read(matchTable.accuracy)
        )
        var output: [UInt8] = []
        var used = 0
        for number in 0..<count {
            let code = Int(offsetTable.symbols[offsetState])
            let (matchCode, literalCode) = (Int(matchTable.symbols[matchState]), Int(literalTable.symbols[literalState]))
            guard code <= 31, matchCode < Codes.matches.count, literalCode < Codes.literals.count else { throw broken }
            let value = (1 << code) + bits.read(code)
            let match = Codes.matches[matchCode].base + bits.read(Codes.matches[matchCode].extra)
            let length = Codes.literals[literalCode].base + bits.read(Codes.literals[literalCode].extra)
            if number < count - 1 {
                literalState = literalTable.next(literalState, &bits)
                matchState = matchTable.next(matchState, &bits)
                offsetState = offsetTable.next(offsetState, &bits)
            }
            let offset = recall(value, length == 0, &tables.recent)
            guard bits.left >= 0, used + length <= literals.count, offset > 0, offset <= history.count + output.count + length,
                output.count + length + match <= Zstandard.Limit.block
            else { throw broken }
            output += literals[used..<used + length]
            used += length
            for _ in 0..<match {
                let from = output.count - offset
                output.append(from >= 0 ? output[from] : history[history.count + from])
            }
        }
        guard bits.left == 0 else { throw broken }
        output += literals[used...]
        guard output.count <= Zstandard.Limit.block else { throw broken }
        return output
    }

    /// The distance that an offset's value means, by the last three (RFC 8878, 3.1.1.5).
    private static func recall(_ value: Int, _ hasNoLiterals: Bool, _ recent: inout [Int]) -> Int {
        guard value <= 3 else {
            recent = [value - 3, recent[0], recent[1]]
            return value - 3
        }
        let index = value - 1 + (hasNoLiterals ? 1 : 0)
        guard index > 0 else { return recent[0] }
        let offset = index < 3 ? recent[index] : recent[0] - 1
        recent = index == 1 ? [offset, recent[0], recent[2]] : [offset, recent[0], recent[1]]
        return offset
    }

    private static func table(
        _ mode: Int, _ reader: inout ForwardBytes, _ last: FSETable?, _ kind: Codes.Kind
    ) throws -> FSETable {
        switch mode {
        case 0: return kind.predefined
        case 1: return FSETable(only: UInt8(try reader.number(1)))
        case 2: return try FSETable(&reader, maximum: kind.accuracy)
        default:
            guard let last else { throw broken }
            return last
        }
    }
}

/// The meanings of the codes of sequences (RFC 8878, 3.1.1.3.2.1.1), and their usual distributions (3.1.1.3.2.2).
enum Codes {
    enum Kind {
        case literals, offsets, matches

        var accuracy: Int { self == .offsets ? 8 : 9 }
        var predefined: FSETable {
            switch self {
            case .literals: usualLiterals
            case .offsets: usualOffsets
            case .matches: usualMatches
            }
        }
    }

    static let literals: [(base: Int, extra: Int)] =
        (0..<16).map { ($0, 0) } + [
            (16, 1), (18, 1), (20, 1), (22, 1), (24, 2), (28, 2), (32, 3), (40, 3), (48, 4), (64, 6), (128, 7), (256, 8),
            (512, 9), (1_024, 10), (2_048, 11), (4_096, 12), (8_192, 13), (16_384, 14), (32_768, 15), (65_536, 16),
        ]
    static let matches: [(base: Int, extra: Int)] =
        (0..<32).map { ($0 + 3, 0) } + [
            (35, 1), (37, 1), (39, 1), (41, 1), (43, 2), (47, 2), (51, 3), (59, 3), (67, 4), (83, 4), (99, 5), (131, 7), (259, 8),
            (515, 9), (1_027, 10), (2_051, 11), (4_099, 12), (8_195, 13), (16_387, 14), (32_771, 15), (65_539, 16),
        ]

    private static let usualLiterals = FSETable(
        [
            4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
        ], accuracy: 6)
    private static let usualOffsets = FSETable(
        [1, 1, 1, 1, 1, 1, 2, 2, 2] + [Int](repeating: 1, count: 15) + [-1, -1, -1, -1, -1], accuracy: 5)
    private static let usualMatches = FSETable(
        [1, 4, 3, 2, 2, 2, 2, 2, 2] + [Int](repeating: 1, count: 37) + [Int](repeating: -1, count: 7), accuracy: 6)
}
