import Crypto

/// A digest that somebody else computed, as the type that the signing functions take.
enum GivenDigest {
    /// - Returns: nil if `bytes` are not of the digest's length.
    ///
    /// The library has no initializer from bytes. Its digest types hold exactly their bytes and nothing else; both that and
    /// that the copy reads back as what was given are checked before it is used.
    static func of<Value: Digest>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        guard bytes.count == Value.byteCount, MemoryLayout<Value>.size == bytes.count, _isPOD(type) else { return nil }
        let value = withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: MemoryLayout<Value>.alignment) { copy in
            copy.copyBytes(from: bytes)
            return copy.load(as: type)
        }
        return value.elementsEqual(bytes) ? value : nil
    }
}
