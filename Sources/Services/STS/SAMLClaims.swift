import Documents
import Kernel

/// What a response asks for in AWS's own attributes, and the condition keys that it fills
/// (IAM User Guide, "Configure SAML assertions for the authentication response").
struct SAMLClaims {
    private static let prefix = "https://aws.amazon.com/SAML/Attributes/"
    private let response: SAMLResponse

    init(_ response: SAMLResponse) { self.response = response }

    private func values(_ name: String) -> [String] { response.values(Self.prefix + name) }

    /// Pairs of a role and the provider, as sets: both orders are in use.
    var roles: [Set<String>] {
        values("Role").map { Set($0.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }) }
    }

    /// - Throws: ``STSFault`` for names and tags that a session can't have.
    func session(_ response: SAMLResponse, _ provider: SAMLProviderRecord, qualifier: String) throws -> FederatedSession {
        guard let name = values("RoleSessionName").first else { throw STSFault.samlSessionNameMissing }
        guard Self.isName(name) else { throw STSFault.samlSessionName }
        var session = FederatedSession(provider: provider.arn, name: name)
        session.keys = keys(provider, qualifier)
        if let identity = values("SourceIdentity").first {
            guard Self.isName(identity), !identity.lowercased().hasPrefix("aws:") else { throw STSFault.samlSourceIdentity }
            session.sourceIdentity = identity
        }
        // How long the console's session lasts; it must be right, and has no say here.
        for duration in values("SessionDuration") {
            guard let seconds = Int(duration), (Limit.durationMin...Limit.userDurationDefault).contains(seconds) else {
                throw STSFault.samlDuration
            }
        }
        try session.tag(tags, transitive: values("TransitiveTagKeys"))
        return session
    }

    private var tags: [Tag] {
        let prefix = Self.prefix + "PrincipalTag:"
        return response.attributes.filter { $0.name.hasPrefix(prefix) }.map {
            Tag(Key: String($0.name.dropFirst(prefix.count)), Value: $0.values.first ?? "")
        }
    }

    /// The keys of the trust policy, and of whatever the session does later (IAM User Guide, "Available keys for SAML-based
    /// AWS STS federation").
    private func keys(_ provider: SAMLProviderRecord, _ qualifier: String) -> [String: [String]] {
        var keys: [String: [String]] = [
            "saml:aud": [response.recipient], "saml:iss": [response.issuer], "saml:sub": [response.subject],
            "saml:sub_type": [Self.shortFormat(response.format)], "saml:namequalifier": [qualifier],
            "saml:doc": ["\(provider.account)/\(provider.name)"],
        ]
        for attribute in response.attributes {
            guard let key = Self.keys[attribute.name], !attribute.values.isEmpty else { continue }
            keys["saml:\(key)", default: []] += attribute.values
        }
        return keys
    }

    /// `persistent`, `transient`, or a format of another family whole.
    static func shortFormat(_ format: String) -> String {
        let prefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
        return format.hasPrefix(prefix) ? String(format.dropFirst(prefix.count)) : format
    }

    private static func isName(_ text: String) -> Bool {
        (2...64).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+=,.@-".contains($0)) }
    }

    /// The directory attributes that are condition keys: those of eduPerson and eduOrg, and X.500's.
    private static let keys: [String: String] = [
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "edupersonaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.2": "edupersonnickname",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.3": "edupersonorgdn", "urn:oid:1.3.6.1.4.1.5923.1.1.1.4": "edupersonorgunitdn",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "edupersonprimaryaffiliation",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "edupersonprincipalname",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "edupersonentitlement",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.8": "edupersonprimaryorgunitdn",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.9": "edupersonscopedaffiliation",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "edupersontargetedid", "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "edupersonassurance",
        "urn:oid:1.3.6.1.4.1.5923.1.2.1.2": "eduorghomepageuri",
        "urn:oid:1.3.6.1.4.1.5923.1.2.1.3": "eduorgidentityauthnpolicyuri",
        "urn:oid:1.3.6.1.4.1.5923.1.2.1.4": "eduorglegalname", "urn:oid:1.3.6.1.4.1.5923.1.2.1.5": "eduorgsuperioruri",
        "urn:oid:1.3.6.1.4.1.5923.1.2.1.6": "eduorgwhitepagesuri", "urn:oid:2.5.4.3": "cn", "urn:oid:2.5.4.4": "surname",
        "urn:oid:2.5.4.41": "name", "urn:oid:2.5.4.42": "givenName", "urn:oid:2.5.4.45": "x500UniqueIdentifier",
        "urn:oid:0.9.2342.19200300.100.1.1": "uid", "urn:oid:0.9.2342.19200300.100.1.3": "mail",
        "urn:oid:0.9.2342.19200300.100.1.45": "organizationStatus",
        "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "primaryGroupSID",
    ]
}
