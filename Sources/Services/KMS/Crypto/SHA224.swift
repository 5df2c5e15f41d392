/// SHA-224 (FIPS 180-4), which the library does not have, and HMAC with it (RFC 2104, RFC 4231).
enum SHA224 {
    private static let block = 64

    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [
            0xC105_9ED8, 0x367C_D507, 0x3070_DD17, 0xF70E_5939, 0xFFC0_0B31, 0x6858_1511, 0x64F9_8FA7, 0xBEFA_4FA4,
        ]
        var padded = message + [0x80]
        padded += [UInt8](repeating: 0, count: (block + 56 - padded.count % block) % block)
        let bits = UInt64(message.count) * 8
        padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
        for start in stride(from: 0, to: padded.count, by: block) { mix(padded[start..<start + block], into: &state) }
        return state.prefix(7).flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }

    static func mac(_ message: [UInt8], _ key: [UInt8]) -> [UInt8] {
        let short = key.count > block ? hash(key) : key
        let full = short + [UInt8](repeating: 0, count: block - short.count)
        return hash(full.map { $0 ^ 0x5C } + hash(full.map { $0 ^ 0x36 } + message))
    }

    private static func mix(_ bytes: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var schedule: [UInt32] = (0..<16).map { word in
            (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[bytes.startIndex + word * 4 + $1]) }
        }
        for t in 16..<64 {
            let (old, young) = (schedule[t - 15], schedule[t - 2])
            let first = turn(old, 7) ^ turn(old, 18) ^ old >> 3
            let second = turn(young, 17) ^ turn(young, 19) ^ young >> 10
            schedule.append(schedule[t - 16] &+ first &+ schedule[t - 7] &+ second)
        }
        var v = state
        for t in 0..<64 {
            let high = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)
            let choice = v[4] & v[5] ^ ~v[4] & v[6]
            let one = v[7] &+ high &+ choice &+ rounds[t] &+ schedule[t]
            let low = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)
            let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
            v = [one &+ low &+ majority, v[0], v[1], v[2], v[3] &+ one, v[4], v[5], v[6]]
        }
        for place in 0..<8 { state[place] &+= v[place] }
    }

    private static func turn(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

    /// FIPS 180-4, section 4.2.2.
    private static let rounds: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
        0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
        0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
        0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
        0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
    ]
}
