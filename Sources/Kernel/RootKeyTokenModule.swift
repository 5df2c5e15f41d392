import CPKCS11

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The numbers of PKCS #11 that Tarn uses (OASIS, "PKCS #11 Cryptographic Token Interface Base Specification Version 2.40",
/// appendix B).
enum PKCS11 {
    static let ok: CK_RV = 0
    static let pinIncorrect: CK_RV = 0xA0
    static let pinInvalid: CK_RV = 0xA1
    static let pinLength: CK_RV = 0xA2
    static let pinLocked: CK_RV = 0xA4
    static let keyFunctionNotPermitted: CK_RV = 0x68
    static let keyTypeInconsistent: CK_RV = 0x63
    static let mechanismInvalid: CK_RV = 0x70
    static let alreadyLoggedIn: CK_RV = 0x100
    static let alreadyInitialized: CK_RV = 0x191

    static let loginRequired: CK_ULONG = 1 << 2
    static let serialSession: CK_ULONG = 1 << 2
    static let user: CK_ULONG = 1
    static let classAttribute: CK_ULONG = 0
    static let labelAttribute: CK_ULONG = 3
    static let keyTypeAttribute: CK_ULONG = 0x100
    static let idAttribute: CK_ULONG = 0x102
    static let valueLengthAttribute: CK_ULONG = 0x161
    static let secretKey: CK_ULONG = 4
    static let keyGenericSecret: CK_ULONG = 0x10
    static let keyAES: CK_ULONG = 0x1F
    static let keySHA256HMAC: CK_ULONG = 0x2B
    static let mechanismSHA256HMAC: CK_ULONG = 0x251
    static let mechanismAESCMAC: CK_ULONG = 0x108A
}

/// A PKCS #11 module, opened and initialized. Used by one thread.
struct TokenModule {
    struct Token {
        var label: String
        var serial: String
        var needsPIN: Bool
    }
    fileprivate let functions: CK_FUNCTION_LIST
    private let isOurs: Bool

    init(_ path: String) throws(TokenRefused) {
        // It stays mapped: libraries that a module brings along may have handlers for the process's end.
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw .module(path: path, reason: dlerror().map { String(cString: $0) } ?? "it cannot be opened")
        }
        guard let symbol = dlsym(library, "C_GetFunctionList") else {
            throw .module(path: path, reason: "it has no C_GetFunctionList")
        }
        let get = unsafeBitCast(symbol, to: CK_C_GetFunctionList.self)
        var list: UnsafeMutablePointer<CK_FUNCTION_LIST>?
        guard get(&list) == PKCS11.ok, let list, list.pointee.version.major == 2, let start = list.pointee.C_Initialize else {
            throw .module(path: path, reason: "it is not of PKCS #11 version 2")
        }
        functions = list.pointee
        let code = start(nil)
        guard code == PKCS11.ok || code == PKCS11.alreadyInitialized else {
            throw .failed(call: "C_Initialize", code: code)
        }
        isOurs = code == PKCS11.ok
    }

    func close() { if isOurs { _ = functions.C_Finalize?(nil) } }

    /// The slots that have a token.
    func slots(max: Int) throws(TokenRefused) -> [CK_ULONG] {
        guard let list = functions.C_GetSlotList else { throw Self.missing("C_GetSlotList") }
        var count = CK_ULONG(max)
        var slots = [CK_ULONG](repeating: 0, count: max)
        try Self.check("C_GetSlotList", list(1, &slots, &count))
        return Array(slots.prefix(Int(count)))
    }

    /// - Returns: nil for a token that has just been taken out.
    func token(in slot: CK_ULONG) -> Token? {
        var info = CK_TOKEN_INFO()
        guard functions.C_GetTokenInfo?(slot, &info) == PKCS11.ok else { return nil }
        return Token(
            label: Self.text(of: info.label), serial: Self.text(of: info.serialNumber),
            needsPIN: info.flags & PKCS11.loginRequired != 0)
    }

    /// A field of fixed size, padded with blanks.
    private static func text<Field>(of field: Field) -> String {
        var bytes = withUnsafeBytes(of: field) { Array($0) }
        while bytes.last == 0x20 || bytes.last == 0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate static func missing(_ name: String) -> TokenRefused { .failed(call: name, code: 0x54) }

    fileprivate static func check(_ call: String, _ code: CK_RV) throws(TokenRefused) {
        guard code == PKCS11.ok else { throw .failed(call: call, code: code) }
    }
}

/// A session with a token, reading only.
struct TokenSession {
    private let functions: CK_FUNCTION_LIST
    private let handle: CK_ULONG

