import Documents
import Kernel

/// Which web pages may use a bucket (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html).
enum CrossOriginRules {
    private static let methods: Set<String> = ["GET", "PUT", "HEAD", "POST", "DELETE"]

    /// - Throws: ``S3Fault/invalidRequest(_:)``, ``S3Fault/malformedXML``.
    static func check(_ rules: [Shape.CORSRule]) throws {
        guard !rules.isEmpty, rules.count <= Limit.corsRules else { throw S3Fault.malformedXML }
        for rule in rules {
            guard !rule.allowedMethods.isEmpty, !rule.allowedOrigins.isEmpty else { throw S3Fault.malformedXML }
            if let id = rule.id, id.utf16.count > Limit.ruleID {
                throw S3Fault.invalidArgument(
                    "ID length should not exceed allowed limit of \(Limit.ruleID)", name: "ID", value: id)
            }
            for method in rule.allowedMethods where !methods.contains(method) {
                throw S3Fault.invalidRequest(
                    "Found unsupported HTTP method in CORS config. Unsupported method is \(method)")
            }
            for origin in rule.allowedOrigins where origin.filter({ $0 == "*" }).count > 1 {
                throw S3Fault.invalidRequest("AllowedOrigin \"\(origin)\" can not have more than one wildcard.")
            }
            for header in rule.allowedHeaders ?? [] where header.filter({ $0 == "*" }).count > 1 {
                throw S3Fault.invalidRequest("AllowedHeader \"\(header)\" can not have more than one wildcard.")
            }
            for header in rule.exposeHeaders ?? [] where header.contains("*") {
                throw S3Fault.invalidRequest(
                    "ExposeHeader \"\(header)\" contains wildcard. We currently do not support wildcard for ExposeHeader.")
            }
        }
    }

    /// The first rule that lets `origin` do `method` with these header fields.
    static func rule(_ rules: [Shape.CORSRule], origin: String, method: String, headers: [String]) -> Shape.CORSRule? {
        rules.first { rule in
            rule.allowedMethods.contains(method) && rule.allowedOrigins.contains { matches($0, origin) }
                && headers.allSatisfy { header in
                    (rule.allowedHeaders ?? []).contains { matches($0.lowercased(), header.lowercased()) }
                }
        }
    }

    /// `*` stands for any characters, once.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        guard let star = pattern.firstIndex(of: "*") else { return pattern == text }
        let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
        return text.utf8.count >= head.utf8.count + tail.utf8.count && text.hasPrefix(head) && text.hasSuffix(tail)
    }
}

/// What a bucket says to a web page.
public struct CrossOriginAnswer: Sendable, Equatable {
    /// The bucket has rules at all.
    public var hasRules = false
    /// The header fields of an answer; empty where no rule fits.
    public var headers: [(name: String, value: String)] = []

    public static func == (left: Self, right: Self) -> Bool {
        left.hasRules == right.hasRules && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }
}

extension S3Service {
    /// - Parameters:
    ///   - method: what the page means to do.
    ///   - headers: the request header fields that a preflight announces; nil for a request itself.
    public func crossOrigin(
        _ bucket: String, origin: String, method: String, headers: [String]?, _ platform: Platform
    ) async throws -> CrossOriginAnswer {
        guard let rules = try await buckets.current(bucket, in: platform.store)?.corsRules, !rules.isEmpty else {
            return CrossOriginAnswer()
        }
        var answer = CrossOriginAnswer(hasRules: true)
        guard let rule = CrossOriginRules.rule(rules, origin: origin, method: method, headers: headers ?? []) else {
            return answer
        }
        let isForAll = rule.allowedOrigins.contains("*")
        answer.headers.append(("Access-Control-Allow-Origin", isForAll ? "*" : origin))
        answer.headers.append(("Access-Control-Allow-Methods", rule.allowedMethods.joined(separator: ", ")))
        if let headers, !headers.isEmpty {
            answer.headers.append(("Access-Control-Allow-Headers", headers.map { $0.lowercased() }.joined(separator: ", ")))
        }
        if let exposed = rule.exposeHeaders, !exposed.isEmpty {
            answer.headers.append(("Access-Control-Expose-Headers", exposed.joined(separator: ", ")))
        }
        if let seconds = rule.maxAgeSeconds { answer.headers.append(("Access-Control-Max-Age", String(seconds))) }
        if !isForAll { answer.headers.append(("Access-Control-Allow-Credentials", "true")) }
        answer.headers.append(("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"))
        return answer
    }
}
