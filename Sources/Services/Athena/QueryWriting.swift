import Documents
import Foundation
import Kernel
import SQLEngine

/// CTAS, INSERT INTO and UNLOAD. The engine writes the rows to files here; they go to S3 as the caller, then the catalogue
/// learns of them, also as the caller. What fails on the way takes back what it has put.
///
/// A statement that a crash interrupted runs again: files carry the query's id in their names, so that it knows its own.
extension QueryExecution {
    func write(_ bound: Bound, _ query: inout QueryRecord) async throws {
        let begin = platform.clock.now()
        let folder = try resultPath(query.id)
        let name = Self.fileNames(query)
        let found: WriteTarget?
        var asked = SQLOutput(folder: folder, format: "", name: name)
        switch bound.statement.kind {
        case "ctas": (query.written, found) = (.ctas, try await newTable(bound.statement, query, &asked))
        case "insert": (query.written, found) = (.insert, try await presentTable(bound.statement, query, &asked))
        default: (query.written, found) = (.unload, try await unloaded(bound.statement, query, &asked))
        }
        query.columns = [SQLResult.Column(name: "rows", type: "bigint", precision: 19, scale: 0)]
        guard let target = found else { return try await finish([], &query) }
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let output = asked
        let result = try await ask(bound, &query) { $0.output = output }
        var placed: [(bucket: String, key: String)] = []
        do {
            for file in result.files ?? [] {
                try Task.checkCancellation()
                let place = try target.folder(of: file.values)
                guard let stream = FileStream(file.path) else {
                    throw QueryFailure(.system, 401, "GENERIC_INTERNAL_ERROR: the rows are gone")
                }
                defer { stream.close() }
                placed.append((place.bucket, place.prefix + file.name))
                // The expected owner of the bucket is said of results, not of tables.
                var settings = query.settings?.upload ?? [:]
                settings["ExpectedBucketOwner"] = nil
                try await put(
                    stream.stream, place.bucket, place.prefix + file.name, "application/octet-stream", query, settings: settings)
            }
            try Task.checkCancellation()
            try await target.enter(result)
        } catch {
            await remove(placed, query)
            throw error
        }
        query.resultBytes = Int64((result.files ?? []).reduce(0) { $0 + $1.bytes })
        query.engineMs = (platform.clock.now() - begin).wholeMilliseconds
        try await finish(placed.map { "s3://\($0.bucket)/\($0.key)" }, &query)
    }

    /// The manifest and the metadata stand beside each other.
    private func finish(_ files: [String], _ query: inout QueryRecord) async throws {
        guard let manifest = query.manifestLocation else { return }
        try await put(Array(files.map { $0 + "\n" }.joined().utf8), manifest, "application/octet-stream", query)
        try await putMetadata(query)
    }

    /// `20261122_193153_00000_1b2c3_<query id>_`: Athena's form, with the query's id in the place of a random one.
    private static func fileNames(_ query: QueryRecord) -> String {
        let moment = query.submitted.iso8601Basic().replacing("T", with: "_").replacing("Z", with: "")
        return "\(moment)_00000_\(query.id.prefix(5))_\(query.id)_"
    }

    /// Also where the query was cancelled: the deletions are a task of their own.
    private func remove(_ placed: [(bucket: String, key: String)], _ query: QueryRecord) async {
        await Task {
            for (bucket, key) in placed {
                do { try await delete(key, in: bucket, query) } catch {
                    platform.log.warning(
                        "a failed statement's file stays", metadata: ["url": "s3://\(bucket)/\(key)", "fault": "\(error)"])
                }
            }
        }.value
    }

    private func delete(_ key: String, in bucket: String, _ query: QueryRecord) async throws {
        let input: Document = ["Bucket": .string(bucket), "Key": .string(key)]
        _ = try await platform.call(Call("s3", "DeleteObject", input, caller: query.caller, region: place.region))
    }

    /// Refuses a folder with something in it that this query has not written.
    /// - Returns: whether an earlier run of this query has; that is deleted.
    func mustBeEmpty(_ location: OutputLocation, for table: String, _ query: QueryRecord) async throws -> Bool {
        var own: [String] = []
        try await eachPage(of: location, query) { keys in
            guard keys.allSatisfy({ Self.isOwn($0, query) }) else {
                throw QueryFailure.user(
                    "HIVE_PATH_ALREADY_EXISTS",
                    "Target directory for table '\(table)' already exists: \(location.url). You may need to manually clean the data "
                        + "at location '\(query.output)tables/\(query.id)' before retrying. Athena will not delete data in your account."
                )
            }
            own += keys
        }
        try await takeBack(own, location.bucket, query)
        return !own.isEmpty
    }

    /// Deletes what an earlier run of this query has put beside a table's other files: the statement may read them.
    func takeBackEarlierRun(below location: OutputLocation, _ query: QueryRecord) async throws {
        guard isAgain else { return }
        var own: [String] = []
        try await eachPage(of: location, query) { keys in own += keys.filter { Self.isOwn($0, query) } }
        try await takeBack(own, location.bucket, query)
    }

    private static func isOwn(_ key: String, _ query: QueryRecord) -> Bool { key.contains("_\(query.id)_") }

    /// - Throws: the refusal of a caller who may not delete: with the files there, running again would count them twice.
    private func takeBack(_ keys: [String], _ bucket: String, _ query: QueryRecord) async throws {
        for key in keys { try await delete(key, in: bucket, query) }
    }

    private func eachPage(
        of location: OutputLocation, _ query: QueryRecord, _ visit: ([String]) throws -> Void
    ) async throws {
        var input: Members = ["Bucket": .string(location.bucket), "Prefix": .string(location.prefix)]
        repeat {
            let page: Document
            do {
                let call = Call("s3", "ListObjectsV2", .map(input), caller: query.caller, region: place.region)
                page = try await platform.call(call).output
            } catch let error as AWSError where error.status == 403 {
                throw QueryFailure(
                    .user, 1_000, "PERMISSION_DENIED: Access denied when listing \(location.url). \(error.message)")
            } catch let error as AWSError where error.code == "NoSuchBucket" {
                throw QueryFailure.user("HIVE_FILESYSTEM_ERROR", "Failed checking path: \(location.url): \(error.message)")
            }
            try visit((page["Contents"]?.list ?? []).compactMap { $0["Key"]?.string }.filter { $0 != location.prefix })
            input["ContinuationToken"] = page["NextContinuationToken"]
        } while input["ContinuationToken"] != nil
    }
}

/// Where a statement's rows go.
struct WriteTarget: Sendable {
    var root: OutputLocation
    var keys: [String] = []
    /// Partitions that have a place already.
    var places: [[String]: OutputLocation] = [:]
    /// Where a projected table's partitions lie, if not at the usual place.
    var template: String?
    /// Makes the files known, once they are there.
    var enter: @Sendable (SQLResult) async throws -> Void

    func folder(of values: [String]) throws -> OutputLocation {
        if let place = places[values] { return place }
        if let template {
            return try OutputLocation(zip(keys, values).reduce(template) { $0.replacing("${\($1.0)}", with: $1.1) })
        }
        var folder = root
        if !values.isEmpty { folder.prefix += DDL.folder(keys, values) + "/" }
        return folder
    }
}
