#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes. `==` of arrays goes byte by byte, and that of strings takes two spellings of one
    /// character for the same.
    public func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count, let first = baseAddress, let second = other.baseAddress else { return count == other.count }
        return memcmp(first, second, count) == 0
    }
}
