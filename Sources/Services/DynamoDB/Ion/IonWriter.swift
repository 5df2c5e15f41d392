import Documents

/// Items as Ion text (https://amazon-ion.github.io/ion-docs/docs/spec.html), one line each, with DynamoDB's types as
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html maps them.
enum IonWriter {
    /// `$ion_1_0 {Item:{...}}`, without a line end.
    static func line(_ item: Attributes, as name: String = "Item") -> String {
        var text = Ion.marker + " {\(name):"
        write(.map(item), to: &text)
        return text + "}"
    }

    private static func write(_ value: AttributeValue, to text: inout String) {
        switch value {
        case .string(let string): quote(string, "\"", to: &text)
        case .number(let number): text += decimal(number)
        case .binary(let bytes): text += "{{" + Base64.string(bytes) + "}}"
        case .bool(let bool): text += bool ? "true" : "false"
        case .null: text += "null"
        case .stringSet(let elements): write(elements.map { .string($0) }, Ion.set(.stringSet), to: &text)
        case .numberSet(let elements): write(elements.map { .number($0) }, Ion.set(.numberSet), to: &text)
        case .binarySet(let elements): write(elements.map { .binary($0) }, Ion.set(.binarySet), to: &text)
        case .list(let elements): write(elements, "", to: &text)
        case .map(let members):
            text += "{"
            var isFirst = true
            for (name, member) in members {
                if !isFirst { text += "," }
                isFirst = false
                symbol(name, to: &text)
                text += ":"
                write(member, to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ elements: [AttributeValue], _ annotation: String, to text: inout String) {
        text += annotation.isEmpty ? "[" : annotation + "::["
        for (place, element) in elements.enumerated() {
            if place > 0 { text += "," }
            write(element, to: &text)
        }
        text += "]"
    }

    /// A decimal, which a point or a `d` tells from an integer: `103.`, `1.5`, `6d2`, `5d-1`.
    static func decimal(_ number: Number) -> String {
        let sign = number.isNegative ? "-" : ""
        let digits = String(number.coefficient)
        let exponent = number.coefficient == 0 ? 0 : number.exponent
        if exponent == 0 { return sign + digits + "." }
        if exponent > 0 { return sign + digits + "d\(exponent)" }
        let whole = max(digits.utf8.count + exponent, 1)
        let rest = digits.dropFirst(whole)
        let shift = whole - digits.utf8.count - exponent
        return sign + digits.prefix(whole) + (rest.isEmpty ? "" : "." + rest) + (shift > 0 ? "d-\(shift)" : "")
    }

    /// A field's name: plain where that can't be read as anything else, else in single quotation marks.
    private static func symbol(_ name: String, to text: inout String) {
        if Ion.isIdentifier(name) { text += name } else { quote(name, "'", to: &text) }
    }

    private static func quote(_ string: String, _ mark: Unicode.Scalar, to text: inout String) {
        var scalars = String.UnicodeScalarView()
        scalars.append(mark)
        for scalar in string.unicodeScalars {
            switch scalar {
            case mark, "\\":
                scalars.append("\\")
                scalars.append(scalar)
            case "\n": scalars.append(contentsOf: "\\n".unicodeScalars)
            case "\r": scalars.append(contentsOf: "\\r".unicodeScalars)
            case "\t": scalars.append(contentsOf: "\\t".unicodeScalars)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                scalars.append(contentsOf: "\\x".unicodeScalars)
                scalars.append(contentsOf: Hex.encode([UInt8(scalar.value)]).unicodeScalars)
            default: scalars.append(scalar)
            }
        }
        scalars.append(mark)
        text += String(scalars)
    }
}

/// What Ion's reader and writer have in common.
enum Ion {
    /// Every line begins with it.
    static let marker = "$ion_1_0"

    /// The annotation that makes a list a set.
    static func set(_ type: AttributeType) -> String { "$dynamodb_" + type.rawValue }

    /// Letters, digits, `_` and `$`, not begun by a digit; neither a keyword nor a symbol's number.
    static func isIdentifier(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, isIdentifierStart(first), bytes.allSatisfy({ isIdentifierStart($0) || isDigit($0) }) else {
            return false
        }
        guard !["null", "true", "false", "nan"].contains(name) else { return false }
        return !(first == UInt8(ascii: "$") && bytes.count > 1 && bytes.dropFirst().allSatisfy(isDigit))
    }

    static func isIdentifierStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "$"):
            true
        default: false
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
