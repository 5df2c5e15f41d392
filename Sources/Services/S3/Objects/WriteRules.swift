import Documents

/// What a writing request may ask of a new object beside its bytes.
enum WriteRules {
    private static let storageClasses: Set<String> = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER",
        "DEEP_ARCHIVE",
    ]

    static func checkKey(_ key: String) throws {
        guard key.utf8.count <= Limit.keySize else { throw S3Fault.keyTooLong(key.utf8.count) }
    }

    /// The object's headers as they are kept.
    /// - Parameter fromHeaders: the metadata comes from HTTP's headers, not from a form or from inside.
    static func headers(_ input: some ObjectHeaderMembers, fromHeaders: Bool) throws -> ObjectHeaders {
        var headers = ObjectHeaders()
        headers.cacheControl = input.cacheControl
        headers.contentDisposition = input.contentDisposition
        headers.contentEncoding = contentEncoding(input.contentEncoding)
        headers.contentLanguage = input.contentLanguage
        headers.contentType = input.contentType.flatMap { $0.isEmpty ? nil : $0 } ?? "binary/octet-stream"
        headers.expires = input.expires
        if let target = input.websiteRedirectLocation {
            guard ["/", "http://", "https://"].contains(where: target.hasPrefix) else {
                throw S3Fault.invalidRequest(
                    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
            }
            headers.websiteRedirectLocation = target
        }
        if let storageClass = input.storageClass, storageClass != "STANDARD" {
            guard storageClasses.contains(storageClass) else { throw S3Fault.invalidStorageClass(storageClass) }
            headers.storageClass = storageClass
        }
        var size = 0
        for (name, value) in input.metadata ?? [:] {
            let value = fromHeaders ? HeaderText.stored(value) : value
            headers.metadata[name.lowercased()] = value
            size += name.utf8.count + value.utf8.count
        }
        guard size <= Limit.metadataSize else { throw S3Fault.metadataTooLarge(size) }
        return headers
    }

    /// `aws-chunked` names the transfer of the request, not the object.
    static func contentEncoding(_ header: String?) -> String? {
        guard let header, header.contains("aws-chunked") else { return header }
        let kept = header.split(separator: ",").map { $0.drop { $0 == " " } }.filter { $0 != "aws-chunked" }
        return kept.isEmpty ? nil : kept.joined(separator: ",")
    }
}
