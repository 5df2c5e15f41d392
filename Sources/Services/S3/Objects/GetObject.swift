import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    func getObject(_ input: GetObjectInput, _ payload: RequestBody, _ context: Context) async throws -> Streamed<GetObjectOutput>
    {
        try input.checkOverrides(by: context.caller)
        try EncryptionPlan.checkRead(context.http)
        let object = try await find(
            bucket: input.bucket, key: input.key, version: input.versionID, owner: input.expectedBucketOwner, for: context)
        let view = try ObjectView(object, input, at: context.now, ifRange: context.http?.headers["if-range"])
        try object.record.checkReadable(at: context.now)
        var output = GetObjectOutput()
        output.acceptRanges = "bytes"
        view.fill(&output)
        try await show(object, input.key, &output, context)
        let cipher = try await cipher(of: object.record.encryption, in: object.bucket, given: input.customerKey(), context)
        guard let range = view.range else { return Streamed(output, status: 304) }
        let body = try await begunStream(object, range, cipher, context.platform)
        return Streamed(output, body: body, status: view.isPartial ? 206 : nil)
    }

    /// What a version's lock is, the caller is told who may ask for it by itself.
    private func show(_ object: FoundObject, _ key: String, _ output: inout some ObjectHeadMembers, _ context: Context)
        async throws
    {
        guard object.record.retention != nil || object.record.legalHold != nil else { return }
        let place = S3Actions.Place(bucket: object.bucket.name, key: key)
        let actions = S3Actions(service: self)
        if let retention = object.record.retention,
            try await context.platform.isAllowed(actions.permission("s3:GetObjectRetention", place, context), in: context)
        {
            output.objectLockMode = retention.mode.rawValue
            output.objectLockRetainUntilDate = retention.until
        }
        if let isHeld = object.record.legalHold,
            try await context.platform.isAllowed(actions.permission("s3:GetObjectLegalHold", place, context), in: context)
        {
            output.objectLockLegalHoldStatus = isHeld ? "ON" : "OFF"
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    func headObject(_ input: HeadObjectInput, _ payload: RequestBody, _ context: Context) async throws -> Streamed<
        HeadObjectOutput
    > {
        try input.checkOverrides(by: context.caller)
        try EncryptionPlan.checkRead(context.http)
        let object = try await find(
            bucket: input.bucket, key: input.key, version: input.versionID, owner: input.expectedBucketOwner,
            withBody: input.partNumber != nil, for: context)
        let key = try input.customerKey()
        try check(key, opens: object.record.encryption)
        // Metadata needs no key; a checksum tells of the content and needs one.
        if input.checksumMode == "ENABLED", object.record.encryption?.method.usesKMS == true {
            _ = try await cipher(of: object.record.encryption, in: object.bucket, given: key, context)
        }
        let view = try ObjectView(object, input, at: context.now, ifRange: context.http?.headers["if-range"])
        var output = HeadObjectOutput()
        try await show(object, input.key, &output, context)
        output.acceptRanges = "bytes"
        view.fill(&output)
        guard view.range != nil else { return Streamed(output, status: 304) }
        return Streamed(output, status: view.isPartial ? 206 : nil)
    }
}

/// What a GET or HEAD shows of an object: conditions, range and header overrides applied.
struct ObjectView {
    let object: FoundObject
    /// nil if the client's copy is still good.
    private(set) var range: Range<Int64>?
    private(set) var isPartial = false
    private let overrides: ObjectHeaders
    private let showsVersion: Bool
    private let showsChecksum: Bool
    private var partChecksum: String?
    private let showsPartsCount: Bool
    private let restore: String?
    private let expiration: String?

    /// - Parameter ifRange: the header; a range of another version of the object is not what was asked for.
    init(_ object: FoundObject, _ input: some ObjectReadMembers, at now: Timestamp, ifRange: String? = nil) throws {
        self.object = object
        restore = object.record.restoreHeader(at: now)
        // A version asked for by its id may be an older one, which other rules end.
        expiration = input.versionID == nil ? object.bucket.expirationHeader(object.record, input.key) : nil
        var overrides = object.record.headers
        overrides.cacheControl = input.responseCacheControl ?? overrides.cacheControl
        overrides.contentDisposition = input.responseContentDisposition ?? overrides.contentDisposition
        overrides.contentEncoding = input.responseContentEncoding ?? overrides.contentEncoding
        overrides.contentLanguage = input.responseContentLanguage ?? overrides.contentLanguage
        overrides.contentType = input.responseContentType ?? overrides.contentType
        overrides.expires = input.responseExpires?.httpDate() ?? overrides.expires
        self.overrides = overrides
        showsVersion = object.bucket.versioning != nil
        showsPartsCount = input.partNumber != nil && object.record.partsCount > 0
        let conditions = ReadConditions(
            ifMatch: input.ifMatch, ifNoneMatch: input.ifNoneMatch, ifModifiedSince: input.ifModifiedSince,
            ifUnmodifiedSince: input.ifUnmodifiedSince)
        let isWanted = input.checksumMode == "ENABLED"
        switch conditions.outcome(eTag: object.record.eTag, lastModified: object.record.lastModified) {
        case .failed(let header): throw S3Fault.preconditionFailed(header)
        case .notModified: showsChecksum = false
        case .proceed:
            let part = try input.partNumber.map { try Self.part($0, of: object, hasRange: input.range != nil) }
            let isSame = ifRange.map { ReadConditions.isSame($0, object.record) } ?? true
            let asked = try part ?? (isSame ? input.range : nil).flatMap { try ByteRange.parse($0, size: object.record.size) }
            range = asked ?? 0..<object.record.size
            isPartial = asked != nil
            // A checksum of the whole says nothing about a piece; a part may have one of its own.
            showsChecksum =
                isWanted
                && (range == 0..<object.record.size || input.partNumber != nil && object.record.checksum?.type == .composite)
            if isWanted, let number = input.partNumber, object.record.checksum?.type == .composite,
                number <= object.segments.count
            {
                partChecksum = object.segments[number - 1].checksum
            }
        }
    }

    /// The bytes of a part.
    private static func part(_ number: Int, of object: FoundObject, hasRange: Bool) throws -> Range<Int64> {
        guard !hasRange else { throw S3Fault.invalidRequest("Cannot specify both Range header and partNumber query parameter") }
        try S3Service.checkPartNumber(number)
        guard object.record.partsCount > 0 else {
            guard number == 1 else { throw S3Fault.invalidPartNumber(number, count: 1) }
            return 0..<object.record.size
        }
        var start: Int64 = 0
        for (index, segment) in object.segments.enumerated() {
            if index + 1 == number { return start..<start + segment.blob.size }
            start += segment.blob.size
        }
        throw S3Fault.invalidPartNumber(number, count: object.record.partsCount)
    }

    private var contentRange: String? {
        guard let range, isPartial, !range.isEmpty else { return nil }
        return "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.record.size)"
    }

    func fill(_ output: inout some ObjectHeadMembers) {
        output.eTag = object.record.quotedETag
        output.lastModified = object.record.lastModified
        output.versionID = showsVersion ? object.record.versionID : nil
        output.cacheControl = overrides.cacheControl
        output.expires = overrides.expires
        guard let range else { return }
        output.contentLength = Int64(range.count)
        output.contentRange = contentRange
        output.contentDisposition = overrides.contentDisposition
        output.contentEncoding = overrides.contentEncoding
        output.contentLanguage = overrides.contentLanguage
        output.contentType = overrides.contentType
        output.websiteRedirectLocation = overrides.websiteRedirectLocation
        output.storageClass = overrides.storageClass
        output.restore = restore
        output.expiration = expiration
        output.replicationStatus = object.record.replication?.status.rawValue
        output.metadata = overrides.metadata.isEmpty ? nil : overrides.metadata.mapValues(HeaderText.shown)
        output.tagCount = object.record.tags.isEmpty ? nil : object.record.tags.count
        output.partsCount = showsPartsCount ? object.record.partsCount : nil
        output.fill(object.record.encryption)
        if showsChecksum, let checksum = object.record.checksum {
            output[checksum.algorithm] = partChecksum ?? checksum.value
            output.checksumType = checksum.type.name
        }
    }
}

/// What the outputs of GetObject and HeadObject have in common.
protocol ObjectHeadMembers: ChecksumMembers, EncryptionMembers {
    var eTag: String? { get set }
    var lastModified: Timestamp? { get set }
    var versionID: String? { get set }
    var contentLength: Int64? { get set }
    var contentRange: String? { get set }
    var cacheControl: String? { get set }
    var contentDisposition: String? { get set }
    var contentEncoding: String? { get set }
    var contentLanguage: String? { get set }
    var contentType: String? { get set }
    var expires: String? { get set }
    var websiteRedirectLocation: String? { get set }
    var storageClass: String? { get set }
    var metadata: [String: String]? { get set }
    var tagCount: Int? { get set }
    var partsCount: Int? { get set }
    var checksumType: String? { get set }
    var restore: String? { get set }
    var objectLockMode: String? { get set }
    var expiration: String? { get set }
    var replicationStatus: String? { get set }
    var objectLockRetainUntilDate: Timestamp? { get set }
    var objectLockLegalHoldStatus: String? { get set }
}

extension GetObjectOutput: ObjectHeadMembers {}
extension HeadObjectOutput: ObjectHeadMembers {}
