/// XXH64 with seed 0, taken in pieces.
///
/// Source: the xxHash fast digest algorithm's description, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
public struct XXHash64: Sendable {
    static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5
    )

    private static let stripe = 32
    private var lanes: SIMD4<UInt64> = [
        primes.0 &+ primes.1, primes.1, 0, 0 &- primes.0,
    ]
    /// What has come and fills no stripe.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var input = bytes[...]
        if !rest.isEmpty {
            let taken = input.prefix(Self.stripe - rest.count)
            rest.append(contentsOf: taken)
            input = input.dropFirst(taken.count)
            guard rest.count == Self.stripe else { return }
            rest.withUnsafeBytes { take($0, at: 0) }
            rest.removeAll(keepingCapacity: true)
        }
        var index = input.startIndex
        while input.endIndex - index >= Self.stripe {
            take(bytes, at: index)
            index += Self.stripe
        }
        rest.append(contentsOf: input[index...])
    }

    private mutating func take(_ input: UnsafeRawBufferPointer, at start: Int) {
        for lane in 0..<4 { lanes[lane] = Self.round(lanes[lane], input.word(start + 8 * lane)) }
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        (lane &+ input &* primes.1).rotated(31) &* primes.0
    }

    public func finish() -> UInt64 {
        let primes = Self.primes
        var hash = primes.4
        if count >= UInt64(Self.stripe) {
            hash = lanes[0].rotated(1) &+ lanes[1].rotated(7) &+ lanes[2].rotated(12) &+ lanes[3].rotated(18)
            for lane in 0..<4 { hash = (hash ^ Self.round(0, lanes[lane])) &* primes.0 &+ primes.3 }
        }
        hash &+= count
        rest.withUnsafeBytes { rest in
            var index = 0
            while index + 8 <= rest.count {
                hash = (hash ^ Self.round(0, rest.word(index))).rotated(27) &* primes.0 &+ primes.3
                index += 8
            }
            if index + 4 <= rest.count {
                hash = (hash ^ UInt64(rest.halfWord(index)) &* primes.0).rotated(23) &* primes.1 &+ primes.2
                index += 4
            }
            while index < rest.count {
                hash = (hash ^ UInt64(rest[index]) &* primes.4).rotated(11) &* primes.0
                index += 1
            }
        }
        return Self.avalanche(hash)
    }

    static func avalanche(_ value: UInt64) -> UInt64 {
        var hash = value
        hash = (hash ^ hash >> 33) &* primes.1
        hash = (hash ^ hash >> 29) &* primes.2
        return hash ^ hash >> 32
    }
}

extension UInt64 {
    func rotated(_ bits: UInt64) -> UInt64 { self &<< bits | self &>> (64 &- bits) }

    /// Both halves of the product of two words, folded into one.
    static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.low ^ product.high
    }
}

extension UnsafeRawBufferPointer {
    /// The eight bytes from `index` on, the first one lowest.
    func word(_ index: Int) -> UInt64 { UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self)) }
    func halfWord(_ index: Int) -> UInt32 { UInt32(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt32.self)) }
}
