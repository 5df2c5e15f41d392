import RegularExpressions

/// A kind of sensitive data that a data protection policy names, of those that a form and a check digit can tell
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html), or a customer's own.
public struct DataIdentifier: Sendable {
    public enum Failure: Error, Equatable {
        /// AWS has no such identifier.
        case unknown
        /// AWS has it, and tells it by more than its form.
        case notBuilt
    }

    /// Steps of a customer's own expression that are looked at in a text, and for each of its characters besides. What a
    /// greedier one leaves unsearched counts as found, for it must not be shown.
    private enum Work {
        static let text = 100_000
        static let character = 250
    }
    public static let arnPrefix = "arn:aws:dataprotection::aws:data-identifier/"

    /// As policies name it, without the beginning of the ARN.
    public let name: String
    private let finder: Finder

    private enum Finder: Sendable {
        case managed(@Sendable (Text) -> [Range<Int>])
        case own(LinearRegex)
    }

    /// One of AWS's.
    /// - Parameter name: its name, with the country where it has one (`BankAccountNumber-DE`).
    public init(managed name: String) throws(Failure) {
        guard let find = Self.finders[name] else { throw Self.isManaged(name) ? .notBuilt : .unknown }
        (self.name, finder) = (name, .managed(find))
    }

    /// A customer's own.
    public init(_ name: String, regex: LinearRegex) { (self.name, finder) = (name, .own(regex)) }

    /// Whether AWS has an identifier of this name, be it known here or not.
    public static func isManaged(_ name: String) -> Bool {
        let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
        guard let base = parts.first else { return false }
        if parts.count == 1 { return everywhere.contains(base) }
        return byCountry.contains(base) && parts[1].count == 2 && parts[1].allSatisfy { $0.isASCII && $0.isUppercase }
    }

    private static let everywhere: Set<String> = [
        "Address", "AwsSecretKey", "CreditCardExpiration", "CreditCardNumber", "CreditCardSecurityCode", "DateOfBirth",
        "EmailAddress", "IpAddress", "LatLong", "Name", "OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey",
        "PuttyPrivateKey", "VehicleIdentificationNumber",
    ]
    private static let byCountry: Set<String> = [
        "BankAccountNumber", "CepCode", "Cnpj", "CpfCode", "DriversLicense", "DrugEnforcementAgencyNumber",
        "ElectoralRollNumber", "HealthInsuranceCardNumber", "HealthInsuranceClaimNumber", "HealthInsuranceNumber",
        "HealthcareProcedureCode", "IndividualTaxIdentificationNumber", "InseeCode", "MedicareBeneficiaryNumber",
        "NationalDrugCode", "NationalIdentificationNumber", "NationalInsuranceNumber", "NationalProviderId", "NhsNumber",
        "NieNumber", "NifNumber", "PassportNumber", "PermanentResidenceNumber", "PersonalHealthNumber", "PhoneNumber",
        "PostalCode", "RgNumber", "SocialInsuranceNumber", "Ssn", "TaxId", "ZipCode",
    ]

    private static let finders: [String: @Sendable (Text) -> [Range<Int>]] = {
        var finders: [String: @Sendable (Text) -> [Range<Int>]] = [
            "EmailAddress": { $0.emailAddresses() },
            "IpAddress": { $0.ipAddresses() },
            "CreditCardNumber": { $0.near(Keywords.creditCard) { $0.creditCards() } },
            "AwsSecretKey": { $0.near(Keywords.secretKey) { $0.secretKeys() } },
            "OpenSshPrivateKey": { $0.blocks(["OPENSSH PRIVATE KEY"]) },
            "PgpPrivateKey": { $0.blocks(["PGP PRIVATE KEY BLOCK"]) },
            "PkcsPrivateKey": {
                $0.blocks(["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
            },
            "PuttyPrivateKey": { $0.puttyKeys() },
            "VehicleIdentificationNumber": { $0.near(Keywords.vehicle) { $0.vehicleNumbers() } },
            "Ssn-US": { $0.near(Keywords.socialSecurity) { $0.socialSecurityNumbers() } },
        ]
        for (country, length) in ["DE": 22, "ES": 24, "FR": 27, "GB": 22, "IT": 27] {
            finders["BankAccountNumber-\(country)"] = { text in
                text.near(Keywords.bankAccount) { $0.bankAccounts(country, length: length) }
            }
        }
        return finders
    }()

    /// Where a text has data of this kind.
    /// - Returns: ranges of its UTF-8 bytes, in order.
    public func find(in text: String) -> [Range<Int>] {
        switch finder {
        case .managed(let find): return find(Text(text))
        case .own(let regex):
            let scalars = Array(text.unicodeScalars)
            var places = [0]
            for scalar in scalars { places.append((places.last ?? 0) + Unicode.UTF8.width(scalar)) }
            let ranges = regex.ranges(in: scalars, work: Work.text + Work.character * scalars.count)
            let rest = ranges.searched < scalars.count ? [ranges.searched..<scalars.count] : []
            return (ranges.found + rest).map { places[$0.lowerBound]..<places[$0.upperBound] }
        }
    }
}

extension String {
    /// The text with an asterisk for each character in some of its parts.
    /// - Parameter ranges: of UTF-8 bytes; they may overlap.
    public func masked(_ ranges: [Range<Int>]) -> String {
        guard !ranges.isEmpty else { return self }
        let bytes = Array(utf8)
        var hidden = [Bool](repeating: false, count: bytes.count)
        for range in ranges { for place in range.clamped(to: 0..<bytes.count) { hidden[place] = true } }
        var shown: [UInt8] = []
        shown.reserveCapacity(bytes.count)
        for (place, byte) in bytes.enumerated() {
            guard hidden[place] else {
                shown.append(byte)
                continue
            }
            // One for a character, however many bytes it has.
            if byte & 0xC0 != 0x80 { shown.append(UInt8(ascii: "*")) }
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
