import Crypto
import Documents
import Kernel

/// Parameters that AWS publishes, as templates and scripts ask for them
/// (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-finding-public-parameters.html).
///
/// They are read-only and the same in every account. Image ids are Tarn's own: one for each image and Region, always the
/// same.
enum PublicParameters {
    static let root = "/aws/service"

    /// When the list below was made.
    private static let modified = Timestamp(seconds: 1_735_689_600)

    private static let amazonLinux = [
        "al2023-ami-kernel-6.1-arm64", "al2023-ami-kernel-6.1-x86_64", "al2023-ami-kernel-default-arm64",
        "al2023-ami-kernel-default-x86_64", "al2023-ami-minimal-kernel-6.1-arm64", "al2023-ami-minimal-kernel-6.1-x86_64",
        "al2023-ami-minimal-kernel-default-arm64", "al2023-ami-minimal-kernel-default-x86_64", "amzn-ami-hvm-x86_64-ebs",
        "amzn-ami-hvm-x86_64-gp2", "amzn2-ami-hvm-arm64-gp2", "amzn2-ami-hvm-x86_64-ebs", "amzn2-ami-hvm-x86_64-gp2",
        "amzn2-ami-kernel-5.10-hvm-arm64-gp2", "amzn2-ami-kernel-5.10-hvm-x86_64-ebs",
        "amzn2-ami-kernel-5.10-hvm-x86_64-gp2", "amzn2-ami-minimal-hvm-arm64-ebs", "amzn2-ami-minimal-hvm-x86_64-ebs",
    ].map { "/aws/service/ami-amazon-linux-latest/\($0)" }

    private static let otherImages =
        [
            "/aws/service/ami-windows-latest/Windows_Server-2019-English-Full-Base",
            "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-Base",
            "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
            "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base",
            "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
            "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
            "/aws/service/debian/release/12/latest/amd64", "/aws/service/debian/release/12/latest/arm64",
        ] + PublicImages.clusters

    private static let regions: [String: String] = [
        "af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)", "ap-northeast-1": "Asia Pacific (Tokyo)",
        "ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)",
        "ap-south-1": "Asia Pacific (Mumbai)", "ap-south-2": "Asia Pacific (Hyderabad)",
        "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
        "ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)",
        "ca-central-1": "Canada (Central)", "ca-west-1": "Canada West (Calgary)", "eu-central-1": "Europe (Frankfurt)",
        "eu-central-2": "Europe (Zurich)", "eu-north-1": "Europe (Stockholm)", "eu-south-1": "Europe (Milan)",
        "eu-south-2": "Europe (Spain)", "eu-west-1": "Europe (Ireland)", "eu-west-2": "Europe (London)",
        "eu-west-3": "Europe (Paris)", "il-central-1": "Israel (Tel Aviv)", "me-central-1": "Middle East (UAE)",
        "me-south-1": "Middle East (Bahrain)", "sa-east-1": "South America (Sao Paulo)", "us-east-1": "US East (N. Virginia)",
        "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
    ]

    /// Everything by name, for one Region.
    private static func value(_ name: String, _ region: String) -> String? {
        if amazonLinux.contains(name) || otherImages.contains(name) { return image(name, region) }
        if PublicImages.documents.contains(name) {
            let image = image("\(name)/image_id", region)
            return JSON.text(["schema_version": 1, "image_id": .string(image), "image_name": .string("tarn-\(image)")])
        }
        let parts = name.dropFirst(regionRoot.count).split(separator: "/").map(String.init)
        guard name.hasPrefix(regionRoot), let code = parts.first, let long = regions[code] else { return nil }
        switch parts.dropFirst().first {
        case nil: return code
        case "longName": return long
        case "partition": return "aws"
        case "domain": return "amazonaws.com"
        case "geolocationRegion": return code
        default: return nil
        }
    }

    private static let regionRoot = "/aws/service/global-infrastructure/regions/"

    private static let names: [String] = {
        var names = amazonLinux + otherImages + PublicImages.documents
        for region in regions.keys {
            names.append(regionRoot + region)
            for detail in ["domain", "longName", "partition"] { names.append("\(regionRoot)\(region)/\(detail)") }
        }
        return names.sorted()
    }()

    private static func image(_ name: String, _ region: String) -> String {
        "ami-0" + Hex.encode(SHA256.hash(data: Array("\(name) \(region)".utf8))).prefix(16)
    }

    private static func output(_ name: String, _ region: String, selector: String? = nil) -> SSMService.ParameterOutput? {
        guard let value = value(name, region) else { return nil }
        let arn = ARN("ssm", region: region, account: "", "parameter\(name)").description
        return .init(
            Name: name, Type: ParameterType.string, Value: value, Version: 1, Selector: selector.map { ":\($0)" },
            LastModifiedDate: modified, ARN: arn, DataType: value.hasPrefix("ami-") ? "aws:ec2:image" : "text")
    }

    static func covers(_ path: String) -> Bool { path == "/aws" || path == root || path.hasPrefix(root + "/") }

    static func find(_ name: ParameterName, region: String) -> SSMService.ParameterOutput? {
        guard covers(name.name), name.selector == nil || name.selector == "1" else { return nil }
        return output(name.name, region, selector: name.selector)
    }

    static func under(_ path: String, recursive: Bool, region: String) -> [SSMService.ParameterOutput] {
        let prefix = path.hasSuffix("/") ? path : path + "/"
        return names.filter { name in
            name.hasPrefix(prefix) && (recursive || !name.dropFirst(prefix.count).contains("/"))
        }.compactMap { output($0, region) }
    }
}
