import Documents

/// What tags must be (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html).
enum TagRules {
    /// - Throws: ``S3Fault/invalidTag(_:)``, ``S3Fault/badRequest(_:)`` for too many.
    static func check(_ tags: [Shape.Tag], limit: Int) throws -> [Tag] {
        guard tags.count <= limit else {
            throw S3Fault.badRequest(
                limit == Limit.objectTags
                    ? "Object tags cannot be greater than 10" : "Bucket tag count cannot be greater than \(limit)")
        }
        for tag in tags {
            guard (1...Limit.tagKeyLength).contains(tag.key.utf16.count), tag.key.unicodeScalars.allSatisfy(isAllowed) else {
                throw S3Fault.invalidTag("The TagKey you have provided is invalid")
            }
            guard tag.value.utf16.count <= Limit.tagValueLength, tag.value.unicodeScalars.allSatisfy(isAllowed) else {
                throw S3Fault.invalidTag("The TagValue you have provided is invalid")
            }
        }
        var kept: [Tag] = []
        try kept.addTags(tags.map { Tag(key: $0.key, value: $0.value) }, limit: limit) { flaw -> S3Fault? in
            switch flaw {
            // Keys in capitals are the customer's.
            case .reserved(let key) where key.hasPrefix("aws:"): .invalidTag("System tags cannot be added/updated by requester")
            case .repeated: .invalidTag("Cannot provide multiple Tags with the same key")
            case .reserved, .tooMany, .lookAlike: nil
            }
        }
        return kept
    }

    /// Reads `x-amz-tagging`, tags in the form of a URL's query.
    static func parse(_ header: String?) throws -> [Tag] {
        guard let header, !header.isEmpty else { return [] }
        let fault = S3Fault.invalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
            name: "x-amz-tagging", value: header)
        let tags = try header.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count == 2 ? parts[1] : "", plusIsSpace: true)
            else { throw fault }
            return Shape.Tag(key: key, value: value)
        }
        guard Set(tags.map { Array($0.key.utf8) }).count == tags.count else { throw fault }
        return try check(tags, limit: Limit.objectTags)
    }

    /// Letters, digits and white space of any language, and `_ . : / = + - @`.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        return properties.isAlphabetic || properties.numericType != nil || properties.isWhitespace
            || "_.:/=+-@".unicodeScalars.contains(scalar)
            || properties.generalCategory == .nonspacingMark || properties.generalCategory == .spacingMark
    }
}

extension Shape.Tag {
    init(_ tag: S3.Tag) { self.init(key: tag.key, value: tag.value) }
}
