/// The storage classes in the order in which a lifecycle can take an object down: it never comes back up
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html).
enum StorageClassOrder {
    private static let ranks: [String: Int] = [
        "STANDARD": 0, "REDUCED_REDUNDANCY": 0, "STANDARD_IA": 1, "INTELLIGENT_TIERING": 2, "ONEZONE_IA": 3, "GLACIER_IR": 4,
        "GLACIER": 5, "DEEP_ARCHIVE": 6,
    ]

    /// What a rule can name.
    static let targets: Set<String> = [
        "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
    ]

    /// - Parameter name: nil is STANDARD.
    static func rank(_ name: String?) -> Int { ranks[name ?? "STANDARD"] ?? 0 }

    /// Whether an object may be taken from one class to another.
    static func allows(from old: String?, to new: String) -> Bool {
        // Objects of One Zone-IA can't become Glacier Instant Retrieval.
        if old == "ONEZONE_IA", new == "GLACIER_IR" { return false }
        return rank(new) > rank(old)
    }

    /// Classes that bill small objects as if they were larger.
    static func isArchive(_ name: String) -> Bool { name == "GLACIER" || name == "DEEP_ARCHIVE" }
}
