import Kernel
import Synchronization

/// Identifiers of requests, made often and so without a system call: they tell requests apart and are no secret.
enum RequestID {
    private static let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    private static let count = Atomic<UInt64>(0)

    /// Two words that no other call of this process gets, and hardly one of another.
    private static func next() -> (UInt64, UInt64) {
        let count = count.wrappingAdd(1, ordering: .relaxed).newValue
        return (mixed(seed.0 &+ count &* 0x9E37_79B9_7F4A_7C15), mixed(seed.1 &+ count &* 0x9E37_79B9_7F4A_7C15))
    }

    /// The output function of SplitMix64 (https://doi.org/10.1145/2714064.2660195), which is one to one.
    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A version 4 UUID in lower case.
    static func uuid() -> String {
        let (first, second) = next()
        return Identifier.uuid(first, second)
    }

    /// Sixteen characters, the form of S3's.
    static func ofS3() -> String {
        let (high, low) = next()
        return String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 { buffer[index] = letters[Int((index < 8 ? high : low) >> UInt64(index % 8 * 5) & 31)] }
            return 16
        }
    }
}
