import Crypto
import Documents
import FunctionEngine
import Kernel
import Store

/// Deployment packages. They have a blob directory of their own, so that other services' clean-up never meets them.
final class CodeStore: Sendable {
    private let blobs: BlobStore

    init(directory: String) throws { blobs = try BlobStore(directory: directory) }

    struct Package: Sendable {
        var id: BlobID
        var size: Int64
        var hash: [UInt8]
    }

    /// Checks and keeps a package.
    func add(_ zip: [UInt8]) async throws -> Package {
        do { _ = try ZipArchive(zip) } catch {
            throw error == .archiveTooLarge ? LambdaFault.unzippedTooLarge : LambdaFault.invalidZip
        }
        let writer = try await blobs.writer()
        do {
            try await writer.write(zip)
            let reference = try await writer.finish()
            return Package(id: reference.id, size: reference.size, hash: Array(SHA256.hash(data: zip)))
        } catch {
            await writer.discard()
            throw error
        }
    }

    func read(_ id: BlobID) async throws -> [UInt8] {
        guard let reader = try await blobs.reader(id) else { throw StoreError.corrupt("package \(id) is missing") }
        var all: [UInt8] = []
        all.reserveCapacity(Int(reader.size))
        for try await chunk in reader.chunks() { all.append(contentsOf: chunk) }
        return all
    }

    func remove(_ id: BlobID) async throws { try await blobs.remove(id) }

    /// Removes packages that no record refers to any more.
    func remove(unused ids: [BlobID], of function: FunctionRecord, _ store: any KeyValueStore) async throws {
        let used = try await store.read { snapshot in
            var used = Set(try LambdaService.versions(of: function, in: snapshot).map(\.code))
            if let latest = try snapshot.record(
                FunctionRecord.self, FunctionRecord.key(function.account, function.region, function.name))
            {
                used.insert(latest.code)
            }
            return used
        }
        for id in Set(ids).subtracting(used) { try await remove(id) }
    }

    /// Removes packages that no function refers to, left by a crash between blob and record.
    func sweep(_ store: any KeyValueStore) async throws {
        var used: Set<BlobID> = []
        used = try await store.read { snapshot in
            var found: Set<BlobID> = []
            for space in [Space.lambdaFunction, .lambdaVersion] {
                try snapshot.records(FunctionRecord.self, Key(space)) { _, record in
                    found.insert(record.code)
                    found.formUnion((record.layers ?? []).map(\.code))
                    return true
                }
            }
            try snapshot.scan(Key(.lambdaLayer)) { key, value in
                // The counter of a layer's versions stands where version 0 would.
                if try key.elements().last != .integer(0) { found.insert(try LayerRecord(stored: value).code) }
                return true
            }
            return found
        }
        let referenced = used
        _ = try await blobs.sweepOrphans { ids in referenced.intersection(ids) }
    }

    /// The package that a request names, by its bytes or by an S3 object that its caller may read.
    static func fetch(
        zip: [UInt8]?, bucket: String?, key: String?, version: String?, _ context: Context
    ) async throws -> [UInt8] {
        if let zip {
            guard zip.count <= ArchiveLimit.directUpload else {
                throw LambdaFault.requestTooLarge(limit: 69_905_067, operation: context.operation)
            }
            return zip
        }
        guard let bucket, let key else {
            throw LambdaFault.invalidParameter("Please provide a source for function code.")
        }
        var input: Members = ["Bucket": .string(bucket), "Key": .string(key)]
        if let version { input["VersionId"] = .string(version) }
        do {
            let reply = try await context.callAsCaller("s3", "GetObject", .map(input))
            if let body = reply.body { return try await body.collect(limit: Int(ArchiveLimit.unpackedSize)) }
            return reply.output["Body"]?.blob ?? []
        } catch let error as AWSError {
            throw LambdaFault.s3(code: error.code, message: error.message)
        } catch is BodyTooLarge {
            throw LambdaFault.unzippedTooLarge
        }
    }
}
