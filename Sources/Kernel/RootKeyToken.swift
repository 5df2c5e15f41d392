import CPKCS11

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes the root key from a PKCS #11 token. The token's own key never leaves it: it computes the root key as the output of
/// a key derivation in counter mode (NIST SP 800-108r1, section 4.1), with the MAC that the key's type has.
enum RootKeyToken {
    enum Limit {
        static let slots = 256
        static let pinBytes = 256
        /// Bytes that the token's key must have: what is derived can be no stronger.
        static let keyBytes = 32
    }
    private static let label = "tarn root key"

    /// - Parameter pin: from the environment; a PIN file in the URI wins.
    static func key(_ uri: TokenKeyURI, pin: String?) throws(TokenRefused) -> RootKey {
        let module = try TokenModule(uri.module)
        defer { module.close() }
        let (slot, name, needsPIN) = try slot(uri, module)
        let session = try TokenSession(module, slot)
        defer { session.close() }
        if needsPIN {
            guard let pin = try uri.pinFile.map({ path throws(TokenRefused) in try filePIN(path) }) ?? pin else {
                throw .noPIN(token: name)
            }
            try session.login(Array(pin.utf8), token: name)
        }
        let bytes = try derive(uri, session, token: name)
        guard let key = RootKey(bytes: bytes) else { throw .failed(call: "C_Sign", code: 0) }
        return key
    }

    private static func slot(
        _ uri: TokenKeyURI, _ module: TokenModule
    ) throws(TokenRefused) -> (slot: CK_ULONG, name: String, needsPIN: Bool) {
        let wanted = uri.token ?? uri.serial ?? ""
        var found: [(slot: CK_ULONG, name: String, needsPIN: Bool)] = []
        for slot in try module.slots(max: Limit.slots) {
            guard let info = module.token(in: slot), uri.token.map({ $0 == info.label }) ?? true,
                uri.serial.map({ $0 == info.serial }) ?? true
            else { continue }
            found.append((slot, info.label, info.needsPIN))
        }
        guard let first = found.first else { throw .noToken(name: wanted, module: uri.module) }
        guard found.count == 1 else { throw .severalTokens(name: wanted, module: uri.module) }
        return first
    }

    private static func derive(_ uri: TokenKeyURI, _ session: TokenSession, token: String) throws(TokenRefused) -> [UInt8] {
        let name = uri.object ?? "id"
        let keys = try session.secretKeys(label: uri.object.map { Array($0.utf8) }, id: uri.id)
        guard let key = keys.first else { throw .noObject(name: name, token: token) }
        guard keys.count == 1 else { throw .severalObjects(name: name, token: token) }
        let (type, count) = try session.typeAndLength(of: key, named: name)
        guard count >= Limit.keyBytes else { throw .unsuitable(name: name, reason: "it has less than \(Limit.keyBytes) bytes") }
        let mechanism: CK_ULONG
        switch type {
        case PKCS11.keyGenericSecret, PKCS11.keySHA256HMAC: mechanism = PKCS11.mechanismSHA256HMAC
        case PKCS11.keyAES: mechanism = PKCS11.mechanismAESCMAC
        default: throw .unsuitable(name: name, reason: "it is neither an AES key nor a generic secret")
        }
        var bytes: [UInt8] = []
        // One HMAC, or two CMACs.
        for counter in UInt8(1)...2 where bytes.count < RootKey.byteCount {
            let input = [0, 0, 0, counter] + Array(label.utf8) + [0, 0, 0, 1, 0]
            bytes += try session.mac(mechanism, key, input, named: name)
        }
        return Array(bytes.prefix(RootKey.byteCount))
    }

    private static func filePIN(_ path: String) throws(TokenRefused) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .pinFile(path: path, reason: String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .pinFile(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & 0o077 == 0 else { throw .pinFile(path: path, reason: "it can be read by others: chmod 600 it") }
        var bytes = [UInt8](repeating: 0, count: Limit.pinBytes + 1)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw .pinFile(path: path, reason: String(cString: strerror(errno))) }
        var text = bytes.prefix(count)
        while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
        guard !text.isEmpty, count <= Limit.pinBytes, let pin = String(validating: text, as: UTF8.self) else {
            throw .pinFile(path: path, reason: "it is not one line of at most \(Limit.pinBytes) bytes")
        }
        return pin
    }
}
