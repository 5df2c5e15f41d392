import Crypto
import CryptoExtras
import Documents

/// An enveloped XML signature as SAML profiles it (XML Signature Syntax and Processing 1.1; SAML 2.0 Core, section 5.4): one
/// reference, to the element that the signature stands in, with exclusive canonicalization. Anything else is refused, so
/// that what is verified is what is read. SHA-1 is not accepted.
enum XMLSignature {
    static let namespace = "http://www.w3.org/2000/09/xmldsig#"
    private static let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    private static let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

    private enum Hash {
        case sha256, sha384, sha512

        init?(digest: String?) {
            switch digest {
            case "http://www.w3.org/2001/04/xmlenc#sha256": self = .sha256
            case "http://www.w3.org/2001/04/xmldsig-more#sha384": self = .sha384
            case "http://www.w3.org/2001/04/xmlenc#sha512": self = .sha512
            default: return nil
            }
        }

        init?(signature: String?) {
            switch signature {
            case "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": self = .sha256
            case "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": self = .sha384
            case "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": self = .sha512
            default: return nil
            }
        }

        func digest(_ bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .sha256: Array(SHA256.hash(data: bytes))
            case .sha384: Array(SHA384.hash(data: bytes))
            case .sha512: Array(SHA512.hash(data: bytes))
            }
        }

        func isValid(_ signature: [UInt8], _ bytes: [UInt8], _ key: _RSA.Signing.PublicKey) -> Bool {
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return switch self {
            case .sha256: key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
            case .sha384: key.isValidSignature(signature, for: SHA384.hash(data: bytes), padding: .insecurePKCS1v1_5)
            case .sha512: key.isValidSignature(signature, for: SHA512.hash(data: bytes), padding: .insecurePKCS1v1_5)
            }
        }
    }

    /// Whether the signature that is a child of `element` is one of `keys`' over the whole of `element`.
    /// - Returns: nil without a signature.
    static func isValid(in element: XMLNode, keys: [_RSA.Signing.PublicKey]) -> Bool? {
        let signatures = element.children(namespace, "Signature")
        guard !signatures.isEmpty else { return nil }
        guard signatures.count == 1 else { return false }
        return isValid(signatures[0], over: element, keys)
    }

    private static func isValid(_ signature: XMLNode, over element: XMLNode, _ keys: [_RSA.Signing.PublicKey]) -> Bool {
        guard let info = signature.only(namespace, "SignedInfo"), let method = info.only(namespace, "SignatureMethod"),
            let hash = Hash(signature: method.attribute("Algorithm")),
            let form = info.only(namespace, "CanonicalizationMethod").flatMap(Form.init),
            let reference = info.only(namespace, "Reference"), isIntact(element, reference, signature),
            let bytes = info.canonical(prefixes: form.prefixes, comments: form.comments),
            let value = signature.only(namespace, "SignatureValue").flatMap({ base64($0.text) })
        else { return false }
        return keys.contains { hash.isValid(value, bytes, $0) }
    }

    /// Whether the reference names `element`, and its digest is that of `element` without the signature.
    private static func isIntact(_ element: XMLNode, _ reference: XMLNode, _ signature: XMLNode) -> Bool {
        guard let id = element.attribute("ID"), !id.isEmpty, reference.attribute("URI") == "#\(id)",
            let transforms = reference.only(namespace, "Transforms")?.children, transforms.count == 2,
            transforms.allSatisfy({ $0.name == "Transform" && $0.namespace == namespace }),
            transforms[0].attribute("Algorithm") == enveloped, let form = Form(transforms[1]),
            let hash = Hash(digest: reference.only(namespace, "DigestMethod")?.attribute("Algorithm")),
            let wanted = reference.only(namespace, "DigestValue").flatMap({ base64($0.text) }),
            let bytes = element.canonical(without: signature, prefixes: form.prefixes, comments: form.comments)
        else { return false }
        return hash.digest(bytes) == wanted
    }

    /// Exclusive canonicalization and its parameters.
    private struct Form {
        var prefixes: [String] = []
        var comments = false

        init?(_ method: XMLNode) {
            switch method.attribute("Algorithm") {
            case exclusive: break
            case exclusive + "WithComments": comments = true
            default: return nil
            }
            for child in method.children {
                guard child.name == "InclusiveNamespaces", child.namespace == exclusive else { return nil }
                prefixes += (child.attribute("PrefixList") ?? "").split(separator: " ").map(String.init)
            }
        }
    }

    /// Base64 that may be broken into lines.
    static func base64(_ text: String) -> [UInt8]? {
        Base64.decode(String(decoding: text.utf8.filter { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }, as: UTF8.self))
    }
}
