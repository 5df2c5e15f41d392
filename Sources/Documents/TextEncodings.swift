/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    public static func encode(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size(of: bytes)) { output, count in count = write(bytes, to: output) }
    }

    public static func string(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: size(of: bytes)) { write(bytes, to: $0) }
    }

    private static func size(of bytes: [UInt8]) -> Int { (bytes.count + 2) / 3 * 4 }

    // Through pointers: streams move megabytes in this form.
    private static func write(_ bytes: [UInt8], to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            alphabet.withUnsafeBufferPointer { alphabet in
                var (place, index) = (0, 0)
                while index + 3 <= bytes.count {
                    let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                    output[place] = alphabet[Int(group >> 18)]
                    output[place + 1] = alphabet[Int(group >> 12 & 63)]
                    output[place + 2] = alphabet[Int(group >> 6 & 63)]
                    output[place + 3] = alphabet[Int(group & 63)]
                    (place, index) = (place + 4, index + 3)
                }
                guard index < bytes.count else { return place }
                let second = index + 1 < bytes.count ? bytes[index + 1] : nil
                let group = UInt32(bytes[index]) << 16 | UInt32(second ?? 0) << 8
                output[place] = alphabet[Int(group >> 18)]
                output[place + 1] = alphabet[Int(group >> 12 & 63)]
                output[place + 2] = second == nil ? UInt8(ascii: "=") : alphabet[Int(group >> 6 & 63)]
                output[place + 3] = UInt8(ascii: "=")
                return place + 4
            }
        }
    }

    /// - Returns: nil for characters outside the alphabet, wrong length or wrong padding.
    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    private static func decode(_ characters: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let count = characters.count
        guard count % 4 == 0 else { return nil }
        guard count > 0 else { return [] }
        let pad = UInt8(ascii: "=")
        let padding = characters[count - 1] != pad ? 0 : characters[count - 2] != pad ? 1 : 2
        // What is no character of the alphabet has the highest bit set.
        var seen: UInt8 = 0
        let bytes = values.withUnsafeBufferPointer { values in
            [UInt8](unsafeUninitializedCapacity: count / 4 * 3) { output, filled in
                let whole = padding == 0 ? count : count - 4
                var (place, index) = (0, 0)
                while index < whole {
                    let (first, second) = (values[Int(characters[index])], values[Int(characters[index + 1])])
                    let (third, fourth) = (values[Int(characters[index + 2])], values[Int(characters[index + 3])])
                    seen |= first | second | third | fourth
                    output[place] = first << 2 | second >> 4
                    output[place + 1] = second << 4 | third >> 2
                    output[place + 2] = third << 6 | fourth
                    (place, index) = (place + 3, index + 4)
                }
                if padding > 0 {
                    let (first, second) = (values[Int(characters[index])], values[Int(characters[index + 1])])
                    seen |= first | second
                    output[place] = first << 2 | second >> 4
                    place += 1
                    if padding == 1 {
                        let third = values[Int(characters[index + 2])]
                        seen |= third
                        output[place] = second << 4 | third >> 2
                        place += 1
                    }
                }
                filled = place
            }
        }
        return seen & 0x80 == 0 ? bytes : nil
    }
}

/// Lower-case hexadecimal.
public enum Hex {
    // Inlinable: hashes of any kind are written with every request, and a generic call for each byte costs more than the hash.
    @inlinable
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { output in
            for (index, byte) in bytes.enumerated() {
                output[index * 2] = digit(byte >> 4)
                output[index * 2 + 1] = digit(byte & 15)
            }
            return bytes.count * 2
        }
    }

    @inlinable
    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value }

    /// - Returns: nil for an odd length or a character that is no hexadecimal digit (either case is read).
    public static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text)
        guard characters.count % 2 == 0 else { return nil }
        var output: [UInt8] = []
        for start in stride(from: 0, to: characters.count, by: 2) {
            guard let high = characters[start].hexDigitValue, let low = characters[start + 1].hexDigitValue else { return nil }
            output.append(UInt8(high << 4 | low))
        }
        return output
    }
}

/// Percent-encoding of URIs (RFC 3986).
public enum PercentEncoding {
    /// Encodes all but the unreserved characters; `/` too, unless it is named in `keeping`.
    public static func encode(_ text: String, keeping: String = "") -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: output.append(byte)
            case _ where keeping.utf8.contains(byte): output.append(byte)
            default:
                output.append(
                    contentsOf:
                        "%\(String(byte >> 4, radix: 16, uppercase: true))\(String(byte & 15, radix: 16, uppercase: true))".utf8)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// - Returns: nil for a broken escape or a result that is not UTF-8.
    public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        // As a string of its own, whose bytes lie in one place.
        let text = String(text)
        if !text.utf8.contains(where: { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") }) { return text }
        var output: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = bytes.next(), let low = bytes.next(),
                    let pair = Hex.decode(String(decoding: [high, low], as: UTF8.self)), let value = pair.first
                else { return nil }
                output.append(value)
            } else {
                output.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(validating: output, as: UTF8.self)
    }
}
