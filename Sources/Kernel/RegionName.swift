/// Names of Regions, known by their form: an area, a place and a number
/// (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
public enum RegionName {
    private static let areas = ["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"]

    /// Whether `name` is like `eu-central-1` or `us-gov-west-1`.
    public static func isWellFormed(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 && areas.contains(String(parts[0])) && parts.last.map { $0.count == 1 && Int($0) != nil } == true
    }
}
