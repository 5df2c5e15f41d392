import Crypto
import Documents
import Kernel

/// Signature Version 4: the canonical request, the string to sign and the signature
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
enum SigV4 {
    static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static func hash(_ bytes: [UInt8]) -> String { bytes.isEmpty ? emptyHash : digest(bytes).hexadecimal }

    private static func digest(_ bytes: [UInt8]) -> SHA256Digest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize()
    }

    /// The key for one day, Region and service.
    static func signingKey(secret: String, date: String, region: String, service: String) -> HMACKey {
        HMACKey.signing(secret: secret, date: date, region: region, service: service)
    }

    static func signature(_ text: [UInt8], _ key: HMACKey) -> String { key.code(text).hexadecimal }

    static func stringToSign(
        _ algorithm: String = PresentedSignature.algorithm, time: String, scope: String, canonical: [UInt8]
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(192)
        text.append(line: algorithm)
        text.append(line: time)
        text.append(line: scope)
        text.append(contentsOf: hash(canonical).utf8)
        return text
    }

    /// - Parameters:
    ///   - isS3: the path is encoded once and not normalised; everywhere else twice.
    ///   - payloadHash: what stands in the last line.
    static func canonicalRequest(
        _ request: WireRequest, signedHeaders: [String], isS3: Bool, isPresigned: Bool, payloadHash: String
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text.append(line: request.method)
        text.append(line: isS3 ? pathOfS3(request.path) : path(request.path))
        text.append(line: query(request.query, isPresigned: isPresigned))
        for name in signedHeaders {
            text.append(contentsOf: name.utf8)
            text.append(UInt8(ascii: ":"))
            appendTrimmed(request.headers[name] ?? "", to: &text)
            text.append(0x0A)
        }
        text.append(0x0A)
        for (index, name) in signedHeaders.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ";")) }
            text.append(contentsOf: name.utf8)
        }
        text.append(0x0A)
        text.append(contentsOf: payloadHash.utf8)
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 126: true
        default: false
        }
    }

    static func pathOfS3(_ path: String) -> String {
        if path.isEmpty { return "/" }
        if path.allBytes({ isPlain($0) || $0 == UInt8(ascii: "/") }) { return path }
        return PercentEncoding.decode(path).map { PercentEncoding.encode($0, keeping: "/") } ?? path
    }

    static func path(_ path: String) -> String {
        let normal = normalised(path)
        return normal.allBytes { isPlain($0) || $0 == UInt8(ascii: "/") }
            ? normal : PercentEncoding.encode(normal, keeping: "/")
    }

    /// Removes empty, `.` and `..` segments (RFC 3986, section 6).
    private static func normalised(_ path: String) -> String {
        if path.isEmpty || path == "/" { return "/" }
        var kept: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        if kept.isEmpty { return "/" }
        return "/" + kept.joined(separator: "/") + (path.hasSuffix("/") ? "/" : "")
    }

    static func query(_ query: String, isPresigned: Bool) -> String {
        if query.isEmpty { return "" }
        var pairs: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let name = encoded(equals.map { part[..<$0] } ?? part)
            if isPresigned, name == "X-Amz-Signature" { continue }
            pairs.append((name, equals.map { encoded(part[part.index(after: $0)...]) } ?? ""))
        }
        pairs.sort { left, right in
            left.name == right.name
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// One canonical form for whatever way a client has encoded it.
    private static func encoded(_ part: Substring.UTF8View) -> String {
        let text = Substring(part)
        if part.allSatisfy(isPlain) { return String(text) }
        return PercentEncoding.decode(text, plusIsSpace: true).map { PercentEncoding.encode($0) } ?? String(text)
    }

    /// Without spaces at the ends, and one for each run of them inside.
    private static func appendTrimmed(_ value: String, to text: inout [UInt8]) {
        var value = value
        value.withUTF8 { value in
            guard value.contains(where: { $0 == 0x20 || $0 == 0x09 }) else { return text.append(contentsOf: value) }
            let words = value.split { $0 == 0x20 || $0 == 0x09 }
            text.append(contentsOf: words.joined(separator: [0x20]))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(line: String) {
        append(contentsOf: line.utf8)
        append(0x0A)
    }
}
