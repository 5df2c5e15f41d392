/// Words of which one must stand near data that its form alone does not tell.
enum Keywords {
    /// How near, in characters.
    static let reach = 30

    static let creditCard = [
        "account number", "american express", "amex", "bank card", "card", "card number", "card num", "cc #", "ccn",
        "check card", "credit", "credit card#", "dankort", "debit", "debit card", "diners club", "discover", "electron",
        "japanese card bureau", "jcb", "mastercard", "mc", "pan", "payment account number", "payment card number", "pcn",
        "union pay", "visa",
    ]
    static let secretKey = [
        "aws_secret_access_key", "credentials", "secret access key", "secret key", "set-awscredential",
    ]
    static let bankAccount = [
        "account code", "account number", "accountno#", "accountnumber#", "bban", "customer account id",
        "customer account number", "customer bank account id", "iban", "bankleitzahl", "kontonummer", "sepa",
        "codice bancario", "conto bancario", "numero di conto", "compte bancaire", "numéro de compte", "número de cuenta",
        "código cuenta", "sort code",
    ]
    static let socialSecurity = [
        "social security #", "social security no.", "social security number", "social security", "socialsecurity#",
        "socialsecurityno.", "socialsecurity", "social", "ss#", "ssn", "ssn#",
    ]
    static let vehicle = [
        "vehicle identification number", "vehicle id", "vin", "vin #", "chassis number", "fahrgestellnummer",
        "numero de chassis", "numéro d'identification du véhicule",
    ]
}

extension Text {
    /// What a finder finds with one of the words within reach.
    func near(_ words: [String], _ find: (Text) -> [Range<Int>]) -> [Range<Int>] {
        let found = find(self)
        guard !found.isEmpty else { return [] }
        // A keyword's space may be missing, or be an underscore or a hyphen.
        let wanted = words.map { Array($0.lowercased().utf8).filter { !Self.isFiller($0) } }
        return found.filter { range in
            let begin = max(0, range.lowerBound - Keywords.reach)
            let end = min(bytes.count, range.upperBound + Keywords.reach)
            let sides = [bytes[begin..<range.lowerBound], bytes[range.upperBound..<end]]
            return sides.contains { side in
                let text = side.map(Self.lowered).filter { !Self.isFiller($0) }
                return wanted.contains { Self.contains(text, $0) }
            }
        }
    }

    private static func isFiller(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

    private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard !word.isEmpty, text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0..<($0 + word.count)].elementsEqual(word) }
    }
}
