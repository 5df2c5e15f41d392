import Documents
import Kernel

/// A SAML 2.0 response with one signed bearer assertion, read and verified
/// (SAML 2.0 Core and Profiles; IAM User Guide, "Configure SAML assertions for the authentication response").
struct SAMLResponse: Sendable {
    private enum Name {
        static let protocolNamespace = "urn:oasis:names:tc:SAML:2.0:protocol"
        static let assertionNamespace = "urn:oasis:names:tc:SAML:2.0:assertion"
        static let success = "urn:oasis:names:tc:SAML:2.0:status:Success"
        static let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    }
    /// Where AWS takes assertions, and the names that it goes by in them.
    private static let audiences: Set<String> = ["https://signin.aws.amazon.com/saml", "urn:amazon:webservices"]

    let issuer: String
    let subject: String
    /// The format of the subject's name.
    let format: String
    let recipient: String
    let issued: Timestamp
    let notBefore: Timestamp?
    /// The earliest of its ends.
    let expiry: Timestamp
    /// `SessionNotOnOrAfter`.
    let sessionEnd: Timestamp?
    let attributes: [(name: String, values: [String])]

    /// - Throws: ``STSFault`` for what is not such a response, or is not the provider's.
    init(_ bytes: [UInt8], from provider: SAMLMetadata) throws {
        guard let tree = try? XMLTree(bytes), let response = tree.root, response.name == "Response",
            response.namespace == Name.protocolNamespace
        else { throw STSFault.samlInvalid }
        if !response.children(Name.assertionNamespace, "EncryptedAssertion").isEmpty { throw STSFault.samlEncrypted }
        guard let assertion = try Self.signed(tree, response, provider) else { throw STSFault.samlSignature }
        let status = response.only(Name.protocolNamespace, "Status")?.only(Name.protocolNamespace, "StatusCode")
        guard status?.attribute("Value") == Name.success else { throw STSFault.samlRejected }
        func child(_ parent: XMLNode, _ name: String) throws -> XMLNode {
            guard let child = parent.only(Name.assertionNamespace, name) else { throw STSFault.samlMissing(name) }
            return child
        }
        issuer = try child(assertion, "Issuer").text
        guard issuer == provider.entity else { throw STSFault.samlIssuer }
        issued = try Self.time(assertion, "IssueInstant")
        let subject = try child(assertion, "Subject")
        let name = try child(subject, "NameID")
        self.subject = name.text
        format = name.attribute("Format") ?? "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
        let confirmation = try child(subject, "SubjectConfirmation")
        guard confirmation.attribute("Method") == Name.bearer else { throw STSFault.samlMissing("SubjectConfirmation") }
        let data = try child(confirmation, "SubjectConfirmationData")
        recipient = data.attribute("Recipient") ?? ""
        guard Self.isSignIn(recipient) else { throw STSFault.samlRecipient }
        let conditions = try child(assertion, "Conditions")
        let restrictions = conditions.children(Name.assertionNamespace, "AudienceRestriction")
        // Each restriction must name us (Core, section 2.5.1.4).
        guard !restrictions.isEmpty,
            restrictions.allSatisfy({ restriction in
                restriction.children(Name.assertionNamespace, "Audience").contains { Self.audiences.contains($0.text) }
            })
        else { throw STSFault.samlAudience }
        expiry = min(
            try Self.time(data, "NotOnOrAfter"),
            try Self.optionalTime(conditions, "NotOnOrAfter") ?? Timestamp(microseconds: .max))
        notBefore = [try Self.optionalTime(conditions, "NotBefore"), try Self.optionalTime(data, "NotBefore")]
            .compactMap { $0 }.max()
        let statements = assertion.children(Name.assertionNamespace, "AuthnStatement")
        sessionEnd = try statements.compactMap { try Self.optionalTime($0, "SessionNotOnOrAfter") }.min()
        attributes = assertion.children(Name.assertionNamespace, "AttributeStatement")
            .flatMap { $0.children(Name.assertionNamespace, "Attribute") }
            .compactMap { attribute in
                guard let name = attribute.attribute("Name") else { return nil }
                return (name, attribute.children(Name.assertionNamespace, "AttributeValue").map(\.text))
            }
    }

    /// The values of an attribute, from all of its elements.
    func values(_ name: String) -> [String] { attributes.filter { $0.name == name }.flatMap(\.values) }

    /// The one assertion, if a signature covers it: its own, or the response's. Each signature that is there must be good.
    private static func signed(_ tree: XMLTree, _ response: XMLNode, _ provider: SAMLMetadata) throws -> XMLNode? {
        var ids: Set<String> = []
        var assertions = 0
        for element in tree.elements {
            if let id = element.attribute("ID"), !ids.insert(id).inserted { throw STSFault.samlInvalid }
            if element.name == "Assertion", element.namespace == Name.assertionNamespace { assertions += 1 }
        }
        guard assertions == 1, let assertion = response.only(Name.assertionNamespace, "Assertion") else {
            throw STSFault.samlInvalid
        }
        let whole = XMLSignature.isValid(in: response, keys: provider.keys)
        let part = XMLSignature.isValid(in: assertion, keys: provider.keys)
        guard whole != false, part != false, whole == true || part == true else { return nil }
        return assertion
    }

    /// `https://signin.aws.amazon.com/saml`, or that of a Region.
    private static func isSignIn(_ recipient: String) -> Bool {
        guard recipient.hasPrefix("https://"), recipient.hasSuffix("signin.aws.amazon.com/saml") else { return false }
        let region = recipient.dropFirst("https://".count).dropLast("signin.aws.amazon.com/saml".count)
        return region.isEmpty
            || region.last == "." && region.dropLast().allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    }

    private static func time(_ element: XMLNode, _ name: String) throws -> Timestamp {
        guard let time = try optionalTime(element, name) else { throw STSFault.samlMissing(name) }
        return time
    }

    private static func optionalTime(_ element: XMLNode, _ name: String) throws -> Timestamp? {
        guard let text = element.attribute(name) else { return nil }
        guard let time = Timestamp(iso8601: text) else { throw STSFault.samlInvalid }
        return time
    }
}
