/// Patterns with wildcards.
public enum Glob {
    /// Whether the whole text fits the pattern. One pass that goes back to the last wildcard alone, so that no pattern costs
    /// more than its length times the text's.
    /// - Parameters:
    ///   - any: stands for any number of units.
    ///   - one: stands for one unit; nil where nothing does.
    public static func matches<Unit: Equatable>(_ pattern: [Unit], _ text: [Unit], any: Unit, one: Unit? = nil) -> Bool {
        var (place, at) = (0, 0)
        /// The last wildcard, and the end of what it stands for.
        var last: (place: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == any {
                last = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == text[at] || pattern[place] == one {
                (place, at) = (place + 1, at + 1)
            } else if let wildcard = last {
                last = (wildcard.place, wildcard.at + 1)
                (place, at) = (wildcard.place + 1, wildcard.at + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == any }
    }
}
