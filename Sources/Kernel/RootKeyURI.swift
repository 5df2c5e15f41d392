/// A secret key on a PKCS #11 token, as a URI names it (RFC 7512):
/// `pkcs11:token=tarn;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/tarn/pin`.
public struct TokenKeyURI: Sendable, Hashable {
    enum Limit {
        /// Bytes of the whole URI.
        static let bytes = 4_096
    }
    static let scheme = "pkcs11:"

    /// The module's shared library.
    public var module: String
    /// The token's label and serial number; at least one is there.
    public var token: String?
    public var serial: String?
    /// The key's label and its `CKA_ID`; at least one is there.
    public var object: String?
    public var id: [UInt8]?
    /// The file that has the PIN.
    public var pinFile: String?

    /// - Throws: ``TokenRefused/uri(_:)`` for what is no such URI, for attributes that Tarn does not know (RFC 7512, section
    ///   2.3: they must not be passed over), and for a PIN in the URI, where every user of the machine could read it.
    public init(_ text: String) throws(TokenRefused) {
        guard text.hasPrefix(Self.scheme), text.utf8.count <= Limit.bytes else {
            throw .uri("it starts with \(Self.scheme) and has \(Limit.bytes) bytes at most")
        }
        let parts = text.dropFirst(Self.scheme.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var values = try Self.attributes(parts[0], separator: ";")
        let query = parts.count > 1 ? try Self.attributes(parts[1], separator: "&") : [:]
        guard query["pin-value"] == nil else { throw .uri("a PIN does not belong into it; use TARN_PKCS11_PIN or pin-source") }
        guard let module = try Self.text(query, "module-path"), module.hasPrefix("/") else {
            throw .uri("it needs ?module-path=/ABSOLUTE/PATH of the token's module")
        }
        self.module = module
        (token, serial, object) = (
            try Self.text(values, "token"), try Self.text(values, "serial"), try Self.text(values, "object")
        )
        id = values["id"]
        guard token != nil || serial != nil else { throw .uri("it needs token=LABEL or serial=NUMBER") }
        guard object != nil || id != nil else { throw .uri("it needs object=LABEL or id=BYTES") }
        if let kind = try Self.text(values, "type"), kind != "secret-key" { throw .uri("type is secret-key") }
        if let source = try Self.text(query, "pin-source") {
            let path = source.hasPrefix("file://") ? String(source.dropFirst(7)) : Self.withoutScheme(source)
            guard path.hasPrefix("/") else { throw .uri("pin-source is the absolute path of a file") }
            pinFile = path
        }
        for name in ["token", "serial", "object", "id", "type"] { values[name] = nil }
        let others = Set(values.keys).union(query.keys).subtracting(["module-path", "pin-source"])
        if let unknown = others.min() { throw .uri("Tarn does not know its attribute \(unknown)") }
    }

    /// Without the module and the PIN's place: for messages.
    public var name: String {
        let parts = [token ?? serial ?? "", object ?? id.map { $0.map(Self.hex).joined() } ?? ""]
        return "the PKCS #11 token '\(parts[0])' (key '\(parts[1])')"
    }

    private static func withoutScheme(_ source: String) -> String {
        source.hasPrefix("file:") ? String(source.dropFirst(5)) : source
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func attributes(_ text: Substring, separator: Character) throws(TokenRefused) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for part in text.split(separator: separator) {
            guard let equals = part.firstIndex(of: "="), let value = decoded(part[part.index(after: equals)...]), !value.isEmpty
            else { throw .uri("its attributes have the form NAME=VALUE") }
            let name = String(part[..<equals])
            guard found.updateValue(value, forKey: name) == nil else { throw .uri("it has \(name) twice") }
        }
        return found
    }

    private static func text(_ values: [String: [UInt8]], _ name: String) throws(TokenRefused) -> String? {
        guard let bytes = values[name] else { return nil }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw .uri("\(name) is not UTF-8") }
        return text
    }

    /// - Returns: nil where a percent sign is not followed by two hexadecimal digits.
    private static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? { Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init) }
}

/// Why a token did not give the root key.
public enum TokenRefused: Error, Sendable, Hashable, CustomStringConvertible {
    case uri(String)
    case module(path: String, reason: String)
    case noToken(name: String, module: String)
    case severalTokens(name: String, module: String)
    case noPIN(token: String)
    case pinFile(path: String, reason: String)
    case wrongPIN(token: String)
    case lockedPIN(token: String)
    case noObject(name: String, token: String)
    case severalObjects(name: String, token: String)
    case unsuitable(name: String, reason: String)
    case failed(call: String, code: UInt)

    public var description: String {
        switch self {
        case .uri(let reason): "--root-key does not take this PKCS #11 URI: \(reason)"
        case .module(let path, let reason): "the PKCS #11 module \(path) cannot be used: \(reason)"
        case .noToken(let name, let module): "the PKCS #11 module \(module) has no token '\(name)'"
        case .severalTokens(let name, let module):
            "the PKCS #11 module \(module) has several tokens '\(name)'; name one by serial="
        case .noPIN(let token):
            "the PKCS #11 token '\(token)' needs its PIN: set \(RootKeySource.pinVariable), or pin-source in the URI"
        case .pinFile(let path, let reason): "the PIN file \(path) cannot be used: \(reason)"
        case .wrongPIN(let token): "the PKCS #11 token '\(token)' does not accept the PIN"
        case .lockedPIN(let token): "the PIN of the PKCS #11 token '\(token)' is locked"
        case .noObject(let name, let token): "the PKCS #11 token '\(token)' has no secret key '\(name)'"
        case .severalObjects(let name, let token):
            "the PKCS #11 token '\(token)' has several secret keys '\(name)'; name one by id="
        case .unsuitable(let name, let reason): "the PKCS #11 key '\(name)' cannot be the root key: \(reason)"
        case .failed(let call, let code): "the PKCS #11 module failed: \(call) answered 0x\(String(code, radix: 16))"
        }
    }
}
