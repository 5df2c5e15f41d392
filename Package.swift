// swift-tools-version: 6.1
import PackageDescription

#if canImport(Glibc)
    import Glibc
#endif

// One target per room of the house (ARCHITECTURE.md). A service depends on the kernel, never on another service.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-warnings-as-errors"]),
    // An async function runs where its caller does: a request is carried out on its connection's event loop, without asking
    // the runtime at each call where to go on.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The addresses that the loader fills in at start, 200,000 of them, are packed in the release binary: 4 MB less to read and
/// to keep resident. glibc understands that from 2.36 on; lld, which can do it, comes with Swift.
let packedRelocations: [LinkerSetting] = {
    #if canImport(Glibc)
        // "glibc 2.36"
        var name = [CChar](repeating: 0, count: 64)
        confstr(Int32(_CS_GNU_LIBC_VERSION), &name, name.count)
        let version = name.split(separator: 0).first.map { String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        let numbers = (version ?? "").split { $0 == " " || $0 == "." }.compactMap { Int($0) }
        if numbers.lexicographicallyPrecedes([2, 36]) { return [] }
        return [
            .unsafeFlags(
                ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"], .when(configuration: .release))
        ]
    #else
        return []
    #endif
}()

/// A room that every service may stand on.
func room(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: strict)
}

/// An AWS service: its own folder under Sources/Services.
func service(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    room(name, path: "Sources/Services/\(name)", ["Kernel"] + dependencies)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", swiftSettings: strict)
}

let services: [Target.Dependency] = [
    "S3", "DynamoDB", "Lambda", "CloudWatchLogs", "Glue", "Athena", "IAM", "STS",
    "KMS", "SecretsManager", "SSM", "Organizations", "CloudTrail",
    "SQS", "SNS", "EventBridge", "Scheduler", "Pipes", "Kinesis", "Firehose", "ApplicationAutoScaling",
]

let package = Package(
    name: "tarn",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "tarn", targets: ["tarn"])],
    dependencies: [
        // HTTP/1.1, HTTP/2 and TLS for the front door.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // SHA-256, HMAC, MD5: signatures, checksums, ETags.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // The local certificate authority behind `tarn exec`.
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        // Ordered maps: wire documents keep their members' order.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Structured logs.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Start and stop in order, on signals.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // The command line's own HTTP calls (clock, blueprints).
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Blueprints' blueprint.yaml.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", path: "Sources/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CProcess", path: "Sources/CProcess"),
        // Declarations only: a token's module is opened while Tarn runs.
        .systemLibrary(name: "CPKCS11", path: "Sources/CPKCS11"),
        // Canonical XML, for the signatures of SAML responses.
        .systemLibrary(
            name: "CLibXML", path: "Sources/CLibXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CCarryless", path: "Sources/CCarryless"),
        room("Documents", ["CCarryless", .product(name: "OrderedCollections", package: "swift-collections")]),
        room("Model", ["Documents"]),
        room("Store", ["Documents", "CSQLite", .product(name: "Crypto", package: "swift-crypto")]),
        room("Policy", ["Documents"]),
        room(
            "Kernel",
            [
                "Documents", "Model", "Store", "Policy", "CProcess", "CPKCS11", .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        room(
            "Wire",
            [
                "Kernel",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // The metadata endpoints that hand a role's keys to a process.
        room(
            "InstanceMetadata",
            [
                "Kernel",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Engines: supervisors and clients of outside programs.
        room("SQLEngine", path: "Sources/Engines/SQL", ["Kernel"]),
        room(
            "FunctionEngine", path: "Sources/Engines/Functions",
            [
                "Kernel", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Packed forms of files that services write and read.
        room("Compression", ["CZlib"]),
        // The HTTP client for deliveries to other servers: topics' endpoints, API destinations.
        room(
            "Outbound",
            [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        // Event patterns of EventBridge, SNS filter policies, Pipes and Lambda's event filters.
        room("EventPatterns", ["Documents"]),
        // Regular expressions that customers give: no expression makes a text slow.
        room("RegularExpressions"),
        room("DataProtection", ["RegularExpressions"]),
        // Readers of queues and streams, for Lambda's event source mappings and Pipes.
        room("EventSources", ["Kernel", "EventPatterns", .product(name: "Logging", package: "swift-log")]),
        // Services.
        service("S3", ["Compression", "SQLEngine", .product(name: "Crypto", package: "swift-crypto")]),
        service("DynamoDB", ["Compression", .product(name: "Crypto", package: "swift-crypto")]),
        service("Lambda", ["FunctionEngine", "EventSources", .product(name: "Crypto", package: "swift-crypto")]),
        service(
            "CloudWatchLogs",
            ["Compression", "DataProtection", "Policy", "RegularExpressions", .product(name: "Crypto", package: "swift-crypto")]),
        service("Glue", ["SQLEngine", "Policy"]),
        service("Athena", ["SQLEngine", .product(name: "Crypto", package: "swift-crypto")]),
        service(
            "IAM",
            [
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
            ]),
        service(
            "STS",
            [
                "CLibXML", .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
                // An identity provider's keys, from its discovery document.
                "Outbound",
            ]),
        service(
            "KMS",
            [
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        service("SecretsManager", [.product(name: "Crypto", package: "swift-crypto")]),
        service("SSM", ["RegularExpressions", .product(name: "Crypto", package: "swift-crypto")]),
        service("Organizations"),
        service(
            "CloudTrail",
            [
                "Compression", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        service("SQS", [.product(name: "Crypto", package: "swift-crypto")]),
        service(
            "SNS",
            [
                "EventPatterns", "Outbound",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
                // The certificate that signed messages are checked with.
                .product(name: "X509", package: "swift-certificates"),
            ]),
        service("EventBridge", ["EventPatterns", "Outbound", .product(name: "Crypto", package: "swift-crypto")]),
        service("Scheduler", [.product(name: "Crypto", package: "swift-crypto")]),
        service("Pipes", ["EventSources", .product(name: "Logging", package: "swift-log")]),
        service("Kinesis", [.product(name: "Crypto", package: "swift-crypto")]),
        service("Firehose", ["SQLEngine", "Outbound", "Compression", .product(name: "Crypto", package: "swift-crypto")]),
        service("ApplicationAutoScaling"),
        // The whole platform put together, and the command around it.
        room(
            "Server",
            ["Wire", "SQLEngine", "InstanceMetadata", .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")]
                + services),
        .executableTarget(
            name: "tarn",
            dependencies: [
                "Server", "Wire", "InstanceMetadata",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ], path: "Sources/tarn", swiftSettings: strict, linkerSettings: packedRelocations),
        .target(name: "TestSupport", dependencies: ["Kernel"], path: "Tests/Support", swiftSettings: strict),
        tests("Documents", ["Documents"]),
        tests("Compression", ["Compression"]),
        tests("EventPatterns", ["EventPatterns"]),
        tests("RegularExpressions", ["RegularExpressions"]),
        tests("DataProtection", ["DataProtection"]),
        tests("EventSources", ["EventSources"]),
        tests("Model", ["Model"]),
        tests("Store", ["Store"]),
        tests("Policy", ["Policy"]),
        tests("Kernel", ["Kernel"]),
        tests("Wire", ["Wire"]),
        tests("S3", ["S3", .product(name: "Crypto", package: "swift-crypto")]),
        tests("DynamoDB", ["DynamoDB", "IAM", "KMS", .product(name: "Crypto", package: "swift-crypto")]),
        tests("ApplicationAutoScaling", ["ApplicationAutoScaling", "DynamoDB", "IAM"]),
        tests(
            "Lambda",
            ["Lambda", "KMS", "CloudWatchLogs", "DynamoDB", "IAM", "STS", "FunctionEngine", "SQS", "SNS", "S3", "Kinesis"]),
        tests("Glue", ["Glue", "SQLEngine"]),
        tests("Athena", ["Athena", "Glue", "SQLEngine"]),
        tests("Identity", ["IAM", "STS"]),
        tests("InstanceMetadata", ["InstanceMetadata", "IAM", "STS"]),
        tests(
            "KMS",
            ["KMS", .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto")]),
        tests("SecretsManager", ["SecretsManager"]),
        tests("SSM", ["SSM"]),
        tests("Organizations", ["Organizations"]),
        tests("CloudWatchLogs", ["CloudWatchLogs"]),
        tests("CloudTrail", ["CloudTrail", "S3", "DynamoDB", "IAM", "STS", "CloudWatchLogs"]),
        tests("SQS", ["SQS", "KMS", "IAM"]),
        tests(
            "SNS",
            [
                "SNS", "KMS", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"), .product(name: "X509", package: "swift-certificates"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests("EventBridge", ["EventBridge", "IAM", "STS"]),
        tests("Scheduler", ["Scheduler", "EventBridge", "SQS", "IAM", "STS"]),
        tests("Kinesis", ["Kinesis"]),
        tests("Firehose", ["Firehose", "S3", "IAM", "STS", "SQLEngine", .product(name: "Crypto", package: "swift-crypto")]),
        tests("Pipes", ["Pipes", "IAM", "KMS", "SQS", "STS"]),
        // Everything that carries messages together, on a seeded clock.
        tests("Simulation", ["SQS", "SNS", "EventBridge", "Scheduler", "Kinesis", "DynamoDB", "IAM", "STS"]),
        tests("Server", ["Server"]),
    ]
)
