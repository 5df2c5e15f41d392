/// Whole numbers below 2^256 modulo one that is a little below 2^256: what secp256k1 computes with (SEC 2, section 2.4.1).
/// Nothing here branches on a value, apart from how often it is called.
struct Modulus256: Sendable {
    /// Four words, the lowest first.
    typealias Number = SIMD4<UInt64>

    let value: Number
    /// 2^256 - `value`: what a carry out of the highest word is worth.
    private let excess: Number
    /// After so many rounds of putting the upper half back nothing is left of it.
    private let rounds: Int

    private init(_ value: Number, _ excess: Number, rounds: Int) {
        (self.value, self.excess, self.rounds) = (value, excess, rounds)
    }

    /// 2^256 - 2^32 - 977, over which the curve is defined.
    static let field = Modulus256(
        Number(0xFFFF_FFFE_FFFF_FC2F, .max, .max, .max), Number(0x1_0000_03D1, 0, 0, 0), rounds: 3)
    /// The number of the curve's points.
    static let order = Modulus256(
        Number(0xBFD2_5E8C_D036_4141, 0xBAAE_DCE6_AF48_A03B, 0xFFFF_FFFF_FFFF_FFFE, .max),
        Number(0x402D_A173_2FC9_BEBF, 0x4551_2319_50B7_5FC4, 1, 0), rounds: 5)

    /// The number in 32 bytes, highest first, modulo this.
    func number(_ bytes: some Sequence<UInt8>) -> Number {
        reduced(Self.words(bytes))
    }

    static func words(_ bytes: some Sequence<UInt8>) -> Number {
        var number = Number.zero
        for (place, byte) in bytes.enumerated() where place < 32 {
            number[3 - place / 8] |= UInt64(byte) << UInt64(8 * (7 - place % 8))
        }
        return number
    }

    static func bytes(_ number: Number) -> [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: number[3 - $0 / 8] >> UInt64(8 * (7 - $0 % 8))) }
    }

    func isBelow(_ number: Number) -> Bool { Self.difference(number, value).borrow == 1 }

    func sum(_ a: Number, _ b: Number) -> Number {
        var total = Number.zero
        var carry: UInt64 = 0
        for word in 0..<4 {
            let (first, over) = a[word].addingReportingOverflow(b[word])
            let (second, more) = first.addingReportingOverflow(carry)
            total[word] = second
            carry = (over ? 1 : 0) + (more ? 1 : 0)
        }
        let (less, borrow) = Self.difference(total, value)
        return Self.choose(less, total, carry | (1 - borrow))
    }

    func difference(_ a: Number, _ b: Number) -> Number {
        let (less, borrow) = Self.difference(a, b)
        // One below zero: `value` is added, which is to take `excess` away.
        return Self.choose(Self.difference(less, excess).result, less, borrow)
    }

    func product(_ a: Number, _ b: Number) -> Number {
        var wide = Self.wideProduct(a, b)
        for _ in 0..<rounds {
            let low = wide.lowHalf
            wide = Self.wideProduct(wide.highHalf, excess)
            var carry: UInt64 = 0
            for word in 0..<8 {
                let (first, over) = wide[word].addingReportingOverflow(word < 4 ? low[word] : 0)
                let (second, more) = first.addingReportingOverflow(carry)
                wide[word] = second
                carry = (over ? 1 : 0) + (more ? 1 : 0)
            }
        }
        return reduced(wide.lowHalf)
    }

    /// `a` to the power of `value` - 2, which is 1/a (Fermat).
    func inverse(_ a: Number) -> Number {
        let power = Self.difference(value, Number(2, 0, 0, 0)).result
        var result = Number(1, 0, 0, 0)
        for bit in (0..<256).reversed() {
            result = product(result, result)
            if power[bit / 64] >> UInt64(bit % 64) & 1 == 1 { result = product(result, a) }
        }
        return result
    }

    /// `yes` where `bit` is 1, `no` where it is 0.
    static func choose(_ yes: Number, _ no: Number, _ bit: UInt64) -> Number {
        let mask = Number(repeating: 0 &- bit)
        return (yes & mask) | (no & ~mask)
    }

    private func reduced(_ number: Number) -> Number {
        let (less, borrow) = Self.difference(number, value)
        return Self.choose(number, less, borrow)
    }

    private static func difference(_ a: Number, _ b: Number) -> (result: Number, borrow: UInt64) {
        var result = Number.zero
        var borrow: UInt64 = 0
        for word in 0..<4 {
            let (first, under) = a[word].subtractingReportingOverflow(b[word])
            let (second, more) = first.subtractingReportingOverflow(borrow)
            result[word] = second
            borrow = (under ? 1 : 0) + (more ? 1 : 0)
        }
        return (result, borrow)
    }

    private static func wideProduct(_ a: Number, _ b: Number) -> SIMD8<UInt64> {
        var wide = SIMD8<UInt64>.zero
        for i in 0..<4 {
            var carry: UInt64 = 0
            for j in 0..<4 {
                let (high, low) = a[i].multipliedFullWidth(by: b[j])
                let (first, over) = low.addingReportingOverflow(wide[i + j])
                let (second, more) = first.addingReportingOverflow(carry)
                wide[i + j] = second
                carry = high &+ (over ? 1 : 0) &+ (more ? 1 : 0)
            }
            wide[i + 4] = carry
        }
        return wide
    }
}
