import Documents

/// Where the root key is kept: always apart from the data, so that a copy of the data directory tells nothing.
public enum RootKeySource: Sendable, Hashable {
    /// A file beside the data directory, `DATA.root-key`, made with the directory.
    case beside
    case file(String)
    /// Base64 of 32 bytes, as an environment variable carries it.
    case text(String)
    /// Derived by a PKCS #11 token, which is opened with `pin` or with that of the URI's file.
    case token(TokenKeyURI, pin: String?)

    public static let variable = "TARN_ROOT_KEY"
    public static let pinVariable = "TARN_PKCS11_PIN"

    /// - Parameters:
    ///   - option: `file:PATH`, or a URI of PKCS #11 (RFC 7512); it wins.
    ///   - environment: the value of ``variable``.
    ///   - pin: the value of ``pinVariable``.
    /// - Throws: ``RootKeyRefused``.
    public init(option: String?, environment: String?, pin: String? = nil) throws(RootKeyRefused) {
        guard let option else {
            self = environment.map { .text($0) } ?? .beside
            return
        }
        let path = option.hasPrefix("file:") ? String(option.dropFirst("file:".count)) : ""
        if !path.isEmpty {
            self = .file(path)
        } else if option.hasPrefix(TokenKeyURI.scheme) {
            do { self = .token(try TokenKeyURI(option), pin: pin) } catch { throw .token(error) }
        } else {
            throw .unknownSource(option)
        }
    }
}

/// Why Tarn does not start: without the right root key, what it keeps could not be opened.
public enum RootKeyRefused: Error, Sendable, Hashable, CustomStringConvertible {
    case missing(path: String, directory: String)
    case wrong(source: String, directory: String)
    case notAKey(source: String)
    case readableByOthers(path: String)
    case unusable(path: String, reason: String)
    case unknownSource(String)
    case token(TokenRefused)

    public var description: String {
        switch self {
        case .missing(let path, let directory):
            "the root key \(path) is missing: put it back, or name it with --root-key file:PATH or \(RootKeySource.variable); "
                + "what \(directory) holds is sealed with it"
        case .wrong(let source, let directory): "the root key from \(source) is not the one that \(directory) is sealed with"
        case .notAKey(let source): "the root key from \(source) is not the base64 text of \(RootKey.byteCount) bytes"
        case .readableByOthers(let path): "the root key \(path) can be read by others: chmod 600 it"
        case .unusable(let path, let reason): "the root key \(path) cannot be used: \(reason)"
        case .unknownSource: "--root-key takes file:PATH or pkcs11:..."
        case .token(let refused): refused.description
        }
    }
}
