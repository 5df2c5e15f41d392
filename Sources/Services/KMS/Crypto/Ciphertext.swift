import Crypto
import Documents
import Kernel

/// What Encrypt and GenerateDataKey hand out under a symmetric key: opaque to callers, it names the key and the generation
/// of its material that open it.
///
///     2 bytes   01 02, the format
///     1 byte    0 for a UUID, 1 for a multi-Region id
///     16 bytes  the key's id
///     4 bytes   the material's number
///     16 bytes  salt: each ciphertext has a key of its own (HKDF-SHA-256), so random nonces can't collide
///     12 bytes  nonce
///     the ciphertext, then a tag of 16 bytes (AES-256-GCM)
///
/// Everything before the nonce and the encryption context are authenticated with it.
struct Ciphertext {
    private static let format: [UInt8] = [1, 2]
    private static let headerBytes = 23
    private static let saltBytes = 16

    let keyID: String
    let material: UInt32
    private let header: ArraySlice<UInt8>
    private let salt: ArraySlice<UInt8>
    private let box: ArraySlice<UInt8>

    /// - Throws: ``KMSFault/invalidCiphertext``.
    init(_ blob: [UInt8]) throws(KMSFault) {
        guard blob.count >= Self.headerBytes + Self.saltBytes + 28, blob.starts(with: Self.format), blob[2] <= 1 else {
            throw .invalidCiphertext
        }
        keyID = Self.id(blob[3..<19], isMultiRegion: blob[2] == 1)
        material = blob[19..<23].reduce(0) { $0 << 8 | UInt32($1) }
        header = blob[..<Self.headerBytes]
        salt = blob[Self.headerBytes..<Self.headerBytes + Self.saltBytes]
        box = blob[(Self.headerBytes + Self.saltBytes)...]
    }

    static func seal(
        _ plain: [UInt8], keyID: String, material number: UInt32, _ key: SymmetricKey, _ context: EncryptionContext
    ) throws -> [UInt8] {
        let digits = keyID.utf8.filter { $0 != UInt8(ascii: "-") }
        let isMultiRegion = keyID.hasPrefix("mrk-")
        guard let id = Hex.decode(String(decoding: isMultiRegion ? digits.dropFirst(3) : digits[...], as: UTF8.self)) else {
            throw KMSFault.invalidKeyID(keyID)
        }
        var blob = format + [isMultiRegion ? 1 : 0] + id
        blob += [UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
        let salt = Identifier.random(saltBytes)
        let box = try AES.GCM.seal(
            plain, using: messageKey(key, salt[...]), authenticating: blob + salt + context.canonical)
        guard let combined = box.combined else { throw KMSFault.invalidCiphertext }
        return blob + salt + combined
    }

    /// - Throws: ``KMSFault/invalidCiphertext`` for a changed blob or another context.
    func open(_ key: SymmetricKey, _ context: EncryptionContext) throws(KMSFault) -> [UInt8] {
        guard let sealed = try? AES.GCM.SealedBox(combined: box),
            let plain = try? AES.GCM.open(
                sealed, using: Self.messageKey(key, salt), authenticating: Array(header + salt) + context.canonical)
        else { throw .invalidCiphertext }
        return Array(plain)
    }

    private static func messageKey(_ key: SymmetricKey, _ salt: ArraySlice<UInt8>) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, salt: salt, info: Array("tarn kms message".utf8), outputByteCount: 32)
    }

    private static func id(_ bytes: ArraySlice<UInt8>, isMultiRegion: Bool) -> String {
        let digits = Hex.encode(bytes)
        if isMultiRegion { return "mrk-" + digits }
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
