import Documents
import FunctionEngine
import Kernel
import Store

/// What a function's URL answers.
public struct URLAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)] = []
    public var body: [UInt8] = []
    /// Instead of ``body``: what the function still makes.
    public var stream: ByteStream?

    init(_ status: Int, _ headers: [(name: String, value: String)] = [], _ body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// A function's header fields and cookies. How long the body is and how it is sent is the server's.
    static func headers(_ fields: Document?, cookies: Document?) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for (name, value) in fields?.members ?? [:] {
            guard !["content-length", "transfer-encoding", "connection"].contains(name.lowercased()) else { continue }
            headers.append((name, value.string ?? JSON.text(value)))
        }
        return headers + (cookies?.list ?? []).map { ("Set-Cookie", $0.string ?? "") }
    }

    static func message(_ status: Int, _ text: String) -> URLAnswer {
        URLAnswer(status, [("Content-Type", "application/json")], JSON.write(["Message": .string(text)]))
    }
}

/// Requests to functions' URLs, in the payload format 2.0
/// (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
extension LambdaService {
    /// - Parameter caller: nil for a request without a signature.
    public func answer(
        url id: String, _ http: HTTPDetails, body: [UInt8], caller: Caller?, requestID: String, _ platform: Platform
    ) async throws -> URLAnswer {
        guard let record = try await platform.store.read({ try $0.record(URLRecord.self, URLRecord.byID(id)) }) else {
            return .message(403, "Forbidden")
        }
        let origin = http.headers["origin"]
        let shared = origin.flatMap { record.cors?.headers(for: $0) } ?? []
        if http.method == "OPTIONS", http.headers["access-control-request-method"] != nil, let cors = record.cors {
            return URLAnswer(200, shared + (shared.isEmpty ? [] : cors.preflight))
        }
        let caller = record.auth == "NONE" ? Caller.anonymous : caller
        guard let caller else { return .message(403, "Forbidden") }
        let context = Context(
            platform: platform, caller: caller, region: record.region, service: Self.id, operation: "InvokeFunctionUrl",
            requestID: requestID, now: platform.clock.now(), http: http)
        do {
            for permission in record.permissions { try await platform.demand(permission, in: context) }
        } catch let error as AWSError where error.isSenders { return .message(403, "Forbidden") }
        let name = try FunctionName(
            record.function, account: record.account, region: record.region, qualifier: record.qualifier)
        let trace = http.headers["x-amzn-trace-id"].flatMap { TraceHeader($0) } ?? TraceHeader(context.now)
        let payload = JSON.write(event(record, http, body, caller, trace, context))
        guard payload.count <= InvocationLimit.request else { return .message(413, "Request Too Long") }
        let outcome: InvocationOutcome
        do {
            let function = try await name.target(platform)
            // Requests to a function's URL are none of the loops that Lambda stops, but part of a chain that may become one.
            let invocation = Invocation(
                requestID: requestID, payload: payload, calledARN: name.qualifiedARN, trace: trace.entering(function.arn).text())
            if record.mode == "RESPONSE_STREAM" {
                var answer = try await streamedAnswer(function, invocation)
                answer.headers += shared
                return answer
            }
            outcome = try await run(function, invocation)
        } catch let fault as LambdaFault {
            if case .throttled = fault { return .message(429, "Rate Exceeded.") }
            return .message(502, "Internal Server Error")
        }
        guard !outcome.isError else { return .message(502, "Internal Server Error") }
        var answer = Self.answer(outcome.payload)
        answer.headers += shared
        return answer
    }

