import Kernel
import Testing

/// Waits until `condition` holds, which other tasks bring about.
///
/// - Parameters:
///   - what: what should come about, for the issue that is recorded if it does not within a minute.
///   - pause: real time between two looks.
/// - Returns: whether it came about.
/// - Throws: what `condition` throws; `CancellationError`.
@discardableResult
public func eventually(
    _ what: @autoclosure () -> String, every pause: Duration = .milliseconds(10), isolation: isolated (any Actor)? = #isolation,
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws -> Bool {
    let end = RealTime.reading() + .seconds(60)
    while try await !condition() {
        guard RealTime.reading() < end else {
            Issue.record("never: \(what())", sourceLocation: sourceLocation)
            return false
        }
        try await RealTime.wait(pause)
    }
    return true
}
