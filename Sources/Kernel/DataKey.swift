import Crypto
import Documents
import Synchronization

/// A key that seals what a service keeps for a customer, made by KMS under the customer's key. What it seals rests beside
/// the key's wrapped form, which only KMS opens
/// (https://docs.aws.amazon.com/kms/latest/developerguide/kms-cryptography.html#enveloping).
public struct DataKey: Sendable {
    public let plain: SymmetricKey
    /// As KMS sealed it.
    public let wrapped: [UInt8]
    /// The KMS key that it is under.
    public let keyARN: String

    /// How long a service keeps a data key out of its wrapping before it asks KMS again, as AWS's services mostly do.
    public static let lifetime = Duration.seconds(300)

    /// Carries out an operation of KMS's in whose name it may be, and gives its answer.
    public typealias Asking = (_ operation: String, _ input: Document) async throws -> Document

    /// Whether a data key can be made under a customer's key: it must be an enabled one for symmetric encryption.
    /// - Throws: what `kms` throws.
    public static func canBeMade(under key: String, _ kms: Asking) async throws -> Bool {
        let metadata = try await kms("DescribeKey", ["KeyId": .string(key)])["KeyMetadata"]
        return metadata?["KeySpec"]?.string == "SYMMETRIC_DEFAULT" && metadata?["KeyState"]?.string == "Enabled"
    }

    /// A new data key.
    /// - Parameters:
    ///   - key: the KMS key's id, alias or ARN.
    ///   - context: the encryption context; the key opens with the same one only.
    /// - Throws: what `kms` throws, ``AWSError/internalFailure`` for an answer without a key.
    public static func generate(under key: String, for context: Document, _ kms: Asking) async throws -> DataKey {
        let input: Document = ["KeyId": .string(key), "KeySpec": "AES_256", "EncryptionContext": context]
        let answer = try await kms("GenerateDataKey", input)
        guard let wrapped = answer["CiphertextBlob"]?.blob else { throw AWSError.internalFailure }
        return try DataKey(answer, wrapped)
    }

    /// A data key out of its wrapping.
    /// - Parameter key: the KMS key that it must be under; nil for any.
    /// - Throws: what `kms` throws, ``AWSError/internalFailure`` for an answer without a key.
    public static func unwrap(
        _ wrapped: [UInt8], under key: String? = nil, for context: Document, _ kms: Asking
    ) async throws -> DataKey {
        var input: Members = ["CiphertextBlob": .blob(wrapped), "EncryptionContext": context]
        if let key { input["KeyId"] = .string(key) }
        return try DataKey(try await kms("Decrypt", .map(input)), wrapped)
    }

    private init(_ answer: Document, _ wrapped: [UInt8]) throws {
        guard let plain = answer["Plaintext"]?.blob, plain.count == SymmetricKeySize.bits256.bitCount / 8,
            let keyARN = answer["KeyId"]?.string
        else { throw AWSError.internalFailure }
        (self.plain, self.wrapped, self.keyARN) = (SymmetricKey(data: plain), wrapped, keyARN)
    }

    public var sealer: Sealer { Sealer(key: plain) }

    /// - Parameter place: what the bytes are bound to; they open with the same one only.
    /// - Returns: nonce, ciphertext and tag (AES-256-GCM).
    public func seal(_ plain: [UInt8], place: String) throws -> [UInt8] { try sealer.seal(plain, place: place) }

    /// - Throws: ``Sealer/Failure``.
    public func open(_ sealed: [UInt8], place: String) throws -> [UInt8] { try sealer.open(sealed, place: place) }

    /// - Throws: ``Sealer/Failure``.
    public func open(_ sealed: ArraySlice<UInt8>, place: String) throws -> [UInt8] { try sealer.open(sealed, place: place) }
}

/// Keys out of their wrapping, each for a while: a KMS key that is turned off stops what is under it soon, not at once.
public final class KeyCache<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline struct Kept: Sendable {
        @usableFromInline var value: Value
        @usableFromInline var until: Timestamp
        @inlinable init(_ value: Value, until: Timestamp) { (self.value, self.until) = (value, until) }
    }
    @usableFromInline let limit: Int
    @usableFromInline let kept = Mutex<[Name: Kept]>([:])

    /// - Parameter limit: how many keys stay in memory. Over it those go that are over, and if there are none, all.
    public init(limit: Int) { self.limit = limit }

    @inlinable public func key(_ name: Name, at now: Timestamp) -> Value? {
        kept.withLock { kept in kept[name].flatMap { now < $0.until ? $0.value : nil } }
    }

    @inlinable public func keep(_ value: Value, as name: Name, until: Timestamp, at now: Timestamp) {
        kept.withLock { kept in
            if kept.count >= limit { kept = kept.filter { now < $0.value.until } }
            if kept.count >= limit { kept = [:] }
            kept[name] = Kept(value, until: until)
        }
    }
}

extension Caller {
    /// Whose keys are kept apart from others': what a caller's permissions hang on. The role behind a session counts, and
    /// each session by itself.
    public var keyUser: String { "\(arn)|\(accessKeyID ?? "")|\(sourceARN ?? "")" }
}
