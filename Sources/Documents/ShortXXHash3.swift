/// XXH3 of up to 240 bytes, each range of lengths in its own way (see ``XXHash3``).
enum ShortXXHash3 {
    private static let primes = XXHash64.primes

    static func hash(_ input: UnsafeRawBufferPointer) -> UInt64 {
        let count = UInt64(input.count)
        switch input.count {
        case 0: return XXHash64.avalanche(XXHashSecret.word(56) ^ XXHashSecret.word(64))
        case 1...3: return XXHash64.avalanche(UInt64(combined(input)) ^ XXHashSecret.halfWord(0) ^ XXHashSecret.halfWord(4))
        case 4...8:
            let word = UInt64(input.halfWord(input.count - 4)) | UInt64(input.halfWord(0)) << 32
            return strongAvalanche(word ^ XXHashSecret.word(8) ^ XXHashSecret.word(16), count)
        case 9...16:
            let low = input.word(0) ^ XXHashSecret.word(24) ^ XXHashSecret.word(32)
            let high = input.word(input.count - 8) ^ XXHashSecret.word(40) ^ XXHashSecret.word(48)
            return XXHash3.avalanche(count &+ low.byteSwapped &+ high &+ .folded(low, high))
        case 17...128:
            var sum = count &* primes.0
            for round in (0...(input.count - 1) / 32).reversed() {
                sum &+= mix(input, 16 * round, 32 * round)
                sum &+= mix(input, input.count - 16 * (round + 1), 32 * round + 16)
            }
            return XXHash3.avalanche(sum)
        default:
            var sum = count &* primes.0
            for round in 0..<8 { sum &+= mix(input, 16 * round, 16 * round) }
            sum = XXHash3.avalanche(sum)
            for round in 8..<input.count / 16 { sum &+= mix(input, 16 * round, 16 * (round - 8) + 3) }
            return XXHash3.avalanche(sum &+ mix(input, input.count - 16, 136 - 17))
        }
    }

    static func wide(_ input: UnsafeRawBufferPointer) -> XXHash3.Wide {
        switch input.count {
        case 0:
            return .init(
                high: XXHash64.avalanche(XXHashSecret.word(80) ^ XXHashSecret.word(88)),
                low: XXHash64.avalanche(XXHashSecret.word(64) ^ XXHashSecret.word(72)))
        case 1...3:
            let low = combined(input)
            let swapped = low.byteSwapped
            let high = swapped << 13 | swapped >> 19
            return .init(
                high: XXHash64.avalanche(UInt64(high) ^ XXHashSecret.halfWord(8) ^ XXHashSecret.halfWord(12)),
                low: XXHash64.avalanche(UInt64(low) ^ XXHashSecret.halfWord(0) ^ XXHashSecret.halfWord(4)))
        case 4...8: return wideOfEight(input)
        case 9...16: return wideOfSixteen(input)
        default: return wideOfMore(input)
        }
    }

    private static func wideOfEight(_ input: UnsafeRawBufferPointer) -> XXHash3.Wide {
        let word = UInt64(input.halfWord(0)) | UInt64(input.halfWord(input.count - 4)) << 32
        let product = (word ^ XXHashSecret.word(16) ^ XXHashSecret.word(24))
            .multipliedFullWidth(by: primes.0 &+ UInt64(input.count) << 2)
        let high = product.high &+ product.low << 1
        var low = product.low ^ high >> 3
        low = (low ^ low >> 35) &* 0x9FB2_1C65_1E98_DF25
        return .init(high: XXHash3.avalanche(high), low: low ^ low >> 28)
    }

    private static func wideOfSixteen(_ input: UnsafeRawBufferPointer) -> XXHash3.Wide {
        let first = input.word(0)
        let second = input.word(input.count - 8)
        let product = (first ^ second ^ XXHashSecret.word(32) ^ XXHashSecret.word(40)).multipliedFullWidth(by: primes.0)
        let keyed = second ^ XXHashSecret.word(48) ^ XXHashSecret.word(56)
        let high = product.high &+ keyed &+ (keyed & 0xFFFF_FFFF) &* (0x85EB_CA77 - 1)
        let low = (product.low &+ UInt64(input.count - 1) << 54) ^ high.byteSwapped
        let mixed = low.multipliedFullWidth(by: primes.1)
        return .init(
            high: XXHash3.avalanche(mixed.high &+ high &* primes.1), low: XXHash3.avalanche(mixed.low))
    }

    /// Of 17 to 240 bytes.
    private static func wideOfMore(_ input: UnsafeRawBufferPointer) -> XXHash3.Wide {
        let count = UInt64(input.count)
        var (low, high) = (count &* primes.0, UInt64(0))
        func mixBoth(_ first: Int, _ second: Int, _ secret: Int) {
            low = (low &+ mix(input, first, secret)) ^ (input.word(second) &+ input.word(second + 8))
            high = (high &+ mix(input, second, secret + 16)) ^ (input.word(first) &+ input.word(first + 8))
        }
        if input.count <= 128 {
            for round in (0...(input.count - 1) / 32).reversed() {
                mixBoth(16 * round, input.count - 16 * (round + 1), 32 * round)
            }
        } else {
            for round in 0..<4 { mixBoth(32 * round, 32 * round + 16, 32 * round) }
            (low, high) = (XXHash3.avalanche(low), XXHash3.avalanche(high))
            for round in 4..<input.count / 32 { mixBoth(32 * round, 32 * round + 16, 3 + 32 * (round - 4)) }
            mixBoth(input.count - 16, input.count - 32, 136 - 17 - 16)
        }
        return .init(
            high: 0 &- XXHash3.avalanche(low &* primes.0 &+ high &* primes.3 &+ count &* primes.1),
            low: XXHash3.avalanche(low &+ high))
    }

    private static func combined(_ input: UnsafeRawBufferPointer) -> UInt32 {
        let (first, middle, last) = (input[0], input[input.count >> 1], input[input.count - 1])
        return UInt32(first) << 16 | UInt32(middle) << 24 | UInt32(last) | UInt32(input.count) << 8
    }

    private static func mix(_ input: UnsafeRawBufferPointer, _ index: Int, _ secret: Int) -> UInt64 {
        .folded(input.word(index) ^ XXHashSecret.word(secret), input.word(index + 8) ^ XXHashSecret.word(secret + 8))
    }

    private static func strongAvalanche(_ value: UInt64, _ count: UInt64) -> UInt64 {
        var hash = value ^ value.rotated(49) ^ value.rotated(24)
        hash = hash &* 0x9FB2_1C65_1E98_DF25
        hash = (hash ^ (hash >> 35 &+ count)) &* 0x9FB2_1C65_1E98_DF25
        return hash ^ hash >> 28
    }
}
