import RegularExpressions
import Testing

@testable import DataProtection

/// What identifiers find in a text.
private func found(_ name: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    return try DataIdentifier(managed: name).find(in: text).map { String(decoding: bytes[$0], as: UTF8.self) }
}

@Suite struct DataIdentifierTests {
    @Test func emailAddresses() throws {
        #expect(
            try found("EmailAddress", "from a.b+c@mail.example.com, to <x@y.org>. Not @home, a@b, a@b.c or a@.com")
                == ["a.b+c@mail.example.com", "x@y.org"])
        #expect(try found("EmailAddress", "write to me@example.com.") == ["me@example.com"])
    }

    @Test func ipAddresses() throws {
        #expect(
            try found("IpAddress", "10.0.0.1 to 192.168.1.255:8080, not 256.1.1.1, 1.2.3 or 1.2.3.4.5 but [2001:db8::1] and ::1.")
                == ["10.0.0.1", "192.168.1.255", "2001:db8::1", "::1"])
        #expect(try found("IpAddress", "2001:0db8:85a3:0000:0000:8a2e:0370:7334") == ["2001:0db8:85a3:0000:0000:8a2e:0370:7334"])
        #expect(try found("IpAddress", "at 12:34:56, std::string, a:b, 1:2:3:4:5:6:7:8:9, 1::2::3").isEmpty)
    }

    @Test func creditCards() throws {
        #expect(
            try found("CreditCardNumber", "visa 4111 1111 1111 1111, card: 5500-0000-0000-0004; amex=340000000000009")
                == ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"])
        #expect(try found("CreditCardNumber", "card 4111111111111112").isEmpty)
        #expect(try found("CreditCardNumber", "order 4111111111111111").isEmpty)
        #expect(try found("CreditCardNumber", "card " + String(repeating: "-", count: 40) + " 4111111111111111").isEmpty)
    }

    @Test func keys() throws {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        #expect(try found("AwsSecretKey", "aws_secret_access_key = \(secret)") == [secret])
        #expect(try found("AwsSecretKey", "SecretAccessKey: \(secret)=").isEmpty)
        #expect(try found("AwsSecretKey", "hash \(secret)").isEmpty)
        let block = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"
        #expect(try found("PkcsPrivateKey", "x \(block) y") == [block])
        #expect(try found("OpenSshPrivateKey", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc").count == 1)
        #expect(try found("PgpPrivateKey", block).isEmpty)
        #expect(
            try found("PuttyPrivateKey", "PuTTY-User-Key-File-2: ssh-rsa\nx\nPrivate-MAC: 12ab\nrest")
                == ["PuTTY-User-Key-File-2: ssh-rsa\nx\nPrivate-MAC: 12ab"])
    }

    @Test func numbersWithCheckDigits() throws {
        #expect(try found("BankAccountNumber-DE", "IBAN DE89 3704 0044 0532 0130 00.") == ["DE89 3704 0044 0532 0130 00"])
        #expect(try found("BankAccountNumber-GB", "iban:GB29NWBK60161331926819") == ["GB29NWBK60161331926819"])
        #expect(try found("BankAccountNumber-DE", "IBAN DE88 3704 0044 0532 0130 00").isEmpty)
        #expect(try found("VehicleIdentificationNumber", "VIN 1M8GDM9AXKP042788") == ["1M8GDM9AXKP042788"])
        #expect(try found("VehicleIdentificationNumber", "VIN 1M8GDM9A1KP042788").isEmpty)
        #expect(try found("Ssn-US", "SSN 078-05-1120 and ssn: 666-12-3456") == ["078-05-1120"])
    }

    @Test func names() {
        #expect(throws: DataIdentifier.Failure.notBuilt) { try DataIdentifier(managed: "Address") }
        #expect(throws: DataIdentifier.Failure.notBuilt) { try DataIdentifier(managed: "PhoneNumber-US") }
        for name in ["Nothing", "EmailAddress-US", "Ssn", "PhoneNumber-usa", ""] {
            #expect(throws: DataIdentifier.Failure.unknown) { try DataIdentifier(managed: name) }
        }
    }

    @Test func ownExpressionsAndMasks() throws {
        let regex = try LinearRegex("EmployeeID-[0-9]{3}", stepsMax: 1_000)
        let text = "é EmployeeID-123, EmployeeID-12, EmployeeID-4567"
        let ranges = DataIdentifier("Employee", regex: regex).find(in: text)
        #expect(text.masked(ranges) == "é **************, EmployeeID-12, **************7")
        #expect("aéb".masked([1..<3, 2..<4]) == "a**")
        #expect("abc".masked([]) == "abc")
    }

    /// No match is left in sight because there are many, or because an expression takes long.
    @Test func nothingIsLeftUnsearched() throws {
        let word = DataIdentifier("Word", regex: try LinearRegex("[0-9]+", stepsMax: 1_000))
        let many = String(repeating: "1 ", count: 5_000)
        #expect(many.masked(word.find(in: many)) == String(repeating: "* ", count: 5_000))
        let greedy = DataIdentifier("Greedy", regex: try LinearRegex("(x{0,60}){0,60}y", stepsMax: 10_000))
        let text = "seen y seen " + String(repeating: "x", count: 20_000)
        let ranges = greedy.find(in: text)
        #expect(ranges.first == 5..<6 && ranges.last?.upperBound == text.utf8.count)
    }
}
