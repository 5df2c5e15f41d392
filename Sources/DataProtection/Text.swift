/// A text in which sensitive data is looked for; places are those of its UTF-8 bytes. Each search goes over it once.
struct Text: Sendable {
    let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    func byte(_ place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

    /// The longest runs of bytes of one kind.
    func runs(_ belongs: (UInt8) -> Bool) -> [Range<Int>] {
        var (runs, begin): ([Range<Int>], Int?) = ([], nil)
        for (place, byte) in bytes.enumerated() {
            if belongs(byte) {
                begin = begin ?? place
            } else if let start = begin {
                runs.append(start..<place)
                begin = nil
            }
        }
        if let begin { runs.append(begin..<bytes.count) }
        return runs
    }

    /// The places at which a word begins.
    func places(of word: String, from start: Int = 0) -> [Int] {
        let wanted = Array(word.utf8)
        guard let first = wanted.first, bytes.count >= start + wanted.count else { return [] }
        return (start...(bytes.count - wanted.count)).filter { place in
            bytes[place] == first && bytes[place..<(place + wanted.count)].elementsEqual(wanted)
        }
    }
}

extension Text {
    func emailAddresses() -> [Range<Int>] {
        func isLocal(_ byte: UInt8) -> Bool { Self.isAlphanumeric(byte) || "._%+-".utf8.contains(byte) }
        func isDomain(_ byte: UInt8) -> Bool { Self.isAlphanumeric(byte) || ".-".utf8.contains(byte) }
        var found: [Range<Int>] = []
        for place in bytes.indices where bytes[place] == UInt8(ascii: "@") {
            var begin = place
            while begin > found.last?.upperBound ?? 0, isLocal(bytes[begin - 1]) { begin -= 1 }
            var end = place + 1
            while let byte = byte(end), isDomain(byte) { end += 1 }
            // A sentence's full stop is not the address's.
            while end > place + 1, !Self.isAlphanumeric(bytes[end - 1]) { end -= 1 }
            let labels = bytes[(place + 1)..<end].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard begin < place, labels.count > 1, labels.allSatisfy({ !$0.isEmpty }), let last = labels.last, last.count > 1,
                last.allSatisfy(Self.isLetter)
            else { continue }
            found.append(begin..<end)
        }
        return found
    }

    func ipAddresses() -> [Range<Int>] {
        let isPart: (UInt8) -> Bool = { Self.isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        var found: [Range<Int>] = []
        for run in runs(isPart) {
            var end = run.upperBound
            while end > run.lowerBound, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
            let whole = String(decoding: bytes[run.lowerBound..<end], as: UTF8.self)
            if Self.isIPv6(whole) {
                found.append(run.lowerBound..<end)
                continue
            }
            // A port may follow, and a name may come before: `host:10.0.0.1:80`.
            var begin = run.lowerBound
            for piece in bytes[run.lowerBound..<end].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
                if Self.isIPv4(String(decoding: piece, as: UTF8.self)) { found.append(begin..<(begin + piece.count)) }
                begin += piece.count + 1
            }
        }
        return found
    }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy(isDigit) && (Int(part) ?? 256) < 256
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (3...9).contains(groups.count) else { return false }
        var (count, isShort) = (0, false)
        for (place, group) in groups.enumerated() {
            if group.isEmpty {
                // `::` once; at an end it makes two empty groups.
                let isEdge = place == 0 || place == groups.count - 1
                let neighbour = place == 0 ? groups[1] : groups[place - 1]
                if isEdge {
                    guard neighbour.isEmpty else { return false }
                } else {
                    guard !isShort else { return false }
                    isShort = true
                }
                continue
            }
            if place == groups.count - 1, isIPv4(String(group)) {
                count += 2
                continue
            }
            guard group.utf8.count <= 4, group.utf8.allSatisfy({ isDigit($0) || (97...102).contains($0 | 32) }) else {
                return false
            }
            count += 1
        }
        return isShort ? (1..<8).contains(count) : count == 8
    }
}
