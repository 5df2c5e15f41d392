/// Which Tarn this is.
public enum TarnRelease {
    /// As in CHANGELOG.md.
    public static let version = "0.1.0"
}
