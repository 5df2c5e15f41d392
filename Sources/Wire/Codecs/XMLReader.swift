import Documents

/// An element of a parsed XML document. Names are without their namespace prefix.
struct XMLElement: Sendable {
    var name: String
    var attributes: [(name: String, value: String)] = []
    var children: [XMLElement] = []
    /// The text directly inside, whole.
    var text = ""

    func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
}

struct XMLError: Error, Sendable, Equatable {
    enum Reason: Sendable { case malformed, tooDeep, tooLarge, forbidden, notUTF8 }
    var reason: Reason
    var offset: Int
}

/// Reads XML 1.0 as AWS's clients send it: elements, attributes, text, the five entities and character references,
/// CDATA, comments. Document types and processing instructions other than the declaration are refused, so there is
/// nothing to expand and nothing to fetch.
struct XMLReader {
    private let bytes: [UInt8]
    private var at = 0
    private var nodes = 0

    static func parse(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        guard bytes.count <= Limit.xmlBytes else { throw XMLError(reason: .tooLarge, offset: 0) }
        var reader = XMLReader(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.at = 3 }
        if reader.starts("<?xml") {
            try reader.skip(past: "?>")
        }
        try reader.skipMisc()
        let root = try reader.element(depth: 0)
        try reader.skipMisc()
        guard reader.at == bytes.count else { throw reader.failure() }
        return root
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func failure(_ reason: XMLError.Reason = .malformed) -> XMLError { XMLError(reason: reason, offset: at) }

    private func starts(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard at + count <= bytes.count else { return false }
        for index in 0..<count where bytes[at + index] != text.utf8Start[index] { return false }
        return true
    }

    private mutating func skip(past text: StaticString) throws(XMLError) {
        while at < bytes.count {
            if starts(text) {
                at += text.utf8CodeUnitCount
                return
            }
            at += 1
        }
        throw failure()
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func skipSpace() { while at < bytes.count, Self.isSpace(bytes[at]) { at += 1 } }

    /// Space and comments outside the root.
    private mutating func skipMisc() throws(XMLError) {
        while true {
            skipSpace()
            guard starts("<!--") else { return }
            at += 4
            try skip(past: "-->")
        }
    }

    private mutating func name() throws(XMLError) -> String {
        let start = at
        while at < bytes.count, Self.isNameByte(bytes[at]) { at += 1 }
        guard at > start, !(48...57).contains(bytes[start]), bytes[start] != UInt8(ascii: "-"), bytes[start] != UInt8(ascii: ".")
        else {
            throw failure()
        }
        guard let text = String(validating: bytes[start..<at], as: UTF8.self) else { throw failure(.notUTF8) }
        return text
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), 0x80...: true
        default: false
        }
    }

    private static func local(_ name: String) -> String {
        name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    }

    private mutating func element(depth: Int) throws(XMLError) -> XMLElement {
        guard depth < Limit.depth else { throw failure(.tooDeep) }
        nodes += 1
        guard nodes <= Limit.xmlNodes else { throw failure(.tooLarge) }
        if starts("<!") || starts("<?") { throw failure(.forbidden) }
        guard starts("<") else { throw failure() }
        at += 1
        let fullName = try name()
        var element = XMLElement(name: Self.local(fullName))
        while true {
            let hadSpace = at < bytes.count && Self.isSpace(bytes[at])
            skipSpace()
            if starts("/>") {
                at += 2
                return element
            }
            if starts(">") {
                at += 1
                break
            }
            guard hadSpace else { throw failure() }
            let attribute = try name()
            skipSpace()
            guard starts("=") else { throw failure() }
            at += 1
            skipSpace()
            let value = try attributeValue()
            guard element.attribute(attribute) == nil else { throw failure() }
            element.attributes.append((attribute, value))
        }
        try content(of: &element, fullName: fullName, depth: depth)
        return element
    }

    private mutating func attributeValue() throws(XMLError) -> String {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else { throw failure() }
        let quote = bytes[at]
        at += 1
        var text: [UInt8] = []
        while at < bytes.count, bytes[at] != quote {
            guard bytes[at] != UInt8(ascii: "<") else { throw failure() }
            try character(into: &text)
        }
        guard at < bytes.count else { throw failure() }
        at += 1
        guard let value = String(validating: text, as: UTF8.self) else { throw failure(.notUTF8) }
        return value
    }

    private mutating func content(of element: inout XMLElement, fullName: String, depth: Int) throws(XMLError) {
        var text: [UInt8] = []
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "<") else {
                try character(into: &text)
                continue
            }
            if starts("</") {
                at += 2
                guard try name() == fullName else { throw failure() }
                skipSpace()
                guard starts(">") else { throw failure() }
                at += 1
                guard let whole = String(validating: text, as: UTF8.self) else { throw failure(.notUTF8) }
                element.text = whole
                return
            }
            if starts("<!--") {
                at += 4
                try skip(past: "-->")
            } else if starts("<![CDATA[") {
                at += 9
                let start = at
                try skip(past: "]]>")
                text.append(contentsOf: bytes[start..<at - 3])
            } else {
                element.children.append(try self.element(depth: depth + 1))
            }
        }
        throw failure()
    }

    /// One byte of text, or one reference.
    private mutating func character(into text: inout [UInt8]) throws(XMLError) {
        let byte = bytes[at]
        guard byte == UInt8(ascii: "&") else {
            guard byte >= 0x20 || Self.isSpace(byte) else { throw failure() }
            at += 1
            // XML 1.0, section 2.11: a carriage return before a line feed is not part of the text.
            if byte == 0x0D {
                if at < bytes.count, bytes[at] == 0x0A { return }
                text.append(0x0A)
            } else {
                text.append(byte)
            }
            return
        }
        let end = bytes[at...].prefix(12).firstIndex(of: UInt8(ascii: ";"))
        guard let end else { throw failure() }
        let name = String(decoding: bytes[at + 1..<end], as: UTF8.self)
        switch name {
        case "amp": text.append(UInt8(ascii: "&"))
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "quot": text.append(UInt8(ascii: "\""))
        case "apos": text.append(UInt8(ascii: "'"))
        default:
            guard name.hasPrefix("#") else { throw failure(.forbidden) }
            let isHex = name.hasPrefix("#x")
            guard let code = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
                code >= 0x20 || [9, 10, 13].contains(code),
                let scalar = Unicode.Scalar(code)
            else { throw failure() }
            text.append(contentsOf: String(scalar).utf8)
        }
        at = end + 1
    }
}
