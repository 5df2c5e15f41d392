import Documents

/// The object that `x-amz-copy-source` names: `bucket/key?versionId=id`, percent-encoded, with or without a leading `/`.
struct CopySource: Sendable, Hashable {
    var bucket: String
    var key: String
    var versionID: String?

    init(bucket: String, key: String, versionID: String?) { (self.bucket, self.key, self.versionID) = (bucket, key, versionID) }

    /// - Throws: ``S3Fault/invalidArgument(_:name:value:)``.
    init(_ header: String) throws {
        let fault = S3Fault.invalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", name: "x-amz-copy-source", value: header
        )
        var path = Substring(header)
        if path.first == "/" { path = path.dropFirst() }
        if let mark = path.range(of: "?versionId=") {
            versionID = PercentEncoding.decode(path[mark.upperBound...])
            guard versionID != nil else { throw fault }
            path = path[..<mark.lowerBound]
        }
        // S3 reads `+` as a space here; a real plus comes as %2B.
        guard let decoded = PercentEncoding.decode(path, plusIsSpace: true) else { throw fault }
        // An access point's ARN has a slash of its own: arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/object/KEY.
        if decoded.hasPrefix("arn:") {
            guard let mark = decoded[...].range(of: "/object/") else { throw fault }
            bucket = String(decoded[..<mark.lowerBound])
            key = String(decoded[mark.upperBound...])
        } else {
            // By bytes: a key may begin with a mark that makes one character of itself and the slash.
            guard let slash = decoded.utf8.firstIndex(of: UInt8(ascii: "/")) else { throw fault }
            bucket = String(decoded[..<slash])
            key = String(decoded[decoded.utf8.index(after: slash)...])
        }
        guard !bucket.isEmpty, !key.isEmpty else { throw fault }
    }
}

extension Substring {
    /// The first place of the bytes of `needle`.
    fileprivate func range(of needle: String) -> Range<Index>? {
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: needle.utf8) { return start..<utf8.index(start, offsetBy: needle.utf8.count) }
            start = utf8.index(after: start)
        }
        return nil
    }
}