    private func event(
        _ record: URLRecord, _ http: HTTPDetails, _ body: [UInt8], _ caller: Caller, _ trace: TraceHeader, _ context: Context
    ) -> Document {
        let host = "\(record.id).lambda-url.\(record.region).on.aws"
        var headers: Members = [:]
        for (name, value) in http.headers.sorted(by: { $0.key < $1.key }) { headers[name] = .string(value) }
        headers["connection"] = nil
        if headers["x-amzn-trace-id"] == nil { headers["x-amzn-trace-id"] = .string(trace.rootText) }
        headers["x-forwarded-for"] = .string(http.sourceIP)
        headers["x-forwarded-proto"] = http.isSecure ? "https" : "http"
        headers["x-forwarded-port"] = .string(
            http.host.split(separator: ":").dropFirst().last.map(String.init) ?? (http.isSecure ? "443" : "80"))
        var request: Members = [
            "accountId": .string(caller.account.isEmpty ? "anonymous" : caller.account), "apiId": .string(record.id),
            "domainName": .string(host), "domainPrefix": .string(record.id),
            "http": [
                "method": .string(http.method), "path": .string(PercentEncoding.decode(http.path) ?? http.path),
                "protocol": "HTTP/1.1",
                "sourceIp": .string(http.sourceIP), "userAgent": .string(http.headers["user-agent"] ?? ""),
            ],
            "requestId": .string(context.requestID), "routeKey": "$default", "stage": "$default",
            "time": .string(context.now.logDate()), "timeEpoch": .integer(context.now.milliseconds),
        ]
        if caller.hasSignature {
            request["authorizer"] = [
                "iam": [
                    "accessKey": .string(caller.accessKeyID ?? ""), "accountId": .string(caller.account),
                    "callerId": .string(caller.principalID), "cognitoIdentity": .null, "principalOrgId": .null,
                    "userArn": .string(caller.arn), "userId": .string(caller.principalID),
                ]
            ]
        }
        var event: Members = [
            "version": "2.0", "routeKey": "$default", "rawPath": .string(http.path), "rawQueryString": .string(http.query),
        ]
        if let cookies = http.headers["cookie"] {
            event["cookies"] = .list(
                cookies.split(separator: ";").map { .string(String($0.drop { $0 == " " })) })
        }
        event["headers"] = .map(headers)
        let parameters = Self.parameters(http.query)
        if !parameters.isEmpty { event["queryStringParameters"] = .map(parameters) }
        event["requestContext"] = .map(request)
        var isText = true
        if !body.isEmpty {
            let type = http.headers["content-type"] ?? ""
            isText =
                type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("application/xml")
                || type.hasPrefix("application/javascript")
            let text = isText ? String(validating: body, as: UTF8.self) : nil
            isText = text != nil
            event["body"] = .string(text ?? Base64.string(body))
        }
        event["isBase64Encoded"] = .bool(!isText)
        return .map(event)
    }

    private static func parameters(_ query: String) -> Members {
        var all: [(String, [String])] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.decode(parts[0], plusIsSpace: true) ?? String(parts[0])
            let value = parts.count == 2 ? PercentEncoding.decode(parts[1], plusIsSpace: true) ?? String(parts[1]) : ""
            if let index = all.firstIndex(where: { $0.0 == name }) {
                all[index].1.append(value)
            } else {
                all.append((name, [value]))
            }
        }
        return Members(uniqueKeysWithValues: all.map { ($0.0, .string($0.1.joined(separator: ","))) })
    }

    /// What a function has answered, as HTTP: an object with a status, or anything as it is.
    private static func answer(_ payload: [UInt8]) -> URLAnswer {
        let json = [(name: "Content-Type", value: "application/json")]
        guard let result = try? JSON.parse(payload), let status = result["statusCode"]?.integer, (100...599).contains(status)
        else {
            return URLAnswer(200, json, payload)
        }
        var headers = URLAnswer.headers(result["headers"], cookies: result["cookies"])
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) { headers += json }
        var body: [UInt8] = []
        switch result["body"] {
        case .string(let text)?:
            let isEncoded = result["isBase64Encoded"]?.bool ?? false
            body = isEncoded ? Base64.decode(text) ?? Array(text.utf8) : Array(text.utf8)
        case nil, .null?: break
        case let other?: body = JSON.write(other)
        }
        return URLAnswer(Int(status), headers, body)
    }
}

extension Caller {
    fileprivate var hasSignature: Bool { kind != .anonymous }
}

extension URLRecord.CORS {
    /// Of every answer to a page of `origin`; empty for one that is not allowed.
    fileprivate func headers(for origin: String) -> [(name: String, value: String)] {
        let allowed = AllowOrigins ?? []
        guard allowed.contains("*") || allowed.contains(origin) else { return [] }
        var headers = [(name: "Access-Control-Allow-Origin", value: allowed.contains("*") ? "*" : origin)]
        if AllowCredentials == true { headers.append(("Access-Control-Allow-Credentials", "true")) }
        if let names = ExposeHeaders, !names.isEmpty {
            headers.append(("Access-Control-Expose-Headers", names.joined(separator: ",")))
        }
        return headers
    }

    fileprivate var preflight: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let names = AllowMethods, !names.isEmpty {
            headers.append(("Access-Control-Allow-Methods", names.joined(separator: ",")))
        }
        if let names = AllowHeaders, !names.isEmpty {
            headers.append(("Access-Control-Allow-Headers", names.joined(separator: ",")))
        }
        if let age = MaxAge { headers.append(("Access-Control-Max-Age", "\(age)")) }
        return headers
    }
}
