import Documents
import Kernel
import S3
import Wire

extension BucketPages {
    /// Browsers' questions and websites, answered by S3.
    init(_ s3: S3Service, _ platform: Platform) {
        self.init(
            crossOrigin: { bucket, origin, method, headers in
                let answer = try await s3.crossOrigin(bucket, origin: origin, method: method, headers: headers, platform)
                return CrossOrigin(hasRules: answer.hasRules, headers: answer.headers)
            },
            website: { bucket, path, http, requestID in
                let answer = try await s3.website(bucket, path: path, http: http, requestID: requestID, platform)
                return WireResponse(status: answer.status, headers: answer.headers, body: .stream(answer.body))
            })
    }
}

extension ServedRequests {
    /// Told to S3, for the access logs of its buckets.
    init(_ s3: S3Service) {
        self.init(
            wants: { s3.wantsServed($0) },
            tell: { entry in
                s3.served(
                    ServedRequest(
                        time: entry.time, http: entry.http, bucket: entry.bucket, key: entry.key, operation: entry.operation,
                        caller: entry.caller, requestID: entry.requestID, hostID: entry.hostID, status: entry.status,
                        errorCode: entry.errorCode, bytesSent: entry.bytesSent, objectSize: entry.objectSize,
                        versionID: entry.versionID, milliseconds: entry.milliseconds, deletedKeys: entry.deletedKeys,
                        copySource: entry.copySource))
            })
    }
}

extension AdminRoutes {
    /// `POST /_tarn/scrub`: reads every stored body. The answer comes line by line, a JSON document on each: damage as it is
    /// found, and the count at the end.
    mutating func addScrub(_ s3: S3Service) {
        on("POST", "/_tarn/scrub", localOnly: true) { _, platform in
            let (lines, feed) = AsyncThrowingStream.makeStream(of: [UInt8].self)
            let work = Task {
                do {
                    let report = try await s3.scrub(platform) { damage in
                        platform.log.error(
                            "damaged object", metadata: ["bucket": "\(damage.bucket)", "key": "\(damage.key)"])
                        feed.yield(
                            Self.line([
                                "bucket": .string(damage.bucket), "key": .string(damage.key),
                                "versionId": .string(damage.versionID), "reason": .string(damage.reason),
                            ]))
                    }
                    feed.yield(
                        Self.line([
                            "versions": .integer(Int64(report.versions)), "bodies": .integer(Int64(report.bodies)),
                            "bytes": .integer(report.bytes), "unchecked": .integer(Int64(report.unchecked)),
                            "damaged": .integer(Int64(report.damaged)),
                        ]))
                    feed.finish()
                } catch {
                    feed.finish(throwing: error)
                }
            }
            feed.onTermination = { _ in work.cancel() }
            return WireResponse(
                status: 200, headers: [("Content-Type", "application/x-ndjson")], body: .stream(ByteStream(lines, length: nil)))
        }
    }

    /// `POST /_tarn/inventory`, `{"bucket", "id"}`: an inventory now, whatever its schedule says. The answer names its manifest.
    mutating func addInventory(_ s3: S3Service) {
        on("POST", "/_tarn/inventory", localOnly: true) { request, platform in
            let body = try await request.body.collect(limit: 16_384)
            guard let input = try? JSON.parse(body), let bucket = input["bucket"]?.string, let id = input["id"]?.string else {
                return Self.json(["message": "Send {\"bucket\": NAME, \"id\": CONFIGURATION}."], status: 400)
            }
            do {
                let manifest = try await s3.makeInventory(of: bucket, id, at: platform.clock.now(), platform)
                return Self.json(["manifest": .string(manifest)])
            } catch let fault as any Fault {
                let error = fault.wire
                return Self.json(["code": .string(error.code), "message": .string(error.message)], status: error.status)
            }
        }
    }

    private static func line(_ document: Document) -> [UInt8] { JSON.write(document) + [0x0A] }
}
