/// XXH3 with seed 0 and the standard secret, taken in pieces; one run gives the hash of 64 bits or that of 128.
///
/// Source: the xxHash fast digest algorithm's description, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
public struct XXHash3: Sendable {
    /// A hash of 128 bits.
    public struct Wide: Sendable, Equatable {
        public var high: UInt64
        public var low: UInt64
    }

    private static let stripe = 64
    /// The longest input that is hashed as one.
    private static let shortMax = 240
    /// Stripes between two scramblings.
    private static let blockStripes: UInt64 = 16

    private var lanes: Lanes = [
        0xC2B2_AE3D, XXHash64.primes.0, XXHash64.primes.1, XXHash64.primes.2,
        XXHash64.primes.3, 0x85EB_CA77, XXHash64.primes.4, 0x9E37_79B1,
    ]
    private var stripes: UInt64 = 0
    private var count: UInt64 = 0
    /// Of a short input all; of a long one what comes behind the stripes taken, never nothing.
    private var rest: [UInt8] = []
    /// The stripe that was taken last.
    private var last: [UInt8] = []

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        count &+= UInt64(bytes.count)
        guard count > UInt64(Self.shortMax) else {
            rest.append(contentsOf: bytes)
            return
        }
        var index = 0
        if !rest.isEmpty {
            // The beginning, while it was short, may be several stripes.
            let taken = min(bytes.count, (Self.stripe - rest.count % Self.stripe) % Self.stripe)
            rest.append(contentsOf: bytes[..<taken])
            index = taken
            let isAll = index == bytes.count
            let full = rest.count / Self.stripe - (isAll && rest.count % Self.stripe == 0 ? 1 : 0)
            let held = rest
            held.withUnsafeBytes { take($0, from: 0, full) }
            rest.removeFirst(full * Self.stripe)
        }
        // One byte must stay behind every stripe: the last 64 bytes are taken apart.
        let full = max(0, bytes.count - index - 1) / Self.stripe
        take(bytes, from: index, full)
        rest.append(contentsOf: bytes[(index + full * Self.stripe)...])
    }

    private mutating func take(_ input: UnsafeRawBufferPointer, from start: Int, _ full: Int) {
        guard full > 0 else { return }
        for number in 0..<full {
            lanes.add(input, at: start + number * Self.stripe, secret: Int(stripes % Self.blockStripes) * 8)
            stripes += 1
            if stripes % Self.blockStripes == 0 { lanes.scramble() }
        }
        let end = start + full * Self.stripe
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: input[(end - Self.stripe)..<end])
    }

    /// The lanes of a long input with its last 64 bytes.
    private var finished: Lanes {
        var lanes = lanes
        let end = Array((last + rest).suffix(Self.stripe))
        end.withUnsafeBytes { lanes.add($0, at: 0, secret: XXHashSecret.size - Self.stripe - 7) }
        return lanes
    }

    public func finish() -> UInt64 {
        guard count > UInt64(Self.shortMax) else { return rest.withUnsafeBytes { ShortXXHash3.hash($0) } }
        return finished.merged(secret: 11, start: count &* XXHash64.primes.0)
    }

    public func finishWide() -> Wide {
        guard count > UInt64(Self.shortMax) else { return rest.withUnsafeBytes { ShortXXHash3.wide($0) } }
        let lanes = finished
        return Wide(
            high: lanes.merged(secret: XXHashSecret.size - Self.stripe - 11, start: ~(count &* XXHash64.primes.1)),
            low: lanes.merged(secret: 11, start: count &* XXHash64.primes.0))
    }

    static func avalanche(_ value: UInt64) -> UInt64 {
        let hash = (value ^ value >> 37) &* 0x1656_6791_9E37_79F9
        return hash ^ hash >> 32
    }
}

private typealias Lanes = SIMD8<UInt64>

extension Lanes {
    fileprivate mutating func add(_ input: UnsafeRawBufferPointer, at start: Int, secret: Int) {
        for lane in 0..<8 {
            let word = input.word(start + 8 * lane)
            let keyed = word ^ XXHashSecret.word(secret + 8 * lane)
            self[lane ^ 1] &+= word
            self[lane] &+= (keyed & 0xFFFF_FFFF) &* (keyed >> 32)
        }
    }

    fileprivate mutating func scramble() {
        for lane in 0..<8 {
            self[lane] = (self[lane] ^ self[lane] >> 47 ^ XXHashSecret.word(128 + 8 * lane)) &* 0x9E37_79B1
        }
    }

    fileprivate func merged(secret: Int, start: UInt64) -> UInt64 {
        var hash = start
        for pair in 0..<4 {
            hash &+= .folded(
                self[2 * pair] ^ XXHashSecret.word(secret + 16 * pair),
                self[2 * pair + 1] ^ XXHashSecret.word(secret + 16 * pair + 8))
        }
        return XXHash3.avalanche(hash)
    }
}

/// The standard secret, little end first.
enum XXHashSecret {
    static let size = 192

    private static let words: [UInt64] = [
        0xBE4B_A423_396C_FEB8, 0x1CAD_21F7_2C81_017C, 0xDB97_9083_E96D_D4DE, 0x1F67_B3B7_A4A4_4072,
        0x78E5_C0CC_4EE6_79CB, 0x2172_FFCC_7DD0_5A82, 0x8E24_43F7_7446_08B8, 0x4C26_3A81_E690_35E0,
        0xCB00_C391_BB52_283C, 0xA32E_531B_8B65_D088, 0x4EF9_0DA2_9748_6471, 0xD8AC_DEA9_46EF_1938,
        0x3F34_9CE3_3F76_FAA8, 0x1D4F_0BC7_C7BB_DCF9, 0x3159_B4CD_4BE0_518A, 0x6473_78D9_C97E_9FC8,
        0xC3EB_D334_83AC_C5EA, 0xEB63_13FA_FFA0_81C5, 0x49DA_F0B7_51DD_0D17, 0x9E68_D429_2655_16D3,
        0xFCA1_477D_58BE_162B, 0xCE31_D07A_D1B8_F88F, 0x2804_1695_8F3A_CB45, 0x7E40_4BBB_CAFB_D7AF,
    ]

    /// The eight bytes from any place on.
    static func word(_ index: Int) -> UInt64 {
        let shift = UInt64(index & 7) * 8
        let first = words[index >> 3]
        return shift == 0 ? first : first >> shift | words[index >> 3 + 1] << (64 - shift)
    }

    static func halfWord(_ index: Int) -> UInt64 { word(index) & 0xFFFF_FFFF }
}
