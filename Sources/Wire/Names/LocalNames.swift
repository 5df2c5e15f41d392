/// The domains whose names lead to this server for those who ask for it: by its own DNS (``NameServer``), with
/// certificates of its own authority (``LocalTLS``).
enum LocalNames {
    private static let domains = [
        "amazonaws.com", "amazonaws.com.cn", "api.aws", "on.aws", "awsapps.com", "amplifyapp.com", "amazoncognito.com",
        "localhost.localstack.cloud", "localhost",
    ]

    /// - Parameter name: in lower case, without the dot of the root.
    static func covers(_ name: some StringProtocol) -> Bool {
        domains.contains { domain in
            name == domain
                || name.utf8.count > domain.utf8.count && name.hasSuffix(domain)
                    && name.dropLast(domain.count).last == "."
        }
    }
}
