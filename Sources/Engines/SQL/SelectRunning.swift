import Documents
import Kernel

/// Something that runs S3 Select's statements over a file. ``SQLEngine`` does.
public protocol SelectRunning: Sendable {
    /// Runs one statement over the bytes in a file, and writes the records to another. Cancelling the task cancels it.
    /// - Parameter request: the members of `select` (Runtimes/sql/README.md).
    /// - Throws: ``SQLFault``
    func select(_ request: Members, on platform: Platform) async throws -> SelectResult
}

public struct SelectResult: Codable, Sendable, Hashable {
    public var rowCount: Int64
    public var resultBytes: Int64
    public var bytesScanned: Int64
    public var bytesProcessed: Int64

    public init(rowCount: Int64, resultBytes: Int64, bytesScanned: Int64, bytesProcessed: Int64) {
        (self.rowCount, self.resultBytes) = (rowCount, resultBytes)
        (self.bytesScanned, self.bytesProcessed) = (bytesScanned, bytesProcessed)
    }
}
