import Crypto
import CryptoExtras
import Documents
import X509

/// What a SAML provider's metadata tells: its name and the keys that it signs with (SAML 2.0 Metadata).
struct SAMLMetadata {
    private static let namespace = "urn:oasis:names:tc:SAML:2.0:metadata"
    let entity: String
    let keys: [_RSA.Signing.PublicKey]

    /// - Returns: nil if it is not the metadata of an identity provider that signs with RSA.
    init?(_ document: String) {
        guard let root = (try? XMLTree(Array(document.utf8)))?.root else { return nil }
        let entities = root.name == "EntityDescriptor" ? [root] : root.children(Self.namespace, "EntityDescriptor")
        guard let entity = entities.first(where: { !$0.children(Self.namespace, "IDPSSODescriptor").isEmpty }),
            entity.namespace == Self.namespace, let name = entity.attribute("entityID"), !name.isEmpty
        else { return nil }
        self.entity = name
        let descriptors = entity.children(Self.namespace, "IDPSSODescriptor").flatMap {
            $0.children(Self.namespace, "KeyDescriptor").filter { $0.attribute("use") ?? "signing" == "signing" }
        }
        let certificates = descriptors.flatMap { $0.children(XMLSignature.namespace, "KeyInfo") }
            .flatMap { $0.children(XMLSignature.namespace, "X509Data") }
            .flatMap { $0.children(XMLSignature.namespace, "X509Certificate") }
        keys = certificates.compactMap { certificate in
            guard let der = XMLSignature.base64(certificate.text), let parsed = try? Certificate(derEncoded: der) else {
                return nil
            }
            return _RSA.Signing.PublicKey(parsed.publicKey)
        }
        guard !keys.isEmpty else { return nil }
    }
}