    init(_ module: TokenModule, _ slot: CK_ULONG) throws(TokenRefused) {
        functions = module.functions
        guard let open = functions.C_OpenSession else { throw TokenModule.missing("C_OpenSession") }
        var handle: CK_ULONG = 0
        try TokenModule.check("C_OpenSession", open(slot, PKCS11.serialSession, nil, nil, &handle))
        self.handle = handle
    }

    func close() {
        _ = functions.C_Logout?(handle)
        _ = functions.C_CloseSession?(handle)
    }

    func login(_ pin: [UInt8], token: String) throws(TokenRefused) {
        guard let login = functions.C_Login else { throw TokenModule.missing("C_Login") }
        var pin = pin
        switch login(handle, PKCS11.user, &pin, CK_ULONG(pin.count)) {
        case PKCS11.ok, PKCS11.alreadyLoggedIn: break
        case PKCS11.pinIncorrect, PKCS11.pinInvalid, PKCS11.pinLength: throw .wrongPIN(token: token)
        case PKCS11.pinLocked: throw .lockedPIN(token: token)
        case let code: throw .failed(call: "C_Login", code: code)
        }
    }

    /// The secret keys of that label and id; two at most, to see that there is more than one.
    func secretKeys(label: [UInt8]?, id: [UInt8]?) throws(TokenRefused) -> [CK_ULONG] {
        guard let begin = functions.C_FindObjectsInit, let find = functions.C_FindObjects, let end = functions.C_FindObjectsFinal
        else { throw TokenModule.missing("C_FindObjects") }
        var (objectClass, label, id) = (PKCS11.secretKey, label ?? [], id ?? [])
        let code = withUnsafeMutableBytes(of: &objectClass) { objectClass in
            label.withUnsafeMutableBytes { label in
                id.withUnsafeMutableBytes { id in
                    var attributes = [Self.attribute(PKCS11.classAttribute, objectClass)]
                    if !label.isEmpty { attributes.append(Self.attribute(PKCS11.labelAttribute, label)) }
                    if !id.isEmpty { attributes.append(Self.attribute(PKCS11.idAttribute, id)) }
                    return begin(handle, &attributes, CK_ULONG(attributes.count))
                }
            }
        }
        try TokenModule.check("C_FindObjectsInit", code)
        var found: [CK_ULONG] = [0, 0]
        var count: CK_ULONG = 0
        let outcome = find(handle, &found, 2, &count)
        _ = end(handle)
        try TokenModule.check("C_FindObjects", outcome)
        return Array(found.prefix(Int(count)))
    }

    func typeAndLength(of key: CK_ULONG, named name: String) throws(TokenRefused) -> (type: CK_ULONG, bytes: Int) {
        guard let type = number(PKCS11.keyTypeAttribute, of: key), let length = number(PKCS11.valueLengthAttribute, of: key)
        else { throw .unsuitable(name: name, reason: "the token does not tell its type and length") }
        return (type, Int(length))
    }

    private func number(_ attribute: CK_ULONG, of key: CK_ULONG) -> CK_ULONG? {
        var value: CK_ULONG = 0
        let code = withUnsafeMutableBytes(of: &value) { value in
            var attribute = Self.attribute(attribute, value)
            return functions.C_GetAttributeValue?(handle, key, &attribute, 1)
        }
        return code == PKCS11.ok ? value : nil
    }

    func mac(_ mechanism: CK_ULONG, _ key: CK_ULONG, _ input: [UInt8], named name: String) throws(TokenRefused) -> [UInt8] {
        guard let begin = functions.C_SignInit, let sign = functions.C_Sign else { throw TokenModule.missing("C_Sign") }
        var mechanism = CK_MECHANISM(mechanism: mechanism, pParameter: nil, ulParameterLen: 0)
        switch begin(handle, &mechanism, key) {
        case PKCS11.ok: break
        case PKCS11.keyFunctionNotPermitted: throw .unsuitable(name: name, reason: "it may not sign (CKA_SIGN)")
        case PKCS11.mechanismInvalid, PKCS11.keyTypeInconsistent:
            throw .unsuitable(name: name, reason: "the token has no MAC for it (CKM_SHA256_HMAC, CKM_AES_CMAC)")
        case let code: throw .failed(call: "C_SignInit", code: code)
        }
        var (input, output) = (input, [UInt8](repeating: 0, count: 64))
        var count = CK_ULONG(output.count)
        try TokenModule.check("C_Sign", sign(handle, &input, CK_ULONG(input.count), &output, &count))
        return Array(output.prefix(Int(count)))
    }

    private static func attribute(_ type: CK_ULONG, _ value: UnsafeMutableRawBufferPointer) -> CK_ATTRIBUTE {
        CK_ATTRIBUTE(type: type, pValue: value.baseAddress, ulValueLen: CK_ULONG(value.count))
    }
}
