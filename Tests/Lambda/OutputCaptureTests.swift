import Documents
import Foundation
import Kernel
import TestSupport
import Testing

@testable import FunctionEngine

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a function prints faster than the log takes it.
@Suite struct OutputCaptureTests {
    @Test func aWriterWaitsForTheLogAndLosesNothing() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        try #require(fcntl(reading, F_SETFL, O_NONBLOCK) == 0)
        let capture = OutputCapture(
            descriptor: reading, now: { Timestamp(microseconds: 0) }, onPressure: {})
        let count = 6_000
        let thread = Thread {
            defer { close(writing) }
            for number in 0..<count {
                let line = Array("\(number) \(String(repeating: "x", count: 1_000))\n".utf8)
                var sent = 0
                while sent < line.count {
                    let written = line[sent...].withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
                    guard written > 0 else { return }
                    sent += written
                }
            }
        }
        thread.start()
        // Nobody takes lines until the capture has all that it keeps, and what comes behind fills the pipe.
        try await eventually("all that is kept") { capture.size >= OutputCapture.Limit.kept }
        var end = pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)
        try await eventually("a full pipe") { thread.isFinished || poll(&end, 1, 0) == 0 }
        #expect(!thread.isFinished)
        var numbers: [Int] = []
        try await eventually("all lines", every: .milliseconds(5)) {
            let lines = capture.takeLines()
            #expect(lines.reduce(0) { $0 + $1.message.utf8.count } <= OutputCapture.Limit.kept + (64 << 10))
            #expect(!lines.contains { $0.message.hasPrefix("Tarn dropped") })
            numbers += lines.compactMap { $0.message.split(separator: " ").first.flatMap { Int($0) } }
            return numbers.count >= count
        }
        #expect(numbers == Array(0..<count))
        capture.close()
    }

    /// A writer that is gone tells of itself once; its lines are read all the same, however long the log takes.
    @Test func whatAClosedPipeHoldsArrives() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        let number = 40
        let lines = Array(String(repeating: String(repeating: "x", count: 1_023) + "\n", count: number).utf8)
        try #require(lines.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) } == lines.count)
        close(ends[1])
        let capture = OutputCapture(
            descriptor: ends[0], kept: 1 << 10, now: { Timestamp(microseconds: 0) }, onPressure: {})
        var count = 0
        try await eventually("all lines") {
            count += capture.takeLines().count
            return count >= number
        }
        #expect(count == number)
        capture.close()
    }
}
