import Documents
import Kernel

/// What a website configuration must be
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html).
enum WebsiteRules {
    /// - Throws: ``S3Fault``.
    static func check(_ website: Shape.WebsiteConfiguration) throws {
        if website.redirectAllRequestsTo != nil {
            guard website.indexDocument == nil, website.errorDocument == nil, website.routingRules == nil else {
                throw S3Fault.invalidRequest("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")
            }
            try check(host: website.redirectAllRequestsTo?.hostName)
            return try check(protocol: website.redirectAllRequestsTo?.protocol)
        }
        guard let index = website.indexDocument?.suffix else {
            throw S3Fault.invalidArgument(
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", name: "IndexDocument",
                value: "null")
        }
        guard !index.isEmpty, !index.contains("/") else {
            throw S3Fault.invalidArgument(
                "The IndexDocument Suffix is not well formed", name: "IndexDocument", value: index)
        }
        let rules = website.routingRules ?? []
        guard rules.count <= Limit.routingRules else {
            throw S3Fault.invalidRequest(
                "\(rules.count) routing rules provided, the number of routing rules in a website configuration is limited to 50.")
        }
        for rule in rules {
            let redirect = rule.redirect
            if let condition = rule.condition, condition == Shape.RoutingCondition() {
                throw S3Fault.invalidRequest(
                    "Condition cannot be empty. To redirect all requests without a condition, the condition element "
                        + "shouldn't be present.")
            }
            // "A Redirect element must contain at least one of the following sibling elements"
            // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html).
            guard redirect != Shape.Redirect() else {
                throw S3Fault.invalidRequest(
                    "Redirect cannot be empty. It must contain at least one of Protocol, HostName, ReplaceKeyPrefixWith, "
                        + "ReplaceKeyWith and HttpRedirectCode.")
            }
            try check(host: redirect.hostName)
            if redirect.replaceKeyWith != nil, redirect.replaceKeyPrefixWith != nil {
                throw S3Fault.invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
            }
            if let code = redirect.httpRedirectCode {
                guard let number = Int(code), (301...308).contains(number) else {
                    throw S3Fault.invalidRequest(
                        "The provided HTTP redirect code (\(code)) is not valid. Valid codes are 3XX except 300.")
                }
            }
            if let code = rule.condition?.httpErrorCodeReturnedEquals {
                guard let number = Int(code), (400...599).contains(number) else {
                    throw S3Fault.invalidRequest(
                        "The provided HTTP error code (\(code)) is not valid. Valid codes are 4XX or 5XX.")
                }
            }
            try check(protocol: redirect.protocol)
        }
    }

    private static func check(host: String?) throws {
        guard host != "" else { throw S3Fault.invalidRequest("HostName cannot be empty.") }
    }

    private static func check(protocol name: String?) throws {
        guard name == nil || name == "http" || name == "https" else {
            throw S3Fault.invalidRequest(
                "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.")
        }
    }
}

/// What a bucket's website says.
public struct WebsiteAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: ByteStream
}

