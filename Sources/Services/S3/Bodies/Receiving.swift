import Documents
import Kernel
import Store

/// What a PUT or an upload of a part has promised about its payload.
struct PayloadPromise: Sendable {
    var contentMD5: [UInt8]?
    var algorithm: ChecksumAlgorithm
    /// Whether the client chose the algorithm.
    var isChosen: Bool
    /// The checksum from the header; one in a trailer comes after the payload.
    var checksum: Checksum?
    /// An algorithm whose checksum is kept, where it is not the client's.
    var kept: ChecksumAlgorithm?

    /// Reads the promise from the members and the header.
    /// - Parameters:
    ///   - isEmpty: whether the payload is known to have no bytes.
    ///   - fallback: computed where the client chooses none.
    init(
        contentMD5: String?, checksums: some ChecksumMembers, algorithm named: String?, isEmpty: Bool, context: Context,
        fallback: ChecksumAlgorithm = .crc64nvme
    ) throws {
        if let headers = context.http?.headers {
            // An empty object is one whose length is said to be zero; in chunks, a header of its own has the length proper.
            let isUnsaid = isEmpty && headers["content-length"] == nil && headers["transfer-encoding"] == nil
            let isChunked = headers["x-amz-content-sha256"]?.hasPrefix("STREAMING-") == true
            guard !isUnsaid, !isChunked || headers["x-amz-decoded-content-length"] != nil else {
                throw S3Fault.missingContentLength
            }
            // HTTP's own chunks are S3's to take only around those of a signed stream, which say their length.
            if headers["transfer-encoding"] != nil, headers["x-amz-decoded-content-length"] == nil {
                throw S3Fault.header(notImplemented: "Transfer-Encoding")
            }
        }
        if let contentMD5 {
            guard let digest = Base64.decode(contentMD5), digest.count == 16 else { throw S3Fault.invalidDigest(contentMD5) }
            self.contentMD5 = digest
        }
        let given = try checksums.givenChecksum()
        checksum = given
        let trailer = try context.http.flatMap { try ChecksumHeaders.check($0.headers, given: given) }
        if let checksum, let bytes = Base64.decode(checksum.value), bytes.count == checksum.algorithm.byteCount {
            algorithm = checksum.algorithm
        } else if let checksum {
            throw S3Fault.invalidRequest("Value for \(checksum.algorithm.headerName) header is invalid.")
        } else if let trailer {
            algorithm = trailer
        } else if let named {
            algorithm = try ChecksumAlgorithm.named(named)
            // A client that names an algorithm sends the checksum too; a form's field and a call from inside only choose.
            if context.http?.headers["x-amz-sdk-checksum-algorithm"] != nil {
                throw S3Fault.invalidRequest(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
                        + "were found.")
            }
        } else {
            algorithm = fallback
            isChosen = false
            return
        }
        isChosen = true
    }
}

/// A payload that has arrived whole and holds what was promised.
struct ReceivedPayload: Sendable {
    var body: ObjectBody
    var size: Int64
    var md5: [UInt8]
    var checksum: Checksum
    /// Of the algorithm that the promise wants kept beside the client's.
    var kept: Checksum?

    /// Under a customer's or a KMS key the ETag tells nothing of the content.
    func eTag(_ encryption: ObjectEncryption?) -> String { Hex.encode(encryption.keepsMD5 ? md5 : Identifier.random(16)) }
}

extension S3Service {
    /// Takes a payload in: small ones in memory, larger ones to a blob that is durable when this returns.
    /// - Throws: ``S3Fault`` for a broken promise, and what the stream throws; then nothing is kept.
    func receive(
        _ payload: RequestBody, _ promise: PayloadPromise, sealedBy cipher: ObjectCipher?,
        inlineUpTo inlineSize: Int = Limit.inlineSize, _ platform: Platform
    )
        async throws -> ReceivedPayload
    {
        if let length = payload.stream.length, length > Limit.putSize { throw S3Fault.entityTooLarge(length) }
        let trailer = promise.checksum == nil ? payload.checkedTrailer : nil
        let isChecked = trailer == promise.algorithm.headerName
        var digest = PayloadDigest(promise.algorithm, isChecked: isChecked, kept: promise.kept)
        var held: [UInt8] = []
        var writer: BodyWriter?
        do {
            for try await piece in payload.stream {
                digest.update(piece)
                guard digest.size <= Limit.putSize else { throw S3Fault.entityTooLarge(digest.size) }
                if writer != nil {
                    try await writer?.write(piece)
                } else if held.count + piece.count <= inlineSize {
                    if held.isEmpty { held = piece } else { held.append(contentsOf: piece) }
                } else {
                    writer = BodyWriter(try await platform.blobs.writer(), cipher)
                    try await writer?.write(held)
                    try await writer?.write(piece)
                    held = []
                }
            }
            let checked = isChecked ? trailer.flatMap { payload.trailers()[$0] }.flatMap { Base64.decode($0) } : nil
            let (md5, checksum) = digest.finish(checked: checked.map { Base64.string($0) })
            try check(promise, md5, checksum)
            // A part is a blob, though it be empty.
            if writer == nil, inlineSize < 0 { writer = BodyWriter(try await platform.blobs.writer(), cipher) }
            var body: ObjectBody = .nothing
            if writer == nil, !held.isEmpty { body = .inline(try cipher?.sealInline(held) ?? held) }
            if let blob = try await writer?.finish() {
                let sum = writer.map { UInt32(truncatingIfNeeded: $0.storedSum) }
                body = .blobs(BodyManifest(segments: [.init(blob: blob, partNumber: 1, checksum: "", storedSum: sum)]))
            }
            return ReceivedPayload(body: body, size: digest.size, md5: md5, checksum: checksum, kept: digest.keptChecksum)
        } catch {
            await writer?.discard()
            throw error
        }
    }

    private func check(_ promise: PayloadPromise, _ md5: [UInt8], _ checksum: Checksum) throws {
        if let expected = promise.contentMD5, expected != md5 {
            throw S3Fault.badDigest(expected: Base64.string(expected), computed: Base64.string(md5))
        }
        if let given = promise.checksum, given.value != checksum.value { throw S3Fault.badChecksum(given.algorithm.name) }
    }

    /// Removes the file of a blob that was written but never referred to.
    func drop(_ body: ObjectBody, _ platform: Platform) async {
        for id in body.blobs {
            do { try await platform.blobs.remove(id) } catch {
                // The sweep at the next start removes it.
                platform.log.warning("blob cannot be removed", metadata: ["blob": "\(id)", "error": "\(error)"])
            }
        }
    }
}

extension PayloadPromise {
    /// For bytes that come from inside.
    init(algorithm: ChecksumAlgorithm) {
        (self.algorithm, isChosen) = (algorithm, false)
    }
}
