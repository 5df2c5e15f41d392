import Documents
import Kernel

/// What an instance's metadata says of it.
public struct Instance: Sendable {
    public var id: String
    public var region: String
    public var address: String
    public var type: String
    public var image: String

    public init(id: String, region: String, address: String = "127.0.0.1", type: String = "t3.micro") {
        (self.id, self.region, self.address, self.type) = (id, region, address, type)
        image = "ami-" + String(id.dropFirst(2))
    }

    var zone: String { region + "a" }
    var host: String { "ip-\(address.split(separator: ".").joined(separator: "-")).\(region).compute.internal" }
}

/// The instance metadata service (EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"):
/// version 2 with session tokens, and version 1 where that is allowed.
public struct InstanceEndpoint: MetadataResponder {
    private static let tokenHeader = "x-aws-ec2-metadata-token"
    private static let lifetimeHeader = "x-aws-ec2-metadata-token-ttl-seconds"

    private let instance: Instance
    private let keys: RoleKeys
    private let started: Timestamp
    private let tokens = MetadataTokens()
    private let requiresToken: Bool
    private let hopLimit: Int
    private let reading: @Sendable () -> Duration
    private let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - requiresToken: `HttpTokens`: requests without a session token are refused.
    ///   - hopLimit: `HttpPutResponseHopLimit`: how far a token's answer may travel.
    ///   - reading: a monotonic clock, for the tokens' ends.
    ///   - report: told in words what went wrong behind an answer of 500.
    public init(
        instance: Instance, source: any RoleKeySource, requiresToken: Bool = true, hopLimit: Int = 1,
        reading: @escaping @Sendable () -> Duration = RealTime.reading, report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.instance, self.requiresToken, self.hopLimit) = (instance, requiresToken, hopLimit)
        (self.reading, self.report) = (reading, report)
        keys = RoleKeys(source: source)
        started = source.machineNow()
    }

    public func respond(to request: MetadataRequest) async -> MetadataAnswer {
        guard isMetadataHost(request.headers["host"]), request.headers["origin"] == nil else { return .refusal(403) }
        let parts = request.path.split(separator: "/").map(String.init)
        if parts.count == 3, parts[1...] == ["api", "token"] { return token(request) }
        guard request.method == "GET" || request.method == "HEAD" else { return .refusal(405) }
        let delivery: String
        if let token = request.headers[Self.tokenHeader] {
            guard tokens.isValid(token, now: reading()) else { return .refusal(401) }
            delivery = "2.0"
        } else {
            guard !requiresToken else { return .refusal(401) }
            delivery = "1.0"
        }
        do {
            return try await page(parts, delivery: delivery)
        } catch {
            report("\(request.path): \(error)")
            return .refusal(500)
        }
    }

    private func token(_ request: MetadataRequest) -> MetadataAnswer {
        guard request.method == "PUT" else { return .refusal(405) }
        // What a proxy passes on did not come from the instance.
        guard request.headers["x-forwarded-for"] == nil else { return .refusal(403) }
        guard let text = request.headers[Self.lifetimeHeader], let seconds = Int(text),
            (1...MetadataTokens.Limit.longest).contains(seconds)
        else { return .refusal(400) }
        var answer = MetadataAnswer(
            200, tokens.issue(seconds: seconds, now: reading()), headers: ["X-Aws-Ec2-Metadata-Token-Ttl-Seconds": text])
        answer.hops = hopLimit
        return answer
    }

    /// The tree of pages. A folder lists its entries, folders with a slash.
    private func page(_ parts: [String], delivery: String) async throws -> MetadataAnswer {
        guard let version = parts.first else { return MetadataAnswer(200, "latest") }
        guard version == "latest" || Self.isDate(version) else { return .refusal(404) }
        let path = parts.dropFirst().joined(separator: "/")
        if path.isEmpty { return MetadataAnswer(200, "dynamic\nmeta-data") }
        if let text = Self.folders[path] { return MetadataAnswer(200, text) }
        if let text = plain[path] { return MetadataAnswer(200, text) }
        switch path {
        case "dynamic/instance-identity/document": return try await json(identity())
        case "meta-data/iam/info": return try await info(delivery)
        case "meta-data/iam/security-credentials":
            return MetadataAnswer(200, try await keys.current(delivery: delivery).RoleName)
        default:
            let keys = try await keys.current(delivery: delivery)
            guard path == "meta-data/iam/security-credentials/\(keys.RoleName)" else { return .refusal(404) }
            return json(Self.document(keys))
        }
    }

    private static func isDate(_ text: String) -> Bool {
        text.utf8.count == 10 && text.split(separator: "-").map(\.count) == [4, 2, 2]
            && text.allSatisfy { $0.isNumber || $0 == "-" }
    }

    private static let folders = [
        "dynamic": "instance-identity/", "dynamic/instance-identity": "document",
        "meta-data":
            "ami-id\nhostname\niam/\ninstance-id\ninstance-life-cycle\ninstance-type\nlocal-hostname\nlocal-ipv4\nplacement/\nservices/",
        "meta-data/iam": "info\nsecurity-credentials/", "meta-data/placement": "availability-zone\nregion",
        "meta-data/services": "domain\npartition",
    ]

    private var plain: [String: String] {
        [
            "meta-data/ami-id": instance.image, "meta-data/hostname": instance.host, "meta-data/instance-id": instance.id,
            "meta-data/instance-life-cycle": "on-demand", "meta-data/instance-type": instance.type,
            "meta-data/local-hostname": instance.host, "meta-data/local-ipv4": instance.address,
            "meta-data/placement/availability-zone": instance.zone, "meta-data/placement/region": instance.region,
            "meta-data/services/domain": "amazonaws.com", "meta-data/services/partition": "aws",
        ]
    }

    private func info(_ delivery: String) async throws -> MetadataAnswer {
        let keys = try await keys.current(delivery: delivery)
        return json([
            "Code": "Success", "LastUpdated": .string(keys.LastUpdated.iso8601()),
            "InstanceProfileArn": .string(keys.InstanceProfileArn ?? ""),
            "InstanceProfileId": .string(keys.InstanceProfileId ?? ""),
        ])
    }

    static func document(_ keys: DeliveredKeys) -> Document {
        guard let id = keys.AccessKeyId, let secret = keys.SecretAccessKey, let token = keys.Token else {
            return [
                "Code": .string(keys.Code), "Message": .string(keys.Message ?? ""),
                "LastUpdated": .string(keys.LastUpdated.iso8601()),
            ]
        }
        return [
            "Code": "Success", "LastUpdated": .string(keys.LastUpdated.iso8601()), "Type": "AWS-HMAC",
            "AccessKeyId": .string(id), "SecretAccessKey": .string(secret), "Token": .string(token),
            "Expiration": .string(keys.Expiration.iso8601()),
        ]
    }

    private func identity() async throws -> Document {
        [
            "accountId": .string(try await keys.current(delivery: "2.0").AccountId), "architecture": "x86_64",
            "availabilityZone": .string(instance.zone), "billingProducts": .null, "devpayProductCodes": .null,
            "marketplaceProductCodes": .null, "imageId": .string(instance.image), "instanceId": .string(instance.id),
            "instanceType": .string(instance.type), "kernelId": .null, "pendingTime": .string(started.iso8601()),
            "privateIp": .string(instance.address), "ramdiskId": .null, "region": .string(instance.region),
            "version": "2017-09-30",
        ]
    }

    private func json(_ document: Document) -> MetadataAnswer {
        MetadataAnswer(200, String(decoding: JSON.write(document), as: UTF8.self), type: "application/json")
    }
}
