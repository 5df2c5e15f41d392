import Documents

extension PolicyDocument {
    /// A policy's text with other names in `{"AWS": ...}` of its `Principal` and `NotPrincipal` elements, and else as it was.
    /// The same name in a condition or a resource stays.
    /// - Parameters:
    ///   - json: a policy that has been found well formed.
    ///   - replace: gives the name that shall stand for one; nil leaves it.
    public static func replacingPrincipals(in json: String, _ replace: (String) throws -> String?) throws -> String {
        var finder = PrincipalFinder(Array(json.utf8))
        finder.value(at: .policy)
        var replaced: [UInt8] = []
        var copied = 0
        for place in finder.found {
            guard let name = try JSON.parse(Array(finder.bytes[place])).string, let other = try replace(name) else { continue }
            replaced += finder.bytes[copied..<place.lowerBound]
            replaced += JSON.write(.string(other))
            copied = place.upperBound
        }
        guard copied > 0 else { return json }
        return String(decoding: replaced + finder.bytes[copied...], as: UTF8.self)
    }
}

/// Finds the quoted names of principals in JSON that is known to be well formed, and so of bounded depth.
private struct PrincipalFinder {
    /// What a value is to a policy.
    enum Place { case policy, statements, principal, names, other }

    let bytes: [UInt8]
    /// With their quotation marks, from the front to the back.
    private(set) var found: [Range<Int>] = []
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func value(at place: Place) {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): object(at: place)
        case UInt8(ascii: "["): list(at: place)
        case UInt8(ascii: "\""):
            let literal = string()
            if place == .names { found.append(literal) }
        default:
            position += 1
            while let byte = next, !Self.ends.contains(byte) { position += 1 }
        }
    }

    private mutating func object(at place: Place) {
        position += 1
        while let byte = nextAfterSpace, byte != UInt8(ascii: "}") {
            guard byte == UInt8(ascii: "\"") else {
                position += 1
                continue
            }
            let name = string()
            skipSpace()
            // The colon.
            position += 1
            value(at: member(name, of: place))
        }
        position += 1
    }

    private mutating func list(at place: Place) {
        position += 1
        while let byte = nextAfterSpace, byte != UInt8(ascii: "]") {
            if byte == UInt8(ascii: ",") { position += 1 } else { value(at: place) }
        }
        position += 1
    }

    private func member(_ name: Range<Int>, of place: Place) -> Place {
        switch (place, (try? JSON.parse(Array(bytes[name])))?.string) {
        case (.policy, "Statement"): .statements
        case (.statements, "Principal"), (.statements, "NotPrincipal"): .principal
        case (.principal, "AWS"): .names
        default: .other
        }
    }

    private mutating func string() -> Range<Int> {
        let begin = position
        position += 1
        while let byte = next, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
        position += 1
        return begin..<min(position, bytes.count)
    }

    private static let ends = Array(",]} \t\r\n".utf8)
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }
    private var nextAfterSpace: UInt8? {
        mutating get {
            skipSpace()
            return next
        }
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }
}
