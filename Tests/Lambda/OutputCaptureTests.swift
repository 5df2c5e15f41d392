import Documents
import Foundation
import Kernel
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
            for number in 0..<count {
                let line = Array("\(number) \(String(repeating: "x", count: 1_000))\n".utf8)
                var sent = 0
                while sent < line.count {
                    sent += max(0, line[sent...].withUnsafeBytes { write(writing, $0.baseAddress, $0.count) })
                }
            }
            close(writing)
        }
        thread.start()
        // Nobody takes lines until the capture has all that it keeps, and what comes behind fills the pipe.
        while capture.size < OutputCapture.Limit.kept { try await RealTime.wait(.milliseconds(5)) }
        var end = pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)
        while !thread.isFinished, poll(&end, 1, 0) > 0 { try await RealTime.wait(.milliseconds(5)) }
        #expect(!thread.isFinished)
        var numbers: [Int] = []
        while numbers.count < count {
            if !thread.isFinished { try await RealTime.wait(.milliseconds(5)) }
            let lines = capture.takeLines()
            #expect(lines.reduce(0) { $0 + $1.message.utf8.count } <= OutputCapture.Limit.kept + (64 << 10))
            let dropped = lines.filter { $0.message.hasPrefix("Tarn dropped") }
            #expect(dropped.isEmpty)
            guard dropped.isEmpty else { break }
            numbers += lines.compactMap { $0.message.split(separator: " ").first.flatMap { Int($0) } }
        }
        #expect(numbers == Array(0..<count))
        capture.close()
    }
}
