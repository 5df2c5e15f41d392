import Crypto
import Documents
import Synchronization

/// The one secret from which every key that Tarn keeps things under is derived: session tokens are sealed with one of
/// them, the key material of KMS with another. It never rests in the data directory; see ``RootKeySource``.
public struct RootKey: Sendable {
    public static let byteCount = 32
    private let key: SymmetricKey
    private let known = Derived()

    /// - Returns: nil unless there are exactly ``byteCount`` bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    private init(_ key: SymmetricKey) { self.key = key }

    public static func random() -> RootKey { RootKey(SymmetricKey(size: .bits256)) }

    /// 32 bytes for one purpose, unrelated to those for any other (HKDF-SHA-256, RFC 5869).
    public func derived(_ purpose: String) -> [UInt8] {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array("tarn \(purpose)".utf8), outputByteCount: 32)
            .withUnsafeBytes { Array($0) }
    }

    /// The same as a key, derived once.
    /// - Parameter purpose: one of the few words of the program, never something from a request.
    public func key(for purpose: String) -> SymmetricKey {
        known.keys.withLock { keys in
            if let key = keys[purpose] { return key }
            let key = SymmetricKey(data: derived(purpose))
            keys[purpose] = key
            return key
        }
    }

    /// Seals and opens under the key derived for `purpose`.
    public func sealer(_ purpose: String) -> Sealer { Sealer(key: key(for: purpose)) }

    /// The key's text form, in files and in the environment.
    var base64: String { key.withUnsafeBytes { Base64.string(Array($0)) } }
}

/// The keys that were asked for. One for each ``RootKey`` that was made, shared by its copies.
private final class Derived: Sendable {
    let keys = Mutex<[String: SymmetricKey]>([:])
}

/// Authenticated encryption for what rests in the store (AES-256-GCM with random nonces, NIST SP 800-38D).
public struct Sealer: Sendable {
    let key: SymmetricKey

    public init(key: SymmetricKey) { self.key = key }

    public enum Failure: Error, Sendable { case notOurs }

    /// - Parameter place: where the bytes are kept; they open nowhere else.
    public func seal(_ plain: [UInt8], place: String) throws -> [UInt8] {
        guard let sealed = try AES.GCM.seal(plain, using: key, authenticating: Array(place.utf8)).combined else {
            throw Failure.notOurs
        }
        return Array(sealed)
    }

    /// - Throws: ``Failure`` for bytes that were changed, sealed for another place, or under another root key.
    public func open(_ sealed: [UInt8], place: String) throws -> [UInt8] { try open(sealed[...], place: place) }

    /// - Throws: ``Failure`` as above.
    public func open(_ sealed: ArraySlice<UInt8>, place: String) throws -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Array(place.utf8))
        else { throw Failure.notOurs }
        return Array(plain)
    }
}
