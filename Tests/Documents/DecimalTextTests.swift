import Documents
import Testing

@Suite struct DecimalTextTests {
    @Test(arguments: [
        "0", "-0.00", "7", "+7", "-12.5", ".5", "5.", "1e3", "1E-128", "9.99e126", "0e9999",
        "12345678901234567890123456789012345678", "1000000000000000000000000000000000000000000",
    ])
    func numbers(_ text: String) {
        #expect(DecimalText.isNumber(text))
    }

    @Test(arguments: [
        "", "-", ".", "e3", "1e", "1e+", "1e3.5", "1_0", " 1", "1 ", "1,5", "0x10", "nan", "inf", "1e127", "1e-129", "1.2.3",
        "\u{663}",
        "123456789012345678901234567890123456789", "1e99999999999999999999",
    ])
    func others(_ text: String) {
        #expect(!DecimalText.isNumber(text))
    }
}
