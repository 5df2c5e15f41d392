import Documents

/// Reads one line of Ion text as an item, in the form that DynamoDB JSON has: `{"Item": {"a": {"S": "b"}}}` becomes what
/// stands in `Item`. Types that DynamoDB has no room for (timestamps, symbols, floats, clobs, S-expressions) are refused.
struct IonReader {
    enum Limit {
        /// Of structs and lists in one another, above DynamoDB's own, so that its message is the one that is seen.
        static let nesting = 64
    }
    struct Failure: Error, Equatable { var reason: String }

    private let bytes: [UInt8]
    private var at = 0

    /// - Returns: the attributes of `Item`, each as an AttributeValue's document.
    /// - Throws: ``Failure``
    static func item(_ line: [UInt8]) throws(Failure) -> Members? {
        guard !line.starts(with: [0xE0, 0x01, 0x00, 0xEA]) else {
            throw Failure(reason: "The Ion is binary: only Ion text is imported")
        }
        var reader = IonReader(line)
        try reader.skipSpace()
        guard reader.peek != nil else { return nil }
        if reader.bytes[reader.at...].starts(with: Ion.marker.utf8), reader.ends(at: reader.at + Ion.marker.utf8.count) {
            reader.at += Ion.marker.utf8.count
            try reader.skipSpace()
            // A version marker alone on its line.
            if reader.peek == nil { return nil }
        }
        guard reader.peek == UInt8(ascii: "{") else { throw Failure(reason: "An item is not an Ion struct") }
        var item: Members?
        try reader.fields { name, reader throws(Failure) in
            guard name == "Item", item == nil else { throw Failure(reason: "The Ion of an item has a field other than one Item") }
            try reader.skipSpace()
            guard case .map(let members)? = try reader.value(1)["M"] else { throw Failure(reason: "Item is not an Ion struct") }
            item = members
        }
        try reader.skipSpace()
        guard reader.peek == nil else { throw reader.unexpected() }
        guard let item else { throw Failure(reason: "The Ion of an item has no field Item") }
        return item
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Characters

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func looking(at text: String) -> Bool { bytes[at...].starts(with: text.utf8) }

    private func ends(at place: Int) -> Bool {
        place >= bytes.count || !(Ion.isIdentifierStart(bytes[place]) || Ion.isDigit(bytes[place]))
    }

    private func unexpected() -> Failure {
        Failure(reason: peek == nil ? "The Ion of an item ends too early" : "The Ion of an item can't be read at byte \(at)")
    }

    private mutating func expect(_ byte: Unicode.Scalar) throws(Failure) {
        guard peek == UInt8(ascii: byte) else { throw unexpected() }
        at += 1
    }

    private mutating func skipSpace() throws(Failure) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x09...0x0D: at += 1
            case UInt8(ascii: "/") where looking(at: "//"):
                while let next = peek, next != 0x0A, next != 0x0D { at += 1 }
            case UInt8(ascii: "/") where looking(at: "/*"):
                at += 2
                while !looking(at: "*/") {
                    guard peek != nil else { throw unexpected() }
                    at += 1
                }
                at += 2
            default: return
            }
        }
    }

    // MARK: Values

    private mutating func value(_ depth: Int) throws(Failure) -> Document {
        guard depth <= Limit.nesting else { throw Failure(reason: "The Ion of an item is nested too deeply") }
        var annotations: [String] = []
        while true {
            try skipSpace()
            guard let byte = peek else { throw unexpected() }
            if byte == UInt8(ascii: "'"), !looking(at: "'''") {
                annotations.append(try symbolThenColons(try quoted("'")))
            } else if Ion.isIdentifierStart(byte) {
                let word = identifier()
                if let value = try keyword(word) { return try finish(value, annotations) }
                annotations.append(try symbolThenColons(word))
            } else {
                return try finish(try plain(byte, depth), annotations)
            }
        }
    }

    /// A symbol is only read as an annotation.
    private mutating func symbolThenColons(_ symbol: String) throws(Failure) -> String {
        try skipSpace()
        guard looking(at: "::") else { throw Failure(reason: "Ion's symbols are no DynamoDB values: \(symbol)") }
        at += 2
        return symbol
    }

    private mutating func identifier() -> String {
        let start = at
        while !ends(at: at) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func keyword(_ word: String) throws(Failure) -> Document? {
        switch word {
        case "true": return ["BOOL": true]
        case "false": return ["BOOL": false]
        case "nan": throw Failure(reason: "Ion's floats are no DynamoDB numbers: nan")
        case "null":
            if peek == UInt8(ascii: "."), at + 1 < bytes.count, Ion.isIdentifierStart(bytes[at + 1]) {
                at += 1
                _ = identifier()
            }
            return ["NULL": true]
        default: return nil
        }
    }

    private func finish(_ value: Document, _ annotations: [String]) throws(Failure) -> Document {
        guard let annotation = annotations.first else { return value }
        for type in [AttributeType.stringSet, .numberSet, .binarySet] where annotation == Ion.set(type) && annotations.count == 1
        {
            guard let elements = value["L"]?.list else { break }
            let kind = String(type.rawValue.prefix(1))
            var content: [Document] = []
            for element in elements {
                guard let inner = element[kind] else { throw Failure(reason: "\(annotation) has an element of another type") }
                content.append(inner)
            }
            return [type.rawValue: .list(content)]
        }
        throw Failure(reason: "An Ion annotation is unknown here: \(annotation)")
    }

    private mutating func plain(_ byte: UInt8, _ depth: Int) throws(Failure) -> Document {
        switch byte {
        case UInt8(ascii: "\""): return ["S": .string(try quoted("\""))]
        case UInt8(ascii: "'"): return ["S": .string(try longString())]
        case UInt8(ascii: "{") where looking(at: "{{"): return ["B": .blob(try blob())]
        case UInt8(ascii: "{"):
            var members = Members()
            try fields { name, reader throws(Failure) in
                guard members[name] == nil else { throw Failure(reason: "An Ion struct names a field twice: \(name)") }
                members[name] = try reader.value(depth + 1)
            }
            return ["M": .map(members)]
        case UInt8(ascii: "["):
            at += 1
            var elements: [Document] = []
            try skipSpace()
            while peek != UInt8(ascii: "]") {
                elements.append(try value(depth + 1))
                try skipSpace()
                if peek == UInt8(ascii: ",") {
                    at += 1
                    try skipSpace()
                } else if peek != UInt8(ascii: "]") {
                    throw unexpected()
                }
            }
            at += 1
            return ["L": .list(elements)]
        case UInt8(ascii: "("): throw Failure(reason: "Ion's S-expressions are no DynamoDB values")
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"): return ["N": .string(try number())]
        default: throw unexpected()
        }
    }

    private mutating func fields(_ take: (String, inout IonReader) throws(Failure) -> Void) throws(Failure) {
        try expect("{")
        try skipSpace()
        while peek != UInt8(ascii: "}") {
            guard let byte = peek else { throw unexpected() }
            let name: String
            switch byte {
            case UInt8(ascii: "\""): name = try quoted("\"")
            case UInt8(ascii: "'"): name = looking(at: "'''") ? try longString() : try quoted("'")
            case _ where Ion.isIdentifierStart(byte): name = identifier()
            default: throw unexpected()
            }
            try skipSpace()
            try expect(":")
            try take(name, &self)
            try skipSpace()
            if peek == UInt8(ascii: ",") {
                at += 1
                try skipSpace()
            } else if peek != UInt8(ascii: "}") {
                throw unexpected()
            }
        }
        at += 1
    }

    // MARK: Scalars

    /// A decimal or an integer, in the form that ``Number`` reads.
    private mutating func number() throws(Failure) -> String {
        let start = at
        scan: while let byte = peek {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "_"): at += 1
            case _ where Ion.isDigit(byte) || Ion.isIdentifierStart(byte): at += 1
            default: break scan
            }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let digits = Self.digits(text) else {
            throw Failure(reason: "Only Ion's decimals and integers are DynamoDB numbers: \(text)")
        }
        return digits
    }

    private static func digits(_ text: String) -> String? {
        let sign = text.hasPrefix("-") ? "-" : ""
        let body = sign.isEmpty ? text : String(text.dropFirst())
        for (prefix, radix) in [("0x", 16), ("0b", 2)] where body.lowercased().hasPrefix(prefix) {
            let digits = body.dropFirst(2)
            guard isGrouped(digits), !digits.contains("+"), !digits.contains("-") else { return nil }
            return UInt128(digits.filter { $0 != "_" }, radix: radix).map { sign + String($0) }
        }
        let parts = body.split(omittingEmptySubsequences: false) { $0 == "d" || $0 == "D" }
        guard parts.count <= 2, let mantissa = parts.first else { return nil }
        let pieces = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let whole = pieces.first, isDecimal(whole), whole.utf8.count == 1 || whole.utf8.first != 0x30
        else {
            return nil
        }
        if pieces.count == 2, !pieces[1].isEmpty { guard isDecimal(pieces[1]) else { return nil } }
        let coefficient = sign + mantissa.filter { $0 != "_" }
        guard parts.count == 2 else { return coefficient }
        let exponent = parts[1].hasPrefix("-") || parts[1].hasPrefix("+") ? parts[1].dropFirst() : parts[1]
        guard !exponent.isEmpty, exponent.utf8.allSatisfy(Ion.isDigit) else { return nil }
        return coefficient + "e" + parts[1]
    }

    private static func isDecimal(_ text: Substring) -> Bool {
        isGrouped(text) && text.utf8.allSatisfy { Ion.isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// An underscore stands between two digits.
    private static func isGrouped(_ text: Substring) -> Bool {
        !text.isEmpty && !text.hasPrefix("_") && !text.hasSuffix("_") && !text.contains("__")
    }

    private mutating func blob() throws(Failure) -> [UInt8] {
        at += 2
        var text: [UInt8] = []
        while !looking(at: "}}") {
            guard let byte = peek else { throw unexpected() }
            guard byte != UInt8(ascii: "\""), byte != UInt8(ascii: "'") else {
                throw Failure(reason: "Ion's clobs are no DynamoDB values")
            }
            if byte != 0x20, !(0x09...0x0D).contains(byte) { text.append(byte) }
            at += 1
        }
        at += 2
        guard let bytes = Base64.decode(String(decoding: text, as: UTF8.self)) else {
            throw Failure(reason: "An Ion blob is no base64")
        }
        return bytes
    }

    /// `'''pieces''' '''that belong together'''`
    private mutating func longString() throws(Failure) -> String {
        var text = ""
        while looking(at: "'''") {
            at += 2
            text += try quoted("'", isLong: true)
            try skipSpace()
        }
        return text
    }

    /// Text between two marks, with Ion's escapes. A long string ends with three.
    private mutating func quoted(_ mark: Unicode.Scalar, isLong: Bool = false) throws(Failure) -> String {
        at += 1
        var text: [UInt8] = []
        while true {
            guard let byte = peek else { throw unexpected() }
            if isLong ? looking(at: "'''") : byte == UInt8(ascii: mark) { break }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &text)
            } else {
                guard isLong || byte >= 0x20 || byte == 0x09 else { throw unexpected() }
                text.append(byte)
                at += 1
            }
        }
        at += isLong ? 3 : 1
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Failure(reason: "The Ion of an item is not UTF-8")
        }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        at += 1
        guard let byte = peek else { throw unexpected() }
        let simple: [UInt8: UInt8] = [
            UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "t"): 0x09, UInt8(ascii: "n"): 0x0A,
            UInt8(ascii: "f"): 0x0C, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "0"): 0x00,
        ]
        switch byte {
        case UInt8(ascii: "x"): try codePoint(2, into: &text)
        case UInt8(ascii: "u"): try codePoint(4, into: &text)
        case UInt8(ascii: "U"): try codePoint(8, into: &text)
        // A line end that is escaped is none.
        case 0x0A: at += 1
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "?"):
            text.append(byte)
            at += 1
        default:
            guard let meant = simple[byte] else { throw unexpected() }
            text.append(meant)
            at += 1
        }
    }

    private mutating func codePoint(_ count: Int, into text: inout [UInt8]) throws(Failure) {
        var value = try unit(count)
        // Two `\u` may be a pair that stands for one character.
        if (0xD800..<0xDC00).contains(value), looking(at: "\\u") {
            at += 1
            let low = try unit(4)
            guard (0xDC00..<0xE000).contains(low) else { throw unexpected() }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw unexpected() }
        text.append(contentsOf: String(Character(scalar)).utf8)
    }

    private mutating func unit(_ count: Int) throws(Failure) -> UInt32 {
        at += 1
        guard at + count <= bytes.count,
            let value = UInt32(String(decoding: bytes[at..<(at + count)], as: UTF8.self), radix: 16)
        else { throw unexpected() }
        at += count
        return value
    }
}
