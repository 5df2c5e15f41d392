/// A record's sequence number: 186 bits that clients see as a decimal of 56 digits, as AWS's are. It rises strictly within
/// a shard, and a child's are larger than its parents'.
///
/// From the top: 2 (the form), the second the shard was made (36 bits), the record's offset in the shard and one (64), the
/// second it arrived (36), the shard's index (32), 2 (16).
struct SequenceNumber: Hashable, Comparable, CustomStringConvertible, Sendable {
    private static let form: UInt64 = 2
    private static let offsetPlace = 84, secondsPlace = 148, arrivalPlace = 48, shardPlace = 16

    var shardSeconds: Int64
    /// The record's offset in the shard's log and one; 0 stands before the first record.
    var ordinal: UInt64
    var arrivalSeconds: Int64
    var shard: Int

    init(_ shard: ShardRecord, offset: Int64, arrivalMilliseconds: Int64) {
        (shardSeconds, self.shard) = (shard.createdSeconds, shard.index)
        (ordinal, arrivalSeconds) = (UInt64(offset) + 1, arrivalMilliseconds / 1_000)
    }

    private init(_ shard: ShardRecord, ordinal: UInt64, seconds: Int64) {
        (shardSeconds, self.shard, self.ordinal, arrivalSeconds) = (shard.createdSeconds, shard.index, ordinal, seconds)
    }

    static func starting(_ shard: ShardRecord) -> SequenceNumber {
        SequenceNumber(shard, ordinal: 0, seconds: shard.createdSeconds)
    }

    static func ending(_ shard: ShardRecord) -> SequenceNumber {
        SequenceNumber(shard, ordinal: UInt64(shard.end ?? 0) + 1, seconds: (shard.closed ?? shard.created).seconds)
    }

    /// The offset of its record; -1 for a shard's starting number.
    var offset: Int64 { Int64(ordinal) - 1 }

    /// - Returns: nil for a decimal that no shard of ours could have given out.
    init?(_ text: String) {
        var words = Words()
        guard !text.isEmpty, text.utf8.count <= 58 else { return nil }
        for digit in text.utf8 {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9"), words.append(digit: UInt64(digit & 0x0F)) else {
                return nil
            }
        }
        guard words.bits(184, 8) == Self.form, words.bits(0, Self.shardPlace) == Self.form else { return nil }
        shardSeconds = Int64(words.bits(Self.secondsPlace, 36))
        ordinal = words.bits(Self.offsetPlace, 64)
        arrivalSeconds = Int64(words.bits(Self.arrivalPlace, 36))
        shard = Int(words.bits(Self.shardPlace, 32))
        guard ordinal <= UInt64(Int64.max) else { return nil }
    }

    var description: String {
        var words = Words()
        words.set(Self.form, at: 184)
        words.set(UInt64(shardSeconds) & 0xF_FFFF_FFFF, at: Self.secondsPlace)
        words.set(ordinal, at: Self.offsetPlace)
        words.set(UInt64(arrivalSeconds) & 0xF_FFFF_FFFF, at: Self.arrivalPlace)
        words.set(UInt64(shard), at: Self.shardPlace)
        words.set(Self.form, at: 0)
        return words.decimal
    }

    static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        (left.shardSeconds, left.ordinal, left.shard) < (right.shardSeconds, right.ordinal, right.shard)
    }
}

/// An unsigned integer of 192 bits, as far as sequence numbers need one.
private struct Words {
    private var low: UInt64 = 0
    private var middle: UInt64 = 0
    private var high: UInt64 = 0

    /// Ten times itself and the digit.
    /// - Returns: false when that is more than 192 bits.
    mutating func append(digit: UInt64) -> Bool {
        let first = UInt128(low) * 10 + UInt128(digit)
        let second = UInt128(middle) * 10 + (first >> 64)
        let third = UInt128(high) * 10 + (second >> 64)
        (low, middle, high) = (
            UInt64(truncatingIfNeeded: first), UInt64(truncatingIfNeeded: second), UInt64(truncatingIfNeeded: third)
        )
        return third >> 64 == 0
    }

    func bits(_ place: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        switch place / 64 {
        case 0: value = UInt64(truncatingIfNeeded: (UInt128(middle) << 64 | UInt128(low)) >> UInt128(place))
        case 1: value = UInt64(truncatingIfNeeded: (UInt128(high) << 64 | UInt128(middle)) >> UInt128(place - 64))
        default: value = high >> UInt64(place - 128)
        }
        return count >= 64 ? value : value & ((1 << UInt64(count)) - 1)
    }

    mutating func set(_ value: UInt64, at place: Int) {
        let shifted = UInt128(value) << UInt128(place % 64)
        let (below, above) = (UInt64(truncatingIfNeeded: shifted), UInt64(truncatingIfNeeded: shifted >> 64))
        switch place / 64 {
        case 0: (low, middle) = (low | below, middle | above)
        case 1: (middle, high) = (middle | below, high | above)
        default: high |= below
        }
    }

    var decimal: String {
        let chunk: UInt128 = 1_000_000_000_000_000_000
        var (number, parts): (Words, [UInt64]) = (self, [])
        repeat {
            var rest = UInt128(number.high) % chunk
            number.high = UInt64(UInt128(number.high) / chunk)
            rest = rest << 64 | UInt128(number.middle)
            number.middle = UInt64(rest / chunk)
            rest = (rest % chunk) << 64 | UInt128(number.low)
            number.low = UInt64(rest / chunk)
            parts.append(UInt64(rest % chunk))
        } while number.high != 0 || number.middle != 0 || number.low != 0
        var text = String(parts.removeLast())
        for part in parts.reversed() {
            let digits = String(part)
            text += String(repeating: "0", count: 18 - digits.count) + digits
        }
        return text
    }
}
