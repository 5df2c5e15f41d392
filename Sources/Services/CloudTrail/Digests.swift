import Compression
import Documents
import Kernel
import Store

/// The files of one account and Region that the next digest will name, and the digest before it.
struct DigestChain: Stored, Hashable {
    static let tag: UInt8 = 1
    struct File: Codable, Sendable, Hashable {
        var bucket: String
        var key: String
        /// SHA-256 of the file before compression, hex.
        var hash: String
        var oldest: Timestamp
        var newest: Timestamp
    }
    struct Digest: Codable, Sendable, Hashable {
        var bucket: String
        var key: String
        var hash: String
        var signature: String
        var end: Timestamp
    }
    var files: [File] = []
    var previous: Digest?

    static func key(_ arn: String, _ account: String, _ region: String) -> Key {
        all(arn).appending(.text(account), .text(region))
    }
    static func all(_ arn: String) -> Key { Key(.trailDigest, .text(arn)) }
}

extension Transaction {
    func changeChain(_ arn: String, _ account: String, _ region: String, _ change: (inout DigestChain) -> Void) throws {
        let key = DigestChain.key(arn, account, region)
        var chain = try record(DigestChain.self, key) ?? DigestChain()
        change(&chain)
        try put(key, chain)
    }
}

/// Every hour a signed digest names the files of that hour and the digest before it, so that a file that was changed or
/// taken away is found out
/// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html).
extension CloudTrailService {
    func digest(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let trail = try await trail(of: timer, platform), trail.validates else { return }
        try await deliverAll(trail, platform)
        let now = platform.clock.now()
        do {
            for (account, region) in try await Self.sources(of: trail, platform) {
                try await putDigest(trail, account, region, from: timer.due - TrailLimit.digestInterval, to: now, platform)
            }
            try await note(trail, platform) { ($0.digested, $0.digestError) = (now, nil) }
        } catch let error as any Fault where error.wire.code != AWSError.internalFailure.code {
            // The files stay in the chain: the next digest names them.
            platform.log.warning(
                "digest cannot be delivered", metadata: ["trail": "\(trail.arn)", "error": "\(error.wire.message)"])
            try await note(trail, platform) { $0.digestError = error.wire.code }
        }
        guard trail.isLogging else { return }
        let next = Self.timer("digest", trail.arn, due: now + TrailLimit.digestInterval)
        try await platform.store.write { try $0.schedule(next, on: platform) }
    }

    private func putDigest(
        _ trail: TrailRecord, _ account: String, _ region: String, from start: Timestamp, to end: Timestamp, _ platform: Platform
    ) async throws {
        let place = DigestChain.key(trail.arn, account, region)
        let chain = try await platform.store.read { try $0.record(DigestChain.self, place) } ?? DigestChain()
        // A repeated run in the same second would name the digest that it replaces.
        if let previous = chain.previous, previous.end.seconds >= end.seconds { return }
        let signer = try await SigningKeys.present(platform)
        let key = TrailFile.digestKey(trail, account, region, at: end)
        let document = Self.document(chain, trail, account, key, from: chain.previous?.end ?? start, to: end, signer)
        let bytes = JSON.write(document)
        let hash = TrailFile.hash(bytes)
        let signed = "\(end.iso8601())\n\(trail.bucket)/\(key)\n\(hash)\n\(chain.previous?.signature ?? "null")"
        let signature = try SigningKeys.sign(signed, with: signer, platform)
        try await TrailFile.put(
            try Gzip.compress(bytes), key: key, of: trail, on: platform,
            metadata: ["signature": .string(signature), "signature-algorithm": "SHA256withRSA"])
        let named = Set(chain.files.map(\.key))
        let digest = DigestChain.Digest(bucket: trail.bucket, key: key, hash: hash, signature: signature, end: end)
        try await platform.store.write { transaction in
            guard try transaction.contains(trail.key) else { return }
            try transaction.changeChain(trail.arn, account, region) { chain in
                chain.files.removeAll { named.contains($0.key) }
                chain.previous = digest
            }
        }
    }

    private static func document(
        _ chain: DigestChain, _ trail: TrailRecord, _ account: String, _ key: String, from start: Timestamp, to end: Timestamp,
        _ signer: SigningKeys.Key
    ) -> Document {
        func text(_ value: String?) -> Document { value.map { .string($0) } ?? .null }
        let files: [Document] = chain.files.map { file in
            [
                "s3Bucket": .string(file.bucket), "s3Object": .string(file.key), "hashValue": .string(file.hash),
                "hashAlgorithm": "SHA-256", "newestEventTime": .string(file.newest.iso8601()),
                "oldestEventTime": .string(file.oldest.iso8601()),
            ]
        }
        return [
            "awsAccountId": .string(account), "digestStartTime": .string(start.iso8601()),
            "digestEndTime": .string(end.iso8601()), "digestS3Bucket": .string(trail.bucket), "digestS3Object": .string(key),
            "digestPublicKeyFingerprint": .string(signer.fingerprint), "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": text(chain.files.map(\.newest).max()?.iso8601()),
            "oldestEventTime": text(chain.files.map(\.oldest).min()?.iso8601()),
            "previousDigestS3Bucket": text(chain.previous?.bucket), "previousDigestS3Object": text(chain.previous?.key),
            "previousDigestHashValue": text(chain.previous?.hash),
            "previousDigestHashAlgorithm": text(chain.previous == nil ? nil : "SHA-256"),
            "previousDigestSignature": text(chain.previous?.signature), "logFiles": .list(files),
        ]
    }
}
