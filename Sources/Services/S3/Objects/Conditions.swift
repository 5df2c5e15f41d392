import Documents

/// Conditional requests (RFC 9110, section 13, with S3's precedence:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html).
struct ReadConditions: Sendable {
    enum Outcome: Sendable, Equatable { case proceed, notModified, failed(String) }

    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: Timestamp?
    var ifUnmodifiedSince: Timestamp?

    /// If-Match decides over If-Unmodified-Since, If-None-Match over If-Modified-Since. Times count in seconds.
    func outcome(eTag: String, lastModified: Timestamp) -> Outcome {
        if let ifMatch {
            guard Self.matches(ifMatch, eTag) else { return .failed("If-Match") }
        } else if let since = ifUnmodifiedSince, lastModified.seconds > since.seconds {
            return .failed("If-Unmodified-Since")
        }
        if let ifNoneMatch {
            if Self.matches(ifNoneMatch, eTag) { return .notModified }
        } else if let since = ifModifiedSince, lastModified.seconds <= since.seconds {
            return .notModified
        }
        return .proceed
    }

    /// For the source of a copy: what would be "not modified" is a failed condition too.
    func checkSource(_ record: ObjectRecord) throws {
        switch outcome(eTag: record.eTag, lastModified: record.lastModified) {
        case .proceed: return
        case .failed(let header): throw S3Fault.preconditionFailed("x-amz-copy-source-\(header)")
        case .notModified:
            throw S3Fault.preconditionFailed(
                ifNoneMatch == nil ? "x-amz-copy-source-If-Modified-Since" : "x-amz-copy-source-If-None-Match")
        }
    }

    /// Whether an If-Range header, an entity tag or a date, means this version (RFC 9110, section 13.1.5).
    static func isSame(_ ifRange: String, _ record: ObjectRecord) -> Bool {
        if let date = Timestamp(httpDate: ifRange) { return date.seconds == record.lastModified.seconds }
        return !ifRange.hasPrefix("W/") && ifRange != "*" && matches(ifRange, record.eTag)
    }

    /// Whether a list of entity tags, quoted or not, names `eTag`.
    static func matches(_ header: String, _ eTag: String) -> Bool {
        header.split(separator: ",").contains { entry in
            var tag = entry.drop { $0 == " " }
            while tag.last == " " { tag = tag.dropLast() }
            if tag == "*" { return true }
            if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
            if tag.count >= 2, tag.first == "\"", tag.last == "\"" { tag = tag.dropFirst().dropLast() }
            return tag == eTag
        }
    }
}

/// Conditions on what is there before a write, checked in the write's transaction
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
struct WriteConditions: Sendable {
    var ifMatch: String?
    var ifNoneMatch: String?

    init(ifMatch: String?, ifNoneMatch: String?) throws {
        if let ifNoneMatch, ifNoneMatch != "*" { throw S3Fault.conditionNotImplemented("If-None-Match") }
        if ifMatch != nil, ifNoneMatch != nil { throw S3Fault.conditionNotImplemented("If-Match") }
        (self.ifMatch, self.ifNoneMatch) = (ifMatch, ifNoneMatch)
    }

    /// - Parameter head: the current version; a delete marker counts as nothing.
    func check(_ head: ObjectRecord?, key: String) throws {
        let current = head.flatMap { $0.isDeleteMarker ? nil : $0 }
        if ifNoneMatch != nil, current != nil { throw S3Fault.preconditionFailed("If-None-Match") }
        if let ifMatch {
            guard let current else { throw S3Fault.noSuchKey(key) }
            guard ReadConditions.matches(ifMatch, current.eTag) else { throw S3Fault.preconditionFailed("If-Match") }
        }
    }
}