extension S3Service {
    /// Answers a request to a bucket's website endpoint
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html). Everybody asks anonymously.
    /// - Parameter path: decoded, from its first `/`.
    public func website(
        _ name: String, path: String, http: HTTPDetails, requestID: String, _ platform: Platform
    ) async throws -> WebsiteAnswer {
        guard http.method == "GET" || http.method == "HEAD" else {
            return ErrorPage(
                status: 405, code: "MethodNotAllowed", message: "The specified method is not allowed against this resource."
            ).answer(requestID: requestID)
        }
        guard let bucket = try await buckets.current(name, in: platform.store) else {
            return ErrorPage(
                status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", facts: [("BucketName", name)]
            ).answer(requestID: requestID)
        }
        guard let site = bucket.website else {
            return ErrorPage(
                status: 404, code: "NoSuchWebsiteConfiguration",
                message: "The specified bucket does not have a website configuration", facts: [("BucketName", name)]
            ).answer(requestID: requestID)
        }
        let key = String(path.dropFirst())
        if let all = site.redirectAllRequestsTo {
            let scheme = all.protocol ?? (http.isSecure ? "https" : "http")
            return Self.redirect(301, "\(scheme)://\(all.hostName)/\(PercentEncoding.encode(key, keeping: "/"))")
        }
        for rule in site.routingRules ?? [] where rule.condition?.httpErrorCodeReturnedEquals == nil {
            guard rule.condition?.keyPrefixEquals.map(key.hasPrefix) ?? true else { continue }
            return Self.redirect(rule, key, http)
        }
        let visit = WebsiteVisit(service: self, bucket: name, http: http, requestID: requestID, platform: platform)
        let index = site.indexDocument?.suffix ?? "index.html"
        let wanted = key.isEmpty || key.hasSuffix("/") ? key + index : key
        let failure: AWSError
        do {
            return try await visit.show(wanted, status: nil)
        } catch let error as AWSError {
            failure = error
        }
        // A folder without its slash is shown to have an index by sending the browser there.
        if wanted == key, failure.status == 404 || failure.status == 403, try await visit.exists("\(key)/\(index)") {
            return Self.redirect(302, "/\(PercentEncoding.encode(key, keeping: "/"))/")
        }
        for rule in site.routingRules ?? [] {
            guard let code = rule.condition?.httpErrorCodeReturnedEquals, code == String(failure.status),
                rule.condition?.keyPrefixEquals.map(key.hasPrefix) ?? true
            else { continue }
            return Self.redirect(rule, key, http)
        }
        var page = ErrorPage(status: failure.status, code: failure.code, message: failure.message)
        if failure.code == "NoSuchKey" { page.facts = [("Key", wanted)] }
        if let document = site.errorDocument?.key, failure.status < 500 {
            do {
                var answer = try await visit.show(document, status: failure.status)
                answer.headers += ErrorPage.headers(code: failure.code, message: failure.message)
                return answer
            } catch let error as AWSError {
                page.second = (error.code, error.message, document)
            }
        }
        return page.answer(requestID: requestID)
    }

    private static func redirect(_ rule: Shape.RoutingRule, _ key: String, _ http: HTTPDetails) -> WebsiteAnswer {
        let redirect = rule.redirect
        var target = key
        if let whole = redirect.replaceKeyWith {
            target = whole
        } else if let prefix = redirect.replaceKeyPrefixWith {
            target = prefix + key.dropFirst((rule.condition?.keyPrefixEquals ?? "").count)
        }
        let scheme = redirect.protocol ?? (http.isSecure ? "https" : "http")
        let host = redirect.hostName ?? http.host
        return Self.redirect(
            redirect.httpRedirectCode.flatMap { Int($0) } ?? 301,
            "\(scheme)://\(host)/\(PercentEncoding.encode(target, keeping: "/?=&#"))")
    }

    static func redirect(_ status: Int, _ location: String) -> WebsiteAnswer {
        WebsiteAnswer(status: status, headers: [("Location", location)], body: ByteStream(bytes: []))
    }
}

/// One visitor's look at a website's objects.
private struct WebsiteVisit: Sendable {
    let service: S3Service
    let bucket: String
    let http: HTTPDetails
    let requestID: String
    let platform: Platform

    /// - Parameter status: of the answer, where it is not the object's own.
    /// - Throws: ``AWSError``.
    func show(_ key: String, status: Int?) async throws -> WebsiteAnswer {
        var input: Members = ["Bucket": .string(bucket), "Key": .string(key)]
        if status == nil {
            if let range = http.headers["range"] { input["Range"] = .string(range) }
            if let tag = http.headers["if-none-match"] { input["IfNoneMatch"] = .string(tag) }
            if let moment = http.headers["if-modified-since"].flatMap({ Timestamp(httpDate: $0) }) {
                input["IfModifiedSince"] = .timestamp(moment)
            }
        }
        let reply = try await call("GetObject", .map(input))
        let output = reply.output
        if status == nil, let location = output["WebsiteRedirectLocation"]?.string { return S3Service.redirect(301, location) }
        var headers: [(name: String, value: String)] = []
        func put(_ name: String, _ value: String?) { if let value { headers.append((name, value)) } }
        put("Content-Type", output["ContentType"]?.string)
        put("ETag", output["ETag"]?.string)
        put("Last-Modified", output["LastModified"]?.timestamp?.httpDate())
        put("Cache-Control", output["CacheControl"]?.string)
        put("Content-Encoding", output["ContentEncoding"]?.string)
        put("Content-Language", output["ContentLanguage"]?.string)
        put("Content-Disposition", output["ContentDisposition"]?.string)
        put("Content-Range", output["ContentRange"]?.string)
        for (name, value) in output["Metadata"]?.members ?? [:] { put("x-amz-meta-\(name)", value.string) }
        return WebsiteAnswer(
            status: status ?? reply.status ?? 200, headers: headers, body: reply.body ?? ByteStream(bytes: []))
    }

    func exists(_ key: String) async throws -> Bool {
        do {
            _ = try await call("HeadObject", ["Bucket": .string(bucket), "Key": .string(key)])
            return true
        } catch let error as AWSError where error.isSenders {
            return false
        }
    }

    private func call(_ operation: String, _ input: Document) async throws -> Reply {
        try await platform.call(
            Call(S3Service.id, operation, input, caller: .anonymous, region: "us-east-1", requestID: requestID, http: http))
    }
}
