/// A text with `*` for any run of characters; `\*` and `\\` are the characters themselves.
struct WildcardText: Hashable, Sendable {
    /// The literal pieces between the stars: one more than there are stars.
    let pieces: [Text]

    /// - Throws: ``InvalidEventPattern``.
    init(_ source: String) throws(InvalidEventPattern) {
        var pieces: [[UInt8]] = [[]]
        let bytes = Array(source.utf8)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                guard index + 1 < bytes.count, [UInt8(ascii: "*"), UInt8(ascii: "\\")].contains(bytes[index + 1]) else {
                    throw InvalidEventPattern("Invalid escape character at pos \(index)")
                }
                pieces[pieces.count - 1].append(bytes[index + 1])
                index += 1
            case UInt8(ascii: "*"):
                if index > 0, pieces.count > 1, pieces[pieces.count - 1].isEmpty {
                    throw InvalidEventPattern("Consecutive wildcard characters at pos \(index - 1)")
                }
                pieces.append([])
            default: pieces[pieces.count - 1].append(bytes[index])
            }
            index += 1
        }
        self.pieces = pieces.map { Text($0) }
    }

    var head: Text { pieces[0] }
    var tail: Text { pieces[pieces.count - 1] }

    /// Greedy from the left: the first place that fits leaves the most room for the rest.
    func matches(_ bytes: [UInt8]) -> Bool {
        let (head, tail) = (head.bytes, tail.bytes)
        if pieces.count == 1 { return bytes == head }
        guard bytes.count >= head.count + tail.count, bytes.starts(with: head), bytes.suffix(tail.count).elementsEqual(tail)
        else { return false }
        var from = head.count
        let end = bytes.count - tail.count
        for piece in pieces[1..<(pieces.count - 1)] {
            guard let place = Self.find(piece.bytes, in: bytes, from: from, end: end) else { return false }
            from = place + piece.bytes.count
        }
        return true
    }

    private static func find(_ piece: [UInt8], in bytes: [UInt8], from: Int, end: Int) -> Int? {
        guard end - from >= piece.count else { return nil }
        var start = from
        while start <= end - piece.count {
            var length = 0
            while length < piece.count, bytes[start + length] == piece[length] { length += 1 }
            if length == piece.count { return start }
            start += 1
        }
        return nil
    }
}
