import Documents
import Testing

/// Length, XXH64, XXH3 of 64 bits, XXH3 of 128 bits (high, low) of the bytes 7, 138, 13 ... (131 more each time), as AWS's
/// common runtime computes them.
private let known: [(Int, UInt64, UInt64, UInt64, UInt64)] = [
    (0, 0xEF46_DB37_51D8_E999, 0x2D06_8005_38D3_94C2, 0x99AA_06D3_0147_98D8, 0x6001_C324_468D_497F),
    (1, 0xA96C_7F0C_E858_BBB7, 0x4C5C_CA45_D0F4_811F, 0x495B_6207_3EF7_0CA4, 0x4C5C_CA45_D0F4_811F),
    (2, 0xC22C_6A70_AD56_BBA6, 0x29C6_0963_CBFA_4E6E, 0xF1B5_EEC9_02A1_EB5E, 0x29C6_0963_CBFA_4E6E),
    (3, 0xBED4_3740_EE63_32BB, 0x6E3E_2670_E611_06AC, 0x390C_DC5B_4A89_5DD7, 0x6E3E_2670_E611_06AC),
    (4, 0xFA21_2AE4_4B3B_B23D, 0x5C4C_6313_3443_D03F, 0xAA6E_2F27_4640_A3F4, 0x3D66_8AF6_F2A4_4D77),
    (7, 0x2744_460D_D675_D2C0, 0x46A5_C724_D51F_E43F, 0x9C62_F060_5940_4F49, 0x1B17_4AD8_D9A8_1F6B),
    (8, 0x994B_676B_71CE_94DD, 0xF9FD_4DD0_B04D_78F5, 0x6A86_A3BD_A6AF_4E3D, 0x61DD_BE7F_31A6_100D),
    (9, 0x572B_84C1_8B98_3AF8, 0x7C20_DF97_12C2_6EDF, 0x664C_7CA1_8AFD_6255, 0x8C7B_67FD_458A_936B),
    (16, 0x94AD_0095_E72B_24D5, 0x86AB_F6BA_CCEA_0858, 0x7F9A_218B_0425_449A, 0xE2CE_54A7_C19C_730D),
    (17, 0x1464_F2EF_F23B_5FE1, 0xB58B_F5DC_5022_D071, 0x66FC_23F6_439D_BD77, 0x8D96_EF11_0FCD_EBB4),
    (33, 0x09F8_5EEB_4E1C_BE9F, 0xA4DE_E99B_093E_1F73, 0x7228_D928_4A81_16F6, 0xF899_4653_F4BF_E6DA),
    (64, 0x50D4_159A_0411_632E, 0x1291_D2D4_0423_30DD, 0xE0FA_F20E_0E0F_E0DD, 0xBA7E_015A_54F1_4BE1),
    (128, 0x0430_E433_B792_E757, 0x10D1_7F72_C0CC_BA41, 0xAEC7_3075_1478_556C, 0xFF36_1DEC_1385_710A),
    (129, 0x1F97_08E5_A006_18FA, 0x1648_BDC3_DB49_D1A2, 0x98CD_36CC_BB55_7926, 0x4545_B3A0_9738_E31A),
    (160, 0x3538_D140_12B6_43AC, 0x655C_8DC3_3B4B_4C4A, 0x832A_F93A_CBF1_4D0B, 0x1096_3BC4_F63E_0DE8),
    (240, 0xCA0B_65CC_6129_5CA7, 0xB6CF_AF34_3FAB_81E6, 0x5293_E17B_F553_903D, 0x3F2C_53E7_2293_711F),
    (241, 0x0FFE_FE0D_FC87_5CF4, 0x956C_AE59_2C67_279E, 0xB538_40FE_3FED_F161, 0x956C_AE59_2C67_279E),
    (256, 0xA2DB_E913_9652_56FC, 0xB15E_5507_33C5_DFAC, 0xD0D2_829A_226D_0EDB, 0xB15E_5507_33C5_DFAC),
    (257, 0xE9D3_CDD6_FF0D_DFD3, 0x87B3_BF2D_941C_F085, 0x8F11_B789_1F90_0D14, 0x87B3_BF2D_941C_F085),
    (1024, 0x5960_AF0C_625A_CFB7, 0x70BD_377D_9574_F4BB, 0xF696_3061_3F24_324D, 0x70BD_377D_9574_F4BB),
    (1025, 0xDBD3_6662_1190_A655, 0x66C4_487C_41E1_27A7, 0x621A_F7B8_277E_FFA4, 0x66C4_487C_41E1_27A7),
    (4103, 0x8536_C521_5941_513E, 0xCB98_265B_177D_8E40, 0x302D_4750_1D38_D541, 0xCB98_265B_177D_8E40),
]

@Suite struct XXHashTests {
    private func input(_ length: Int) -> [UInt8] { (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ 7) } }

    /// However the bytes are cut into pieces, the hash is the same.
    @Test(arguments: [1, 3, 31, 32, 63, 64, 65, 127, 239, 240, 241, 5000])
    func knownHashes(piece: Int) {
        for (length, short, narrow, high, low) in known {
            let bytes = input(length)
            var (first, third) = (XXHash64(), XXHash3())
            bytes.withUnsafeBytes { bytes in
                for start in stride(from: 0, to: bytes.count, by: piece) {
                    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)])
                    first.update(part)
                    third.update(part)
                }
            }
            #expect(first.finish() == short, "XXH64 of \(length) bytes in pieces of \(piece)")
            #expect(third.finish() == narrow, "XXH3 of \(length) bytes in pieces of \(piece)")
            let wide = third.finishWide()
            #expect((wide.high, wide.low) == (high, low), "XXH3 (128 bits) of \(length) bytes in pieces of \(piece)")
        }
    }
}
