import Documents
import Kernel
import Store

/// A job's checksum over an object's bytes at rest
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-compute-checksums.html). Archived objects need no restore.
struct JobChecksum: Sendable {
    let algorithm: ChecksumAlgorithm
    let type: ChecksumType

    /// - Throws: ``JobFault/invalid(_:)``
    init(_ arguments: Document) throws {
        let name = arguments["ChecksumAlgorithm"]?.string
        guard let algorithm = name.map({ ChecksumAlgorithm(name: $0) }) ?? .crc64nvme else {
            throw JobFault.invalid("The checksum algorithm is not valid.")
        }
        guard let type = arguments["ChecksumType"]?.string.map({ ChecksumType(name: $0) }) ?? .fullObject else {
            throw JobFault.invalid("The checksum type is not valid.")
        }
        guard type == .fullObject || algorithm != .crc64nvme else {
            throw JobFault.invalid("CRC64NVME supports only the FULL_OBJECT checksum type.")
        }
        (self.algorithm, self.type) = (algorithm, type)
    }

    /// The result as the completion report has it.
    func message(_ value: [UInt8], parts: Int?, of record: ObjectRecord) -> String {
        JSON.text([
            "checksum_base64": .string(Base64.string(value) + (parts.map { "-\($0)" } ?? "")), "etag": .string(record.eTag),
            "checksumAlgorithm": .string(algorithm.name), "checksumType": .string(type.name),
            "checksum_hex": .string(Hex.encode(value).uppercased()),
        ])
    }
}

extension S3Service {
    /// Computes a checksum as the job's role, which needs what reading the version needs. An object that did not come in parts
    /// is one part.
    /// - Returns: the result's message.
    func computeChecksum(_ wanted: JobChecksum, of task: JobTask, _ context: Context) async throws -> String {
        let source = CopySource(bucket: task.bucket, key: task.key, versionID: task.version)
        let permission = try await S3Actions(service: self).source(.init(source), context)
        for needed in try await withPoints([permission], context) { try await context.platform.demand(needed, in: context) }
        let object = try await find(source, owner: nil, context)
        guard object.record.encryption?.method != .customer else {
            throw S3Fault.invalidRequest("The object is encrypted with a key that only its owner has.")
        }
        let cipher = try await cipher(of: object.record.encryption, in: object.bucket, given: nil, context)
        guard wanted.type == .composite else {
            let value = try await digest(object, 0..<object.record.size, wanted.algorithm, cipher, context.platform)
            return wanted.message(value, parts: nil, of: object.record)
        }
        let sizes = object.record.partsCount > 0 ? object.segments.map(\.blob.size) : [object.record.size]
        var (start, sums) = (Int64(0), [UInt8]())
        for size in sizes {
            sums += try await digest(object, start..<(start + size), wanted.algorithm, cipher, context.platform)
            start += size
        }
        return wanted.message(wanted.algorithm.digest(sums), parts: sizes.count, of: object.record)
    }

    private func digest(
        _ object: FoundObject, _ range: Range<Int64>, _ algorithm: ChecksumAlgorithm, _ cipher: ObjectCipher?,
        _ platform: Platform
    ) async throws -> [UInt8] {
        var digest = ChecksumDigest(algorithm)
        for try await piece in try stream(object, range, cipher, platform) { digest.update(piece) }
        return digest.finish()
    }
}
