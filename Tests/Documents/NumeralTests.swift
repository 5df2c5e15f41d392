import Documents
import Testing

/// Numbers that are handed on letter by letter.
@Suite struct NumeralTests {
    @Test(arguments: ["1.0", "1e5", "12345678901234567890", "0.10", "-0", "1E400", "123456789.123456789123"])
    func keepsItsText(_ text: String) throws {
        #expect(try JSON.text(JSON.parse(#"{"n":[\#(text)]}"#, keepsNumerals: true)) == #"{"n":[\#(text)]}"#)
    }

    @Test func isTheNumberThatItSays() throws {
        #expect(try JSON.parse("2.0", keepsNumerals: true).integer == 2)
        #expect(try JSON.parse("2.50", keepsNumerals: true).double == 2.5)
        #expect(try JSON.parse("-17", keepsNumerals: true) == -17)
        #expect(try CBOR.parse(CBOR.write(JSON.parse("2.50", keepsNumerals: true))) == 2.5)
    }

    @Test func whoDoesNotAskGetsNumbers() throws { #expect(try JSON.parse("[1.0, 2.5]") == [1.0, 2.5]) }

    @Test(arguments: ["01", "1.", "-", "1e", ".5"]) func brokenOnesAreRefusedAllTheSame(_ text: String) {
        #expect(throws: DocumentError.self) { try JSON.parse(text, keepsNumerals: true) }
    }
}
